"""Real against synthetic grading: where there is no interval, and why."""

import numpy as np

from readerstudy.analysis.comparison import compare_sources

RNG = np.random.default_rng(1)
REFERENCE = np.tile(np.arange(5), 4)
SYNTHETIC = np.arange(20) % 2 == 1


def test_one_reader_has_values_and_no_interval_for_other_readers() -> None:
    given = np.clip(REFERENCE + RNG.integers(-1, 2, (1, 20)), 0, 4).astype(float)
    for kinds in compare_sources(given, REFERENCE, SYNTHETIC).values():
        for estimate in kinds.values():
            assert estimate.value is not None
            assert (estimate.low, estimate.high) == (None, None)
            assert "one reader" in estimate.reason


def test_without_a_synthetic_image_there_is_nothing_to_compare() -> None:
    given = np.clip(REFERENCE + RNG.integers(-1, 2, (3, 20)), 0, 4).astype(float)
    for kinds in compare_sources(given, REFERENCE, np.zeros(20, dtype=bool)).values():
        assert kinds["real"].value is not None
        assert "no image of this kind" in kinds["synthetic"].reason
        assert kinds["difference"].value is None


def test_readers_who_never_err_have_no_interval_without_width() -> None:
    for kinds in compare_sources(np.tile(REFERENCE, (3, 1)).astype(float), REFERENCE, SYNTHETIC).values():
        assert kinds["difference"].value == 0
        assert kinds["difference"].low is None
        assert "no width" in kinds["difference"].reason
