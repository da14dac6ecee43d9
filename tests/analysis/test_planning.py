"""Power and interval width: against RJafroc, iMRMC and PowerTOST, and formula against simulation."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from readerstudy.analysis.agreement import cohen_kappa
from readerstudy.analysis.grade_shares import compare_grade_shares
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.planning import (
    CHANCE,
    fewest_cases,
    fewest_readers,
    forecast,
    power_of_difference,
    power_of_equivalence,
    standard_error,
)
from readerstudy.analysis.reader_figures import proportion_correct
from readerstudy.analysis.simulated_grading import mean_kappa, simulate_grading, trait_with_kappa
from readerstudy.analysis.simulated_power import analyse_ratings, analyse_studies, simulate_accuracy, simulate_auc
from readerstudy.analysis.simulation import grades_of, lasting_impression
from readerstudy.analysis.variance_components import (
    PUBLISHED,
    VAN_DYKE,
    Components,
    both_correct,
    components_of,
    estimate_components,
    ratings_of,
)


def van_dyke_correct(shared_data: Path) -> np.ndarray:
    """Correct or not at a rating of 3 and more, modality 1: [5 readers, 114 cases]."""
    table = pd.read_csv(shared_data / "stats/mrmc/vandyke.csv")
    one = table[table["treatment"] == 1]
    right = one.assign(right=((one["rating"] >= 3) == (one["truth"] == 1)).astype(float))
    return right.pivot(index="reader", columns="case", values="right").to_numpy()


@pytest.mark.parametrize(("cv", "subjects", "power"), [(0.30, 40, 0.8158453), (0.20, 20, 0.8346802)])
def test_power_of_equivalence_is_that_of_powertost(cv: float, subjects: int, power: float) -> None:
    """R PowerTOST, power.TOST(CV, n, theta0 = 0.95) of a 2 × 2 crossover, as its documentation and tests print it."""
    error = math.sqrt(2 * math.log(1 + cv**2) / subjects)
    found = power_of_equivalence(math.log(0.95), margin=math.log(1.25), error=error, freedom=subjects - 2)
    assert found == pytest.approx(power, abs=1e-6)


def test_power_of_a_difference_is_that_of_rjafroc(shared_data: Path) -> None:
    """RJafroc 2.1.3 on Van Dyke: two modalities; the readers' differences are the one figure that we plan for."""
    values = json.loads((shared_data / "stats/REFERENCE_VALUES.json").read_text())
    known = values["mrmc_or"]["vandyke_auc_jackknife"]
    theirs = next(one for one in values["power_RJafroc_2.1.3_VanDyke_OR"] if (one["J"], one["K"]) == (10, 165))
    shared = known["cov2"] - known["cov3"]
    differences = Components(
        accuracy=CHANCE,
        reader=2 * known["var_tr"],
        case=114 * 2 * shared,
        interaction=114 * 2 * (known["var_err"] - known["cov1"] - shared),
    )
    error, freedom = standard_error(differences, readers=10, cases=165)
    assert freedom == pytest.approx(theirs["df2"], rel=1e-6)
    assert (theirs["effect"] / error) ** 2 == pytest.approx(theirs["ncp"], rel=1e-6)
    power = power_of_difference(theirs["effect"], error=error, freedom=freedom)
    assert power == pytest.approx(theirs["power"], abs=1e-6)


@pytest.mark.parametrize("scatter", ["accuracy", "auc"])
@pytest.mark.parametrize(("readers", "cases"), [(2, 4), (4, 20), (15, 60), (200, 2000)])
def test_the_power_to_find_a_difference_is_finite_and_grows_with_the_difference(
    scatter: str, readers: int, cases: int
) -> None:
    """The noncentral t of SciPy is not a number far from 0: of an AUC of 0.9 already for 15 × 60."""
    upwards, downwards = np.arange(0.5, 0.951, 0.05), np.arange(0.5, 0.049, -0.05)
    for truths in (upwards, downwards):
        powers = []
        for truth in truths:
            of = ratings_of(PUBLISHED, auc=truth) if scatter == "auc" else components_of(PUBLISHED, accuracy=truth)
            found = forecast(of, readers=readers, cases=cases, truth=truth, margin=0.1)
            assert math.isfinite(found.half_width)
            assert 0 <= found.equivalence <= 1
            powers.append(found.difference)
        assert np.isfinite(powers).all()
        assert powers[0] == pytest.approx(0.05)
        assert (np.diff(powers) > -1e-9).all()
        assert powers[-1] <= 1


