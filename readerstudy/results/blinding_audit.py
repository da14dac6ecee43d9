"""The blinding audit: tries to tell real from synthetic by everything but anatomy, and says how well it did."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readerstudy.analysis import leakage
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.multiplicity import adjusted_among_tested
from readerstudy.analysis.order_leak import OrderEstimate, order_separability
from readerstudy.analysis.separation import separability
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.models import Source
from readerstudy.results.rehearsal import Served, rehearse
from readerstudy.studies.blinding import store_blinding_audit
from readerstudy.studies.models import BlindingAudit, BlindingVerdict, Case, Study

SIGNIFICANT = 0.025  # one-sided, after Holm: the 95 % interval lies above one half
Features = NDArray[np.float64]


@dataclass(frozen=True)
class Channel:
    """One way in which the kind may be given away. blocks: whether a leak here stands against opening."""

    key: str
    label: str
    meaning: str
    blocks: bool = True


SERVED: tuple[tuple[Channel, Callable[[Sequence[Served]], Features]], ...] = (
    (
        Channel("length", "Length of the file", "the size in bytes of the image that is sent"),
        lambda rows: np.hstack([leakage.lengths(column) for column in np.transpose([row.lengths for row in rows])]),
    ),
    (
        Channel(
            "headers",
            "Headers",
            "what is sent before pages and pixels, and every byte of the image file that is not pixels",
        ),
        lambda rows: leakage.served_bytes([row.headers + row.frame for row in rows]),
    ),
    (
        Channel("pages", "Pages and addresses", "every byte of the pages, addresses and replies"),
        lambda rows: leakage.served_bytes([row.pages for row in rows]),
    ),
    (
        Channel("timing", "Delays", "how fast page, image and reply came"),
        lambda rows: leakage.delays([row.seconds for row in rows]),
    ),
)
ORDER = Channel("order", "Place in the order", "place, periods up to eight, and the kinds of the eight cases before")
PIXELS: tuple[tuple[Channel, Callable[[leakage.Grey], Features]], ...] = (
    (
        Channel(
            "histogram",
            "Grey levels",
            "which grey levels occur, how often, and which is rarer or commoner than its neighbours",
        ),
        leakage.histogram,
    ),
    (Channel("border", "Border", "the outermost four rings of pixels"), leakage.border),
    (Channel("spectrum", "Sharpness spectrum", "how much fine and coarse detail there is"), leakage.spectrum),
    (Channel("noise", "Noise", "what is left when the smooth image is taken away"), leakage.noise_residue),
    (
        Channel("whole", "Whole image, for reference", "the picture itself, seen by a small network", blocks=False),
        leakage.whole_image,
    ),
)
CHANNELS = {
    channel.key: channel
    for channel in (*(channel for channel, _ in SERVED), ORDER, *(channel for channel, _ in PIXELS))
}


def audit_blinding(*, study: Study, by: str) -> BlindingAudit:
    """Attack every channel of the study as it stands, and store what was found.

    The pages are those of a copy of the study that is read to the end and rolled back. Where all images are of one kind
    there is nothing to tell apart, and every channel says so. Raises UnservedCase when the site does not serve it.
    """
    cases = list(study.cases.select_related("radiograph__provenance").order_by("number"))
    kinds = {case.radiograph.provenance.source for case in cases}
    found: list[tuple[Channel, Estimate]] = []
    if len(kinds) == 1:
        nothing = not_estimable(f"all images are {kinds.pop()}", n=len(cases))
        found = [(channel, nothing) for channel in CHANNELS.values()]
    elif kinds:
        found = [*_attacks_on_served(rehearse(study)), *_attacks_on_pixels(cases)]
    rows = _judged(found)
    return store_blinding_audit(study=study, channels=rows, verdict=_verdict(rows), by=by)


def _attacks_on_served(served: Sequence[Served]) -> Iterator[tuple[Channel, Estimate]]:
    synthetic = [row.synthetic for row in served]
    for channel, attack in SERVED:
        yield channel, separability(attack(served), synthetic)
    positions, grades = [row.positions for row in served], [row.grade for row in served]
    yield ORDER, order_separability(positions, synthetic, grades)


def _attacks_on_pixels(cases: Sequence[Case]) -> Iterator[tuple[Channel, Estimate]]:
    images = np.stack([pixels_of(case.radiograph) for case in cases])
    synthetic = [case.radiograph.provenance.source == Source.SYNTHETIC for case in cases]
    for channel, attack in PIXELS:
        yield channel, separability(attack(images), synthetic)


def _judged(found: Sequence[tuple[Channel, Estimate]]) -> list[dict[str, Any]]:
    """A row a channel; the p values of those that can stand against opening are adjusted for one another."""
    adjusted = adjusted_among_tested([estimate.p_value if channel.blocks else None for channel, estimate in found])
    rows = []
    for (channel, estimate), p_value in zip(found, adjusted, strict=True):
        if not channel.blocks:
            verdict = "reference"
        elif p_value is None:
            verdict = BlindingVerdict.UNDECIDED.value
        else:
            verdict = (BlindingVerdict.LEAK if p_value < SIGNIFICANT else BlindingVerdict.CLEAR).value
        rows.append(
            {
                "channel": channel.key,
                "auc": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "n": estimate.n,
                "p_value": estimate.p_value,
                "p_adjusted": p_value,
                "verdict": verdict,
                "reason": estimate.reason,
                **({"mixed_alike": estimate.mixed_alike} if isinstance(estimate, OrderEstimate) else {}),
            }
        )
    return rows


def _verdict(rows: Sequence[dict[str, Any]]) -> str:
    verdicts = {row["verdict"] for row in rows}
    for verdict in (BlindingVerdict.LEAK, BlindingVerdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return BlindingVerdict.CLEAR if rows else BlindingVerdict.UNDECIDED
