"""Template filters for numbers: `{{ estimate|percent }}`, `{{ estimate|decimal }}`, `{{ row|cell }}`."""

from django import template

from readerstudy.results import wording

register = template.Library()
register.filter("percent", wording.percent)
register.filter("finer_percent", wording.finer_percent)
register.filter("decimal", wording.decimal)
register.filter("decimals", wording.decimals)
register.filter("p_value", wording.p_value)


@register.filter
def cell(value: object) -> str:
    """A table field as the page prints it: three decimals for measurements, a dash for nothing."""
    if value is None or value == "":
        return "–"
    return f"{value:.3f}".replace("-", "−") if isinstance(value, float) else str(value)
