"""The page's tables: differences of shares in percentage points, and what cannot be compared in one line."""

import io

import numpy as np
import pandas as pd
import pytest

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.readings import read_answers
from readerstudy.results.flow import phase_flows
from readerstudy.results.page_detection import detection_tables
from readerstudy.results.page_exploration import exploration_tables
from readerstudy.results.page_grading import agreement_tables, grading_tables
from readerstudy.results.page_tables import Notes, PageTable
from readerstudy.results.sections import sections
from tests.analysis.test_summary import analyse, simulated


def contrasts(table: pd.DataFrame) -> PageTable:
    analysis = analyse(read_answers(io.StringIO(table.to_csv(index=False))))
    return next(one for one in exploration_tables(analysis) if one.data == "contrasts")


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    """Four readers, of whom two are surgeons: one of them did not call real or synthetic."""
    table = simulated(readers=4, cases=12, repeats=2)
    surgeons = table["reader"].isin(["R03", "R04"])
    table["specialty"] = "radiology"
    table.loc[surgeons, "specialty"] = "surgery"
    return table[~((table["reader"] == "R04") & (table["task"] == "detect"))]


def test_a_difference_of_shares_is_in_percentage_points_with_the_digits_of_its_parts() -> None:
    notes = Notes()
    assert notes.points(Estimate(-0.0549, -0.2, 0.091)) == "−5.5 pp [−20.0, 9.1]"
    assert notes.finer_share(Estimate(0.0833, 0.02, 0.2)) == "8.3 % [2.0, 20.0]"


def test_the_tables_say_what_pp_is(few: pd.DataFrame) -> None:
    found = contrasts(few)
    assert "pp: percentage points" in found.caption
    by_share = [row for row in found.rows if row[1] == "Equal to the reference"]
    assert by_share
    assert all("pp" in row[4] and "%" in row[2] for row in by_share)
    grading = analyse(read_answers(io.StringIO(few.to_csv(index=False)))).grading
    assert grading is not None
    compared = grading_tables(grading)[0]
    assert "pp: percentage points" in compared.caption
    assert {row[0]: " pp" in row[3] for row in compared.rows}["Equal to the reference"]


def test_each_condition_stands_under_the_letter_that_its_row_gives_it() -> None:
    table = simulated(readers=4, cases=20, repeats=0, tasks=("detect",))
    later = table["position"] > 10
    table["value"] = table["source"].where(later, table["source"].map({"real": "synthetic", "synthetic": "real"}))
    analysis = analyse(read_answers(io.StringIO(table.to_csv(index=False))))
    found = next(one for one in exploration_tables(analysis) if one.data == "contrasts")
    (row,) = [row for row in found.rows if row[0] == "Second half of the sitting\u00a0(A) − first half\u00a0(B)"]
    cells = dict(zip(found.header, row, strict=True))
    assert (cells["A"].split(" ")[0], cells["B"].split(" ")[0], cells["A − B"].split(" ")[0]) == (
        "100.0",
        "0.0",
        "100.0",
    )


def test_groups_without_a_difference_stand_in_one_line(few: pd.DataFrame) -> None:
    found = contrasts(few)
    assert "Radiology − surgery in accuracy and AUC (fewer than two readers of one group read every case)" in (
        found.remark
    )
    assert [row[1] for row in found.rows if row[0] == "Radiology\u00a0(A) − surgery\u00a0(B)"] == [
        "Equal to the reference"
    ]
    text = " ".join(cell for row in found.rows for cell in row) + " ".join(reason for _, reason in found.notes)
    assert "with readings" not in text


def test_without_a_first_reading_there_is_no_table_of_outcomes() -> None:
    table = simulated(readers=2, cases=4, repeats=4)
    answers = read_answers(io.StringIO(table[table["replicate"] == 2].to_csv(index=False)))
    found = sections(analyse(answers), phase_flows(answers, protocol=None), [], times=False)
    assert "outcomes" not in {one.name for one in found}


@pytest.mark.parametrize(
    ("revised", "said"),
    [
        (0, "count; none was changed."),
        (1, "count; 1 earlier version of changed answers stays in the export."),
        (2, "count; 2 earlier versions of changed answers stay in the export."),
    ],
)
def test_changed_answers_are_counted_in_good_grammar(revised: int, said: str) -> None:
    table = simulated(readers=2, cases=6, repeats=0, tasks=("grade",))
    earlier = table.iloc[:revised].assign(is_final="false")
    table.loc[table.index[:revised], "revision"] = 2
    answers = read_answers(io.StringIO(pd.concat([table, earlier]).to_csv(index=False)))
    found = sections(analyse(answers), phase_flows(answers, protocol=None), [], times=True)
    assert next(one for one in found if one.name == "readers").words[0].endswith(said)
    words = next(one for one in found if one.name == "times").words[0]
    assert "in the seconds a rise means slower readings" in words


def test_agreement_with_oneself_is_said_to_be_of_these_images() -> None:
    analysis = analyse(read_answers(io.StringIO(simulated(readers=3, cases=12).to_csv(index=False))))
    assert analysis.grading is not None
    assert analysis.detection is not None
    for tables, name in (
        (agreement_tables(analysis.grading), "agreement_with_self"),
        (detection_tables(analysis.detection), "detection_with_self"),
    ):
        (caption,) = (one.caption for one in tables if one.data == name)
        assert caption.endswith("[95 % interval, for other readers and these repeated images]")


@pytest.mark.parametrize(
    ("real", "synthetic", "said"), [(0.95, 0.95, True), (0.6, 0.6, False), (0.4, 0.98, False), (0.98, 0.4, False)]
)
def test_where_accuracy_or_area_is_near_1_its_interval_is_said_to_lie_too_high(
    real: float, synthetic: float, said: bool
) -> None:
    """As counted by bench/coverage.py."""
    table = simulated(readers=6, cases=40, repeats=0, tasks=("detect",))
    right = table["source"].map({"real": real, "synthetic": synthetic})
    known = np.random.default_rng(4).random(len(table)) < right
    other = table["source"].map({"real": "synthetic", "synthetic": "real"})
    table["value"] = np.where(known, table["source"], other)
    analysis = analyse(read_answers(io.StringIO(table.to_csv(index=False))))
    assert analysis.detection is not None
    pooled = detection_tables(analysis.detection)[0]
    assert ("above the truth in 5 to 8 of 100 for the accuracy" in pooled.remark) == said
