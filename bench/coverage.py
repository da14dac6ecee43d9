"""How often the 95 % intervals hold the truth, and how often a test finds a difference where there is none.

Draws studies of 15 readers × 30 real + 30 synthetic cases and analyses each in every way that the report could:

    python bench/coverage.py --write docs/coverage.md

takes about twenty minutes of one processor core. The same seed gives the same numbers.
"""

import argparse
import itertools
import math
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import stats

from readerstudy.analysis import reader_figures
from readerstudy.analysis.chance_corrected import gwet_ac
from readerstudy.analysis.crossed_logistic import fit_crossed_logistic
from readerstudy.analysis.detection import proportion
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.grade_shares import compare_grade_shares
from readerstudy.analysis.grading_figures import kappa_with_reference, mean_error, share_of_grade
from readerstudy.analysis.multireader_kappa import light_kappa
from readerstudy.analysis.obuchowski_rockette import PooledFigure, pool_readers, standard_error
from readerstudy.analysis.reader_contrasts import compare_groups, compare_separate_cases
from readerstudy.analysis.resampled_statistics import mean_kappa_with_reference, mean_pairwise_kappa, mean_score
from readerstudy.analysis.simulated_grading import trait_with_kappa
from readerstudy.analysis.simulation import (
    DetectionTrait,
    GradingTrait,
    answers_of,
    grades_of,
    lasting_evidence,
    lasting_impression,
)
from readerstudy.analysis.specific_agreement import specific_agreement
from readerstudy.analysis.summary_agreement import ON_GRADE, QUADRATIC, summarise_agreement
from readerstudy.analysis.time_ratio import time_ratio
from readerstudy.analysis.two_way_bootstrap import Statistic, bootstrap_estimate
from readerstudy.analysis.u_statistics import pooled_correct
from readerstudy.analysis.variance_components import PUBLISHED, VAN_DYKE

READERS, CASES = 15, 60
SYNTHETIC = np.arange(CASES) >= CASES // 2
SOURCE = SYNTHETIC.astype(int)
GROUP = 5  # readers of the smaller of two groups
LEANING = (0.7, 0.8)  # specificities of readers who guess and call most images real
UNEQUAL_LEANING = (0.4, 0.65)
SAMPLES = 1000  # of each bootstrap
TRUTHS = 10_000  # studies whose mean is the true κ
SEVERE = GradingTrait(reader=0.45, case=0.25, interaction=0.0, error=0.5)
AGREEMENT = (
    QUADRATIC,
    "equal grades in pairs of readers",
    "Fleiss’ κ, unweighted",
    "Fleiss’ κ, quadratic weights",
    "Gwet’s AC2, quadratic weights",
    "Krippendorff’s α, ordinal",
    "ICC(2,1), readers a sample, absolute agreement, one reading",
)
HIGH = (0.9, 0.95)  # accuracies near the end of the scale
HIGH_DESIGNS = ((5, 30), (8, 60), (15, 60), (3, 30))  # readers and cases
FEW_READERS, FEW_CASES = (5, 10), 30  # of which the covariance between readers often comes out below 0
Interval = tuple[float, float] | None


OF_CASES = {
    QUADRATIC: lambda grades: light_kappa(grades, samples=SAMPLES),
    "Gwet’s AC2, quadratic weights": gwet_ac,
    list(ON_GRADE)[2]: lambda grades: specific_agreement(grades)[2],
}


@dataclass
class Tally:
    """Of the intervals of one method: how many hold the truth, leave out the null, exist, and their widths.

    below and above: how often the truth is, of the interval.
    """

    studies: int = 0
    held: int = 0
    alarms: int = 0
    without: int = 0
    width: float = 0.0
    below: int = 0
    above: int = 0

    def add(self, interval: Interval, *, truth: float, null: float) -> None:
        self.studies += 1
        if interval is None:
            self.without += 1
            return
        low, high = interval
        self.held += low <= truth <= high
        self.below += truth < low
        self.above += truth > high
        self.alarms += not low <= null <= high
        self.width += high - low


