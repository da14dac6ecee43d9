"""Importing a folder of graded radiographs: what can go in goes in, the rest is named with its reason."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction

from readerstudy.audit.recording import record
from readerstudy.radiographs.bank import add_real
from readerstudy.radiographs.layouts import Labelled, LeftOut
from readerstudy.radiographs.models import Preset, Provenance
from readerstudy.radiographs.preparing import Prepared, prepare
from readerstudy.radiographs.quality import Quality

BATCH = 200  # images a transaction
IN_PROCESS_BELOW = 50  # files; fewer are not worth starting processes for


@dataclass
class ImportReport:
    """What became of the files: counts of images, and the files left out with the reasons."""

    new: int = 0
    already_there: int = 0
    inverted: int = 0
    blurred: int = 0
    near_empty: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


def import_radiographs(
    *,
    found: Iterable[Labelled | LeftOut],
    preset: str,
    dataset: str,
    licence: str,
    by: str,
    processes: int | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> ImportReport:
    """Bring labelled files into the bank in one preset; a file (or its pixels) that is there already is not doubled.

    processes: how many prepare images at the same time; None takes all cores. progress is called with the number
    of files done since the last call. Raises ValueError on an unknown preset, and BrokenProcessPool when one of the
    processes is ended from outside; the batches stored before stay. The record says when an import began and what
    came of it: one that was ended before leaves its beginning.
    """
    preset = Preset(preset).value
    report = ImportReport()
    labelled = []
    for one in found:
        if isinstance(one, LeftOut):
            report.left_out.append(one)
            progress(1)
        else:
            labelled.append(one)
    record(
        actor=by,
        verb="begin to import radiographs",
        dataset=dataset,
        preset=preset,
        files=len(labelled) + len(report.left_out),
    )
    prepared = _prepared(labelled, preset, processes)
    while batch := list(islice(prepared, BATCH)):
        with transaction.atomic():
            for outcome in batch:
                _store(outcome, report=report, preset=preset, dataset=dataset, licence=licence)
        progress(len(batch))
    record(
        actor=by,
        verb="import radiographs",
        dataset=dataset,
        preset=preset,
        new=report.new,
        already_there=report.already_there,
        inverted=report.inverted,
        left_out=len(report.left_out),
    )
    return report


def _prepared(labelled: list[Labelled], preset: str, processes: int | None) -> Iterator[Prepared | LeftOut]:
    processes = processes or os.cpu_count() or 1
    if processes == 1 or len(labelled) < IN_PROCESS_BELOW:
        yield from map(partial(prepare, preset=preset), labelled)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(partial(prepare, preset=preset), labelled, chunksize=32)


def _store(one: Prepared | LeftOut, *, report: ImportReport, preset: str, dataset: str, licence: str) -> None:
    if isinstance(one, LeftOut):
        report.left_out.append(one)
        return
    labelled = one.labelled
    there = Provenance.objects.filter(source_digest=one.source_digest, radiograph__preset=preset).first()
    if there is None:
        try:
            added = add_real(
                pixels=one.pixels,
                preset=preset,
                grade=labelled.grade,
                source_digest=one.source_digest,
                dataset=dataset,
                original_name=labelled.name,
                split=labelled.split,
                licence=licence,
                side=one.side,
                was_inverted=one.was_inverted,
            )
        except ValidationError as error:
            report.left_out.append(
                LeftOut(labelled.name, "; ".join(f"{at}: {' '.join(why)}" for at, why in error.message_dict.items()))
            )
            return
        if added.is_new:
            _count(one, added.quality, report)
            return
        there = Provenance.objects.get(radiograph=added.radiograph)
    known_as = there.original_name or "synthetic"
    if there.grade != labelled.grade:
        reason = f"the same image is in the bank with grade {there.grade} (as {known_as})"
        report.left_out.append(LeftOut(labelled.name, reason))
    elif there.side != one.side:
        reason = f"the same image is in the bank with side {there.side or 'unknown'} (as {known_as})"
        report.left_out.append(LeftOut(labelled.name, reason))
    else:
        report.already_there += 1


def _count(one: Prepared, quality: Quality, report: ImportReport) -> None:
    report.new += 1
    report.inverted += one.was_inverted
    report.blurred += quality.blurred
    report.near_empty += quality.near_empty
