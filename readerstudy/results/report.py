"""The results of a study in a folder: report, tables, figures, and everything to recompute them."""

import base64
import json
import math
import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from django.template.loader import render_to_string

import readerstudy
from readerstudy.analysis.readings import UnusableAnswers, read_answers
from readerstudy.analysis.summary import Analysis, analyse
from readerstudy.results import wording
from readerstudy.results.csv_writer import write_csv
from readerstudy.results.data_dictionary import data_dictionary
from readerstudy.results.drawing import encode
from readerstudy.results.figures import Drawing, draw_figures
from readerstudy.results.flow import PhaseFlow, Recruitment, phase_flows
from readerstudy.results.reading_times import times_by_position
from readerstudy.results.tables import make_tables
from readerstudy.studies.models import SIMULATED
from readerstudy.studies.protocol import protocol_digest


def write_report(
    *,
    answers: Iterable[str],
    folder: Path,
    protocol: dict[str, Any] | None,
    recruitment: Recruitment | None,
) -> Analysis:
    """Analyse an export (lines of CSV) and write answers, protocol, tables, figures and report into an empty folder.

    The same input gives the same bytes. Raises UnusableAnswers when the lines are no export or do not belong
    to the protocol, ValueError when there is no answer.
    """
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        file.writelines(answers)
    table = read_answers(str(folder / "answers.csv"))
    if protocol is not None:
        require_same_study(table, protocol)
    analysis = analyse(table)
    flows, times = phase_flows(table, protocol=protocol), times_by_position(table)
    _write(folder / "data_dictionary.csv", "".join(data_dictionary()))
    for name, known in (
        ("protocol", protocol),
        ("recruitment", asdict(recruitment) if recruitment else None),
    ):
        if known is not None:
            _write(folder / f"{name}.json", _json(known))
    for one in make_tables(analysis, flows, times):
        _write(folder / "tables" / f"{one.name}.csv", "".join(write_csv(one.header, one.rows)))
    drawings = draw_figures(analysis, times)
    for drawing in drawings:
        for form in ("svg", "png"):
            _write(folder / "figures" / f"{drawing.name}.{form}", encode(drawing.figure, form=form))
    digest = protocol_digest(protocol) if protocol is not None else ""
    results = {"analysis": analysis.to_dict(), "flow": [asdict(one) for one in flows]}
    _write(folder / "results.json", _json(results | {"protocol_digest": digest, "versions": versions()}))
    page = render_to_string(
        "results/report.html",
        {
            "analysis": analysis,
            "conclusions": wording.conclusions(analysis),
            "digest": digest,
            "figures": _figures(drawings, folder / "figures"),
            "flows": flows,
            "name": protocol["name"] if protocol else analysis.study,
            "recruitment": recruitment,
            "versions": versions(),
            **_labels(table, protocol, flows),
        },
    )
    _write(folder / "report.html", page)
    return analysis


def require_same_study(answers: pd.DataFrame, protocol: dict[str, Any]) -> None:
    """Raise UnusableAnswers unless every answer is to a case of this protocol, with the truth that it froze."""
    if (study := answers["study"].iloc[:1].tolist()) and study != [protocol["study"]]:
        raise UnusableAnswers(f"The answers are of study “{study[0]}”, the protocol of “{protocol['study']}”.")
    frozen = {(one["case"], one["source"], one["reference_grade"]) for one in protocol["cases"]}
    truths = answers[["case", "source", "reference_grade"]].itertuples(name=None)
    for row, case, source, grade in truths:
        if (case, source, grade) not in frozen:
            raise UnusableAnswers(f"Line {row + 2}: {case} as {source}, grade {grade}, is not a case of the protocol.")


def versions() -> dict[str, str]:
    """What computed the numbers."""
    packages = {name: version(name) for name in ("numpy", "scipy", "pandas", "matplotlib")}
    return {"readerstudy": readerstudy.__version__, "python": platform.python_version(), **packages}


def _labels(table: pd.DataFrame, protocol: dict[str, Any] | None, flows: list[PhaseFlow]) -> dict[str, Any]:
    """The readers, and what a reader of the report must know of images and readers before any result."""
    readers = table.drop_duplicates("reader").sort_values("reader")
    columns = (readers[name].tolist() for name in ("reader", "specialty", "years_experience"))
    rows = [
        {
            "reader": reader,
            "specialty": specialty,
            "years": "" if math.isnan(years) else int(years),
            "missing": [flow.missing.get(reader, 0) for flow in flows],
        }
        for reader, specialty, years in zip(*columns, strict=True)
    ]
    return {
        "readers": rows,
        "simulated": int((readers["specialty"] == SIMULATED).sum()),
        "phantoms": protocol is not None and any(case["phantom"] for case in protocol["cases"]),
    }


def _figures(drawings: list[Drawing], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The drawings of each section of the report, numbered through, as base64 of their SVG."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for number, one in enumerate(drawings, start=1):
        source = base64.b64encode((folder / f"{one.name}.svg").read_bytes()).decode()
        figure = {
            "number": number,
            "name": one.name,
            "caption": one.caption,
            "data": one.data,
            "source": source,
        }
        sections.setdefault(one.section, []).append(figure)
    return sections


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
