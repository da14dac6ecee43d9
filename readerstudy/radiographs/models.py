"""The image bank: a canonical image, and apart from it the truth about where it came from."""

import re

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

hex_digest = RegexValidator(r"\A[0-9a-f]{64}\Z", "A SHA-256 digest is 64 hexadecimal digits.")


class Preset(models.TextChoices):
    """The named treatment of grey levels and side that an image went through; never mixed within a study."""

    WINDOW = "window", _("Window: sides as they are")
    PUBLISHED = "published", _("Published: mirrored, equalised")


class Source(models.TextChoices):
    REAL = "real", _("Real")
    SYNTHETIC = "synthetic", _("Synthetic")


class Grade(models.IntegerChoices):
    """Kellgren–Lawrence grade (Kellgren & Lawrence 1957, doi 10.1136/ard.16.4.494)."""

    NONE = 0, _("0 none")
    DOUBTFUL = 1, _("1 doubtful")
    MINIMAL = 2, _("2 minimal")
    MODERATE = 3, _("3 moderate")
    SEVERE = 4, _("4 severe")


SUBJECT_AND_SIDE = re.compile(r"(?P<subject>.*\d)[ _-]?[LR]\Z", re.IGNORECASE)


def image_path(radiograph: "Radiograph", filename: str) -> str:
    """Where the encoded image lies below MEDIA_ROOT: named by its digest, which says nothing of its source."""
    return f"radiographs/{radiograph.digest[:2]}/{radiograph.digest}.png"


class Radiograph(models.Model):
    """A canonical image: pixels, digest and the preset that made it. What a reader can see, and no more."""

    digest = models.CharField(max_length=64, validators=[hex_digest])
    preset = models.CharField(max_length=16, choices=Preset)
    image = models.FileField(upload_to=image_path)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "preset"], name="radiograph_once_per_preset"),
            models.CheckConstraint(condition=Q(preset__in=Preset.values), name="radiograph_preset_known"),
        ]

    def __str__(self) -> str:
        return f"radiograph {self.digest[:12]}"


class Provenance(models.Model):
    """The truth about one radiograph. No query made for a reader touches this table."""

    radiograph = models.OneToOneField(Radiograph, on_delete=models.PROTECT, related_name="provenance")
    source = models.CharField(max_length=9, choices=Source)
    grade = models.PositiveSmallIntegerField(choices=Grade, validators=[MaxValueValidator(4)])
    is_phantom = models.BooleanField(default=False)  # drawn by the phantom renderer, or learnt from its drawings
    sharpness = models.FloatField()  # variance of the Laplacian
    blurred = models.BooleanField(default=False)
    near_empty = models.BooleanField(default=False)
    left_out = models.CharField(max_length=200, blank=True)  # why no new study takes it; empty: it may be taken
    added_at = models.DateTimeField(auto_now_add=True)

    # a real radiograph
    dataset = models.CharField(max_length=200, blank=True)
    split = models.CharField(max_length=50, blank=True)
    original_name = models.CharField(max_length=255, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    source_digest = models.CharField(max_length=64, blank=True, validators=[hex_digest])  # of the file's bytes
    side = models.CharField(max_length=1, blank=True, choices=[("L", _("Left")), ("R", _("Right"))])
    was_inverted = models.BooleanField(default=False)

    # a synthetic one
    checkpoint = models.CharField(max_length=200, blank=True)  # the name on its card
    checkpoint_digest = models.CharField(max_length=64, blank=True, validators=[hex_digest])
    seed = models.PositiveBigIntegerField(null=True, blank=True)
    truncation = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "provenance"
        indexes = [models.Index(fields=["source", "grade"]), models.Index(fields=["source_digest"])]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="provenance_source_known"),
            models.CheckConstraint(condition=Q(grade__range=(0, 4)), name="provenance_grade_0_to_4"),
            models.CheckConstraint(
                name="provenance_fits_source",
                condition=(
                    Q(source="real", seed__isnull=True, truncation__isnull=True, checkpoint_digest="")
                    & ~Q(source_digest="")
                )
                | (
                    Q(source="synthetic", seed__isnull=False, truncation__isnull=False, source_digest="")
                    & ~Q(checkpoint_digest="")
                ),
            ),
            models.UniqueConstraint(
                fields=["checkpoint_digest", "seed", "grade", "truncation"],
                condition=Q(source="synthetic"),
                name="synthetic_once_per_seed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} KL {self.grade}"

    @property
    def origin(self) -> str:
        """The data set, or the checkpoint that drew it: what a study lead chooses images by."""
        if self.source == Source.REAL:
            return f"{self.dataset} {self.split}".strip()
        return f"{self.checkpoint} {self.checkpoint_digest[:8]}".strip()

    @property
    def individual(self) -> str:
        """Whose knee it is. Two images of one individual resemble each other beyond chance.

        Of a real one by the name of its file: SUBJECTL and SUBJECTR are one person, other names stand alone. Of a
        synthetic one by the latent it was drawn from: a seed keeps its knee across grades.
        """
        if self.source == Source.SYNTHETIC:
            return f"{self.checkpoint_digest} {self.seed}"
        stem = self.original_name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        both = SUBJECT_AND_SIDE.match(stem)
        return f"{self.dataset} {both['subject'] if both else self.original_name or self.pk}"