@pytest.mark.parametrize(("shift", "freedom"), [(0.0, 1.0), (1.0, 3.0), (3.0, 43.4), (6.0, 14.0), (2.0, 1e6)])
def test_the_power_of_a_difference_is_the_noncentral_t_where_scipy_has_it(shift: float, freedom: float) -> None:
    critical = stats.t.ppf(0.975, freedom)
    known = stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift)
    assert power_of_difference(shift, error=1.0, freedom=freedom) == pytest.approx(known, abs=1e-8)
    assert power_of_difference(16.2, error=1.0, freedom=43.4) == pytest.approx(1)


def test_components_of_a_pilot_are_those_of_imrmc(shared_data: Path) -> None:
    """iMRMC 2.1.2, per cent correct of Van Dyke at a rating of 3 and more: moments M and the U-statistic variance."""
    known = json.loads((shared_data / "stats/REFERENCE_VALUES.json").read_text())["mrmc_ustat_iMRMC_2.1.2"]
    theirs = known["vandyke_percent_correct_ge3"]["t1"]
    ours = estimate_components(van_dyke_correct(shared_data))
    assert ours.accuracy == pytest.approx(theirs["est"], abs=1e-9)
    assert ours.reader == pytest.approx(theirs["M_same_reader"] - theirs["M_all"], abs=1e-9)
    assert ours.case == pytest.approx(theirs["M_same_case"] - theirs["M_all"], abs=1e-9)
    assert ours.reader / 5 + ours.case / 114 + ours.interaction / 570 == pytest.approx(theirs["var_U"], rel=1e-8)
    assert (ours.reader, ours.case, ours.interaction) == pytest.approx(
        (VAN_DYKE.reader, VAN_DYKE.case, VAN_DYKE.interaction), abs=1e-9
    )


def test_a_pilot_with_missing_readings_uses_the_pairs_there_are() -> None:
    """Against the plain sums over all pairs of answers."""
    rng = np.random.default_rng(2)
    scores = rng.integers(0, 2, (4, 7)).astype(float)
    scores[rng.random(scores.shape) < 0.25] = np.nan
    read = [(i, j, scores[i, j]) for i in range(4) for j in range(7) if not np.isnan(scores[i, j])]

    def mean(same_reader: bool, same_case: bool) -> float:
        products = [
            x * y for i, j, x in read for k, m, y in read if ((i == k) == same_reader and (j == m) == same_case)
        ]
        return sum(products) / len(products)

    found = estimate_components(scores)
    parts = {
        "reader": mean(True, False) - mean(False, False),
        "case": mean(False, True) - mean(False, False),
        "interaction": mean(True, True) - mean(True, False) - mean(False, True) + mean(False, False),
    }
    for name, part in parts.items():
        assert getattr(found, name) == pytest.approx(max(part, 0), abs=1e-12)
        assert (name in found.negative) == (part < 0)


