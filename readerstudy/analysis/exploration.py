"""Further questions to the real-or-synthetic answers: who, where in the order, how fast, and which images deceive."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from readerstudy.analysis import reader_figures
from readerstudy.analysis.crossed_logistic import CrossedFit, fit_crossed_logistic
from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.reader_contrasts import compare_groups
from readerstudy.analysis.readings import final_answers

Floats = NDArray[np.float64]
MOST_DECEPTIVE = 10
EXPERIENCE, POSITION, GRADE, SOURCE = (
    "ten years more of experience",
    "ten places later in the order",
    "one KL grade higher",
    "synthetic instead of real",
)


@dataclass(frozen=True)
class GroupComparison:
    """Accuracy of two groups of readers on the same images, and first minus second."""

    first: str
    second: str
    of_first: Estimate
    of_second: Estimate
    difference: Estimate


@dataclass(frozen=True)
class DeceptiveCase:
    """An image that more readers misjudged than not. wrong of read."""

    case: str
    source: str
    grade: int
    wrong: int
    read: int


@dataclass(frozen=True)
class Exploration:
    """odds_ratios of a correct call, by effect, from one model; no_model: why there is none. slower_when_wrong: ratio
    of the times of wrong to right calls. fooled_all: images that every reader misjudged."""

    groups: list[GroupComparison]
    odds_ratios: dict[str, Estimate]
    no_model: str
    slower_when_wrong: Estimate
    deceptive: list[DeceptiveCase]
    fooled_all: int


def explore(answers: pd.DataFrame, calls: pd.DataFrame, truth: pd.DataFrame) -> Exploration:
    """calls: readers × cases, 1 synthetic and 0 real; truth by case."""
    cases = truth.loc[calls.columns]
    synthetic = (cases["source"] == "synthetic").to_numpy()
    matrix = calls.to_numpy(dtype=float)
    correct = np.where(np.isnan(matrix), np.nan, matrix == synthetic)
    readers = answers.drop_duplicates("reader").set_index("reader").loc[calls.index]
    fit = _model(answers, calls, correct, cases, readers)
    deceptive = _deceptive(calls, correct, cases)
    return Exploration(
        groups=_groups(matrix, synthetic, readers),
        odds_ratios={name: fit.odds_ratio(name) for name in fit.effects if name != "intercept"},
        no_model=fit.reason,
        slower_when_wrong=time_ratio(_wide(answers, calls, "response_ms"), correct),
        deceptive=[one for one in deceptive if 2 * one.wrong > one.read][:MOST_DECEPTIVE],
        fooled_all=sum(one.wrong == one.read > 1 for one in deceptive),
    )


def time_ratio(times: Floats, correct: Floats) -> Estimate:
    """Geometric mean time of wrong calls over that of right calls: times and correct [readers, cases], NaN where none.

    Each reader's ratio, averaged on the log scale over readers with both kinds of calls; t interval over readers.
    """
    method = "ratio of geometric means within readers, t over readers"
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(times > 0, np.log(times), np.nan)
    differences = []
    for row, right in zip(logs, correct, strict=True):
        slow, fast = row[(right == 0) & ~np.isnan(row)], row[(right == 1) & ~np.isnan(row)]
        if slow.size and fast.size:
            differences.append(slow.mean() - fast.mean())
    n = len(differences)
    if n < 2:
        return not_estimable("fewer than two readers with the times of right and of wrong calls", method=method, n=n)
    mean, error = float(np.mean(differences)), float(np.std(differences, ddof=1) / np.sqrt(n))
    if not error:
        return Estimate(float(np.exp(mean)), method=method, n=n, reason="all readers have the same ratio")
    reach = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * error
    p_value = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    low, value, high = (float(np.exp(one)) for one in (mean - reach, mean, mean + reach))
    return Estimate(value, low, high, method, n, p_value)


def _groups(calls: Floats, synthetic: NDArray[np.bool_], readers: pd.DataFrame) -> list[GroupComparison]:
    """The two largest specialties, and readers below and from the median of experience on."""
    sizes = readers["specialty"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    pairs = []
    if len(sizes) > 1:
        names = [str(name) for name in sizes.index[:2]]
        pairs.append([(name, (readers["specialty"] == name).to_numpy()) for name in names])
    years = readers["years_experience"].to_numpy(dtype=float)
    if np.unique(years[~np.isnan(years)]).size > 1:
        median = float(np.nanmedian(years))
        middle = median if (years < median).any() else float(np.nanmin(years[years > median]))
        pairs.append([(f"{middle:g} years and more", years >= middle), (f"less than {middle:g} years", years < middle)])
    compared = []
    for (first, one), (second, other) in pairs:
        of_one, of_other = (
            pool_readers(reader_figures.accuracy(calls[rows], synthetic)).estimate for rows in (one, other)
        )
        difference = compare_groups(reader_figures.accuracy, calls[one], calls[other], synthetic).estimate
        compared.append(GroupComparison(first, second, of_one, of_other, difference))
    return compared


def _model(
    answers: pd.DataFrame, calls: pd.DataFrame, correct: Floats, cases: pd.DataFrame, readers: pd.DataFrame
) -> CrossedFit:
    """The odds of a correct call by all effects that vary here."""
    effects: dict[str, Floats] = {
        EXPERIENCE: readers["years_experience"].to_numpy(dtype=float)[:, None] / 10,
        POSITION: _wide(answers, calls, "position") / 10,
        GRADE: cases["reference_grade"].to_numpy(dtype=float),
        SOURCE: (cases["source"] == "synthetic").to_numpy().astype(float),
    }
    usable = {name: x for name, x in effects.items() if np.unique(x[~np.isnan(x)]).size > 1}
    if EXPERIENCE in usable and (~np.isnan(usable[EXPERIENCE])).sum() < len(readers):
        del usable[EXPERIENCE]  # a reader who did not say would be left out
    return fit_crossed_logistic(correct, usable)


def _wide(answers: pd.DataFrame, calls: pd.DataFrame, column: str) -> Floats:
    judged = final_answers(answers, task="detect")
    wide = judged.pivot(index="reader", columns="case", values=column)
    return np.asarray(wide.reindex(index=calls.index, columns=calls.columns).to_numpy(dtype=float))


def _deceptive(calls: pd.DataFrame, correct: Floats, cases: pd.DataFrame) -> list[DeceptiveCase]:
    """All images, those that most readers misjudged first."""
    wrong, read = (correct == 0).sum(0), (~np.isnan(correct)).sum(0)
    found = [
        DeceptiveCase(str(case), str(source), int(grade), int(missed), int(n))
        for case, source, grade, missed, n in zip(
            calls.columns, cases["source"].tolist(), cases["reference_grade"].tolist(), wrong, read, strict=True
        )
    ]
    return sorted(found, key=lambda one: (-one.wrong / max(one.read, 1), one.case))
