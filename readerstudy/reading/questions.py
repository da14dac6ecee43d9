"""What each task asks on the page. A page gets the question of its own phase and never another's."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from readerstudy.studies.models import Task

Text = str | Promise


@dataclass(frozen=True)
class Choice:
    """An answer: what is stored, what the page says, and the key that chooses it."""

    value: str
    label: Text
    key: str


@dataclass(frozen=True)
class Question:
    heading: Text
    unanswered: Text  # what the page says when confirmed without a choice
    choices: tuple[Choice, ...]


QUESTIONS = {
    Task.GRADE: Question(
        _("Kellgren–Lawrence grade"),
        _("Choose a grade first."),
        tuple(
            Choice(str(grade), label, str(grade))
            for grade, label in enumerate((_("None"), _("Doubtful"), _("Minimal"), _("Moderate"), _("Severe")))
        ),
    ),
    Task.DETECT: Question(
        _("Is this radiograph real or synthetic?"),
        _("Choose real or synthetic first."),
        (Choice("real", _("Real"), "r"), Choice("synthetic", _("Synthetic"), "s")),
    ),
}
CONFIDENCE = tuple(
    Choice(str(level), label, str(level))
    for level, label in enumerate((_("a guess"), _("unsure"), _("fairly sure"), _("sure"), _("certain")), start=1)
)
