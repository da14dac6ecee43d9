"""manage.py plan_study: what a study will show, in words, or one sentence that says what is wrong."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from readerstudy.demonstration.simulated_readers import Behaviour, simulate_reader
from readerstudy.results.export import stream_answers
from readerstudy.results.plan_wording import paragraphs
from tests.analysis.test_summary import simulated
from tests.builders import build_study


def plan(*args: str) -> str:
    """What the command prints, on one line: where it breaks its lines is its own affair."""
    out = io.StringIO()
    call_command("plan_study", *args, stdout=out)
    return " ".join(out.getvalue().split())


def test_the_plan_says_what_fifteen_readers_on_sixty_images_will_show() -> None:
    said = plan("--readers", "15", "--cases", "60", "--accuracy", "0.5", "--margin", "0.1")
    assert "15 readers × 60 images (30 real, 30 synthetic)" in said
    assert "61 of 100 such studies will show that it lies between 40 % and 60 %" in said
    assert "the usual standard is 80 of 100" in said
    assert "false claim of a difference from 50 % 5 %" in said
    assert "never shown by p > 0.05" in said


def test_simulated_studies_stand_beside_the_formula_and_a_seed_repeats_them() -> None:
    command = ("--simulate", "300", "--seed", "4")
    said = plan(*command)
    assert said == plan(*command)
    assert "in 300 simulated studies" in said
    counted = float(re.search(r"within 50 % ± 10 pp 61 % (\d+\.\d) %", said)[1])
    assert counted == pytest.approx(61, abs=10)
    assert "Counting all 900 answers as independent would claim a difference" in said


def test_it_finds_how_many_images_and_readers_are_needed_or_says_that_none_are_enough() -> None:
    said = plan("--find-cases", "--find-readers")
    assert "With 15 readers, 118 images give a chance of 80 % to show accuracy within 50 % ± 10 pp" in said
    assert "With 60 images, 27 readers give a chance of 80 %" in said
    said = plan("--readers", "5", "--find-cases")
    assert "With 5 readers, no number of images up to 5,000 gives a chance of 80 %" in said
    assert "take more readers" in said


def test_two_primary_outcomes_take_more_images_and_readers() -> None:
    said = plan()
    assert "Here it is the only primary outcome. Of 2, Holm's adjustment asks p < 0.025 of the first" in said
    assert "the chance then lies between 40 % (no other is shown) and 61 % (all others are)" in said
    said = plan("--primary", "2", "--find-cases", "--find-readers")
    assert "40 of 100 such studies will show" in said
    assert "by formula, p < 0.025" in said
    assert "With 15 readers, 262 images give a chance of 80 %" in said
    assert "With 60 images, 47 readers give a chance of 80 %" in said


@pytest.mark.parametrize("more", [("--simulate", "300"), ("--measure", "grading")])
def test_what_is_simulated_counts_one_primary_outcome(more: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="counts one primary outcome"):
        plan("--primary", "2", *more)


def test_no_line_ends_between_a_number_and_its_sign_or_unit() -> None:
    sentence = "is to show accuracy within 50 % ± 10 pp"
    for padding in range(40, 100):
        (printed,) = paragraphs(["x" * padding + " " + sentence])
        assert "50\u00a0%\u00a0±\u00a010\u00a0pp" in printed


def test_a_truth_outside_the_margin_is_planned_as_a_difference() -> None:
    said = plan("--accuracy", "0.6", "--margin", "0.1", "--find-readers")
    assert "lies outside 50 % ± 10 pp: equivalence to chance would be false there" in said
    assert "Chance to show a difference from 50 %, by formula" in said
    assert re.search(r"With 60 images, \d+ readers give a chance of 80 % to show a difference from 50 %", said)


def test_a_truth_inside_the_margin_but_off_chance_is_planned_both_ways() -> None:
    said = plan("--accuracy", "0.53")
    assert "Chance to show accuracy within 50 % ± 10 pp, by formula" in said
    assert "Chance to show a difference from 50 %, by formula" in said


def test_the_area_under_the_curve_is_planned_by_the_roe_metz_model() -> None:
    said = plan("--measure", "auc", "--accuracy", "0.65", "--simulate", "100")
    assert "True area under the ROC curve: 0.65" in said
    assert "Roe–Metz" in said
    assert "chance to show a difference from 0.5" in said


@pytest.mark.django_db
def test_a_pilot_is_the_products_own_export(tmp_path: Path) -> None:
    study = build_study(real=6, synthetic=6, readers=3)
    for reader in study.readers.all():
        simulate_reader(reader=reader, behaviour=Behaviour(seed=3, accuracy=0.6))
    pilot = tmp_path / "answers.csv"
    pilot.write_text("".join(stream_answers(study)))
    said = plan("--pilot", str(pilot))
    assert "Estimated from answers.csv: 3 readers, 12 images, accuracy" in said
    assert "plan with a reserve" in said
    assert "It has simulated readers, so it is no evidence about clinicians" in said


def test_a_negative_component_of_the_pilot_is_said(tmp_path: Path) -> None:
    table = simulated(readers=4, cases=20, repeats=0, tasks=("detect",))
    pair_of_cases = table["case"].str[1:].astype(int) // 2  # a real and a synthetic one
    odd = (pair_of_cases + table["reader"].str[-1].astype(int)) % 2 == 1
    table["value"] = table["source"].where(odd, table["source"].map({"real": "synthetic", "synthetic": "real"}))
    table.to_csv(tmp_path / "pilot.csv", index=False)
    said = plan("--pilot", str(tmp_path / "pilot.csv"))
    assert "The estimate for readers was negative and counts as 0." in said
    assert "the chances below are too high" in " ".join(said.split())


def test_an_auc_far_from_one_half_is_surely_told_from_it() -> None:
    """15 readers × 60 images: shift 16 of the noncentral t, which SciPy does not have."""
    said = plan("--measure", "auc", "--accuracy", "0.9", "--find-cases", "--find-readers")
    assert "nan" not in said
    assert "no number of" not in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--readers", "1"], "--readers must be between 2"),
        (["--cases", "61"], "--cases must be an even number"),
        (["--accuracy", "nan"], "--accuracy must be between"),
        (["--accuracy", "1"], "--accuracy must be between"),
        (["--margin", "-0.1"], "--margin must be between"),
        (["--simulate", "5"], "--simulate must be between 100"),
        (["--seed", "-1"], "--seed must be at least 0"),
        (["--power", "0.2"], "--power must be between"),
        (["--pilot", "nowhere.csv"], "nowhere.csv cannot be read: No such file"),
        (["--components", "mine"], "invalid choice: 'mine'"),
        (["--pilot", "a.csv", "--components", "van-dyke"], "not allowed with argument"),
    ],
)
def test_what_makes_no_study_is_refused_in_one_sentence(options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        plan(*options)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", "no column"),
        ("a,b\n1,2\n1,2,3\n", "not a CSV table of answers"),
        (simulated(tasks=("grade",)).to_csv(index=False), "holds no real-or-synthetic answers"),
        (simulated(readers=1).to_csv(index=False), "two readers and two cases"),
        (simulated(tasks=("detect",)).assign(value="real", source="real").to_csv(index=False), "answer was right"),
    ],
)  # fmt: skip
def test_a_pilot_that_tells_nothing_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "pilot.csv").write_text(text)
    with pytest.raises(CommandError, match=sentence) as refused:
        plan("--pilot", str(tmp_path / "pilot.csv"))
    assert "\n" not in str(refused.value).strip()


def test_grading_is_planned_by_simulation() -> None:
    said = plan("--measure", "grading", "--kappa", "0.9", "--cases", "20", "--simulate", "100")
    assert "True quadratic κ with the reference: 0.90, on synthetic images as on real ones." in said
    assert "in 100 simulated studies" in said
    assert re.search(r"chance to show that difference within ± 0.1 (\d+|> 99) %", said)
    assert said == plan("--measure", "grading", "--kappa", "0.9", "--cases", "20", "--simulate", "100")


def test_a_pilot_tells_the_agreement_of_grades(tmp_path: Path) -> None:
    simulated(readers=3, cases=25, repeats=0, tasks=("grade",)).to_csv(tmp_path / "pilot.csv", index=False)
    said = plan("--measure", "grading", "--pilot", str(tmp_path / "pilot.csv"), "--simulate", "100")
    assert "κ estimated from pilot.csv: 3 readers, 25 images." in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--measure", "grading", "--kappa", "0"], "κ must lie between 0.3 and 0.98"),
        (["--measure", "grading", "--find-cases"], "planned by simulation alone"),
        (["--measure", "grading", "--cases", "10"], "at least 20 for grading"),
        (["--measure", "grading", "--pilot", "nowhere.csv"], "cannot be read"),
    ],
)
def test_what_makes_no_plan_of_grading_is_refused(options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        plan(*options)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "detect", "value": "real"}, "holds no grades"),
        ({"value": "3", "reference_grade": 3}, "cannot be told"),
    ],
)
def test_a_pilot_without_agreement_is_refused(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    simulated(tasks=("grade",)).assign(**change).to_csv(tmp_path / "pilot.csv", index=False)
    with pytest.raises(CommandError, match=sentence):
        plan("--measure", "grading", "--pilot", str(tmp_path / "pilot.csv"))


def test_a_pilot_in_which_nobody_varies_and_a_grading_study_too_large_to_draw_are_refused(tmp_path: Path) -> None:
    table = simulated(readers=4, tasks=("detect",)).assign(value="real")
    table.to_csv(tmp_path / "constant.csv", index=False)
    with pytest.raises(CommandError, match="every reader gave one answer to all images"):
        plan("--pilot", str(tmp_path / "constant.csv"))
    with pytest.raises(CommandError, match="can be 100,000 at most"):
        plan("--measure", "grading", "--readers", "500", "--cases", "5000")
