"""The design of a study: its phases, cases and readers. Who reads what in which order is drawn from it."""

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from readerstudy.radiographs.models import Preset, Radiograph, hex_digest

SIMULATED = "simulated"  # the specialty of readers who exist only in the computer


def new_seed() -> int:
    return secrets.randbits(62)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    ARCHIVED = "archived", _("Archived")


class Task(models.TextChoices):
    GRADE = "grade", _("Kellgren–Lawrence grading")
    DETECT = "detect", _("Real or synthetic")


class Language(models.TextChoices):
    """Each in its own words, so that those who need it find it."""

    ENGLISH = "en", "English"
    FINNISH = "fi", "Suomi"


class Study(models.Model):
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    preset = models.CharField(max_length=16, choices=Preset)
    seed = models.PositiveBigIntegerField(default=new_seed)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    consent_text = models.TextField()  # must not tell of synthetic images unless the ethics board asks for it
    thanks_text = models.TextField()
    contact = models.CharField(max_length=200, blank=True)  # whom readers ask: a name, an address, a telephone number
    # how the cases are read
    allows_zoom = models.BooleanField(default=True)
    allows_windowing = models.BooleanField(default=True)  # contrast, brightness and inversion
    allows_change = models.BooleanField(default=True)  # of the last answer, until the phase is complete
    asks_remark = models.BooleanField(default=False)
    break_every = models.PositiveSmallIntegerField(default=50)  # cases between reminders to rest; 0 for none
    checks_display = models.BooleanField(default=True)  # before the first case
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    protocol = models.JSONField(null=True, blank=True)  # frozen at opening
    protocol_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="study_state_known"),
            models.CheckConstraint(condition=Q(preset__in=Preset.values), name="study_preset_known"),
            models.CheckConstraint(
                name="study_protocol_frozen_once_opened",
                condition=Q(state="draft", opened_at__isnull=True, protocol_digest="")
                | (~Q(state="draft") & Q(opened_at__isnull=False) & ~Q(protocol_digest="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Phase(models.Model):
    """One task over all cases of the study, in an order of its own for each reader."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    task = models.CharField(max_length=8, choices=Task)
    title = models.CharField(max_length=100)
    introduction = models.TextField()  # shown before the first case of the phase
    asks_confidence = models.BooleanField(default=False)
    repeats = models.PositiveSmallIntegerField(default=0)  # cases read twice, for intra-reader agreement

    class Meta:
        ordering = ["study", "position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "position"], name="phase_position_once"),
            models.CheckConstraint(condition=Q(task__in=Task.values), name="phase_task_known"),
            models.CheckConstraint(condition=Q(position__gte=1), name="phase_position_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.study}: phase {self.position}"


class Case(models.Model):
    """A radiograph that takes part, under a number that says nothing about it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="cases")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    radiograph = models.ForeignKey(Radiograph, on_delete=models.PROTECT, related_name="cases")

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["study", "radiograph"], name="case_radiograph_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What the case is called in exports and reports."""
        return f"C{self.number:03d}"


class PracticeCase(models.Model):
    """A real radiograph that is no case of the study, graded for practice; its reference grade is shown afterwards.

    The grade is copied here when it is chosen, so that the pages of readers need not look at the truth.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="practice_cases")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    radiograph = models.ForeignKey(Radiograph, on_delete=models.PROTECT, related_name="practice_cases")
    reference_grade = models.PositiveSmallIntegerField(validators=[MaxValueValidator(4)])

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="practice_case_number_once"),
            models.UniqueConstraint(fields=["study", "radiograph"], name="practice_case_radiograph_once"),
            models.CheckConstraint(condition=Q(reference_grade__range=(0, 4)), name="practice_case_grade_0_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.study}: practice {self.number}"


class OutcomeName(models.TextChoices):
    """The figures that a study can be judged by; `analysis_plan` says what each is compared with."""

    ACCURACY = "accuracy", _("Share of images rightly called real or synthetic")
    KAPPA = "kappa_difference", _("Agreement with the reference (quadratic κ), synthetic minus real images")
    ERROR = "mean_error_difference", _("Mean error of the grades, synthetic minus real images")
    SHARES = "grade_shares_difference", _("Share of images given each grade, synthetic minus real images")


class PlannedOutcome(models.Model):
    """Within which margin a figure counts as equivalent, as the lead chose; a study without rows has the usual."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="planned_outcomes")
    name = models.CharField(max_length=32, choices=OutcomeName)
    margin = models.DecimalField(max_digits=4, decimal_places=3)  # in the figure's own unit; of the accuracy, a share
    is_primary = models.BooleanField()

    class Meta:
        ordering = ["study", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "name"], name="planned_outcome_once"),
            models.CheckConstraint(condition=Q(name__in=OutcomeName.values), name="planned_outcome_known"),
            models.CheckConstraint(condition=Q(margin__gt=0) & Q(margin__lt=4), name="planned_outcome_margin_possible"),
        ]

    def __str__(self) -> str:
        return f"{self.study}: {self.name} ± {self.margin}"


class Reader(models.Model):
    """An invited clinician. Name and e-mail stay with the staff; exports carry the pseudonym."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="readers")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    token = models.CharField(max_length=64, unique=True, default=new_token)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)  # of the reader's pages
    invited_at = models.DateTimeField(auto_now_add=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    specialty = models.CharField(max_length=100, blank=True)
    years_experience = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(70)])

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="reader_number_once"),
            models.UniqueConstraint(
                fields=["study", "email"], condition=~Q(email=""), name="reader_email_once_per_study"
            ),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="reader_language_known"),
            models.CheckConstraint(
                name="reader_details_given_with_consent",
                condition=Q(consented_at__isnull=True) | (~Q(specialty="") & Q(years_experience__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def pseudonym(self) -> str:
        """What the reader is called in orders, exports and reports."""
        return f"R{self.number:02d}"


class BlindingVerdict(models.TextChoices):
    CLEAR = "clear", _("No leak found")
    LEAK = "leak", _("Leak")
    UNDECIDED = "undecided", _("Too few images to say")


class BlindingAudit(models.Model):
    """One attempt to tell the kinds apart by what is not anatomy. Rows are added and never changed."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="blinding_audits")
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=150)
    cases_digest = models.CharField(max_length=64, validators=[hex_digest])  # of the images that it looked at
    verdict = models.CharField(max_length=9, choices=BlindingVerdict)
    channels = models.JSONField(blank=True)  # a row a channel: AUC, interval, p, verdict

    class Meta:
        ordering = ["study", "-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=BlindingVerdict.values), name="blinding_audit_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study}: {self.get_verdict_display()}"