def detection_intervals(called: NDArray[np.float64], rng: Generator, *, logistic: bool) -> dict[str, Interval]:
    """The interval of the accuracy by each method."""
    correct = (called == SYNTHETIC).astype(float)
    by_reader = correct.mean(1)
    reach = stats.t.ppf(0.975, READERS - 1) * by_reader.std(ddof=1) / math.sqrt(READERS)
    found: dict[str, Interval] = {
        "binomial, all readings as independent": _ends(proportion(int(correct.sum()), correct.size)),
        "t over readers": (by_reader.mean() - reach, by_reader.mean() + reach),
        "Obuchowski–Rockette": _ends(pool_readers(reader_figures.accuracy(called, SYNTHETIC)).estimate),
        "U-statistic": _ends(pooled_correct(correct, strata=SYNTHETIC).estimate),
    }
    for interval in ("percentile", "bca"):
        estimate = _resampled(mean_score(correct), rng, interval=interval)
        found[f"bootstrap over readers and cases, {interval}"] = _ends(estimate)
    if logistic:
        fit = fit_crossed_logistic(correct)
        # at a true accuracy of one half the odds of the typical reader and case are 1
        ratio = fit.odds_ratio("intercept")
        found["crossed logistic model"] = (
            None if ratio.low is None or ratio.high is None else tuple(x / (1 + x) for x in (ratio.low, ratio.high))
        )
    return found


def asymmetry_interval(called: NDArray[np.float64]) -> Interval:
    return _ends(pool_readers(reader_figures.error_asymmetry(called, SYNTHETIC)).estimate)


def groups_interval(called: NDArray[np.float64]) -> Interval:
    """Of the difference of the accuracies of five readers and the others, of whom no group is better."""
    return _ends(compare_groups(reader_figures.accuracy, called[:GROUP], called[GROUP:], SYNTHETIC).estimate)


def kappa_intervals(
    grades: NDArray[np.float64], reference: NDArray[np.int_], source: NDArray[np.int_], rng: Generator
) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for name, statistic in kappas_of(grades, reference).items():
        for drawn, strata in (("source", source), ("source and grade", 5 * source + reference)):
            for interval in ("percentile", "bca"):
                estimate = _resampled(statistic, rng, interval=interval, strata=strata)
                found[f"quadratic κ {name}, cases drawn within {drawn}, {interval}"] = _ends(estimate)
    figures = kappa_with_reference(grades, reference)
    found["quadratic κ with the reference, Obuchowski–Rockette, jackknife within grade"] = _ends(
        pool_readers(figures).estimate
    )
    return found


def difference_intervals(
    grades: NDArray[np.float64], reference: NDArray[np.int_], source: NDArray[np.int_]
) -> dict[str, Interval]:
    """Of synthetic less real images, which are graded alike: the truth is 0."""
    found: dict[str, Interval] = {}
    for name, figure in (("κ", kappa_with_reference), ("mean error", mean_error)):
        real, synthetic = (figure(grades[:, source == kind], reference[source == kind]) for kind in (0, 1))
        estimate = compare_separate_cases(synthetic, real).pooled.estimate
        found[f"difference of {name}, synthetic − real, Obuchowski–Rockette"] = _ends(estimate)
    shares, together = compare_grade_shares(grades, reference, source == 1, margin=0.1)
    for one in shares:
        name = f"difference of the share of grade {one.grade}, synthetic − real, Obuchowski–Rockette"
        found[name] = _ends(one.difference)
        # as if the covariance between readers were known, from 15 or 30 images of a source
        known = (
            replace(
                share_of_grade(grades[:, source == kind], reference[source == kind], grade=one.grade),
                covariance_error=0,
            )
            for kind in (1, 0)
        )
        found[f"{name}, degrees of freedom of Hillis"] = _ends(compare_separate_cases(*known).pooled.estimate)
    found["the clearest of these five, Bonferroni"] = _ends(together.estimate)
    return found


def kappas_of(grades: NDArray[np.float64], reference: NDArray[np.int_]) -> dict[str, Statistic]:
    return {
        "with the reference": mean_kappa_with_reference(grades, reference),
        "between readers": mean_pairwise_kappa(grades),
    }


def _resampled(statistic: Statistic, rng: Generator, *, interval: str, strata: NDArray[np.int_] = SOURCE) -> Estimate:
    return bootstrap_estimate(statistic, readers=READERS, strata=strata, rng=rng, samples=SAMPLES, interval=interval)


