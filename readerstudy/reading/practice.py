"""Practice before the first phase: a few radiographs whose reference grade is shown once they are graded."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from readerstudy.reading.models import VALUES, PracticeAnswer
from readerstudy.studies.models import PracticeCase, Reader


def practice_left(reader: Reader) -> QuerySet[PracticeCase]:
    """The radiographs for practice that the reader has not graded, in order."""
    return PracticeCase.objects.filter(study=reader.study_id).exclude(answers__reader=reader).order_by("number")


def practice_due(reader: Reader) -> PracticeCase | None:
    """The next of them."""
    return practice_left(reader).first()


def has_practised(reader: Reader) -> bool:
    return PracticeAnswer.objects.filter(reader=reader).exists()


def practised(reader: Reader, *, number: int) -> PracticeAnswer | None:
    """The grade that the reader gave to the radiograph of this number, with the radiograph."""
    given = PracticeAnswer.objects.select_related("practice_case")
    return given.filter(reader=reader, practice_case__number=number).first()


@transaction.atomic
def record_practice(*, reader: Reader, case: PracticeCase, value: str) -> PracticeAnswer:
    """Keep a grade given for practice. Asked a second time, the first answer stands.

    Raises ValidationError when it is no grade.
    """
    Reader.objects.select_for_update().only("pk").get(pk=reader.pk)
    earlier = PracticeAnswer.objects.filter(reader=reader, practice_case=case).first()
    if earlier is not None:
        return earlier
    if value not in VALUES["grade"]:
        raise ValidationError(_("Please choose one of the answers."))
    answer = PracticeAnswer(reader=reader, practice_case=case, value=value, answered_at=timezone.now())
    answer.full_clean()
    answer.save()
    return answer
