"""By what a study will be judged, as staff settle it."""

from collections.abc import Mapping
from decimal import Decimal

from django import forms

from readerstudy.studies.analysis_plan import WIDEST, Planned
from readerstudy.studies.models import OutcomeName

# how a margin is typed in: of shares in percentage points, the others as they are
UNITS = {
    OutcomeName.ACCURACY.value: (100, "percentage points", "50 %, which is guessing"),
    OutcomeName.KAPPA.value: (1, "of κ", "no difference"),
    OutcomeName.ERROR.value: (1, "of a grade", "no difference"),
    OutcomeName.SHARES.value: (100, "percentage points", "no difference at any grade"),
}


class PlanForm(forms.Form):
    """A margin, and whether it is primary, for each outcome of the plan."""

    def __init__(self, *args: object, planned: Mapping[str, Planned], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.units = {name: units for name, units in UNITS.items() if name in planned}
        for name, (factor, unit, _) in self.units.items():
            label = OutcomeName(name).label
            self.fields[f"{name}_margin"] = forms.DecimalField(
                max_digits=5,
                decimal_places=1 if factor == 100 else 3,
                initial=f"{planned[name].margin * factor:g}",
                error_messages={"required": "Give a margin; 0 would never be reached."},
            )
            self.fields[f"{name}_primary"] = forms.BooleanField(required=False, initial=planned[name].primary)
            self.fields[f"{name}_margin"].widget.attrs |= {"aria-label": f"margin of {label}, {unit}", "step": "any"}
            self.fields[f"{name}_primary"].widget.attrs["aria-label"] = f"{label} is primary"

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        for name, (factor, unit, _) in self.units.items():
            margin, most = cleaned.get(f"{name}_margin"), WIDEST[name] * factor
            if margin is not None and not 0 < margin < most:
                self.add_error(f"{name}_margin", f"The margin must lie above 0 and below {most:g} {unit}.")
        return cleaned

    def margins(self) -> dict[str, Decimal]:
        """In the unit of each outcome."""
        return {name: self.cleaned_data[f"{name}_margin"] / factor for name, (factor, *_) in self.units.items()}

    def primary(self) -> set[str]:
        return {name for name in self.units if self.cleaned_data[f"{name}_primary"]}

    def rows(self) -> list[dict[str, object]]:
        """For the page: a row an outcome."""
        return [
            {
                "label": OutcomeName(name).label,
                "equivalent": equivalent,
                "unit": unit,
                "margin": self[f"{name}_margin"],
                "primary": self[f"{name}_primary"],
            }
            for name, (_, unit, equivalent) in self.units.items()
        ]
