"""What the page reports about how a reader looked at a case: taken within limits, and nothing else is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_MS = 2**31 - 1  # what a column of the export holds; a page left open for a month still gives an answer


@dataclass(frozen=True)
class Measure:
    """A number that the page may report; digits: how many decimals of it are kept."""

    low: float
    high: float
    digits: int = 0


MEASURES = {
    "max_zoom": Measure(1, 100, 2),  # times the size that fits
    "window_level": Measure(0, 1, 3),  # of the grey scale, at the confirmation
    "window_width": Measure(0.01, 4, 3),
    "hidden_ms": Measure(0, LONGEST_MS),
    "hides": Measure(0, 10_000),
    "screen_width": Measure(1, 32_767),  # CSS pixels
    "screen_height": Measure(1, 32_767),
    "pixel_ratio": Measure(0.1, 20, 3),
}
DEEDS = ("panned", "window_changed", "inverted")


class Allowed(Protocol):
    """What the study's protocol leaves to the reader."""

    @property
    def allows_zoom(self) -> bool: ...
    @property
    def allows_windowing(self) -> bool: ...


def known_use(reported: Mapping[str, Any]) -> dict[str, Any]:
    """The reported measures that lie within their limits, and the deeds that are true or false."""
    use: dict[str, Any] = {}
    for name, measure in MEASURES.items():
        value = reported.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and measure.low <= value <= measure.high:
            use[name] = round(value, measure.digits) if measure.digits else round(value)
    for name in DEEDS:
        if isinstance(reported.get(name), bool):
            use[name] = reported[name]
    return use


def require_allowed(study: Allowed, use: Mapping[str, Any]) -> None:
    """Raise ValidationError when a reader enlarged or changed what the study's protocol leaves as it is."""
    if not study.allows_zoom and (use.get("max_zoom", 1) > 1 or use.get("panned")):
        raise ValidationError(_("This study is read without enlarging. Please reload the page and answer again."))
    if not study.allows_windowing and (use.get("window_changed") or use.get("inverted")):
        raise ValidationError(
            _("This study is read without changing the grey levels. Please reload the page and answer again.")
        )
