"""The attacks of the blinding audit find what they are made for, and nothing where there is nothing."""

import math

import numpy as np
import pytest
from scipy import ndimage, stats

from readerstudy.analysis import leakage
from readerstudy.analysis.multiplicity import adjusted_p_values
from readerstudy.analysis.order_leak import even_order, order_separability
from readerstudy.analysis.separation import FEWEST, influence_on_auc, separability
from readerstudy.studies.allocation import Stratified, draw_order

TRUTH = np.arange(40) % 2 == 1


def textures(seed: int = 1) -> np.ndarray:
    """Forty smooth grey fields of one kind, uint8 [40, 64, 64]."""
    rng = np.random.default_rng(seed)
    fields = ndimage.gaussian_filter(rng.standard_normal((40, 64, 64)), (0, 3, 3))
    fields += 0.05 * rng.standard_normal(fields.shape)
    return np.clip(128 + 40 * fields / fields.std(), 0, 255).astype(np.uint8)


def auc(features: np.ndarray, truth: np.ndarray = TRUTH) -> float:
    value = separability(features, truth, permutations=99).value
    assert value is not None
    return value


IMAGE_ATTACKS = [leakage.histogram, leakage.border, leakage.spectrum, leakage.noise_residue, leakage.whole_image]


@pytest.mark.parametrize("attack", IMAGE_ATTACKS)
def test_images_of_one_kind_are_not_told_apart(attack: object) -> None:
    found = separability(attack(textures()), TRUTH)  # type: ignore[operator]
    assert found.p_value is not None
    assert found.p_value > 0.01


def changed(change: object) -> np.ndarray:
    images = textures()
    images[TRUTH] = [change(image) for image in images[TRUTH]]  # type: ignore[operator]
    return images


