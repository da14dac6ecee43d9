"""The attacks of the blinding audit find what they are made for, and nothing where there is nothing."""

import math

import numpy as np
import pytest
from scipy import ndimage, stats

from readerstudy.analysis import leakage
from readerstudy.analysis.multiplicity import adjusted_p_values
from readerstudy.analysis.separation import FEWEST, influence_on_auc, separability

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


def test_delays_and_places_in_the_order_are_found() -> None:
    rng = np.random.default_rng(2)
    seconds = np.exp(rng.normal(-5, 0.2, (40, 3)))
    assert auc(leakage.delays(seconds * np.where(TRUTH, 2, 1)[:, None])) > 0.95
    assert auc(leakage.places(np.where(TRUTH, 2 * np.arange(40), 2 * np.arange(40) + 1) + 1)) > 0.95


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
