"""Numbers in words: how the report and the pages print an estimate."""

from collections.abc import Callable

from readerstudy.analysis.estimate import Estimate


def percent(estimate: Estimate) -> str:
    """`54 % [47, 61]`, or why there is none."""
    return with_interval(estimate, lambda number: whole(100 * number), " %")


def finer_percent(estimate: Estimate) -> str:
    """`53.8 % [47.1, 60.6]`, or why there is none."""
    return with_interval(estimate, lambda number: decimals(100 * number, 1), " %")


def decimal(estimate: Estimate) -> str:
    """`0.74 [0.66, 0.81]`, or why there is none."""
    return with_interval(estimate, two_decimals, "")


def two_decimals(number: float) -> str:
    return decimals(number, 2)


def whole(number: float) -> str:
    return decimals(number, 0)


def decimals(number: float, places: int) -> str:
    """With a true minus sign, and without a negative zero."""
    return f"{round(number, places) + 0.0:.{places}f}".replace("-", "−")


def plain(number: float) -> str:
    """A number that somebody chose, with the digits that it has."""
    return f"{round(number, 6):g}"


def p_value(value: float | None) -> str:
    if value is None:
        return "–"
    return "<\u00a00.001" if value < 0.001 else f"{value:.3f}"


def p_said(value: float) -> str:
    """`p = 0.012` or `p < 0.001`."""
    return f"p {p_value(value)}" if value < 0.001 else f"p = {p_value(value)}"


def counted(number: int, noun: str) -> str:
    """`1 reader`, `3 readers`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def capitalised(name: str) -> str:
    """With a capital letter, but for Greek ones: a large κ is no κ."""
    return name[:1].upper() + name[1:] if name[:1].isascii() else name


def with_interval(estimate: Estimate, form: Callable[[float], str], unit: str) -> str:
    """Value and ends as `form` writes them, or why there is none."""
    if estimate.value is None:
        return f"not estimable ({estimate.reason})"
    if estimate.low is None or estimate.high is None:
        return f"{form(estimate.value)}{unit} [no interval]"
    return f"{form(estimate.value)}{unit} [{form(estimate.low)}, {form(estimate.high)}]"