def with_stripe(image: np.ndarray) -> np.ndarray:
    return np.vstack([image[1:2] // 2, image[1:]])


def resampled(image: np.ndarray) -> np.ndarray:
    return np.kron(image[::2, ::2], np.ones((2, 2), np.uint8))


@pytest.mark.parametrize(
    ("attack", "change"),
    [
        (leakage.histogram, lambda image: image & 0xFE),  # odd levels left empty
        (leakage.histogram, lambda image: np.where(image == 100, 101, image)),
        (leakage.border, with_stripe),
        (leakage.spectrum, resampled),
        (leakage.noise_residue, lambda image: ndimage.median_filter(image, 3)),
        (leakage.whole_image, resampled),
    ],
)
def test_a_trace_of_processing_is_found(attack: object, change: object) -> None:
    assert auc(attack(changed(change))) > 0.95  # type: ignore[operator]


def test_a_byte_more_and_a_word_in_what_is_sent_are_found() -> None:
    assert auc(leakage.lengths(1000 + TRUTH)) == 1
    rng = np.random.default_rng(1)
    pages = [f'<img src="/image/{rng.bytes(8).hex()}"><p class=' for _ in TRUTH]
    named = [page + ("synth" if one else "photo") for page, one in zip(pages, TRUTH, strict=True)]
    told = separability(leakage.served_bytes([page.encode() for page in named]), TRUTH)
    plain = separability(leakage.served_bytes([page.encode() for page in pages]), TRUTH)
    assert told.p_value is not None
    assert plain.p_value is not None
    assert told.p_value < 0.002
    assert plain.p_value > 0.01


def test_a_habit_of_identifiers_is_found() -> None:
    """The first figure of a key is below eight for one kind: no three letters in a row tell that."""
    rng = np.random.default_rng(5)
    keys = [f"{rng.integers(8) + 8 * one:x}{rng.bytes(12).hex()}" for one in TRUTH]
    assert auc(leakage.served_bytes([f'<img src="/image/{key}">'.encode() for key in keys])) > 0.95


@pytest.mark.parametrize("columns", [100, 2000])
def test_one_telling_feature_is_found_among_many(columns: int) -> None:
    features = np.random.default_rng(6).standard_normal((40, columns))
    features[:, 7] += 6 * TRUTH
    found = separability(features, TRUTH, permutations=399)
    assert found.value is not None
    assert found.p_value is not None
    assert found.value > 0.95
    assert found.p_value * 9 < 0.025


def test_of_many_features_that_tell_a_little_all_are_weighed() -> None:
    features = np.random.default_rng(7).standard_normal((40, 30)) + 0.7 * TRUTH[:, None]
    assert auc(features) > 0.9


def test_delays_and_places_in_the_order_are_found() -> None:
    rng = np.random.default_rng(2)
    seconds = np.exp(rng.normal(-5, 0.2, (40, 3)))
    assert auc(leakage.delays(seconds * np.where(TRUTH, 2, 1)[:, None])) > 0.95
    assert auc(leakage.places(np.where(TRUTH, 2 * np.arange(40), 2 * np.arange(40) + 1) + 1)) > 0.95


GRADES = np.arange(40) // 2 % 5


def in_pattern(pattern: str) -> np.ndarray:
    """Places of the forty cases in an order in which kinds follow the pattern over and over: [40, 1]."""
    kinds = np.resize([letter == "S" for letter in pattern], 40)
    place = np.empty(40, dtype=int)
    for kind in (False, True):
        place[kind == TRUTH] = np.random.default_rng(8).permutation(np.flatnonzero(kinds == kind)) + 1
    return place[:, None]


@pytest.mark.parametrize("pattern", ["RS", "RRSS", "RRRSRSSS", "R" * 20 + "S" * 20])
def test_a_pattern_of_kinds_is_found_in_one_of_two_orders(pattern: str) -> None:
    other = even_order(TRUTH, GRADES, np.random.default_rng(9))[:, None]
    found = order_separability(np.hstack([other, in_pattern(pattern)]), TRUTH, GRADES)
    assert found.value is not None
    assert found.p_value is not None
    assert found.value > 0.95
    assert found.p_value * 9 < 0.025


def test_the_orders_that_the_site_draws_are_not_held_against_it() -> None:
    """An even order is somewhat predictable; the test compares with such orders, not with a shuffle."""
    found = [order_separability(drawn_order(seed), TRUTH, GRADES, draws=99) for seed in range(20)]
    assert np.mean([estimate.value for estimate in found]) > 0.55
    beside = [estimate.mixed_alike for estimate in found]
    assert np.mean(beside) == pytest.approx(np.mean([estimate.value for estimate in found]), abs=0.05)
    p_values = np.array([estimate.p_value for estimate in found], dtype=float)
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    assert (p_values <= 0.02).sum() <= 3


def drawn_order(seed: int) -> np.ndarray:
    cases = [
        Stratified(str(index), "synthetic" if TRUTH[index] else "real", int(GRADES[index]))
        for index in range(TRUTH.size)
    ]
    place = np.empty((TRUTH.size, 1), dtype=int)
    for at, drawn in enumerate(draw_order(seed=seed, reader="R01", phase=1, cases=cases), start=1):
        place[int(drawn.label)] = at
    return place


def test_an_even_order_is_one_of_the_cases_without_long_runs() -> None:
    rng = np.random.default_rng(10)
    for _ in range(20):
        place = even_order(TRUTH, GRADES, rng)
        assert sorted(place) == list(range(1, 41))
        kinds = "".join("S" if TRUTH[index] else "R" for index in np.argsort(place))
        assert "R" * 5 not in kinds
        assert "S" * 5 not in kinds


def test_kinds_before_are_those_of_the_cases_before() -> None:
    seen = leakage.kinds_before([2, 1, 3], [True, False, True])
    assert seen[:, 0].tolist() == [-1, 0, 1]  # the second, the first and the third place
    assert seen[:, 1].tolist() == [0, 0, -1]
    assert seen[:, -1].tolist() == [-1, 0, 0]


def test_orders_that_cannot_be_judged() -> None:
    few = np.arange(10)
    none = order_separability(few[:, None] + 1, few < 5, few % 5)
    assert (none.value, none.mixed_alike) == (None, None)
    with pytest.raises(ValueError, match=r"\[n, p\]"):
        order_separability(few, few < 5, few % 5)


def test_what_is_the_same_for_all_has_no_interval_and_no_leak() -> None:
    found = separability(np.ones((40, 3)), TRUTH)
    assert (found.value, found.low, found.p_value) == (0.5, None, 1)


def test_fewer_images_than_can_convince_are_not_judged() -> None:
    few = np.arange(2 * FEWEST - 2) % 2 == 1
    assert separability(few[:, None].astype(float), few).reason == f"fewer than {FEWEST} images of a kind"
    enough = np.arange(2 * FEWEST) % 2 == 1
    sure = separability(enough[:, None].astype(float), enough)
    assert sure.value == 1
    assert sure.p_value is not None
    assert sure.p_value * 9 < 0.025  # a perfect leak is one also after Holm over the nine channels that block


def test_p_values_are_uniform_where_there_is_nothing_to_find() -> None:
    rng = np.random.default_rng(3)
    p_values = [separability(rng.standard_normal((40, 2)), TRUTH, permutations=99).p_value for _ in range(100)]
    assert stats.kstest(np.array(p_values, dtype=float), "uniform").pvalue > 0.001


def test_bad_features_are_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        separability(np.full((40, 1), math.nan), TRUTH)
    with pytest.raises(ValueError, match=r"\[n, d\]"):
        separability(np.ones(40), TRUTH)


def test_holm_adjusts_as_statsmodels_does() -> None:
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 - slow to import

    p_values = [0.01, 0.04, 0.03, 0.005, 0.5]
    assert adjusted_p_values(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_the_influences_give_the_variance_of_delong() -> None:
    """DeLong et al. 1988 by definition: how the share of pairs in the right order varies over either kind."""
    rng = np.random.default_rng(4)
    scores, positive = rng.standard_normal(60), np.arange(60) % 3 == 0
    influence = influence_on_auc(scores, positive)
    right = scores[positive][:, None] > scores[~positive][None, :]
    placement = right.mean(1).var() / positive.sum() + right.mean(0).var() / (~positive).sum()
    assert (influence**2).mean() / 60 == pytest.approx(placement)
