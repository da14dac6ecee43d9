"""Half-finished, empty, constant and one-sided studies: every figure an estimate or a reason, never nonsense."""

import json
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from readerstudy.analysis.outcomes import Verdict
from tests.analysis.test_summary import analyse, parsed, simulated

Change = Callable[[pd.DataFrame], pd.DataFrame]


def some(table: pd.DataFrame, share: float) -> pd.DataFrame:
    return table[np.random.default_rng(0).random(len(table)) < share]


STRANGE: dict[str, Change] = {
    "a single answer": lambda table: table.iloc[:1],
    "one image": lambda table: table[table["case"] == "C000"],
    "two images": lambda table: table[table["case"].isin(["C000", "C001"])],
    "only real images": lambda table: table[table["source"] == "real"],
    "half of the answers": lambda table: some(table, 0.5),
    "one tenth of the answers": lambda table: some(table, 0.1),
    "only repeats": lambda table: table[table["replicate"] == 2],
    "no confidence": lambda table: table.assign(confidence=""),
    "no times": lambda table: table.assign(response_ms=""),
    "no experience": lambda table: table.assign(years_experience=""),
    "one reference grade": lambda table: table.assign(reference_grade=2),
    "everybody says 2 and real": lambda table: table.assign(value=np.where(table["task"] == "grade", "2", "real")),
    "everybody is right": lambda table: table.assign(
        value=np.where(table["task"] == "grade", table["reference_grade"].astype(str), table["source"])
    ),
}


@pytest.mark.parametrize("readers", [1, 4])
@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_study_is_analysed_without_a_crash_or_a_number_that_is_none(change: Change, readers: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        analysis = analyse(parsed(change(simulated(readers=readers))))
    json.dumps(analysis.to_dict(), allow_nan=False)


def test_where_nothing_varies_there_is_no_interval_and_no_verdict() -> None:
    analysis = analyse(parsed(STRANGE["everybody is right"](simulated())))
    accuracy = analysis.detection.pooled["accuracy"].estimate
    assert (accuracy.value, accuracy.low, accuracy.high) == (1, None, None)
    assert accuracy.reason
    kappa = analysis.grading.by_source[0]
    assert (kappa.difference.low, kappa.check.low) == (None, None)
    assert {one.verdict for one in analysis.primary} == {Verdict.NOT_ESTIMABLE}


def test_with_images_of_one_kind_no_accuracy_is_claimed() -> None:
    analysis = analyse(parsed(STRANGE["only real images"](simulated())))
    assert "of one kind" in analysis.detection.pooled["accuracy"].estimate.reason
    assert analysis.detection.pooled["specificity"].estimate.value is not None
    assert analysis.primary[0].verdict == Verdict.NOT_ESTIMABLE


def test_one_reader_is_never_called_a_sample_of_readers() -> None:
    analysis = analyse(parsed(simulated(readers=1)))
    for one in analysis.grading.by_source:
        assert one.difference.value is None
        assert "over readers" not in one.check.method
        assert one.check.low is None or "new cases only" in one.check.reason
