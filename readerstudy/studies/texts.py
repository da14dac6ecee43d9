"""The texts a new study begins with. A study lead edits them while the study is a draft.

As long as they stand unchanged, each reader gets them in the language of the invitation.
"""

import re

CONSENT = """\
You are invited to read knee radiographs for a research study on the grading of knee osteoarthritis.

You will see one radiograph at a time and grade it on the Kellgren–Lawrence scale; a second task with the same \
radiographs follows. You can stop at any moment and come back by the same link: everything you answered is kept. \
Your answers are stored under a pseudonym, together with your specialty, your years of experience, the time each \
reading took, how you viewed the image and what screen you used, and are published only in a form that does not \
identify you.

Taking part is voluntary. You can withdraw at any time by telling the study lead."""

GRADE_INTRODUCTION = """\
Please grade each radiograph on the Kellgren–Lawrence scale, from 0 (none) to 4 (severe), as you would in practice. \
Some image detail and contrast were standardised. Press a grade, then confirm."""

DETECT_INTRODUCTION = """\
Thank you for grading. We can now tell you that some of the radiographs you graded were not taken of any patient: a \
computer program drew them.

In this second part you see the radiographs again in a new order. Please say for each whether it is real or synthetic, \
and how sure you are, from 1 (a guess) to 5 (certain)."""

THANKS = """\
Thank you. You have read every radiograph of this study and all your answers are stored. You can close this page."""

GRADE_TITLE = "Grading"
DETECT_TITLE = "Real or synthetic"
BUILT_IN = frozenset({CONSENT, GRADE_TITLE, GRADE_INTRODUCTION, DETECT_TITLE, DETECT_INTRODUCTION, THANKS})

# Words that tell a reader of phase 1 what phase 2 is about.
TELLING_WORDS = (
    "AI", "artificial", "computer", "deep learning", "fake", "GAN", "generated", "generative", "machine learning",
    "neural network", "simulated", "synthetic", "synthesised", "synthesized",
)  # fmt: skip


def plain(text: str) -> str:
    """A text with the line ends that it was written with; a form sends others."""
    return text.replace("\r\n", "\n")


def telling_words(early: str) -> list[str]:
    """Those of the words above that occur in what readers see before phase 2."""
    return [word for word in TELLING_WORDS if re.search(rf"\b{word}\b", early, re.IGNORECASE)]