def test_a_negative_component_counts_as_none_and_is_named() -> None:
    readers_alike = np.tile([1.0, 0.0], (4, 10))
    readers_alike[1] = np.roll(readers_alike[0], 1)
    readers_alike[3] = readers_alike[1]
    found = estimate_components(readers_alike)  # every reader has one half: less scatter than chance alone gives
    assert "reader" in found.negative
    assert found.reader == 0


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (np.ones((1, 5)), "two readers and two cases"),
        (np.ones((3, 1)), "two readers and two cases"),
        (np.ones((3, 5)), "every answer was right"),
        (np.array([[1.0, np.nan], [np.nan, 0.0]]), "no case was read by two readers"),
        (np.full((3, 4), np.nan), "two readers and two cases"),
    ],
)
def test_a_pilot_that_tells_nothing_is_refused(scores: np.ndarray, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        estimate_components(scores)


def test_both_correct_is_the_arc_sine_law_at_one_half() -> None:
    """P = 1/4 + arcsin(ρ) / 2π (Sheppard 1899)."""
    for correlation in (-0.4, 0.0, 0.3, 0.9):
        assert both_correct(0.5, correlation) == pytest.approx(0.25 + math.asin(correlation) / (2 * math.pi), abs=1e-12)


def test_components_carried_to_another_accuracy_and_back_are_the_same() -> None:
    back = VAN_DYKE.at(0.5).at(VAN_DYKE.accuracy)
    assert (back.reader, back.case) == pytest.approx((VAN_DYKE.reader, VAN_DYKE.case), abs=1e-9)


def test_components_beyond_all_scatter_are_refused() -> None:
    with pytest.raises(ValueError, match="more than all"):
        Components(0.5, reader=0.2, case=0.2, interaction=0.0).trait()
    with pytest.raises(ValueError, match="more than all"):
        Components(0.5, reader=0.25, case=0.0, interaction=0.0).trait()


def test_analysing_many_studies_at_once_is_analysing_each() -> None:
    rng = np.random.default_rng(8)
    correct = (rng.random((20, 1, 12)) + rng.random((20, 6, 12)) > 0.9).astype(float)
    strata = np.arange(12) < 4
    at_once = analyse_studies(correct, strata)
    for one, value, error, freedom in zip(correct, at_once.value, at_once.error, at_once.freedom, strict=True):
        alone = pool_readers(proportion_correct(one, strata), null=0.5).estimate
        assert value == pytest.approx(alone.value)
        assert alone.p_value == pytest.approx(2 * stats.t.sf(abs(value - 0.5) / error, freedom))
        if alone.high < 1:  # where the interval ends inside the scale
            assert alone.high - alone.value == pytest.approx(stats.t.ppf(0.975, freedom) * error)


def test_ratings_are_analysed_as_by_mrmcaov(shared_data: Path) -> None:
    """MRMCaov 0.3.0, Van Dyke modality 1 alone: AUC, Cov₂ by DeLong, Hillis' degrees of freedom."""
    table = pd.read_csv(shared_data / "stats/mrmc/vandyke.csv")
    known = json.loads((shared_data / "stats/REFERENCE_VALUES.json").read_text())["mrmc_or"]
    one = table[table["treatment"] == 1]
    negative, positive = (
        one[one["truth"] == truth].pivot(index="reader", columns="case", values="rating").to_numpy(dtype=float)[None]
        for truth in (0, 1)
    )
    figures, by_reader = analyse_ratings(negative, positive)
    assert by_reader[0] == pytest.approx(known["vandyke_auc_jackknife"]["auc_t1"], abs=1e-8)
    single = known["vandyke_auc_jackknife"]["single"]["1"]
    assert figures.value[0] == pytest.approx(single["est"], abs=1e-8)
    assert figures.error[0] == pytest.approx(single["se"], rel=0.01)  # jackknife there, DeLong here
    assert figures.freedom[0] == pytest.approx(single["df"], rel=0.02)


@pytest.mark.parametrize(("cases", "equivalent"), [(60, 0.60), (120, 0.81)])
def test_fifteen_readers_by_simulation_have_the_known_power_and_the_formula_agrees(
    cases: int, equivalent: float
) -> None:
    """15 readers, accuracy one half, ± 0.10: about 60 % power on 60 images and 81 % on 120, known beforehand."""
    drawn = simulate_accuracy(
        np.random.default_rng(11), trait=PUBLISHED, accuracy=0.5, readers=15, cases=cases, margin=0.1, studies=3000
    )
    planned = forecast(components_of(PUBLISHED, accuracy=0.5), readers=15, cases=cases, truth=0.5, margin=0.1)
    assert drawn.equivalence == pytest.approx(equivalent, abs=0.03)
    assert planned.equivalence == pytest.approx(drawn.equivalence, abs=0.03)
    assert planned.half_width == pytest.approx(drawn.half_width, rel=0.02)
    assert drawn.covered == pytest.approx(0.95, abs=0.012)


def test_counting_all_readings_as_independent_claims_too_much() -> None:
    """The known simulation of 15 × 60: coverage 59 %, false alarms 41 %; a t test over readers 13 %, ours 5–6 %."""
    drawn = simulate_accuracy(
        np.random.default_rng(12), trait=PUBLISHED, accuracy=0.5, readers=15, cases=60, margin=0.1, studies=3000
    )
    assert drawn.counted_covered == pytest.approx(0.59, abs=0.03)
    assert drawn.counted_alarms == pytest.approx(0.41, abs=0.03)
    assert drawn.readers_alarms == pytest.approx(0.13, abs=0.02)
    assert drawn.difference == pytest.approx(0.055, abs=0.015)


def test_the_power_to_find_a_difference_agrees_by_formula_and_simulation() -> None:
    trait = VAN_DYKE.trait()
    planned = forecast(components_of(trait, accuracy=0.6), readers=10, cases=80, truth=0.6, margin=0.1)
    drawn = simulate_accuracy(
        np.random.default_rng(13), trait=trait, accuracy=0.6, readers=10, cases=80, margin=0.1, studies=3000
    )
    assert planned.difference == pytest.approx(drawn.difference, abs=0.03)


def test_an_auc_is_planned_by_formula_as_by_simulation() -> None:
    scatter = ratings_of(PUBLISHED, auc=0.65)
    planned = forecast(scatter, readers=8, cases=40, truth=0.65, margin=0.1)
    drawn = simulate_auc(np.random.default_rng(14), model=scatter.model, readers=8, cases=40, margin=0.1, studies=1500)
    assert planned.difference == pytest.approx(drawn.difference, abs=0.04)
    assert planned.half_width == pytest.approx(drawn.half_width, rel=0.03)


def test_the_fewest_are_enough_and_one_step_less_is_not() -> None:
    scatter = components_of(PUBLISHED, accuracy=0.5)

    def power(readers: int, cases: int) -> float:
        return forecast(scatter, readers=readers, cases=cases, truth=0.5, margin=0.1).equivalence

    wanted = {"truth": 0.5, "margin": 0.1, "wanted": lambda one: one.equivalence, "target": 0.8}
    cases = fewest_cases(scatter, readers=15, **wanted)
    assert cases % 2 == 0
    assert power(15, cases) >= 0.8 > power(15, cases - 2)
    readers = fewest_readers(scatter, cases=60, **wanted)
    assert power(readers, 60) >= 0.8 > power(readers - 1, 60)
    assert fewest_cases(scatter, readers=5, **wanted) is None


def test_scatter_so_small_that_nothing_is_left_to_chance_gives_certainty() -> None:
    planned = forecast(Components(0.5, 0, 0.24, 1e-9), readers=500, cases=5000, truth=0.5, margin=0.1)
    assert planned.equivalence == pytest.approx(1)
    assert planned.difference == pytest.approx(0.05)


@pytest.mark.parametrize("kappa", [0.4, 0.8, 0.95])
def test_a_grading_trait_has_the_kappa_asked_for(kappa: float) -> None:
    trait = trait_with_kappa(kappa)
    drawn = simulate_grading(np.random.default_rng(4), trait=trait, readers=5, cases=200, margin=0.1, studies=40)
    assert drawn.kappa == pytest.approx(kappa, abs=0.02)


def test_more_images_narrow_the_interval_of_agreement_and_show_equivalence_more_often() -> None:
    few, many = (
        simulate_grading(
            np.random.default_rng(5), trait=trait_with_kappa(0.8), readers=8, cases=cases, margin=0.1, studies=60
        )
        for cases in (40, 160)
    )
    assert many.half_width_difference < 0.6 * few.half_width_difference
    assert many.equivalence > few.equivalence + 0.2
    assert many.half_width_share < 0.6 * few.half_width_share
    assert many.equivalence_shares > few.equivalence_shares + 0.2


def test_the_planned_interval_of_the_shares_is_as_wide_as_the_one_that_the_report_will_give() -> None:
    """Of the widest of the five grades, in studies drawn apart."""
    trait, rng = trait_with_kappa(0.8), np.random.default_rng(7)
    planned = simulate_grading(rng, trait=trait, readers=15, cases=60, margin=0.1, studies=100)
    reference = np.tile(np.arange(30) % 5, 2)
    impression = lasting_impression(rng, rng, trait=trait, reference=reference, readers=15, studies=60)
    grades, _ = grades_of(impression + trait.error * rng.standard_normal(impression.shape))
    widest = [
        max(
            one.difference.high - one.difference.low
            for one in compare_grade_shares(study, reference, np.arange(60) >= 30, margin=0.1)[0]
        )
        for study in grades.astype(float)
    ]
    assert np.mean(widest) == pytest.approx(2 * planned.half_width_share, rel=0.05)


def test_the_mean_kappa_of_many_studies_is_cohens_of_each_reader() -> None:
    rng = np.random.default_rng(6)
    reference = np.arange(20) % 5
    grades = np.clip(reference + rng.integers(-1, 2, (3, 4, 20)), 0, 4)
    expected = [np.mean([cohen_kappa(reference, given).value for given in study]) for study in grades]
    assert mean_kappa(grades, reference) == pytest.approx(expected)
