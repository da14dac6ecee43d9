"""The analysis plan: frozen at opening, taken by the report, and missed where it is missing."""

import copy
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.outcomes import Verdict
from readerstudy.analysis.summary import analyse
from readerstudy.results.checklists import checklists
from readerstudy.results.conclusions import conclusions
from readerstudy.results.flow import phase_flows
from readerstudy.results.page_tables import Notes, page_table
from readerstudy.results.protocol_check import is_of_checked_report
from readerstudy.results.report import plan_of, write_report
from readerstudy.results.staging import replacing_folder
from readerstudy.studies.analysis_plan import USUAL, Planned, require_plan, serialise_plan
from readerstudy.studies.protocol import require_protocol
from tests.analysis.test_summary import PLAN, parsed, simulated
from tests.builders import build_study
from tests.results.test_report import PROTOCOL

PLANNED = PROTOCOL | {"analysis_plan": serialise_plan()}
SMALLEST = {"format": "readerstudy-protocol-1", "seed": 1, "study": "s", "name": "S"} | {
    "phases": [{"position": 1, "task": "grade", "repeats": 0}],
    "cases": [{"case": "C001", "source": "real", "reference_grade": 0, "phantom": False}],
}


@pytest.fixture(autouse=True)
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readerstudy.results.report.draw_figures", lambda *_: [])


def page_of(protocol: dict[str, Any] | None, folder: Path, table: str | None = None) -> str:
    lines = io.StringIO(table or simulated(readers=6).to_csv(index=False))
    write_report(answers=lines, folder=folder, protocol=protocol, recruitment=None, protocol_checked=True)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_opening_a_study_freezes_its_plan() -> None:
    protocol = build_study().protocol
    assert protocol is not None
    assert protocol["analysis_plan"] == serialise_plan()
    require_protocol(protocol)
    plan = plan_of(protocol)
    assert plan.frozen
    assert plan.margins == {name: one.margin for name, one in USUAL.items()}
    assert plan.primary == ("accuracy", "kappa_difference")


def test_the_report_judges_by_the_margins_that_were_frozen(tmp_path: Path) -> None:
    plan = copy.deepcopy(serialise_plan())
    plan["outcomes"]["accuracy"]["margin"] = 0.45
    page = page_of(PROTOCOL | {"analysis_plan": plan}, tmp_path)
    assert "within a margin of ±45 percentage points" in page
    assert "were frozen with the protocol, before anybody read" in page
    assert "No analysis plan was frozen" not in page


def test_a_difference_inside_a_wide_margin_is_called_both(tmp_path: Path) -> None:
    plan = copy.deepcopy(serialise_plan())
    plan["outcomes"]["accuracy"]["margin"] = 0.45
    table = simulated(readers=6)
    known = (table["task"] == "detect") & (table["position"] % 2 == 0)
    table.loc[known, "value"] = table.loc[known, "source"]  # half are known, half guessed: three quarters are right
    page = page_of(PROTOCOL | {"analysis_plan": plan}, tmp_path, table.to_csv(index=False))
    assert "It was shown that readers did better than guessing (test against 50 %, adjusted p &lt;\xa00.001)." in page
    assert "By the equivalence test the difference is smaller than 45 percentage points (adjusted p" in page


def test_an_outcome_that_is_not_primary_says_so_and_margins_keep_their_digits(tmp_path: Path) -> None:
    plan = serialise_plan(
        {"accuracy": Planned(0.075, False), "kappa_difference": Planned(0.125, True)}
        | {"mean_error_difference": Planned(0.2, True), "grade_shares_difference": Planned(0.1, False)}
    )
    page = page_of(PROTOCOL | {"analysis_plan": plan}, tmp_path)
    assert "Not a primary outcome. Readers told real from synthetic" in page
    assert "smaller than 7.5 percentage points" in page
    assert "0.0 ± 0.125" in page
    assert "Not a primary outcome. Mean error" not in page
    assert "Primary: difference of κ, difference of the mean error." in page


