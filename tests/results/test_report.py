"""What the report says before and around its numbers."""

import io
from pathlib import Path

import pytest

from readerstudy.analysis.readings import read_answers
from readerstudy.results.conclusions import conclusions
from readerstudy.results.flow import phase_flows
from readerstudy.results.report import write_report
from readerstudy.results.wording import two_decimals
from tests.analysis.test_summary import analyse, simulated

PROTOCOL = {
    "study": "s",
    "name": "Knees",
    "phases": [
        {"position": 1, "task": "grade", "title": "", "repeats": 4},
        {"position": 2, "task": "detect", "title": "", "repeats": 4},
    ],
    "cases": [
        {
            "case": f"C{case:03d}",
            "source": "synthetic" if case % 2 else "real",
            "reference_grade": case % 5,
            "phantom": False,
        }
        for case in range(20)
    ],
}


@pytest.mark.parametrize("protocol", [PROTOCOL, None])
def test_who_stopped_half_way_and_who_never_began_are_both_counted(protocol: dict | None) -> None:
    table = simulated(readers=4)
    second = table["task"] == "detect"
    stopped = second & (table["reader"] == "R02") & (table["position"] > 10)
    table = table[~stopped & ~(second & (table["reader"] == "R03"))]
    answers = read_answers(io.StringIO(table.to_csv(index=False)))
    first_phase, second_phase = phase_flows(answers, protocol=protocol)
    assert (first_phase.asked, first_phase.started, first_phase.completed) == (24, 4, 4)
    assert (second_phase.started, second_phase.completed, second_phase.answers) == (3, 2, 58)
    assert second_phase.missing == {"R02": 14, "R03": 24}


def test_who_read_to_the_end_is_counted_in_the_summary_as_in_the_flow_diagram(tmp_path: Path) -> None:
    """Of six readers one lacks an image, another only repeats: four are complete, five have every first reading."""
    table = simulated(readers=6)
    second = table["task"] == "detect"
    lost = second & (table["reader"] == "R02") & (table["case"] == "C019")
    unrepeated = second & (table["reader"] == "R03") & (table["replicate"] == 2)
    lines = io.StringIO(table[~lost & ~unrepeated].to_csv(index=False))
    write_report(answers=lines, folder=tmp_path, protocol=PROTOCOL, recruitment=None, protocol_checked=True)
    flow = (tmp_path / "tables" / "flow.csv").read_text(encoding="utf-8").splitlines()
    assert flow[2].startswith("2,detect,24,6,4,")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "6 readers (4 of them to the end) called each real or synthetic." in page
    assert "Real and synthetic images compared, all readers together (6 readers, 20 images," in page


def test_where_a_reader_is_left_out_the_figures_are_not_called_those_of_all(tmp_path: Path) -> None:
    table = simulated(readers=6)
    gone = (table["task"] == "detect") & (table["reader"] == "R02") & (table["position"] > 12)
    lines = io.StringIO(table[~gone].to_csv(index=False))
    write_report(answers=lines, folder=tmp_path, protocol=PROTOCOL, recruitment=None, protocol_checked=True)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Readers together (5 of the 6 who began, 20 images, no call missing)" in page
    assert "All readers together" not in page


@pytest.mark.parametrize("phantom", [True, False])
def test_phantoms_are_labelled_at_the_top(phantom: bool, tmp_path: Path) -> None:
    protocol = PROTOCOL | {"cases": [case | {"phantom": phantom} for case in PROTOCOL["cases"]]}
    lines = io.StringIO(simulated(readers=2).to_csv(index=False))
    write_report(answers=lines, folder=tmp_path, protocol=protocol, recruitment=None, protocol_checked=True)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ("Phantom radiographs." in page.split("In short")[0]) == phantom


@pytest.mark.parametrize(
    ("readers", "cases", "right", "sentence"),
    [
        (6, 40, 0.5, "It was shown that readers did no better and no worse than guessing, within a margin of ±10"),
        (3, 10, 0.5, "leaves the question open: neither"),
        (6, 40, 0.95, "It was shown that readers did better than guessing (test against 50 %, adjusted p"),
        (6, 40, 0.95, "the difference is not shown to be smaller than 10 percentage points"),
    ],
)
def test_the_conclusion_follows_interval_and_equivalence_test(
    readers: int, cases: int, right: float, sentence: str
) -> None:
    table = simulated(readers=readers, cases=cases, repeats=0, tasks=("detect",))
    known = table.index[: int(len(table) * right)] if right > 0.5 else table.index[:0]
    table.loc[known, "value"] = table.loc[known, "source"]
    answers = read_answers(io.StringIO(table.to_csv(index=False)))
    said = " ".join(conclusions(analyse(answers), phase_flows(answers, protocol=None)))
    assert sentence in said
    assert ("Caution: only 3 readers enter this." in said) == (readers == 3)


def test_a_number_that_rounds_to_nothing_has_no_sign() -> None:
    assert [two_decimals(number) for number in (-0.001, 0.0, -0.126)] == ["0.00", "0.00", "−0.13"]
