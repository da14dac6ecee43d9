"""From a table of answers to everything the report says."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from readerstudy.analysis.plan import AnalysisPlan
from readerstudy.analysis.readings import COLUMNS, UnusableAnswers, read_answers
from readerstudy.analysis.summary import Analysis
from readerstudy.analysis.summary import analyse as analyse_with
from readerstudy.analysis.summary_agreement import QUADRATIC

PLAN = AnalysisPlan(
    margins={"accuracy": 0.1, "kappa_difference": 0.1, "mean_error_difference": 0.25, "grade_shares_difference": 0.1},
    primary=("accuracy", "kappa_difference"),
    frozen=True,
)


def analyse(answers: pd.DataFrame) -> Analysis:
    return analyse_with(answers, plan=PLAN, samples=200)


def simulated(
    *, readers: int = 5, cases: int = 20, repeats: int = 4, seed: int = 3, tasks: tuple[str, ...] = ("grade", "detect")
) -> pd.DataFrame:
    """Answers of readers who grade with an error of at most one and guess the source."""
    rng = np.random.default_rng(seed)
    rows = []
    for reader in range(1, readers + 1):
        for phase, task in enumerate(tasks, start=1):
            shown = [(case, 1) for case in range(cases)] + [(case, 2) for case in range(repeats)]
            for position, (case, replicate) in enumerate(shown, start=1):
                grade, source = case % 5, "synthetic" if case % 2 else "real"
                value = (
                    str(np.clip(grade + rng.integers(-1, 2), 0, 4))
                    if task == "grade"
                    else rng.choice(["real", "synthetic"])
                )
                rows.append(
                    ["s", f"R{reader:02d}", "radiology", 5, phase, task, f"C{case:03d}", replicate, position, source,
                     grade,
                     value, "" if task == "grade" else int(rng.integers(1, 6)), "2026-01-01T00:00:00.000Z",
                     "2026-01-01T00:00:09.000Z", 9000, 1, "true"]
                )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def parsed(table: pd.DataFrame) -> pd.DataFrame:
    return read_answers(io.StringIO(table.to_csv(index=False)))


def test_a_whole_study_is_summed_up_and_goes_into_json() -> None:
    analysis = analyse(parsed(simulated()))
    assert analysis.readers == ["R01", "R02", "R03", "R04", "R05"]
    assert analysis.cases == {"real": 10, "synthetic": 10}
    assert sum(map(sum, analysis.grading.pooled["real"])) == 50
    assert analysis.grading.agreement.coefficient(QUADRATIC).all.value > 0.6
    assert all(one.with_self.n == 4 for one in analysis.grading.readers)
    assert all(one.n == 20 for one in analysis.grading.agreement.with_self.values())
    same = analysis.detection.with_self["the same call again"]
    table = simulated().query("task == 'detect'").pivot(index=["reader", "case"], columns="replicate", values="value")
    repeated = table.dropna()
    assert (same.value, same.n) == (pytest.approx((repeated[1] == repeated[2]).mean()), 20)
    assert analysis.detection.pooled["accuracy"].estimate.method.startswith("Obuchowski")
    assert sum(map(sum, analysis.detection.confidence.values())) == 100
    text = json.dumps(analysis.to_dict(), allow_nan=False, sort_keys=True)
    assert text == json.dumps(analyse(parsed(simulated())).to_dict(), allow_nan=False, sort_keys=True)


def test_a_figure_without_a_value_of_guessing_is_not_tested() -> None:
    """A reader who guesses has any sensitivity; and agreement is estimated, not tested."""
    analysis = analyse(parsed(simulated(readers=8)))
    detection, grading = analysis.detection, analysis.grading
    untested = {name for name, one in detection.pooled.items() if one.null is None}
    assert untested == {"sensitivity", "specificity"}
    for name, one in detection.pooled.items():
        found = (one.estimate, one.check, one.counted)
        assert all(other is None or (other.p_value is None) == (name in untested) for other in found[:2])
        assert one.p_adjusted is None or name not in untested
    tested = [one for name, one in detection.pooled.items() if name not in {*untested, "accuracy", "balanced accuracy"}]
    smallest = min(tested, key=lambda one: one.estimate.p_value)
    assert smallest.p_adjusted == pytest.approx(min(len(tested) * smallest.estimate.p_value, 1))
    for reader in detection.readers:
        assert reader.accuracy.p_value is not None
        assert reader.sensitivity.p_value is reader.specificity.p_value is None
        assert reader.further["positive predictive value"].p_value is None
    assert not [
        one.p_value for estimates in detection.exploration.by_grade.values() for one in estimates if one.p_value
    ]
    assert not [one.all for one in grading.agreement.between if one.all.p_value is not None]
    assert not [one.share for one in grading.course if one.share.p_value is not None]
    for contrast in grading.contrasts:
        assert contrast.of_a.p_value is contrast.of_b.p_value is None
        assert (contrast.difference.p_value is None) == (contrast.difference.low is None)
    for figure in grading.by_source:
        assert (figure.difference.p_value is None) == (figure.difference.low is None)
        assert (figure.real.p_value is None) == (not figure.name.startswith("mean error"))


def test_the_order_of_rows_does_not_matter() -> None:
    table = simulated()
    assert analyse(parsed(table)) == analyse(parsed(table.sample(frac=1, random_state=1)))


def test_call_and_confidence_make_one_scale_from_surely_real_to_surely_synthetic() -> None:
    table = simulated(tasks=("detect",))
    table["value"] = np.where(table["source"] == "real", "real", "synthetic")
    table["confidence"] = np.where(table["source"] == "real", 5, 1)  # sure of the real ones, unsure of the synthetic
    analysis = analyse(parsed(table))
    assert [one.further["AUC"].value for one in analysis.detection.readers] == [1] * 5


@pytest.mark.parametrize("tasks", [("grade",), ("detect",)])
def test_one_phase_alone_is_analysed(tasks: tuple[str, ...]) -> None:
    analysis = analyse(parsed(simulated(tasks=tasks)))
    assert (analysis.grading is None) == (tasks == ("detect",))
    assert (analysis.detection is None) == (tasks == ("grade",))


def test_one_reader_gets_figures_where_they_exist_and_reasons_where_not() -> None:
    analysis = analyse(parsed(simulated(readers=1, repeats=0)))
    assert analysis.grading.agreement.coefficient(QUADRATIC).all.value is None
    assert analysis.grading.readers[0].with_self.reason
    assert analysis.detection.pooled["accuracy"].estimate.value is None
    assert analysis.detection.pooled["accuracy"].counted.value is not None
    json.dumps(analysis.to_dict(), allow_nan=False)


def test_a_reader_who_always_says_real_and_one_who_stopped_are_counted() -> None:
    table = simulated()
    table.loc[(table["reader"] == "R01") & (table["task"] == "detect"), "value"] = "real"
    table = table[~((table["reader"] == "R02") & (table["task"] == "detect") & (table["position"] > 8))]
    analysis = analyse(parsed(table))
    always_real = analysis.detection.readers[0]
    assert (always_real.sensitivity.value, always_real.specificity.value) == (0, 1)
    assert analysis.missing["detect"] == {"R02": 12}
    assert analysis.detection.pooled["accuracy"].estimate.n == 4


def test_only_the_last_revision_counts() -> None:
    table = simulated(readers=2)
    first = table.iloc[[0]].copy()
    first["is_final"], table.loc[0, "revision"] = "false", 2
    analysis = analyse(parsed(pd.concat([table, first])))
    assert analysis.revised == 1
    assert analysis.grading == analyse(parsed(table)).grading


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda table: table.drop(columns="value"), "no column value"),
        (lambda table: table.assign(value="7"), "Line 2: column value must be 0 to 4"),
        (lambda table: table.assign(source="fake"), "Line 2: column source must be real or synthetic"),
        (lambda table: pd.concat([table, table.iloc[[3]]]), "revision must be another number at each answer"),
        (lambda table: table.assign(study=["a"] * 10 + ["b"] * (len(table) - 10)), "several studies: a, b"),
        (lambda table: table.assign(position="x"), "position must be a whole number"),
        (lambda table: table.assign(position="٣"), "position must be a whole number"),
        (lambda table: table.assign(response_ms="٣"), "response_ms must be a whole number"),
        (lambda table: table.assign(years_experience="٣"), "years_experience must be a whole number"),
        (lambda table: table.assign(years_experience="-5"), "years_experience must be a whole number"),
        (lambda table: table.assign(years_experience="1e400"), "years_experience must be a whole number"),
        (lambda table: table.assign(reader=""), "reader must be a name"),
        (lambda table: table.assign(revision=0), "revision must be 1 or more"),
        (lambda table: table.assign(replicate=3), "replicate must be 1, or 2"),
        (lambda table: table.assign(is_final="false"), "is_final must be true at the last revision"),
        (
            lambda table: table.assign(phase=range(1, len(table) + 1)),
            "phase must be the same at every answer of a task",
        ),
        (lambda table: table.assign(specialty=[str(row) for row in range(len(table))]), "specialty must be the same"),
    ],
)
def test_a_table_that_is_no_export_is_refused_with_the_place(change: object, sentence: str) -> None:
    with pytest.raises(UnusableAnswers, match=sentence):
        parsed(change(simulated()))  # type: ignore[operator]


def test_something_else_altogether_is_refused() -> None:
    with pytest.raises(UnusableAnswers, match="no column"):
        read_answers(io.StringIO("hello"))
    with pytest.raises(UnusableAnswers):
        read_answers(io.StringIO(""))