def test_an_outcome_younger_than_the_protocol_has_its_usual_margin_and_is_exploratory(tmp_path: Path) -> None:
    older = copy.deepcopy(serialise_plan())
    del older["outcomes"]["grade_shares_difference"]
    plan = plan_of(PROTOCOL | {"analysis_plan": older})
    assert plan.margins["grade_shares_difference"] == USUAL["grade_shares_difference"].margin
    assert "grade_shares_difference" not in plan.primary
    assert "Not a primary outcome. Share of images that were given a grade" in page_of(
        PROTOCOL | {"analysis_plan": older}, tmp_path
    )
    with pytest.raises(ValueError, match="accuracy is missing"):
        require_plan({"level": 0.05, "outcomes": {}})


def test_an_older_protocol_has_no_plan_and_the_report_says_so(tmp_path: Path) -> None:
    page = page_of(PROTOCOL, tmp_path)
    assert "No analysis plan was frozen before the readings" in page
    assert not plan_of(None).frozen


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda plan: plan.pop("outcomes"), "has no outcomes"),
        (lambda plan: plan.update(level=0.01), "the level of its analysis_plan"),
        (lambda plan: plan["outcomes"].pop("accuracy"), "accuracy is missing"),
        (lambda plan: plan["outcomes"]["accuracy"].update(margin=0), "no margin above 0"),
        (lambda plan: plan["outcomes"]["accuracy"].update(margin="0.1"), "no margin above 0"),
        (lambda plan: plan["outcomes"]["accuracy"].update(margin=0.5), "below 0.5"),
        (lambda plan: plan["outcomes"]["accuracy"].pop("primary"), "does not say whether it is primary"),
        (lambda plan: plan["outcomes"].update(foo=3), "foo of its analysis_plan is no outcome that is known"),
    ],
)
def test_a_protocol_with_a_broken_plan_is_refused(change: Callable[[dict[str, Any]], object], sentence: str) -> None:
    plan = copy.deepcopy(serialise_plan())
    change(plan)
    require_protocol(SMALLEST)
    with pytest.raises(ValueError, match=sentence):
        require_protocol(SMALLEST | {"analysis_plan": plan})


