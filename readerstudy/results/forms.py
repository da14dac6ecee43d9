"""What staff type in. The forms parse; the domain functions judge."""

import hashlib
from collections.abc import Collection, Mapping

from django import forms
from django.utils.text import slugify

from readerstudy.radiographs.models import Grade, Preset, Source
from readerstudy.results.wording import counted
from readerstudy.studies import texts
from readerstudy.studies.models import Language, Study

MOST_REPEATS = 200
EACH = "each"


def count_field_name(source: str, origin: str, grade: int | str) -> str:
    """The name of a cell; a digest stands for the origin, whose name may hold anything."""
    return f"{source}_{grade}_{hashlib.sha256(origin.encode()).hexdigest()[:8]}"


class CountsForm(forms.Form):
    """How many images of each source, origin and grade: a row an origin, a number a grade, and one number for all."""

    def __init__(
        self,
        *args: object,
        available: Mapping[tuple[str, int, str], int],
        phantoms: Collection[str] = (),
        chosen: Mapping[tuple[str, int, str], int] | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.available, self.phantoms = available, phantoms
        self.origins = sorted({(source, origin) for source, _, origin in available})
        for source, origin in self.origins:
            numbers = [(chosen or {}).get((source, grade, origin)) for grade in Grade.values]
            each = numbers[0] if len(set(numbers)) == 1 else None
            self._add_cell(source, origin, EACH, label="each grade", initial=each)
            for grade, number in zip(Grade.values, numbers, strict=True):
                self._add_cell(source, origin, grade, label=f"grade {grade}", initial=None if each else number)

    def _add_cell(self, source: str, origin: str, grade: int | str, *, label: str, initial: int | None) -> None:
        field = forms.IntegerField(min_value=0, max_value=10_000, required=False, initial=initial)
        field.widget.attrs["aria-label"] = f"{source} images from {origin} of {label}"
        self.fields[count_field_name(source, origin, grade)] = field

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        for source, origin in self.origins:
            each = count_field_name(source, origin, EACH)
            of_grades = [cleaned.get(count_field_name(source, origin, grade)) for grade in Grade.values]
            if cleaned.get(each) is not None and None not in of_grades:
                self.add_error(each, "No grade is left empty, so this number says nothing. Clear it, or the grades.")
        if not any(cleaned.values()) and not self.errors:
            raise forms.ValidationError("Say how many images the study takes: a number in one row at least.")
        return cleaned

    def counts(self) -> dict[tuple[str, int, str], int]:
        """The cells that ask for at least one image; an empty cell asks for what stands under “each”."""
        wanted = {}
        for source, origin in self.origins:
            each = self.cleaned_data[count_field_name(source, origin, EACH)] or 0
            for grade in Grade.values:
                count = self.cleaned_data[count_field_name(source, origin, grade)]
                wanted[source, grade, origin] = each if count is None else count
        return {cell: count for cell, count in wanted.items() if count}

    def rows(self) -> list[dict[str, object]]:
        """For the page: a row an origin, a cell a grade, with how many the bank holds."""
        return [
            {
                "source": Source(source).label,
                "origin": origin,
                "phantom": origin in self.phantoms,
                "each": self[count_field_name(source, origin, EACH)],
                "cells": [
                    {
                        "field": self[count_field_name(source, origin, grade)],
                        "available": self.available.get((source, grade, origin), 0),
                    }
                    for grade in Grade.values
                ],
            }
            for source, origin in self.origins
        ]


class NewStudyForm(forms.Form):
    name = forms.CharField(max_length=200)
    slug = forms.SlugField(
        max_length=50,
        required=False,
        label="Short name",
        help_text="For addresses and files; made from the name if empty.",
    )
    preset = forms.ChoiceField(
        choices=Preset.choices,
        initial=Preset.PUBLISHED,
        widget=forms.HiddenInput,  # chosen by the address, since the numbers of images depend on it
    )
    grade_repeats = forms.IntegerField(
        min_value=0,
        max_value=MOST_REPEATS,
        initial=6,
        label="Images graded twice",
        help_text="Hidden repeats, far apart, show how well a reader agrees with himself or herself. They add to the "
        "readings: 30 images and 6 repeats are 36 readings.",
    )
    detect_repeats = forms.IntegerField(
        min_value=0, max_value=MOST_REPEATS, initial=0, label="Images judged real or synthetic twice"
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("slug") and "slug" not in self.errors:
            cleaned["slug"] = slugify(cleaned.get("name", ""))[:50].strip("-")
            if not cleaned["slug"]:
                self.add_error("slug", "Give a short name of letters, digits and hyphens.")
        if cleaned.get("slug") == "new":
            self.add_error("slug", "“new” is taken by the page for new studies.")
        if cleaned.get("slug") and Study.objects.filter(slug=cleaned["slug"]).exists():
            self.add_error("slug", "There is a study of this short name already.")
        return cleaned

    def allows(self, *, images: int) -> bool:
        """Whether so many images are enough for the repeats; where not, the field says so."""
        for name in ("grade_repeats", "detect_repeats"):
            if self.cleaned_data[name] > images:
                taken = f"the study takes {counted(images, 'image')}"
                self.add_error(name, f"{self[name].label}: {taken}, so {self.cleaned_data[name]} cannot come twice.")
        return not self.errors


HEADING = "The heading of the page before its first case."
EARLY = ("name", "consent_text", "title_1", "introduction_1")  # what readers see before they are told


class TextsForm(forms.Form):
    name = forms.CharField(max_length=200, help_text="The heading of the readers’ first page.")
    consent_text = forms.CharField(widget=forms.Textarea, label="Invitation and consent")
    title_1 = forms.CharField(max_length=100, label="Title of phase 1 (grading)", help_text=HEADING)
    introduction_1 = forms.CharField(widget=forms.Textarea, label="Before phase 1")
    title_2 = forms.CharField(max_length=100, label="Title of phase 2 (real or synthetic)", help_text=HEADING)
    introduction_2 = forms.CharField(widget=forms.Textarea, label="Before phase 2")
    thanks_text = forms.CharField(widget=forms.Textarea, label="At the end")

    def hints(self) -> list[str]:
        """What in the texts before phase 2 would unblind a reader."""
        return texts.telling_words(" ".join(str(self[field].value()) for field in EARLY))


class InvitationForm(forms.Form):
    language = forms.ChoiceField(
        choices=Language.choices,
        initial=Language.ENGLISH,
        required=False,
        label="Language of their pages",
        help_text="Readers can change it. The study’s own texts stay in your words.",
    )
    pasted = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "Aino Virtanen, aino@example.org\nBo Berg"}),
        label="Readers, one a line",
        help_text="A name, an e-mail address, or both: Aino Virtanen, aino@example.org. "
        "Their personal links appear in the table; they work once the study is open.",
    )
