"""manage.py analyze: from the database or from an export, the same bytes every time."""

import copy
import io
import json
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from PIL import Image

from readerstudy.audit.models import Entry
from readerstudy.demonstration.simulated_readers import simulate_reader
from readerstudy.results.export import stream_answers
from readerstudy.results.staging import replacing_folder
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import protocol_digest
from tests.analysis.test_summary import simulated
from tests.builders import OVERRIDE, build_study


def analyze(*args: str, **options: object) -> str:
    out = io.StringIO()
    call_command("analyze", *args, stdout=out, **options)
    return out.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time, and these tests look at none."""
    monkeypatch.setattr("readerstudy.results.report.draw_figures", lambda *_: [])


@pytest.fixture
def closed_study(db: None) -> Study:
    study = build_study(real=5, synthetic=5, readers=3, grade_repeats=2)
    for reader in study.readers.all():
        simulate_reader(reader=reader)
    return close_study(study=study, by="lead")


def test_the_folder_holds_the_report_and_all_to_recompute_it(closed_study: Study, tmp_path: Path) -> None:
    analyze(closed_study.slug, out=tmp_path / "out")
    made = contents(tmp_path / "out")
    assert {"report.html", "results.json", "answers.csv", "protocol.json", "data_dictionary.csv"} <= set(made)
    assert {
        "tables/detection_pooled.csv",
        "tables/grading_by_source.csv",
        "tables/grading_confusion.csv",
    } <= set(made)
    figures = [name for name in made if name.startswith("figures/")]
    assert {Path(name).stem for name in figures if name.endswith(".svg")} == {
        "detection_by_reader",
        "flow",
        "detection_confidence",
        "detection_confusion",
        "detection_confusion_by_reader",
        "detection_roc",
        "grade_distribution",
        "grading_by_reader",
        "grading_confusion",
        "grading_confusion_by_reader",
        "grading_limits",
        "reader_agreement",
        "share_by_position",
        "time_by_position",
    }
    assert len(figures) == 28
    for name in figures:
        if name.endswith(".png"):
            with Image.open(tmp_path / "out" / name) as image:
                assert min(image.size) > 200
    page = made["report.html"].decode()
    assert closed_study.protocol_digest in page
    assert "No blinding audit of these images was run." in page
    assert OVERRIDE in page
    assert "Simulated readers" in page
    assert "http" not in page.replace("http://www.w3.org", "")  # nothing is loaded from anywhere
    assert json.loads(made["protocol.json"]) == closed_study.protocol
    assert Entry.objects.filter(verb="analyse", study=closed_study.slug).count() == 1
    analyze(closed_study.slug, out=tmp_path / "out")
    assert contents(tmp_path / "out") == made  # the same input, the same bytes


def test_export_and_protocol_alone_give_the_same_bytes_without_a_database(
    closed_study: Study, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    analyze(closed_study.slug, out=tmp_path / "a")
    (tmp_path / "answers.csv").write_text("".join(stream_answers(closed_study)), newline="")
    files = {name: tmp_path / "a" / f"{name}.json" for name in ("protocol", "recruitment")}
    with connection.execute_wrapper(lambda *args: pytest.fail("the database was asked")):
        analyze(csv=tmp_path / "answers.csv", out=tmp_path / "b", **files)
        request.getfixturevalue("without_figures")
        analyze(csv=tmp_path / "answers.csv", out=tmp_path / "c")
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    numbers = [json.loads((tmp_path / name / "results.json").read_text())["analysis"] for name in "ac"]
    assert [one["plan"].pop("frozen") for one in numbers] == [True, False]  # the answers alone tell of no plan
    assert numbers[0] == numbers[1]


@pytest.mark.usefixtures("without_figures")
def test_answers_of_another_study_are_not_reported_under_this_protocol(closed_study: Study, tmp_path: Path) -> None:
    (tmp_path / "protocol.json").write_text(json.dumps(closed_study.protocol))
    lines = list(stream_answers(closed_study))
    (tmp_path / "swapped.csv").write_text(
        "".join([lines[0], lines[1].replace(",real,", ",synthetic,", 1) if ",real," in lines[1]
                 else lines[1].replace(",synthetic,", ",real,", 1), *lines[2:]]), newline=""
    )  # fmt: skip
    simulated().to_csv(tmp_path / "other.csv", index=False)
    for name, sentence in (
        ("swapped", r"Line 2: .* is not a case of the protocol"),
        ("other", "of study “s”"),
    ):
        with pytest.raises(CommandError, match=sentence):
            analyze(csv=tmp_path / f"{name}.csv", protocol=tmp_path / "protocol.json", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("without_figures")
def test_a_protocol_changed_behind_our_back_is_not_analysed(closed_study: Study, tmp_path: Path) -> None:
    changed = closed_study.protocol | {"name": "Another name"}
    Study.objects.filter(pk=closed_study.pk).update(protocol=changed)
    with pytest.raises(CommandError, match="its digest differs"):
        analyze(closed_study.slug, out=tmp_path / "out")


@pytest.mark.usefixtures("without_figures")
def test_a_protocol_that_came_as_a_file_counts_as_frozen_only_when_that_is_known(
    closed_study: Study, tmp_path: Path
) -> None:
    analyze(closed_study.slug, out=tmp_path / "a")
    changed = copy.deepcopy(closed_study.protocol)
    changed["analysis_plan"]["outcomes"]["accuracy"]["margin"] = 0.3
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    csv, frozen, unknown = tmp_path / "a/answers.csv", "were frozen with the protocol", "was not checked"
    analyze(csv=csv, protocol=tmp_path / "changed.json", out=tmp_path / "b")
    analyze(csv=csv, protocol=tmp_path / "b/protocol.json", out=tmp_path / "c")  # a report vouches for what it knew
    for name in "bc":
        page = (tmp_path / name / "report.html").read_text()
        assert page.count(unknown) == 3  # at its head, in short, in the methods
        assert "It was shown" not in page
        assert "whether it is the frozen one was not\n        checked" in page
        assert frozen not in page
        assert "frozen before the readings" not in page
        assert protocol_digest(changed) in page
    (tmp_path / "copy.json").write_text(json.dumps(closed_study.protocol))
    digest = closed_study.protocol_digest
    for protocol, options in (("a/protocol.json", {}), ("copy.json", {"protocol_digest": digest[:16].upper()})):
        analyze(csv=csv, protocol=tmp_path / protocol, out=tmp_path / "d", **options)
        page = (tmp_path / "d/report.html").read_text()
        assert frozen in page
        assert unknown not in page
    with pytest.raises(CommandError, match=f"its digest is {protocol_digest(changed)}, not {digest}"):
        analyze(csv=csv, protocol=tmp_path / "changed.json", protocol_digest=digest, out=tmp_path / "e")
    with pytest.raises(CommandError, match="at least 16 characters"):
        analyze(csv=csv, protocol=tmp_path / "copy.json", protocol_digest=digest[:4], out=tmp_path / "e")
    with pytest.raises(CommandError, match="give it with --protocol"):
        analyze(csv=csv, protocol_digest=digest, out=tmp_path / "e")
    (tmp_path / "a/protocol.json").write_text(json.dumps(changed))
    analyze(csv=csv, protocol=tmp_path / "a/protocol.json", out=tmp_path / "e")
    assert frozen not in (tmp_path / "e/report.html").read_text()


@pytest.mark.usefixtures("without_figures")
def test_what_goes_wrong_leaves_the_earlier_report_as_it_was(
    closed_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyze(closed_study.slug, out=tmp_path / "out")
    before = contents(tmp_path)

    def no_record(**_: object) -> None:
        raise RuntimeError("the audit record cannot be written")

    monkeypatch.setattr("readerstudy.results.study_report.record", no_record)
    with pytest.raises(RuntimeError):
        analyze(closed_study.slug, out=tmp_path / "out")
    assert contents(tmp_path) == before


@pytest.mark.usefixtures("without_figures")
def test_a_report_that_somebody_worked_on_is_not_replaced(tmp_path: Path) -> None:
    simulated(readers=2, cases=6, repeats=0).to_csv(tmp_path / "x.csv", index=False)
    analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    (tmp_path / "out/tables/mine.svg").write_text("a figure of my own")
    with pytest.raises(CommandError, match=r"it holds tables/mine\.svg"):
        analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    (tmp_path / "out/tables/mine.svg").unlink()
    (tmp_path / "out/report.html").write_text("edited by hand")
    with pytest.raises(CommandError, match=r"report\.html was changed since"):
        analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    assert (tmp_path / "out/report.html").read_text() == "edited by hand"


def test_a_folder_of_something_else_is_refused_before_its_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/scan.dcm").write_bytes(b"large")
    (tmp_path / "mine/SHA256SUMS").write_text("0  another.dcm\n")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    with pytest.raises(CommandError, match=r"it holds scan\.dcm"):
        analyze(csv=tmp_path / "x.csv", out=tmp_path / "mine")


def test_a_link_to_a_folder_of_ones_own_is_not_thrown_away_with_an_earlier_report(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with replacing_folder(tmp_path / "out") as folder:
        (folder / "report.html").write_text("a report")
    (tmp_path / "out/link").symlink_to(tmp_path / "mine")
    with pytest.raises(CommandError, match=r"it holds link"):
        analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")


@pytest.mark.usefixtures("without_figures")
def test_the_digests_of_a_report_are_checked_by_a_program_of_the_system(tmp_path: Path) -> None:
    simulated(readers=2, cases=6, repeats=0).to_csv(tmp_path / "x.csv", index=False)
    analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=False)
    assert checked.returncode == 0


@pytest.mark.usefixtures("without_figures")
@pytest.mark.django_db
def test_the_protocol_from_the_staff_page_is_the_one_that_analyze_takes(
    closed_study: Study, admin_client: Client, tmp_path: Path
) -> None:
    (tmp_path / "protocol.json").write_bytes(admin_client.get(f"/studies/{closed_study.slug}/protocol.json").content)
    (tmp_path / "answers.csv").write_text("".join(stream_answers(closed_study)), newline="")
    analyze(csv=tmp_path / "answers.csv", protocol=tmp_path / "protocol.json", out=tmp_path / "out")
    assert closed_study.protocol_digest in (tmp_path / "out/report.html").read_text()


@pytest.mark.usefixtures("without_figures")
@pytest.mark.django_db
def test_an_open_study_is_analysed_only_when_asked_to_and_that_is_recorded(tmp_path: Path) -> None:
    study = build_study(real=2, synthetic=2, readers=1)
    simulate_reader(reader=study.readers.get())
    with pytest.raises(CommandError, match="still open"):
        analyze(study.slug, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not Entry.objects.filter(verb__startswith="analyse").exists()
    analyze(study.slug, out=tmp_path / "out", interim=True)
    assert "Interim analysis." in (tmp_path / "out/report.html").read_text()
    assert Entry.objects.filter(verb="analyse interim").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "sentence"), [("nosuch", "There is no study “nosuch”. Studies: mine."), ("mine", "a draft")]
)
def test_what_cannot_be_analysed_is_said(slug: str, sentence: str, tmp_path: Path) -> None:
    build_study(slug="mine", opened=False)
    with pytest.raises(CommandError, match=sentence):
        analyze(slug, out=tmp_path / "out")


@pytest.mark.django_db
def test_a_study_without_answers_leaves_no_folder(tmp_path: Path) -> None:
    study = close_study(study=build_study(), by="lead")
    with pytest.raises(CommandError, match="no answers"):
        analyze(study.slug, out=tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []  # nothing half-done either


@pytest.mark.usefixtures("without_figures")
def test_bad_files_and_folders_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="no column study"):
        analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    with pytest.raises(CommandError, match="cannot be read"):
        analyze(csv=tmp_path / "none.csv", out=tmp_path / "out")
    (tmp_path / "latin.csv").write_bytes("Jyväskylä".encode("latin-1"))
    with pytest.raises(CommandError, match="not a text in UTF-8"):
        analyze(csv=tmp_path / "latin.csv", out=tmp_path / "out")
    with pytest.raises(CommandError, match=r"x.csv is a file; name a folder"):
        analyze(csv=tmp_path / "x.csv", out=tmp_path / "x.csv")
    with pytest.raises(CommandError, match=r"x.csv is not JSON"):
        analyze(csv=tmp_path / "x.csv", protocol=tmp_path / "x.csv", out=tmp_path / "out")
    with pytest.raises(CommandError, match="--interim is of a study"):
        analyze(csv=tmp_path / "x.csv", interim=True, out=tmp_path / "out")
    with pytest.raises(CommandError, match="only with --csv"):
        analyze("mine", protocol=tmp_path / "x.csv", out=tmp_path / "out")
    with pytest.raises(CommandError, match="Name a study"):
        analyze(out=tmp_path / "out")
    simulated(readers=2, cases=6, repeats=0).to_csv(tmp_path / "good.csv", index=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(CommandError, match=r"it holds thesis.txt"):
        analyze(csv=tmp_path / "good.csv", out=tmp_path / "mine")
    assert (tmp_path / "mine/thesis.txt").exists()
    for content, sentence in (
        ('{"protocol": {}}', "its format is not readerstudy-protocol-1"),
        (
            '{"format": "readerstudy-protocol-1", "study": "s", "name": "S", "seed": 1, "phases": [1], "cases": []}',
            "a phase is no JSON object",
        ),
        ("[]", "it is no JSON object"),
    ):
        (tmp_path / "p.json").write_text(content)
        with pytest.raises(CommandError, match=sentence):
            analyze(csv=tmp_path / "good.csv", protocol=tmp_path / "p.json", out=tmp_path / "out")
    (tmp_path / "r.json").write_text('{"invited": "many", "consented": 1, "interim": false}')
    with pytest.raises(CommandError, match="as whole numbers"):
        analyze(csv=tmp_path / "good.csv", recruitment=tmp_path / "r.json", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("tasks", [("grade",), ("detect",)])
@pytest.mark.parametrize("readers", [1, 3])
def test_half_finished_studies_get_a_report_too(tasks: tuple[str, ...], readers: int, tmp_path: Path) -> None:
    simulated(readers=readers, cases=8, repeats=0, tasks=tasks).to_csv(tmp_path / "x.csv", index=False)
    analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text()
    assert ("Real or synthetic</h2>" in page) == (tasks == ("detect",))
    assert ("Grading</h2>" in page) == (tasks == ("grade",))
    assert not re.search(r"\b(nan|None|inf)\b", re.sub(r"base64,[^\"]*", "", page))
    assert json.loads((tmp_path / "out/results.json").read_text())["flow"][0]["started"] == readers


@pytest.mark.parametrize("readers", [2, 5])
def test_every_number_of_a_table_says_what_it_counts(readers: int, tmp_path: Path) -> None:
    simulated(readers=readers, cases=30, repeats=12).to_csv(tmp_path / "x.csv", index=False)
    analyze(csv=tmp_path / "x.csv", out=tmp_path / "out")
    tables = [pd.read_csv(path, keep_default_na=False) for path in (tmp_path / "out/tables").glob("*.csv")]
    units = {unit for table in tables if "n_of" in table for unit in table.loc[table["method"] != "", "n_of"]}
    assert units == {"readers", "images", "readings"}
