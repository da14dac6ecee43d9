"""How far the readers came: what a report says before its results."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Recruitment:
    """What the answers do not tell: how many were asked, how many agreed, whether reading still went on."""

    invited: int
    consented: int
    interim: bool

    @classmethod
    def from_json(cls, content: object) -> "Recruitment":
        """What an earlier report wrote. Raises ValueError on anything else."""
        kinds = {"invited": int, "consented": int, "interim": bool}
        if not isinstance(content, dict) or {name: type(value) for name, value in content.items()} != kinds:
            raise ValueError("it must hold invited and consented as whole numbers, and interim as true or false")
        if not 0 <= content["consented"] <= content["invited"]:
            raise ValueError("of those invited, from none to all have consented")
        return cls(**content)


@dataclass(frozen=True)
class PhaseFlow:
    """asked: readings of one reader. missing: readings not given, by reader with any answer in the study."""

    position: int
    task: str
    asked: int
    started: int
    completed: int
    answers: int
    missing: dict[str, int]

    @property
    def missing_readings(self) -> int:
        return sum(self.missing.values())


@dataclass(frozen=True)
class ReaderRow:
    """A reader with any answer in the study. missing: readings not given, a number a phase."""

    reader: str
    specialty: str
    years: int | None
    missing: list[int]


def reader_rows(answers: pd.DataFrame, flows: list[PhaseFlow]) -> list[ReaderRow]:
    """The readers in the order of their names; answers as `read_answers` gives them."""
    readers = answers.drop_duplicates("reader").sort_values("reader")
    columns = (readers[name].tolist() for name in ("reader", "specialty", "years_experience"))
    return [
        ReaderRow(
            reader,
            specialty,
            None if math.isnan(years) else int(years),
            [flow.missing.get(reader, 0) for flow in flows],
        )
        for reader, specialty, years in zip(*columns, strict=True)
    ]


def phase_flows(answers: pd.DataFrame, *, protocol: dict[str, Any] | None) -> list[PhaseFlow]:
    """The flow through each phase of the protocol; without one, through the phases that somebody answered in.

    answers as `read_answers` gives them. Without a protocol a phase asks for every image that anybody answered to, and
    for the most repeats that anybody gave.
    """
    final = answers[answers["is_final"]]
    readers = sorted(final["reader"].unique())
    if protocol is None:
        images = int(final["case"].nunique())
        phases = [
            (
                int(group["phase"].iloc[0]),
                str(group["task"].iloc[0]),
                images + max(group[group["replicate"] > 1]["reader"].value_counts(), default=0),
            )
            for _, group in final.groupby("phase")
        ]
    else:
        phases = [(one["position"], one["task"], len(protocol["cases"]) + one["repeats"]) for one in protocol["phases"]]
    flows = []
    for position, task, asked in phases:
        given = final[final["phase"] == position]["reader"].value_counts().reindex(readers, fill_value=0)
        flows.append(
            PhaseFlow(
                position,
                task,
                asked,
                started=int((given > 0).sum()),
                completed=int((given >= asked).sum()),
                answers=int(given.sum()),
                missing={str(reader): asked - int(count) for reader, count in given.items() if count < asked},
            )
        )
    return flows
