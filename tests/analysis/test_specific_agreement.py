"""Agreement on each grade, and of readers with themselves."""

import numpy as np
import pytest
from scipy import stats

from readerstudy.analysis.agreement import cohen_kappa, kappa_of_table
from readerstudy.analysis.repeats import pooled_self_agreement, pooled_self_kappa, self_kappa
from readerstudy.analysis.specific_agreement import specific_agreement
from tests.analysis.canonical import FLEISS, as_ratings


def test_agreement_on_each_of_fleiss_diagnoses() -> None:
    """κ by category 0.245, 0.245, 0.520, 0.471, 0.566 (Fleiss 1971; R irr 0.84.1): here as (P_j − p_j) / (1 − p_j)."""
    shares = np.array([(code == FLEISS).mean() for code in range(5)])
    agreed = np.array([one.value for one in specific_agreement(FLEISS)])
    assert (agreed - shares) / (1 - shares) == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4)


def test_two_readers_error_is_that_of_graham_and_bull() -> None:
    """Variance 4a(b + c)(a + b + c) / (2a + b + c)⁴ (Graham & Bull 1998), here times n / (n − 1)."""
    a, b, c, d = 30, 8, 5, 57
    estimate = specific_agreement(as_ratings(np.array([[d, c], [b, a]])), categories=2)[1]
    assert estimate.value == pytest.approx(2 * a / (2 * a + b + c))
    variance = 4 * a * (b + c) * (a + b + c) / (2 * a + b + c) ** 4 * 100 / 99
    logit = np.log(estimate.value / (1 - estimate.value))
    error = (np.log(estimate.high / (1 - estimate.high)) - logit) / stats.norm.ppf(0.975)
    assert error * estimate.value * (1 - estimate.value) == pytest.approx(np.sqrt(variance))


def test_a_grade_nobody_gave_and_one_all_gave_together() -> None:
    grades = specific_agreement([[0, 0, 1, 2, np.nan], [0, 0, 1, 1, 4]])
    assert "no case" in grades[3].reason
    assert "no case" in grades[4].reason  # read once only
    assert (grades[0].value, grades[0].low, grades[2].value) == (1, None, 0)
    assert "no width" in grades[0].reason


def test_equal_repeats_pool_to_the_mean_of_the_readers() -> None:
    rng = np.random.default_rng(3)
    first = rng.integers(0, 5, (6, 10)).astype(float)
    again = np.where(rng.random((6, 10)) < 0.7, first, (first + 1) % 5)
    estimate = pooled_self_agreement(first, again)
    own = (first == again).mean(1)
    assert estimate.value == pytest.approx(own.mean())
    assert estimate.high - estimate.value == pytest.approx(stats.t.ppf(0.975, 5) * own.std(ddof=1) / np.sqrt(6))
    assert estimate.n == 60


def test_pooled_kappa_is_that_of_the_symmetric_table_and_leaves_out_readers() -> None:
    rng = np.random.default_rng(4)
    first = rng.integers(0, 5, (4, 12)).astype(float)
    again = np.clip(first + rng.integers(-1, 2, (4, 12)), 0, 4)
    again[3, 4:] = np.nan

    def kappa(readers: list[int]) -> float:
        table = np.zeros((5, 5))
        for reader in readers:
            for one, two in zip(first[reader], again[reader], strict=True):
                if not np.isnan(two):
                    table[int(one), int(two)] += 1
        return kappa_of_table(table + table.T).value

    estimate = pooled_self_kappa(first, again)
    left_out = np.array([kappa([r for r in range(4) if r != out]) for out in range(4)])
    error = np.sqrt(3 / 4 * ((left_out - left_out.mean()) ** 2).sum())
    assert estimate.value == pytest.approx(kappa([0, 1, 2, 3]))
    assert estimate.value - estimate.low == pytest.approx(stats.t.ppf(0.975, 3) * error)


def test_one_reader_with_repeats_has_a_value_and_a_reason() -> None:
    estimate = pooled_self_kappa([[0, 1, 2], [np.nan] * 3], [[0, 1, 3], [1, 1, 1]])
    assert estimate.value is not None
    assert estimate.low is None
    assert "one reader" in estimate.reason
    assert pooled_self_agreement([[np.nan]], [[1]]).value is None
    assert pooled_self_agreement([[0, 4], [1, 2]], [[1, 2], [1, 2]], within=1).value == 0.75


def test_a_few_repeats_of_one_reader_give_no_interval() -> None:
    first, again = np.array([0.0, 1, 2, 3, 4, 0, 1, 2, 3]), np.array([0.0, 1, 2, 3, 3, 0, 1, 2, 3])
    few = self_kappa(first, again)
    assert few.value == pytest.approx(cohen_kappa(first, again).value)
    assert (few.low, few.n) == (None, 9)
    assert "fewer than 10" in few.reason
    assert self_kappa(np.append(first, 2.0), np.append(again, 2.0)).low is not None
    assert self_kappa(np.ones(12), np.ones(12)).value is None
    assert "no width" in self_kappa(np.arange(12) % 5, np.arange(12) % 5).reason
    assert self_kappa(first, np.full(9, np.nan)).n == 0


def test_the_interval_of_ten_to_thirty_repeats_holds_better_than_the_plain_one() -> None:
    """Readings that scatter by 0.45 of a grade around each image; the true κ is that of a million of them."""
    rng = np.random.default_rng(1)

    def drawn(n: int) -> tuple[np.ndarray, ...]:
        reference = rng.integers(0, 5, n)
        return tuple(np.clip(np.round(reference + rng.normal(0, 0.45, n)), 0, 4) for _ in range(2))

    truth = cohen_kappa(*drawn(1_000_000)).value
    for n in (10, 20):
        held = []
        for _ in range(400):
            readings = drawn(n)
            found = [of(*readings) for of in (self_kappa, cohen_kappa)]
            if found[0].low is not None:
                held.append([one.low <= truth <= one.high for one in found])
        mine, plain = np.mean(held, axis=0)
        assert mine > 0.93
        assert plain < 0.93