@pytest.mark.parametrize(
    ("blinding", "sentence"),
    [
        ("x", "its blinding is no JSON object"),
        ({"override": "because"}, "channels of its blinding is missing"),
        ({"override": 1, "channels": [], "verdict": None}, "override of its blinding"),
        ({"override": "because", "channels": []}, "verdict of its blinding is missing"),
        ({"override": "because", "channels": [], "verdict": ["leak"]}, "verdict of its blinding"),
        ({"override": "because", "channels": [1], "verdict": "leak"}, "a channel of its blinding is no JSON object"),
        ({"override": "because", "channels": [{"channel": [], "verdict": "leak"}], "verdict": "leak"}, "channel of"),
    ],
)
def test_a_protocol_with_a_broken_statement_on_blinding_is_refused(blinding: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        require_protocol(SMALLEST | {"blinding": blinding})


@pytest.mark.django_db
def test_a_protocol_that_tells_of_leaks_is_taken() -> None:
    leak = {"override": "Known.", "verdict": "leak", "channels": [{"channel": "length", "verdict": "leak"}]}
    for protocol in (SMALLEST | {"blinding": leak}, build_study().protocol):
        assert require_protocol(protocol) == protocol


@pytest.mark.parametrize("content", ["", "[]", "{", '{"protocol_checked": true}', "[" * 100_000, "\xff"])
def test_unusable_results_beside_a_protocol_vouch_for_nothing(content: str, tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "out") as folder:
        (folder / "protocol.json").write_text(json.dumps(SMALLEST))
        (folder / "results.json").write_bytes(content.encode("latin-1"))
    assert not is_of_checked_report(SMALLEST, tmp_path / "out/protocol.json")


def test_what_cannot_be_estimated_has_its_reason_below_the_table(tmp_path: Path) -> None:
    table = simulated(readers=3)
    table.loc[(table["reader"] == "R02") & (table["task"] == "detect"), "value"] = "real"
    page = page_of(None, tmp_path, table.to_csv(index=False))
    assert "– (a)" in page
    assert "no real image was called so: the ratio has no bound" in page


def test_one_reader_gets_sentences_in_the_place_of_tables_without_a_figure(tmp_path: Path) -> None:
    page = page_of(None, tmp_path, simulated(readers=1, repeats=0).to_csv(index=False))
    assert "Agreement between readers: not estimable, because fewer than two readers or two cases" in page
    assert "All readers together (1 reader, 20 images, no call missing): not estimable" in page
    assert "κ with themselves (no reader" not in page
    assert (
        "Not shown, since there is no figure in it: κ with themselves (fewer than two cases were rated twice)" in page
    )
    assert page.count("– (") < 5


def test_a_column_without_a_figure_is_named_below_the_table_and_its_letter_goes() -> None:
    notes = Notes()
    rows = [
        [name, notes.number(Estimate(0.5, 0.4, 0.6)), notes.number(not_estimable("nobody was asked"))] for name in "ab"
    ]
    table = page_table("A table", ["", "Share", "Confidence"], rows, data="x", notes=notes)
    assert table.header == ["", "Share"]
    assert table.rows == [["a", "0.50 [0.40, 0.60]"], ["b", "0.50 [0.40, 0.60]"]]
    assert table.notes == []
    assert table.remark == "Not shown, since there is no figure in it: Confidence (nobody was asked)."


def test_missing_readings_are_counted_in_the_methods(tmp_path: Path) -> None:
    table = simulated(readers=4)
    table = table[~((table["reader"] == "R02") & (table["task"] == "detect") & (table["position"] > 12))]
    page = page_of(PROTOCOL, tmp_path, table.to_csv(index=False))
    assert "Here: 1 reader with 8 missing first readings (real or synthetic)." in page


def test_who_never_began_with_a_phase_is_counted_as_missing_in_it(tmp_path: Path) -> None:
    table = simulated(readers=6)
    gone = (table["task"] == "detect") & table["reader"].isin(["R02", "R05"])
    page = page_of(PROTOCOL, tmp_path, table[~gone].to_csv(index=False))
    assert "6 readers graded 10 real and 10 synthetic knee radiographs" in page
    assert "In another phase, 4 readers called each real or synthetic." in page
    assert "Here: 2 readers with 40 missing first readings, of whom 2 gave none (real or synthetic)." in page
    assert "Caution: only 4 readers enter this." in page


def test_a_reader_without_confidence_is_said_to_be_missing_in_the_area(tmp_path: Path) -> None:
    table = simulated(readers=6)
    table.loc[(table["task"] == "detect") & (table["reader"] == "R02"), "confidence"] = None
    page = page_of(PROTOCOL, tmp_path, table.to_csv(index=False))
    assert "All readers together (6 readers, 20 images, no call missing)" in page
    assert "The areas are of 5 readers and 20 images with every confidence." in page
    assert "1 reader with 20 first calls without confidence (left out of the AUC and the ROC curve)" in page
    assert "with all that it needs" not in page_of(PROTOCOL, tmp_path)


def test_of_unequal_numbers_the_balanced_accuracy_is_judged_and_no_reader_is_tested(tmp_path: Path) -> None:
    table = simulated(readers=6, cases=60, tasks=("detect",))
    dropped = (table["source"] == "real") & (table["case"] > "C020")
    table = table[~dropped].copy()
    often = np.random.default_rng(2).random(len(table)) < 0.8  # says synthetic in 80 of 100, whatever the image
    table["value"] = np.where(often, "synthetic", "real")
    page = page_of(None, tmp_path, table.to_csv(index=False))
    assert "of images, real and synthetic ones weighing alike (guessing: 50 %;" in page
    assert "did better than guessing (test" not in page
    assert "one who guesses may then have any accuracy" in page


def test_gaps_leave_the_columns_of_one_table_to_the_same_readers_and_images() -> None:
    table = simulated(readers=8, cases=40)
    stopped = (table["reader"] == "R02") & (table["position"] > 20)
    skipped = (table["reader"] == "R05") & (table["case"] == "C007")
    answers = parsed(table[~(stopped | skipped)])
    analysis = analyse(answers, plan=PLAN, samples=200)
    assert analysis.grading.crossed == analysis.detection.crossed == (7, 39)
    for one in [*analysis.grading.by_source, *analysis.grading.shares]:
        assert one.difference.value == pytest.approx(one.synthetic.value - one.real.value)
    pooled = {name: one.estimate.value for name, one in analysis.detection.pooled.items()}
    assert pooled["asymmetry of errors"] == pytest.approx(pooled["specificity"] - pooled["sensitivity"])
    for name in ("Kendall’s W", "ICC(3,1), these readers, consistency, one reading"):
        one = analysis.grading.agreement.coefficient(name)
        assert one.all.n == one.real.n + one.synthetic.n == 39
    said = " ".join(conclusions(analysis, phase_flows(answers, protocol=None)))
    assert "The first share less the second, in the 7 readers and 39 images where no call is missing," in said


def test_an_interim_look_shows_nothing() -> None:
    table = simulated(readers=6, cases=40, repeats=0, tasks=("detect",))
    answers = parsed(table)
    analysis, flows = analyse(answers, plan=plan_of(PLANNED)), phase_flows(answers, protocol=None)
    closed, interim = (" ".join(conclusions(analysis, flows, interim=look)) for look in (False, True))
    assert "It was shown that readers did no better" in closed
    assert "It was shown" not in interim
    assert "At this interim look the analysis says that readers did no better" in interim
    assert "This is an interim look" in interim


def test_a_difference_that_two_readers_make_is_no_claim() -> None:
    table = simulated(readers=2, cases=40, repeats=0, tasks=("detect",))
    known = table["position"] % 8 > 0
    table.loc[known, "value"] = table.loc[known, "source"]
    answers = parsed(table)
    analysis, flows = analyse(answers, plan=plan_of(PLANNED)), phase_flows(answers, protocol=None)
    assert analysis.primary[0].verdict == Verdict.DIFFERENT
    said = " ".join(conclusions(analysis, flows))
    assert "The analysis says that readers did better than guessing" in said
    assert "with two readers its interval is too narrow" in said


def test_adjusted_p_values_of_the_page_are_in_the_tables(tmp_path: Path) -> None:
    page = page_of(PROTOCOL, tmp_path)
    assert page.count("p adjusted by Holm within the table") == 2
    pooled, by_reader, contrasts, effects = (
        pd.read_csv(tmp_path / f"tables/{name}.csv")
        for name in ("detection_pooled", "detection_by_reader", "contrasts", "detection_effects")
    )
    tested = by_reader[by_reader["statistic"] == "accuracy"]
    assert (tested["p_adjusted"] >= tested["p"]).all()
    assert pooled.set_index(["statistic", "readings"])["p_adjusted"].notna()["AUC"].tolist() == [True, False]
    for table in (contrasts[contrasts["what"] == "difference"], effects):
        assert (table["p_adjusted"].dropna() >= table["p"].dropna()).all()
        assert table["p"].notna().any()


def test_a_verdict_in_doubt_has_a_letter_in_the_table_of_outcomes(tmp_path: Path) -> None:
    table = simulated(readers=2, cases=40, repeats=0, tasks=("detect",))
    known = table["position"] % 8 > 0
    table.loc[known, "value"] = table.loc[known, "source"]
    page = page_of(None, tmp_path, table.to_csv(index=False))
    assert ">Different (a)</td>" in page
    assert "(a) in doubt: “In short” says why." in page
    assert pd.read_csv(tmp_path / "tables/outcomes.csv")["in_doubt"].tolist() == [True]


def test_guessing_makes_no_asymmetry_of_errors(tmp_path: Path) -> None:
    assert re.search(r"Asymmetry of errors</th><td>0 pp</td><td class=\"n\">\S+ pp \[", page_of(None, tmp_path))


def test_the_checklists_fit_what_was_read() -> None:
    def names(*, grading: bool, detection: bool) -> list[str]:
        return [one.name for one in checklists(grading=grading, detection=detection, protocol=True)]

    assert names(grading=True, detection=False) == ["GRRAS"]
    assert names(grading=True, detection=True) == ["GRRAS", "STARD 2015"]
