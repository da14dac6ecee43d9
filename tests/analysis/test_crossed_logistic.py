"""Odds ratios with random readers and cases, against lme4 and against the integral that Laplace approximates."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from readerstudy.analysis.crossed_logistic import CrossedFit, fit_crossed_logistic, separated
from readerstudy.analysis.laplace_likelihood import CrossedLogistic

READERS, CASES = 12, 40
LME4 = [
    ("intercept", 0.732364705, 0.410151055),
    ("experience", 1.152016495, 0.305979719),
    ("grade", -0.169606913, 0.137985220),
]
LME4_READER, LME4_CASE, LME4_HEIGHT = 0.74076146, 1.08524470, -235.9747401


def drawn(seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correct or not [12, 40] with gaps, the readers' experience [12, 1], the cases' grade [40]."""
    rng = np.random.RandomState(seed)  # its stream never changes: lme4 has seen these very numbers
    experience, grade = rng.normal(size=(READERS, 1)).round(2), rng.randint(0, 5, CASES)
    eta = 0.8 + 0.4 * experience - 0.3 * grade + 0.5 * rng.normal(size=(READERS, 1)) + rng.normal(size=CASES)
    correct = (rng.uniform(size=(READERS, CASES)) < special.expit(eta)).astype(float)
    correct[rng.uniform(size=correct.shape) < 0.15] = np.nan
    return correct, experience, grade


@pytest.fixture(scope="module")
def fit() -> CrossedFit:
    correct, experience, grade = drawn()
    return fit_crossed_logistic(correct, {"experience": experience, "grade": grade})


def test_effects_and_spreads_are_those_of_lme4(fit: CrossedFit) -> None:
    """R lme4 1.1-31, glmer(y ~ experience + grade + (1 | reader) + (1 | case), binomial), same data with gaps."""
    for name, coefficient, error in LME4:
        assert fit.effects[name].coefficient == pytest.approx(coefficient, rel=0.02)
        assert fit.effects[name].error == pytest.approx(error, rel=0.02)
    assert fit.reader_spread == pytest.approx(LME4_READER, rel=0.01)
    assert fit.case_spread == pytest.approx(LME4_CASE, rel=0.01)
    assert fit.log_likelihood == pytest.approx(LME4_HEIGHT, abs=0.005)
    assert (fit.readers, fit.cases) == (READERS, CASES)


@pytest.mark.shared_data
def test_van_dyke_as_by_lme4(van_dyke: tuple[np.ndarray, ...], shared_data: Path) -> None:
    known = json.loads((shared_data / "stats/REFERENCE_VALUES.json").read_text())["glmm_lme4_1.1-31"]
    both = np.array([(ratings >= 3) == van_dyke[2] for ratings in van_dyke[:2]], dtype=float)
    for correct, theirs in zip(both, (known["vandyke_t1"], known["vandyke_t2"]), strict=True):
        found = fit_crossed_logistic(correct)
        assert found.effects["intercept"].coefficient == pytest.approx(theirs["b0"], rel=0.03)
        assert found.effects["intercept"].error == pytest.approx(theirs["se"], rel=0.03)
        assert found.case_spread == pytest.approx(theirs["sd_case"], rel=0.03)
        assert found.reader_spread == pytest.approx(theirs["sd_reader"], rel=0.03)
        assert found.log_likelihood is not None
        assert found.log_likelihood > theirs["logLik"]  # theirs stops short of the maximum
    compared = fit_crossed_logistic(both, {"modality": np.array([0, 1]).reshape(2, 1, 1)}).effects["modality"]
    assert compared.coefficient == pytest.approx(known["vandyke_treatment_effect"]["b"], rel=0.03)
    assert compared.error == pytest.approx(known["vandyke_treatment_effect"]["se"], rel=0.03)


def test_the_approximation_is_close_to_the_integral() -> None:
    """Two readers without scatter of their own on one case: the integral over the case's intercept by quadrature."""
    answers = np.array([1.0, 0.0, 1.0])
    model = CrossedLogistic(answers, np.array([0, 1, 2]), np.zeros(3, dtype=int), np.ones((3, 1)))
    value, _ = model.log_likelihood(np.array([0.4]), np.array([0.0, 0.5]))

    def density(u: float) -> float:
        p = special.expit(0.4 + 0.5 * u)
        return float(np.prod(np.where(answers == 1, p, 1 - p)) * stats.norm.pdf(u))

    assert value == pytest.approx(np.log(integrate.quad(density, -8, 8)[0]), abs=0.002)


def test_the_gradient_is_the_slope_of_the_likelihood() -> None:
    correct, experience, _ = drawn()
    readers, cases = np.nonzero(~np.isnan(correct))
    fixed = np.column_stack([np.ones(readers.size), experience[readers, 0]])
    model = CrossedLogistic(correct[readers, cases], readers, cases, fixed)
    at = np.array([0.3, 0.2, 0.7, 1.1])
    _, gradient = model.log_likelihood(at[:2], at[2:])
    for place in range(4):
        step = 1e-5 * np.eye(4)[place]
        up, down = (model.log_likelihood((at + s)[:2], (at + s)[2:])[0] for s in (step, -step))
        assert gradient[place] == pytest.approx((up - down) / 2e-5, rel=1e-5)