def _ends(estimate) -> Interval:
    return None if estimate.low is None or estimate.high is None else (estimate.low, estimate.high)


def simulate_detection(
    rng: Generator, *, trait: DetectionTrait, accuracy: float, studies: int, logistic: int, specificity: float = 0.5
) -> dict[str, Tally]:
    """`logistic`: in how many of the studies the logistic model is fitted too, which takes longest.

    specificity: of readers who guess; where it is not one half, all of them lean to one side.
    """
    leaning = -trait.spread * float(stats.norm.ppf(specificity))
    tallies: dict[str, Tally] = defaultdict(Tally)
    for study in range(studies):
        evidence = lasting_evidence(rng, rng, trait=trait, accuracy=accuracy, synthetic=SYNTHETIC, readers=READERS)[0]
        evidence = evidence + leaning + rng.standard_normal(evidence.shape)
        called = answers_of(evidence, spread=trait.spread)[0].astype(float)
        for name, interval in detection_intervals(called, rng, logistic=study < logistic).items():
            tallies[name].add(interval, truth=accuracy, null=0.5)
        tallies["asymmetry of errors, Obuchowski–Rockette"].add(
            asymmetry_interval(called), truth=2 * specificity - 1, null=0.0
        )
        tallies[f"accuracy of {GROUP} readers less that of {READERS - GROUP}, Obuchowski–Rockette"].add(
            groups_interval(called), truth=0.0, null=0.0
        )
    return tallies


def simulate_high(rng: Generator, *, accuracy: float, readers: int, cases: int, studies: int) -> dict[str, Tally]:
    """Readers who tell most images right, near the end of the scale; the true AUC is the mean of so many studies.

    Sensitivity and AUC also with the symmetric interval, which the report does not use.
    """
    synthetic, trait = np.arange(cases) >= cases // 2, PUBLISHED

    def draw() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        evidence = lasting_evidence(rng, rng, trait=trait, accuracy=accuracy, synthetic=synthetic, readers=readers)[0]
        evidence = evidence + rng.standard_normal(evidence.shape)
        called, sure = answers_of(evidence, spread=trait.spread)
        return called.astype(float), np.where(called, sure, -sure).astype(float)

    area = float(np.mean([reader_figures.auc(draw()[1], synthetic).values.mean() for _ in range(TRUTHS)]))
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        called, rated = draw()
        correct = (called == synthetic).astype(float)
        found = {
            "accuracy, Obuchowski–Rockette": pool_readers(reader_figures.accuracy(called, synthetic)).estimate,
            "accuracy, U-statistic": pooled_correct(correct, strata=synthetic).estimate,
        }
        for figures in (reader_figures.sensitivity(called, synthetic), reader_figures.auc(rated, synthetic)):
            symmetric = replace(figures, scale=reader_figures.PLAIN)
            found[f"{figures.name}, Obuchowski–Rockette"] = pool_readers(figures).estimate
            found[f"{figures.name}, Obuchowski–Rockette, symmetric"] = pool_readers(symmetric).estimate
        for name, estimate in found.items():
            truth = area if "AUC" in name else accuracy
            tallies[name].add(_ends(estimate), truth=truth, null=0.5)
    return {(f"{name} (truth {area:.3f})" if "AUC" in name else name): one for name, one in tallies.items()}


def simulate_unequal(rng: Generator, *, specificity: float, studies: int) -> dict[str, Tally]:
    """20 real and 40 synthetic cases, read by readers who guess and lean to one answer."""
    synthetic, trait = np.arange(CASES) >= CASES // 3, PUBLISHED
    leaning = -trait.spread * float(stats.norm.ppf(specificity))
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        evidence = lasting_evidence(rng, rng, trait=trait, accuracy=0.5, synthetic=synthetic, readers=READERS)[0]
        called = answers_of(evidence + leaning + rng.standard_normal(evidence.shape), spread=trait.spread)[0]
        for figure in (reader_figures.accuracy, reader_figures.balanced_accuracy):
            figures = figure(called.astype(float), synthetic)
            interval = _ends(pool_readers(figures).estimate)
            tallies[f"{figures.name}, Obuchowski–Rockette"].add(interval, truth=0.5, null=0.5)
    return tallies


