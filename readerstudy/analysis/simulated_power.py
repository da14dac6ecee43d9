"""How much a study will show, by simulation: draw it many times, analyse each, and count.

Each study is analysed as the report does it, by the same formula: `analyse_studies` gives for many studies at once what
`obuchowski_rockette.pool_readers` gives for one, only Cov₂ comes from the variance of the readers' mean. Intervals are
symmetric, also those of an AUC.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from readerstudy.analysis.obuchowski_rockette import ROUNDING, error_and_freedom
from readerstudy.analysis.planning import ALPHA, CHANCE
from readerstudy.analysis.reader_figures import cases_by_stratum
from readerstudy.analysis.simulation import DetectionTrait, RoeMetz, lasting_evidence, rate_cases

Floats = NDArray[np.float64]
AT_ONCE = 3_000_000  # readings held in memory


@dataclass(frozen=True)
class Figures:
    """The pooled figure of each study with its standard error and degrees of freedom, all [studies]."""

    value: Floats
    error: Floats
    freedom: Floats


@dataclass(frozen=True)
class Counted:
    """Shares of the simulated studies. half_width: mean, of the 95 % interval; covered: it holds the truth.

    counted_covered and counted_alarms: the same, and the share that declares a difference from one half, for the
    usual binomial interval of all readings taken as independent (None where the figure is no proportion).
    readers_alarms: the share that declares a difference by a t test over the readers' figures.
    """

    studies: int
    half_width: float
    covered: float
    difference: float
    equivalence: float
    readers_alarms: float
    counted_covered: float | None
    counted_alarms: float | None

    def error_of(self, share: float) -> float:
        """Standard error of a share of these studies, from their number."""
        return math.sqrt(share * (1 - share) / self.studies)


def simulate_accuracy(
    rng: Generator,
    *,
    trait: DetectionTrait,
    accuracy: float,
    readers: int,
    cases: int,
    margin: float,
    studies: int,
) -> Counted:
    """Draw studies of half synthetic and half real cases from the latent-trait model and analyse their accuracy."""
    synthetic = np.arange(cases) < cases // 2

    def draw(number: int) -> tuple[Figures, Floats]:
        evidence = lasting_evidence(
            rng, rng, trait=trait, accuracy=accuracy, synthetic=synthetic, readers=readers, studies=number
        )
        correct = ((evidence + rng.standard_normal(evidence.shape) > 0) == synthetic).astype(float)
        return analyse_studies(correct, synthetic), correct.mean(-1)

    return _count(draw, studies=studies, truth=accuracy, margin=margin, readers=readers, cases=cases, binomial=True)


def simulate_auc(rng: Generator, *, model: RoeMetz, readers: int, cases: int, margin: float, studies: int) -> Counted:
    """Draw studies of half positive and half negative cases from the Roe–Metz model and analyse their AUC."""

    def draw(number: int) -> tuple[Figures, Floats]:
        negative, positive = rate_cases(
            rng, model=model, readers=readers, negative=cases - cases // 2, positive=cases // 2, studies=number
        )
        return analyse_ratings(negative, positive)

    return _count(draw, studies=studies, truth=model.auc, margin=margin, readers=readers, cases=cases, binomial=False)


def analyse_studies(correct: Floats, strata: ArrayLike) -> Figures:
    """Obuchowski–Rockette analysis of accuracy: correct [studies, readers, cases], 1.0 or 0.0, complete.

    Cov₂ is the mean covariance of two readers' jackknifed accuracies over cases drawn within strata [cases], here from
    the variance of the cases' means.
    """
    parts = cases_by_stratum(strata)
    between = sum(part.size**2 * _between(correct[..., part]) for part in parts) / correct.shape[-1] ** 2
    return _obuchowski_rockette(correct.mean(-1), np.asarray(between))


def analyse_ratings(negative: Floats, positive: Floats) -> tuple[Figures, Floats]:
    """Obuchowski–Rockette analysis of the empirical AUC of ratings [studies, readers, cases], and the readers' AUCs.

    Cov₂ by DeLong, DeLong & Clarke-Pearson (1988, doi 10.2307/2531595): the mean covariance of two readers' placement
    values over the negative cases plus that over the positive ones.
    """
    higher = positive[..., :, None] > negative[..., None, :]
    equal = positive[..., :, None] == negative[..., None, :]
    placed = higher + 0.5 * equal
    by_reader = placed.mean((-1, -2))
    return _obuchowski_rockette(by_reader, _between(placed.mean(-1)) + _between(placed.mean(-2))), by_reader


def _between(scores: Floats) -> Floats:
    """Mean covariance of two readers' means of scores [studies, readers, cases] over the same cases."""
    readers, cases = scores.shape[-2:]
    all_pairs = readers**2 * scores.mean(-2).var(-1, ddof=1)
    return (all_pairs - scores.var(-1, ddof=1).sum(-1)) / (readers * (readers - 1) * cases)


def _obuchowski_rockette(by_reader: Floats, between: Floats) -> Figures:
    error, freedom = error_and_freedom(by_reader.var(-1, ddof=1), between, readers=by_reader.shape[-1])
    return Figures(by_reader.mean(-1), error, freedom)


def _count(
    draw: Callable[[int], tuple[Figures, Floats]],
    *,
    studies: int,
    truth: float,
    margin: float,
    readers: int,
    cases: int,
    binomial: bool,
) -> Counted:
    """Draw the studies, a bounded number of readings at a time, and count what their intervals say.

    A study without any scatter has no interval: it shows nothing, and covers nothing.
    """
    found: list[tuple[Floats, ...]] = []
    for number in _portions(studies, readers * cases * (1 if binomial else cases)):
        figures, by_reader = draw(number)
        found.append((figures.value, figures.error, figures.freedom, by_reader.std(-1, ddof=1)))
    value, error, freedom, spread = (np.concatenate(parts) for parts in zip(*found, strict=True))
    usable = error**2 * readers > ROUNDING
    value, error, freedom, spread = (part[usable] for part in (value, error, freedom, spread))
    away = np.abs(value - CHANCE)
    wide, narrow = (stats.t.ppf(1 - alpha, freedom) * error for alpha in (ALPHA / 2, ALPHA))
    over_readers = stats.t.ppf(1 - ALPHA / 2, readers - 1) * spread / math.sqrt(readers)
    pooled = stats.norm.ppf(1 - ALPHA / 2) * np.sqrt(value * (1 - value) / (readers * cases))
    return Counted(
        studies,
        half_width=float(wide.mean()) if wide.size else math.nan,
        covered=float((np.abs(value - truth) <= wide).sum() / studies),
        difference=float((away > wide).sum() / studies),
        equivalence=float((away + narrow < margin).sum() / studies),
        readers_alarms=float((away > over_readers).sum() / studies),
        counted_covered=float((np.abs(value - truth) <= pooled).sum() / studies) if binomial else None,
        counted_alarms=float((away > pooled).sum() / studies) if binomial else None,
    )


def _portions(studies: int, readings: int) -> Iterator[int]:
    portion = max(1, AT_ONCE // readings)
    for start in range(0, studies, portion):
        yield min(portion, studies - start)
