"""What a reader tells about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

OTHER = "other"
# stored in English, whatever the page's language
SPECIALTIES = (
    ("Musculoskeletal radiology", _("Musculoskeletal radiology")),
    ("Radiology", _("Radiology")),
    ("Orthopaedic surgery", _("Orthopaedic surgery")),
    ("Rheumatology", _("Rheumatology")),
    ("Sports medicine", _("Sports medicine")),
    ("Physical and rehabilitation medicine", _("Physical and rehabilitation medicine")),
    ("General practice", _("General practice")),
    ("Medical imaging research", _("Medical imaging research")),
)


class ConsentForm(forms.Form):
    specialty = forms.ChoiceField(
        label=_("Your specialty"),
        choices=[("", _("Choose one")), *SPECIALTIES, (OTHER, _("Another one"))],
        error_messages={"required": _("Please choose your specialty.")},
    )
    other_specialty = forms.CharField(label=_("Which other specialty?"), max_length=100, required=False)
    years_experience = forms.IntegerField(
        label=_("Years of experience in it"),
        min_value=0,
        max_value=70,
        error_messages={
            "required": _("Please give your years of experience, 0 if you have just begun."),
            **dict.fromkeys(
                ["invalid", "min_value", "max_value"], _("Please give the years as a whole number from 0 to 70.")
            ),
        },
    )

    def full_clean(self) -> None:
        """Validate; the first field that has to be mended gets the focus."""
        super().full_clean()
        for name in self.fields:
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                break

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("specialty") == OTHER:
            other = (cleaned.get("other_specialty") or "").strip()
            if other:
                cleaned["specialty"] = other
            else:
                self.add_error("other_specialty", _("Please name your specialty."))
        return cleaned


class DisplayForm(forms.Form):
    """What the reader sees, and what the script, if there is one, tells of the screen."""

    YES_NO = [("yes", _("Yes")), ("no", _("No"))]

    sees_dark = forms.ChoiceField(
        label=_("Do you see a slightly lighter square inside the black one?"), choices=YES_NO, widget=forms.RadioSelect
    )
    sees_bright = forms.ChoiceField(
        label=_("Do you see a slightly darker square inside the white one?"), choices=YES_NO, widget=forms.RadioSelect
    )
    screen_width = forms.IntegerField(required=False, min_value=1, max_value=32_767, widget=forms.HiddenInput)
    screen_height = forms.IntegerField(required=False, min_value=1, max_value=32_767, widget=forms.HiddenInput)
    pixel_ratio = forms.FloatField(required=False, min_value=0.1, max_value=20, widget=forms.HiddenInput)
    colour_depth = forms.IntegerField(required=False, min_value=1, max_value=128, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What a browser tells of the screen and cannot be is unknown: the reader could not mend it."""
        cleaned = super().clean() or {}
        for field in self.hidden_fields():
            if self.errors.pop(field.name, None):
                cleaned[field.name] = None
        return cleaned

    def clean_sees_dark(self) -> bool:
        return bool(self.cleaned_data["sees_dark"] == "yes")

    def clean_sees_bright(self) -> bool:
        return bool(self.cleaned_data["sees_bright"] == "yes")