def simulate_times(rng: Generator, *, studies: int) -> dict[str, Tally]:
    """Times that images and readers differ in, and whether a call is right: nothing joins the two, the ratio is 1."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        odds = rng.normal(0, 0.4, (READERS, 1)) + rng.normal(0, 1, CASES)
        correct = odds + rng.logistic(size=(READERS, CASES)) > 0
        logs = rng.normal(0, 0.25, CASES) + rng.normal(0, 0.3, (READERS, 1)) + rng.normal(0, 0.4, (READERS, CASES))
        apart = np.array([log[~right].mean() - log[right].mean() for log, right in zip(logs, correct, strict=True)])
        reach = stats.t.ppf(0.975, READERS - 1) * apart.std(ddof=1) / math.sqrt(READERS)
        over_readers = (math.exp(apart.mean() - reach), math.exp(apart.mean() + reach))
        tallies["ratio of times, t over readers"].add(over_readers, truth=1.0, null=1.0)
        ratio = _ends(time_ratio(np.exp(logs), correct.astype(float)))
        tallies["ratio of times, Obuchowski–Rockette"].add(ratio, truth=1.0, null=1.0)
    return tallies


def simulate_experience(rng: Generator, *, readers: int, studies: int) -> dict[str, Tally]:
    """The odds ratio of an experience that does nothing."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        years = rng.integers(1, 30, (readers, 1)) / 10
        odds = 0.3 + rng.normal(0, 0.5, (readers, 1)) + rng.normal(0, 0.8, CASES)
        correct = (odds + rng.logistic(size=(readers, CASES)) > 0).astype(float)
        fit = fit_crossed_logistic(correct, {"years": years})
        effect = fit.effects.get("years")
        reach = stats.norm.ppf(0.975) * effect.error if effect else math.nan
        plain = (math.exp(effect.coefficient - reach), math.exp(effect.coefficient + reach)) if effect else None
        tallies[f"odds ratio of experience, {readers} readers, normal"].add(plain, truth=1.0, null=1.0)
        ratio = _ends(fit.odds_ratio("years"))
        tallies[f"odds ratio of experience, {readers} readers, Student’s t"].add(ratio, truth=1.0, null=1.0)
    return tallies


