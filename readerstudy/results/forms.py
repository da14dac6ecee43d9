"""What staff type in. The forms parse; the domain functions judge."""

from django import forms
from django.utils.text import slugify

from readerstudy.radiographs.models import Grade, Preset, Source
from readerstudy.studies import texts
from readerstudy.studies.models import Study

MOST_REPEATS = 200


def count_field_name(source: str, grade: int) -> str:
    return f"{source}_{grade}"


class CountsForm(forms.Form):
    """How many images of each source and grade: one number field a cell."""

    def __init__(self, *args: object, available: dict[tuple[str, int], int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.available = available
        for source in Source.values:
            for grade in Grade.values:
                field = forms.IntegerField(min_value=0, max_value=10_000, initial=0, required=False)
                field.widget.attrs["aria-label"] = f"{source} images of grade {grade}"
                self.fields[count_field_name(source, grade)] = field

    def counts(self) -> dict[tuple[str, int], int]:
        """The cells that ask for at least one image."""
        cells = {
            (source, grade): self.cleaned_data.get(count_field_name(source, grade)) or 0
            for source in Source.values
            for grade in Grade.values
        }
        return {cell: count for cell, count in cells.items() if count}

    def rows(self) -> list[dict[str, object]]:
        """For the page: a row a source, a cell a grade, with how many the bank holds."""
        return [
            {
                "source": Source(source).label,
                "cells": [
                    {
                        "field": self[count_field_name(source, grade)],
                        "available": self.available.get((source, grade), 0),
                    }
                    for grade in Grade.values
                ],
            }
            for source in Source.values
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
        choices=Preset.choices, initial=Preset.PUBLISHED, help_text="All images of a study share one preset."
    )
    grade_repeats = forms.IntegerField(
        min_value=0, max_value=MOST_REPEATS, initial=6, label="Cases read twice when grading"
    )
    detect_repeats = forms.IntegerField(
        min_value=0, max_value=MOST_REPEATS, initial=0, label="Cases read twice when telling real from synthetic"
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


class TextsForm(forms.Form):
    name = forms.CharField(max_length=200)
    consent_text = forms.CharField(widget=forms.Textarea, label="Invitation and consent")
    introduction_1 = forms.CharField(widget=forms.Textarea, label="Before phase 1 (grading)")
    introduction_2 = forms.CharField(widget=forms.Textarea, label="Before phase 2 (real or synthetic)")
    thanks_text = forms.CharField(widget=forms.Textarea, label="At the end")

    def hints(self) -> list[str]:
        """What in the texts before phase 2 would unblind a reader."""
        early = f"{self['consent_text'].value()} {self['introduction_1'].value()}".lower()
        return [word for word in texts.TELLING_WORDS if word in early]


class InvitationForm(forms.Form):
    pasted = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "Aino Virtanen, aino@example.org\nBo Berg"}),
        label="Readers, one a line",
        help_text="A name, an e-mail address, or both with a comma between them.",
    )
