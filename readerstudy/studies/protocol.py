"""The frozen protocol: everything that defines a study, serialised and digested when it opens."""

import hashlib
import json
from collections import Counter
from typing import Any

from readerstudy.radiographs.models import Grade, Provenance, Source
from readerstudy.studies.allocation import Stratified
from readerstudy.studies.analysis_plan import planned_outcomes, require_plan, serialise_plan
from readerstudy.studies.models import BlindingVerdict, Study, Task

FORMAT = "readerstudy-protocol-1"
READING_OPTIONS = (
    "allows_zoom", "allows_windowing", "allows_change", "asks_remark", "break_every", "checks_display",
)  # fmt: skip
NAMES = {str: "text", int: "whole number", bool: "true or false", list: "list"}


def serialise_protocol(study: Study) -> dict[str, Any]:
    """Describe the study as it stands: texts, seed, phases, plan, cases with their truth; not its readers."""
    cases = study.cases.select_related("radiograph__provenance").order_by("number")
    return {
        "format": FORMAT,
        "study": study.slug,
        "name": study.name,
        "preset": study.preset,
        "seed": study.seed,
        "consent_text": study.consent_text,
        "thanks_text": study.thanks_text,
        "contact": study.contact,
        "left_out": left_out_beside(study),
        "reading": {name: getattr(study, name) for name in READING_OPTIONS},
        "practice": [
            {"radiograph": case.radiograph.digest, "reference_grade": case.reference_grade}
            for case in study.practice_cases.select_related("radiograph").order_by("number")
        ],
        "analysis_plan": serialise_plan(planned_outcomes(study)),
        "phases": [
            {
                "position": phase.position,
                "task": phase.task,
                "title": phase.title,
                "introduction": phase.introduction,
                "asks_confidence": phase.asks_confidence,
                "repeats": phase.repeats,
            }
            for phase in study.phases.order_by("position")
        ],
        "cases": [
            {
                "case": case.label,
                "radiograph": case.radiograph.digest,
                "source": case.radiograph.provenance.source,
                "reference_grade": case.radiograph.provenance.grade,
                "phantom": case.radiograph.provenance.is_phantom,
            }
            for case in cases
        ],
    }


def left_out_beside(study: Study) -> dict[str, int]:
    """How many images of each source staff had left out that could else have been drawn: of the preset, the grades and
    the origins of the study's cases."""
    cases = study.cases.select_related("radiograph__provenance")
    kinds = {(truth.source, truth.grade, truth.origin) for truth in (case.radiograph.provenance for case in cases)}
    left_out = Provenance.objects.filter(radiograph__preset=study.preset).exclude(left_out="")
    counts = Counter(truth.source for truth in left_out if (truth.source, truth.grade, truth.origin) in kinds)
    return {source: counts[source] for source in Source.values}


def protocol_digest(protocol: dict[str, Any]) -> str:
    """SHA-256 (hexadecimal) of the protocol as UTF-8 JSON with sorted keys, no spaces, no needless escapes."""
    canonical = json.dumps(protocol, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def require_protocol(content: object) -> dict[str, Any]:
    """The content of a protocol file, if it is one. Raises ValueError naming the first thing that does not fit."""
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    if content.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    _require_fields(content, "the study", study=str, name=str, seed=int, phases=list, cases=list)
    for phase in content["phases"]:
        _require_fields(phase, "a phase", position=int, task=str, repeats=int)
        if phase["task"] not in Task.values or not 0 <= phase["repeats"] <= len(content["cases"]):
            raise ValueError(f"a phase has the task “{phase['task']}” and {phase['repeats']} repeats")
    for case in content["cases"]:
        _require_fields(case, "a case", case=str, source=str, reference_grade=int, phantom=bool)
        if case["source"] not in Source.values or case["reference_grade"] not in Grade.values:
            raise ValueError(f"a case is {case['source']} of grade {case['reference_grade']}")
    for whose, rows, name in (("phases", content["phases"], "position"), ("cases", content["cases"], "case")):
        if not rows or len({row[name] for row in rows}) < len(rows):
            raise ValueError(f"it has no {whose}, or two of one {name}")
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("it holds letters that are no text") from error
    younger = {"analysis_plan": require_plan, "blinding": _require_blinding, "left_out": _require_left_out}
    for name, require in younger.items():  # older protocols have none
        if name in content:
            require(content[name])
    return content


def _require_blinding(content: Any) -> None:
    _require_fields(content, "its blinding", override=str, channels=list)
    if content.get("verdict", "") not in (None, *BlindingVerdict.values):  # None: there was no audit
        raise ValueError("verdict of its blinding is missing or none of an audit")
    for row in content["channels"]:
        _require_fields(row, "a channel of its blinding", channel=str, verdict=str)


def _require_left_out(content: Any) -> None:
    _require_fields(content, "what was left out", **dict.fromkeys(Source.values, int))
    if len(content) > len(Source.values) or min(content.values()) < 0:
        raise ValueError("what was left out is no number of real and of synthetic images")


def _require_fields(row: object, whose: str, **kinds: type) -> None:
    if not isinstance(row, dict):
        raise ValueError(f"{whose} is no JSON object")
    for name, kind in kinds.items():
        if type(row.get(name)) is not kind:
            raise ValueError(f"{name} of {whose} is missing or no {NAMES[kind]}")


def strata_of(protocol: dict[str, Any]) -> list[Stratified]:
    """The cases of a frozen protocol with the strata that orders are drawn over."""
    return [Stratified(case["case"], case["source"], case["reference_grade"]) for case in protocol["cases"]]
