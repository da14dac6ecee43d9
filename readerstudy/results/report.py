"""The results of a study in a folder: report, tables, figures, and everything to recompute them."""

import base64
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from django.template.loader import render_to_string

import readerstudy
from readerstudy.analysis.plan import AnalysisPlan
from readerstudy.analysis.readings import UnusableAnswers, read_answers
from readerstudy.analysis.summary import Analysis, analyse
from readerstudy.csv_writer import write_csv
from readerstudy.results.blinding_wording import opened_in_spite
from readerstudy.results.checklists import checklists
from readerstudy.results.conclusions import conclusions
from readerstudy.results.data_dictionary import data_dictionary
from readerstudy.results.drawing import encode
from readerstudy.results.figures import Drawing, draw_figures
from readerstudy.results.flow import Recruitment, phase_flows, reader_rows
from readerstudy.results.methods import methods_paragraphs
from readerstudy.results.reading_times import times_by_position
from readerstudy.results.sections import sections
from readerstudy.results.tables import make_tables
from readerstudy.studies.analysis_plan import serialise_plan
from readerstudy.studies.models import SIMULATED
from readerstudy.studies.protocol import protocol_digest


def write_report(
    *,
    answers: Iterable[str],
    folder: Path,
    protocol: dict[str, Any] | None,
    recruitment: Recruitment | None,
    protocol_checked: bool,
) -> Analysis:
    """Analyse an export (lines of CSV) and write answers, protocol, tables, figures and report into an empty folder.

    protocol_checked: whether the protocol is known to be the one that was frozen; where not, the report says so.
    The same input gives the same bytes. Raises UnusableAnswers when the lines are no export or do not belong
    to the protocol, ValueError when there is no answer.
    """
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        file.writelines(answers)
    table = read_answers(str(folder / "answers.csv"))
    if protocol is not None:
        require_same_study(table, protocol)
    digest = protocol_digest(protocol) if protocol is not None else ""
    plan = plan_of(protocol)
    analysis = analyse(table, plan=plan if protocol_checked else replace(plan, unchecked=digest))
    flows, times = phase_flows(table, protocol=protocol), times_by_position(table)
    _write(folder / "data_dictionary.csv", "".join(data_dictionary()))
    for name, known in (
        ("protocol", protocol),
        ("recruitment", asdict(recruitment) if recruitment else None),
    ):
        if known is not None:
            _write(folder / f"{name}.json", _json(known))
    readers = reader_rows(table, flows)
    for one in make_tables(analysis, flows, readers, times):
        _write(folder / "tables" / f"{one.name}.csv", "".join(write_csv(one.header, one.rows)))
    drawings = draw_figures(analysis, flows, recruitment, times)
    for drawing in drawings:
        for form in ("svg", "png"):
            _write(folder / "figures" / f"{drawing.name}.{form}", encode(drawing.figure, form=form))
    results = {"analysis": analysis.to_dict(), "flow": [asdict(one) for one in flows]}
    about = {"protocol_digest": digest, "protocol_checked": bool(digest) and protocol_checked, "versions": versions()}
    _write(folder / "results.json", _json(results | about))
    figures = _figures(drawings, folder / "figures")
    page = render_to_string(
        "results/report.html",
        {
            "analysis": analysis,
            "checklists": checklists(
                grading=analysis.grading is not None,
                detection=analysis.detection is not None,
                protocol=protocol is not None,
                checked=protocol_checked,
            ),
            "conclusions": conclusions(analysis, flows, interim=recruitment is not None and recruitment.interim),
            "digest": digest,
            "methods": methods_paragraphs(analysis, protocol),
            "name": protocol["name"] if protocol else analysis.study,
            "blinding": opened_in_spite(protocol),
            "phantoms": protocol is not None and any(case["phantom"] for case in protocol["cases"]),
            "recruitment": recruitment,
            "sections": [
                (one, figures.get(one.name, [])) for one in sections(analysis, flows, readers, times=bool(times))
            ],
            "simulated": sum(one.specialty == SIMULATED for one in readers),
            "versions": versions(),
        },
    )
    _write(folder / "report.html", page)
    return analysis


def plan_of(protocol: dict[str, Any] | None) -> AnalysisPlan:
    """The plan that was frozen with the protocol; where there is none, the usual one, which is then not frozen.

    An outcome that is younger than the protocol has its usual margin, and is not primary.
    """
    frozen = protocol is not None and "analysis_plan" in protocol
    usual = serialise_plan()["outcomes"]
    outcomes = usual | protocol["analysis_plan"]["outcomes"] if protocol and frozen else usual
    return AnalysisPlan(
        margins={name: float(one["margin"]) for name, one in outcomes.items()},
        primary=tuple(name for name, one in outcomes.items() if one["primary"]),
        frozen=frozen,
    )


def require_same_study(answers: pd.DataFrame, protocol: dict[str, Any]) -> None:
    """Raise UnusableAnswers unless every answer is to a case of this protocol, with the truth that it froze."""
    if (study := answers["study"].iloc[:1].tolist()) and study != [protocol["study"]]:
        raise UnusableAnswers(f"The answers are of study “{study[0]}”, the protocol of “{protocol['study']}”.")
    asked = {(one["position"], one["task"]) for one in protocol["phases"]}
    for row, phase, task in answers[["phase", "task"]].itertuples(name=None):
        if (phase, task) not in asked:
            raise UnusableAnswers(f"Line {row + 2}: phase {phase} with the task {task} is not one of the protocol.")
    frozen = {(one["case"], one["source"], one["reference_grade"]) for one in protocol["cases"]}
    truths = answers[["case", "source", "reference_grade"]].itertuples(name=None)
    for row, case, source, grade in truths:
        if (case, source, grade) not in frozen:
            raise UnusableAnswers(f"Line {row + 2}: {case} as {source}, grade {grade}, is not a case of the protocol.")


def versions() -> dict[str, str]:
    """What computed the numbers."""
    packages = {name: version(name) for name in ("numpy", "scipy", "pandas", "matplotlib")}
    return {"readerstudy": readerstudy.__version__, "python": platform.python_version(), **packages}


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
