"""How a study is read, as staff settle it."""

from collections.abc import Iterable

from django import forms

from readerstudy.results.forms import MOST_REPEATS
from readerstudy.studies.models import Phase
from readerstudy.studies.practice import MOST_PRACTICE


class ReadingForm(forms.Form):
    contact = forms.CharField(
        max_length=200,
        required=False,
        label="Whom readers ask",
        help_text="Shown with the consent: a name and an address or telephone number.",
    )
    allows_zoom = forms.BooleanField(required=False, label="Readers may enlarge the image")
    allows_windowing = forms.BooleanField(required=False, label="Readers may change contrast, brightness and polarity")
    allows_change = forms.BooleanField(required=False, label="Readers may change the last answer until a phase ends")
    asks_remark = forms.BooleanField(required=False, label="Ask for a remark in words (nobody has to give one)")
    break_every = forms.IntegerField(
        min_value=0, max_value=10_000, label="Remind to rest after so many cases", help_text="0: never."
    )
    checks_display = forms.BooleanField(required=False, label="Check the display before the first case")
    practice_cases = forms.IntegerField(
        min_value=0,
        max_value=MOST_PRACTICE,
        label="Radiographs for practice",
        help_text="Real ones that are no case of the study; their reference grade is shown after each. They do not "
        "count and are not exported.",
    )

    def __init__(self, *args: object, phases: Iterable[Phase], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.phases = list(phases)
        for phase in self.phases:
            self.fields[_repeats_of(phase)] = forms.IntegerField(
                min_value=0,
                max_value=MOST_REPEATS,
                initial=phase.repeats,
                label=f"Hidden repeats in phase {phase.position} ({phase.title})",
                help_text="Images that each reader reads twice, far apart, without being told.",
            )

    def repeats(self) -> dict[int, int]:
        """How many images are read twice, by the position of the phase."""
        return {phase.position: self.cleaned_data[_repeats_of(phase)] for phase in self.phases}


def _repeats_of(phase: Phase) -> str:
    return f"repeats_{phase.position}"
