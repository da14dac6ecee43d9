"""Writing the results of a study into a folder: report, tables, figures, and everything to recompute them."""

import base64
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

import readerstudy
from readerstudy.analysis.readings import read_answers
from readerstudy.analysis.summary import Analysis, analyse
from readerstudy.results import figures, tables, wording
from readerstudy.results.csv_writer import write_csv
from readerstudy.results.data_dictionary import data_dictionary

SIMULATED = "simulated"  # the specialty of readers who exist only in the computer

CAPTIONS = {
    "grading_confusion": "KL grades given by all readers against the reference grade; shade: share of the row.",
    "grade_distribution": "How often each KL grade was given, beside how often it was the reference.",
    "grading_with_reference": "Quadratic κ of each reader with the reference, and with themselves on hidden repeats; 95 % intervals.",
    "reader_agreement": "Quadratic κ of every pair of readers.",
    "detection_by_reader": "Telling real from synthetic: each reader with exact 95 % intervals, and the pooled figure with its interval for other readers and other images. Dashed: chance.",
    "detection_confusion": "Truth (rows) against call (columns).",
    "detection_confidence": "Confidence of the calls.",
}


def write_report(*, answers: Iterable[str], out: Path, protocol: dict[str, Any] | None, digest: str = "") -> Analysis:
    """Analyse an export (lines of CSV) and write the whole folder `out`; the same input gives the same bytes.

    Nothing is left behind unless all of it could be written; an existing folder of an earlier report is replaced.
    Raises UnusableAnswers, ValueError when there is no answer, OSError when the folder cannot be written.
    """
    out = out.resolve()
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "results.json").is_file())):
        raise FileExistsError(f"{out} exists and is not the folder of an earlier report.")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        analysis = _fill(part, answers=answers, protocol=protocol, digest=digest)
        part.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        os.replace(part, out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return analysis


def _fill(part: Path, *, answers: Iterable[str], protocol: dict[str, Any] | None, digest: str) -> Analysis:
    with (part / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        file.writelines(answers)
    table = read_answers(str(part / "answers.csv"))
    analysis = analyse(table)
    _write(part / "data_dictionary.csv", "".join(data_dictionary()))
    if protocol is not None:
        _write(part / "protocol.json", _json(protocol))
    results = {"analysis": analysis.to_dict(), "protocol_digest": digest, "versions": versions()}
    _write(part / "results.json", _json(results))
    made = tables.make_tables(analysis)
    for one in made:
        _write(part / "tables" / f"{one.name}.csv", "".join(write_csv(one.header, one.rows)))
    drawings = {}
    for name, figure in figures.draw_figures(analysis).items():
        for form in ("svg", "png"):
            _write(part / "figures" / f"{name}.{form}", figures.encode(figure, form=form))
        drawings[name] = (part / "figures" / f"{name}.svg").read_bytes()
    readers = table.drop_duplicates("reader").sort_values("reader")
    page = render_to_string(
        "results/report.html",
        {
            "analysis": analysis,
            "name": protocol["name"] if protocol else analysis.study,
            "digest": digest,
            "protocol": protocol,
            "phantoms": bool(protocol) and any(case["phantom"] for case in protocol["cases"]),
            "simulated": int((readers["specialty"] == SIMULATED).sum()),
            "readers": readers[["reader", "specialty", "years_experience"]].to_dict("records"),
            "conclusions": wording.conclusions(analysis),
            "tables": {one.name: one for one in made},
            "figures": [
                {"name": name, "caption": CAPTIONS[name], "source": base64.b64encode(drawing).decode()}
                for name, drawing in drawings.items()
            ],
            "versions": versions(),
        },
    )
    _write(part / "report.html", page)
    return analysis


def versions() -> dict[str, str]:
    """What computed the numbers."""
    packages = {name: version(name) for name in ("numpy", "scipy", "pandas", "matplotlib")}
    return {"readerstudy": readerstudy.__version__, "python": platform.python_version(), **packages}


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
