"""What each task asks on the page. A page gets the question of its own phase and never another's."""

from dataclasses import dataclass

from readerstudy.radiographs.models import Grade
from readerstudy.reading.models import VALUES
from readerstudy.studies.models import Task


@dataclass(frozen=True)
class Choice:
    """An answer: what is stored, what the page says, and the key that chooses it."""

    value: str
    label: str
    key: str


@dataclass(frozen=True)
class Question:
    heading: str
    unanswered: str  # what the page says when confirmed without a choice
    choices: tuple[Choice, ...]


QUESTIONS = {
    Task.GRADE: Question(
        "Kellgren–Lawrence grade",
        "Choose a grade first.",
        tuple(Choice(str(grade.value), str(grade.label).split(" ", 1)[1], str(grade.value)) for grade in Grade),
    ),
    Task.DETECT: Question(
        "Is this radiograph real or synthetic?",
        "Choose real or synthetic first.",
        tuple(Choice(value, value, value[0]) for value in VALUES[Task.DETECT]),
    ),
}
CONFIDENCE = tuple(
    Choice(str(level), label, str(level))
    for level, label in enumerate(("a guess", "unsure", "fairly sure", "sure", "certain"), start=1)
)
