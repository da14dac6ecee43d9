"""What was asked of a checkpoint and how far it is: a row anyone can read."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from readerstudy.radiographs.models import hex_digest


class SynthesisJob(models.Model):
    """Images of these grades from seeds first_seed … first_seed + per_grade − 1."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    checkpoint = models.CharField(max_length=500)  # the name or path by which workers find it
    checkpoint_digest = models.CharField(max_length=64, validators=[hex_digest])
    truncation = models.FloatField()
    grades = models.JSONField()  # KL grades, 0–4
    first_seed = models.PositiveBigIntegerField()
    per_grade = models.PositiveIntegerField()
    made = models.PositiveIntegerField(default=0)  # how many of the images asked for are in the bank
    requested = models.PositiveIntegerField()
    found = models.PositiveIntegerField(default=0)  # how many of them were in the bank when they were asked for
    identical = models.JSONField(default=list, blank=True)  # [grade, seed] whose pixels the bank holds already
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    error = models.TextField(blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(made__lte=F("requested")), name="synthesis_made_within_requested"),
            models.CheckConstraint(condition=Q(state__in=["running", "done", "failed"]), name="synthesis_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.made} of {self.requested} images from {self.checkpoint}"

    @property
    def is_complete(self) -> bool:
        """Every image asked for is in the bank, under its own recipe or, where the pixels are the same, another's."""
        return self.made + len(self.identical) == self.requested