def simulate_kappa(rng: Generator, *, kappa: float, cases: int, studies: int) -> dict[str, Tally]:
    """The truth of each figure is its mean over so many drawn studies of this design: all grades as often."""
    trait, reference = trait_with_kappa(kappa), np.arange(cases) % 5
    source = (np.arange(cases) >= cases // 2).astype(int)

    def draw() -> NDArray[np.float64]:
        impression = lasting_impression(rng, rng, trait=trait, reference=reference, readers=READERS)[0]
        return grades_of(impression + trait.error * rng.standard_normal(impression.shape))[0].astype(float)

    everyone, every_case = np.ones((1, READERS)), np.ones((1, cases))
    truths: dict[str, list[float]] = defaultdict(list)
    for _ in range(TRUTHS):
        for name, statistic in kappas_of(draw(), reference).items():
            truths[name].append(float(statistic(everyone, every_case)[0]))
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        grades = draw()
        for name, interval in difference_intervals(grades, reference, source).items():
            tallies[name].add(interval, truth=0.0, null=0.0)
        for name, interval in kappa_intervals(grades, reference, source, rng).items():
            truth = float(np.mean(next(values for key, values in truths.items() if key in name)))
            tallies[name].add(interval, truth=truth, null=truth)
    return tallies


def simulate_few(rng: Generator, *, readers: int, studies: int) -> dict[str, Tally]:
    """Few readers and images, graded alike whatever the source: differences by whether Cov₂ came out above 0.

    Expected κ with the reference 0.85. “Its error dropped”: with Hillis' r − 1 degrees of freedom where Cov₂ ≤ 0.
    """
    trait, reference = trait_with_kappa(0.85), np.arange(FEW_CASES) % 5
    synthetic = np.arange(FEW_CASES) >= FEW_CASES // 2
    figures = {"κ": kappa_with_reference, "the share of grade 0": partial(share_of_grade, grade=0)}
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        impression = lasting_impression(rng, rng, trait=trait, reference=reference, readers=readers)[0]
        grades = grades_of(impression + trait.error * rng.standard_normal(impression.shape))[0].astype(float)
        for name, figure in figures.items():
            real, made = (figure(grades[:, kind], reference[kind]) for kind in (~synthetic, synthetic))
            pooled = compare_separate_cases(made, real).pooled
            interval = _ends(pooled.estimate)
            said = f"difference of {name}, synthetic − real"
            negative = pooled.components is not None and pooled.components.covariance <= 0
            tallies[f"{said}, all studies"].add(interval, truth=0.0, null=0.0)
            tallies[f"{said}, Cov₂ {'≤' if negative else '>'} 0"].add(interval, truth=0.0, null=0.0)
            if negative:
                tallies[f"{said}, Cov₂ ≤ 0, its error dropped"].add(_as_if_known(pooled), truth=0.0, null=0.0)
    return dict(sorted(tallies.items()))


def _as_if_known(pooled: PooledFigure) -> Interval:
    """The interval of n readers that takes Cov₂ for known."""
    found = standard_error(replace(pooled.components, covariance_error=0.0), readers=pooled.estimate.n)
    if found is None:
        return None
    reach = stats.t.ppf(0.975, found.freedom) * found.error
    return pooled.estimate.value - reach, pooled.estimate.value + reach


def simulate_agreement(rng: Generator, *, readers: int, studies: int) -> dict[str, Tally]:
    """Agreement between readers who differ in severity, as `SEVERE`; the truth as in `simulate_kappa`."""
    reference = np.arange(CASES) % 5
    strata = reference + 5 * SOURCE

    def draw() -> NDArray[np.float64]:
        impression = lasting_impression(rng, rng, trait=SEVERE, reference=reference, readers=readers)[0]
        return grades_of(impression + SEVERE.error * rng.standard_normal(impression.shape))[0].astype(float)

    def found(grades: NDArray[np.float64], samples: int) -> dict[str, Estimate]:
        agreement = summarise_agreement(
            grades,
            np.full_like(grades, np.nan),
            SYNTHETIC,
            strata=strata,
            weights=np.ones(CASES),
            seed=int(rng.integers(2**32)),
            samples=samples,
        )
        by_grade = dict(zip(ON_GRADE, agreement.by_grade["all"], strict=True))
        chosen = {one.name: one.all for one in agreement.between if one.name in AGREEMENT}
        apart = {f"{one.name}, synthetic − real": one.difference for one in agreement.between if one.name in OF_CASES}
        return chosen | apart | by_grade

    truths = defaultdict(list)
    for _ in range(TRUTHS // 10):
        for name, estimate in found(draw(), 1).items():
            truths[name].append(estimate.value)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for _ in range(studies):
        grades = draw()
        for name, estimate in found(grades, SAMPLES).items():
            truth = float(np.mean(truths[name]))
            tallies[name].add(_ends(estimate), truth=truth, null=truth)
        for name, estimate in OF_CASES.items():
            truth = float(np.mean(truths[name]))
            tallies[f"{name}, images alone as a sample"].add(_ends(estimate(grades)), truth=truth, null=truth)
    return tallies


def table_of(title: str, tallies: dict[str, Tally], *, alarms: bool) -> str:
    """A Markdown table; ± is 1.96 standard errors of the simulation."""
    lines = [f"**{title}**", ""]
    lines += ["| Interval | studies | holds the truth | finds a difference | mean width |", "|---|---:|---:|---:|---:|"]
    for name, tally in tallies.items():
        held, false = (_percent(count, tally.studies) for count in (tally.held, tally.alarms))
        width = tally.width / max(tally.studies - tally.without, 1)
        lines.append(f"| {name} | {tally.studies:,} | {held} | {false if alarms else '–'} | {width:.3f} |")
    return "\n".join(lines)


def table_of_sides(title: str, tallies: dict[str, Tally]) -> str:
    """As `table_of`, with the side on which the intervals miss the truth."""
    lines = [f"**{title}**", ""]
    lines += ["| Interval | studies | holds the truth | truth below it | truth above it | no interval | mean width |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|"]
    for name, tally in tallies.items():
        counts = (tally.held, tally.below, tally.above, tally.without)
        said = " | ".join(_percent(count, tally.studies) for count in counts)
        width = tally.width / max(tally.studies - tally.without, 1)
        lines.append(f"| {name} | {tally.studies:,} | {said} | {width:.3f} |")
    return "\n".join(lines)


def _percent(count: int, n: int) -> str:
    share = count / n
    return f"{100 * share:.1f} ± {196 * math.sqrt(share * (1 - share) / n):.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--logistic", type=int, default=400)
    parser.add_argument("--kappa-studies", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20221110)
    parser.add_argument("--write", type=Path, help="put the tables between the markers of this page")
    options = parser.parse_args()
    begun, rng, tables = time.process_time(), np.random.default_rng(options.seed), []
    traits = (("set readers and cases (`published`)", PUBLISHED), ("those of Van Dyke et al. 1993", VAN_DYKE.trait()))
    for said, trait in traits:
        for accuracy in (0.5, 0.7):
            fitted = options.logistic if accuracy == 0.5 else 0
            tallies = simulate_detection(rng, trait=trait, accuracy=accuracy, studies=options.studies, logistic=fitted)
            tables.append(table_of(f"True accuracy {accuracy}, {said}", tallies, alarms=True))
            print(tables[-1], end="\n\n", flush=True)
    for specificity in LEANING:
        tallies = simulate_detection(
            rng, trait=PUBLISHED, accuracy=0.5, studies=options.studies, logistic=0, specificity=specificity
        )
        title = (
            f"True sensitivity {1 - specificity:.1f} and specificity {specificity}, set readers and cases (`published`)"
        )
        tables.append(table_of(title, tallies, alarms=True))
        print(tables[-1], end="\n\n", flush=True)
    for specificity in UNEQUAL_LEANING:
        tallies = simulate_unequal(rng, specificity=specificity, studies=options.studies)
        title = f"20 real and 40 synthetic images, readers who guess and call {100 * specificity:g} % of images real"
        tables.append(table_of(title, tallies, alarms=True))
        print(tables[-1], end="\n\n", flush=True)
    tallies = simulate_times(rng, studies=options.studies)
    for readers in (5, 15):
        tallies |= simulate_experience(rng, readers=readers, studies=options.logistic)
    tables.append(table_of("Times and experience that have nothing to do with right calls", tallies, alarms=True))
    print(tables[-1], end="\n\n", flush=True)
    for kappa, cases in ((0.6, 60), (0.85, 60), (0.85, 30)):
        tallies = simulate_kappa(rng, kappa=kappa, cases=cases, studies=options.kappa_studies)
        title = f"Grading, expected κ with the reference {kappa}, {cases} cases"
        tables.append(table_of(title, tallies, alarms=False))
        print(tables[-1], end="\n\n", flush=True)
    for readers in (4, 8, 15):
        tallies = simulate_agreement(rng, readers=readers, studies=options.kappa_studies)
        title = f"Agreement between {readers} readers whose severity differs with a standard deviation of 0.45 grades"
        tables.append(table_of(title, tallies, alarms=False))
        print(tables[-1], end="\n\n", flush=True)
    for number, readers in enumerate(FEW_READERS):
        rng = np.random.default_rng([options.seed, number])
        tallies = simulate_few(rng, readers=readers, studies=options.studies)
        title = f"Grading, expected κ with the reference 0.85, {FEW_CASES} cases, {readers} readers"
        tables.append(table_of(title, tallies, alarms=False))
        print(tables[-1], end="\n\n", flush=True)
    for number, ((readers, cases), accuracy) in enumerate(itertools.product(HIGH_DESIGNS, HIGH)):
        rng = np.random.default_rng([options.seed, len(FEW_READERS) + number])
        tallies = simulate_high(rng, accuracy=accuracy, readers=readers, cases=cases, studies=options.studies)
        title = f"True accuracy and sensitivity {accuracy}, {readers} readers, {cases} cases"
        tables.append(table_of_sides(title, tallies))
        print(tables[-1], end="\n\n", flush=True)
    print(f"{time.process_time() - begun:.0f} s of processor time")
    if options.write:
        before, rest = options.write.read_text(encoding="utf-8").split("<!-- measured -->\n", 1)
        after = rest.split("<!-- end -->\n", 1)[1]
        middle = "\n\n".join(tables)
        page = f"{before}<!-- measured -->\n\n{middle}\n\n<!-- end -->\n{after}"
        options.write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
