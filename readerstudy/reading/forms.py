"""What a reader tells about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from readerstudy.reading.models import LONGEST_REMARK

OTHER = "other"
SPECIALTIES = (
    "Musculoskeletal radiology",
    "Radiology",
    "Orthopaedic surgery",
    "Rheumatology",
    "Sports medicine",
    "Physical and rehabilitation medicine",
    "General practice",
    "Medical imaging research",
)


class ConsentForm(forms.Form):
    specialty = forms.ChoiceField(
        label=_("Your specialty"),
        choices=[("", _("Choose one")), *((name, name) for name in SPECIALTIES), (OTHER, _("Another one"))],
        error_messages={"required": _("Please choose your specialty.")},
    )
    other_specialty = forms.CharField(label=_("Which other specialty?"), max_length=100, required=False)
    years_experience = forms.IntegerField(
        label=_("Years of experience in it"),
        min_value=0,
        max_value=70,
        error_messages={
            "required": _("Please give your years of experience, 0 if you have just begun."),
            "invalid": _("Please give the years as a whole number."),
        },
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("specialty") == OTHER:
            other = (cleaned.get("other_specialty") or "").strip()
            if other:
                cleaned["specialty"] = other
            else:
                self.add_error("other_specialty", _("Please name your specialty."))
        return cleaned


class AnswerForm(forms.Form):
    """An answer as it arrives, from the page's script or as a plain form; the domain judges what it means."""

    presentation = forms.CharField(max_length=32)
    client_key = forms.UUIDField()
    value = forms.CharField(max_length=9, required=False)
    confidence = forms.IntegerField(required=False, min_value=1, max_value=5)
    response_ms = forms.IntegerField(required=False, min_value=0)
    viewer = forms.Field(required=False)  # an object, which only the script can send
    remark = forms.CharField(required=False, max_length=LONGEST_REMARK)
    revises = forms.IntegerField(required=False, min_value=1)

    def clean_viewer(self) -> dict[str, Any]:
        viewer = self.cleaned_data["viewer"]
        return viewer if isinstance(viewer, dict) else {}