def test_the_odds_ratio_and_its_interval_are_those_of_the_coefficient(fit: CrossedFit) -> None:
    effect, ratio = fit.effects["grade"], fit.odds_ratio("grade")
    assert ratio.value == pytest.approx(np.exp(effect.coefficient))
    reach = stats.t.ppf(0.975, 40 - 2)  # 40 cases, from which intercept and grade are estimated
    ends = np.exp(effect.coefficient + np.array([-reach, reach]) * effect.error)
    assert (ratio.low, ratio.high) == pytest.approx(ends, rel=1e-4)
    assert ratio.p_value == pytest.approx(2 * stats.t.sf(abs(effect.coefficient / effect.error), 38))


def test_experience_is_known_from_so_many_readers_and_a_place_in_the_order_from_all_answers() -> None:
    correct, experience, grade = drawn()
    position = np.random.default_rng(1).permuted(np.tile(np.arange(CASES), (READERS, 1)), axis=1)
    found = fit_crossed_logistic(correct, {"experience": experience, "grade": grade, "position": position})
    for name, freedom in (("experience", READERS - 2), ("grade", CASES - 2), ("position", np.inf)):
        effect = found.effects[name]
        assert effect.odds_ratio.p_value == pytest.approx(
            2 * stats.t.sf(abs(effect.coefficient / effect.error), freedom)
        )


def test_of_five_readers_experience_that_does_nothing_is_seldom_found_to_matter() -> None:
    """120 studies: a normal interval finds it in 18 of 100 (bench); the level and 3 standard errors are 11."""
    found = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        years = rng.integers(1, 30, 5) / 10
        odds = 0.3 + rng.normal(0, 0.5, (5, 1)) + rng.normal(0, 0.8, 40)
        correct = (odds + rng.logistic(size=(5, 40)) > 0).astype(float)
        p_value = fit_crossed_logistic(correct, {"years": years[:, None]}).odds_ratio("years").p_value
        found += p_value is not None and p_value < 0.05
    assert found / 120 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


@given(seed=st.integers(0, 500))
@settings(max_examples=6, deadline=None)
def test_relabelling_changes_nothing_and_the_complement_only_the_sign(seed: int) -> None:
    correct, experience, grade = drawn()
    rng = np.random.default_rng(seed)
    readers, cases = rng.permutation(READERS), rng.permutation(CASES)
    before = fit_crossed_logistic(correct, {"experience": experience, "grade": grade})
    relabelled = fit_crossed_logistic(
        correct[readers][:, cases], {"experience": experience[readers], "grade": grade[cases]}
    )
    complement = fit_crossed_logistic(1 - correct, {"experience": experience, "grade": grade})
    for name, effect in before.effects.items():
        assert relabelled.effects[name].coefficient == pytest.approx(effect.coefficient, abs=1e-3)
        assert complement.effects[name].coefficient == pytest.approx(-effect.coefficient, abs=1e-3)
        assert complement.effects[name].error == pytest.approx(effect.error, rel=1e-2)


def test_an_effect_in_other_units_is_the_same_effect() -> None:
    correct, experience, grade = drawn()
    before = fit_crossed_logistic(correct, {"experience": experience, "grade": grade})
    after = fit_crossed_logistic(correct, {"experience": 1000 + 50 * experience, "grade": grade})
    assert 50 * after.effects["experience"].coefficient == pytest.approx(
        before.effects["experience"].coefficient, rel=1e-3
    )


def test_readers_who_do_not_differ_have_a_spread_of_nothing_and_the_rest_is_estimated() -> None:
    rng = np.random.default_rng(2)
    correct = np.array([rng.permutation(np.repeat([1.0, 0.0], 15)) for _ in range(8)])
    found = fit_crossed_logistic(correct)
    assert found.reader_spread == pytest.approx(0, abs=1e-3)
    assert found.effects["intercept"].error > 0


@pytest.mark.parametrize(
    ("correct", "effects", "reason"),
    [
        (np.ones((3, 5)), {}, "every answer is right"),
        (np.zeros((3, 5)), {}, "every answer is wrong"),
        (np.array([[1.0, 0, 1]]), {}, "fewer than two readers"),
        (np.full((3, 5), np.nan), {}, "fewer than two readers"),
        (np.eye(4), {"phase": np.ones(4)}, "phase is the same in every answer"),
        (np.eye(4), {"a": np.arange(4), "b": 2 * np.arange(4)}, "a, b determine one another"),
        (np.tile([1.0, 1, 0, 0], (3, 1)), {"grade": np.arange(4)}, "separate"),
        (np.tile([1.0, 1, 0, 0, 1, 0], (6, 1)), {}, "scatter without bound"),
    ],
)
def test_why_there_is_no_fit(correct: np.ndarray, effects: dict[str, np.ndarray], reason: str) -> None:
    found = fit_crossed_logistic(correct, effects)
    assert found.effects == {}
    assert reason in found.reason
    assert found.odds_ratio("anything").value is None


def test_separation_is_seen_also_with_ties_and_not_where_there_is_overlap() -> None:
    x = np.column_stack([np.ones(6), [0, 1, 2, 2, 3, 4]])
    assert separated(np.array([0, 0, 0, 1, 1, 1.0]), x)
    assert not separated(np.array([0, 0, 1, 0, 1, 1.0]), np.column_stack([np.ones(6), [0, 1, 2, 3, 4, 5]]))


def test_an_effect_that_does_not_fit_the_readings_is_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        fit_crossed_logistic(np.eye(4), {"grade": np.arange(3)})
