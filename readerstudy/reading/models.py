"""The sitting: what was shown to whom, and what they answered."""

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from readerstudy.studies.models import Case, Phase, PracticeCase, Reader

LONGEST_REMARK = 500
VALUES = {"grade": ("0", "1", "2", "3", "4"), "detect": ("real", "synthetic")}


def new_key() -> str:
    return secrets.token_urlsafe(16)


class Presentation(models.Model):
    """This reader, this phase, this position: this case. Drawn when the phase begins, never changed."""

    key = models.CharField(max_length=32, unique=True, default=new_key)  # how the reader's page names it
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="presentations")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="presentations")
    position = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="presentations")
    replicate = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    first_shown_at = models.DateTimeField(null=True, blank=True)
    showings = models.PositiveIntegerField(default=0)  # how often the case was sent to a page to be answered

    class Meta:
        ordering = ["reader", "phase", "position"]
        constraints = [
            models.UniqueConstraint(fields=["reader", "phase", "position"], name="presentation_position_once"),
            models.UniqueConstraint(
                fields=["reader", "phase", "case", "replicate"], name="presentation_case_once_per_replicate"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="presentation_position_from_1"),
            models.CheckConstraint(condition=Q(replicate__gte=1), name="presentation_replicate_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.reader} {self.phase.position}.{self.position}"


class Answer(models.Model):
    """One answer, or one revision of it. Rows are added and never changed; the last revision counts."""

    presentation = models.ForeignKey(Presentation, on_delete=models.PROTECT, related_name="answers")
    revision = models.PositiveSmallIntegerField(default=1)
    client_key = models.UUIDField()  # made by the page; the same key twice is one answer
    value = models.CharField(max_length=9)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(5)])
    remark = models.CharField(max_length=LONGEST_REMARK, blank=True)
    # while the image could be seen, from its painting to the confirmation; unknown where the page ran no script
    response_ms = models.PositiveIntegerField(null=True, blank=True)
    viewer = models.JSONField(default=dict, blank=True)  # see viewer_use.py
    showing = models.PositiveIntegerField(null=True, blank=True)  # 2: the case was shown once more before this answer
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["presentation", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["presentation", "revision"], name="answer_revision_once"),
            models.UniqueConstraint(fields=["client_key"], name="answer_client_key_once"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="answer_revision_from_1"),
            models.CheckConstraint(
                condition=Q(value__in=[*VALUES["grade"], *VALUES["detect"]]), name="answer_value_known"
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__range=(1, 5)),
                name="answer_confidence_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.presentation}: {self.value}"


class PracticeAnswer(models.Model):
    """A grade given for practice. It is in no export and no result."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="practice_answers")
    practice_case = models.ForeignKey(PracticeCase, on_delete=models.CASCADE, related_name="answers")
    value = models.CharField(max_length=1)
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["reader", "practice_case"]
        constraints = [
            models.UniqueConstraint(fields=["reader", "practice_case"], name="practice_answer_once"),
            models.CheckConstraint(condition=Q(value__in=VALUES["grade"]), name="practice_answer_value_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reader} practice {self.practice_case.number}: {self.value}"


class DisplayCheck(models.Model):
    """What a reader could see on the display before the first case, and what the browser told of it."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="display_checks")
    at = models.DateTimeField()
    sees_dark = models.BooleanField()  # 5 % grey in black
    sees_bright = models.BooleanField()  # 95 % grey in white
    # unknown where the page ran no script; sizes in CSS pixels
    screen_width = models.PositiveIntegerField(null=True, blank=True)
    screen_height = models.PositiveIntegerField(null=True, blank=True)
    pixel_ratio = models.FloatField(null=True, blank=True)  # screen pixels for a CSS pixel
    colour_depth = models.PositiveSmallIntegerField(null=True, blank=True)  # bits

    class Meta:
        ordering = ["reader", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.reader}: display of {self.at:%Y-%m-%d}"
