"""What the blinding audit finds: marks planted in what is served, and how often it cries leak where there is none.

    python bench/blinding.py [--studies 100]

Serves drafts of 20 + 20 and of 60 + 60 images whose kinds nothing tells apart, plants one mark at a time into what was
served, and prints the AUC, the p value before Holm and whether the audit's channel calls it a leak; then, with nothing
planted and kinds drawn at random, in how many studies of 20 + 20 the audit calls a leak; how well the kinds before
tell the next one in the orders that the site draws; and the seconds of a whole audit. Runs on a database of its own in
a temporary folder; takes about five minutes of one processor core.
"""

import argparse
import copy
import hashlib
import os
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
folder = tempfile.TemporaryDirectory()
os.environ |= {
    "DATABASE_URL": f"sqlite:///{folder.name}/bench.sqlite3",
    "MEDIA_ROOT": f"{folder.name}/media",
    "STATIC_ROOT": f"{folder.name}/static",
    "DJANGO_SETTINGS_MODULE": "readerstudy.settings",
    "SECRET_KEY": "for this measurement only",
    "DEBUG": "false",
}

import django

django.setup()

import numpy as np
from django.core.management import call_command

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.multiplicity import adjusted_p_values
from readerstudy.analysis.order_leak import order_separability
from readerstudy.analysis.separation import separability
from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.phantom import render_phantom
from readerstudy.results.blinding_audit import PIXELS, SERVED, SIGNIFICANT, audit_blinding
from readerstudy.results.png_frame import png_frame
from readerstudy.results.rehearsal import Served, rehearse
from readerstudy.studies.allocation import Stratified, draw_order
from readerstudy.studies.models import Study
from tests.builders import build_study

ATTACKS = {channel.key: attack for channel, attack in (*SERVED, *PIXELS) if channel.blocks}
TESTED = len(ATTACKS) + 1  # and the order
Plant = Callable[[Served], None]
END = 12  # bytes of the last chunk of a PNG


def in_pages(change: Callable[[bytes, bool], bytes]) -> Plant:
    def plant(row: Served) -> None:
        row.pages = change(row.pages, row.synthetic)

    return plant


def etag(row: Served) -> None:
    row.headers += b'ETag: "%s-%s"' % (b"ab"[row.synthetic :][:1], hashlib.sha256(row.pages).hexdigest().encode())


def delayed(milliseconds: float) -> Plant:
    """The image of a synthetic case comes so much later; of each phase page, image and reply are timed."""

    def plant(row: Served) -> None:
        row.seconds = [
            one + milliseconds / 1000 * (row.synthetic and at % 3 == 1) for at, one in enumerate(row.seconds)
        ]

    return plant


def in_file(change: Callable[[bytes, bool], bytes], encoded: bytes) -> Plant:
    def plant(row: Served) -> None:
        row.frame = 2 * png_frame(change(encoded, row.synthetic))

    return plant


def with_text(encoded: bytes, synthetic: bool) -> bytes:
    data = b"tEXtk\0" + (b"synth" if synthetic else b"photo")
    return encoded[:-END] + struct.pack(">I", 7) + data + struct.pack(">I", zlib.crc32(data)) + encoded[-END:]


def with_flipped(encoded: bytes, synthetic: bool, *, at: int) -> bytes:
    return encoded[:at] + bytes([encoded[at] ^ 1]) + encoded[at + 1 :] if synthetic else encoded


def plants(encoded: bytes) -> dict[str, tuple[str, Plant]]:
    """By name: the channel that should find it, and the mark; encoded: a file as the site keeps it."""
    return {
        "nothing, pages": ("pages", lambda row: None),
        "nothing, headers": ("headers", lambda row: None),
        "nothing, delays": ("timing", lambda row: None),
        "data-kind in words": (
            "pages",
            in_pages(lambda p, s: p.replace(b"<body", b'<body data-kind="%s"' % (b"synthetic" if s else b"real"))),
        ),
        "data-kind r or s": (
            "pages",
            in_pages(lambda p, s: p.replace(b"<body", b'<body data-kind="%s"' % (b"s" if s else b"r"))),
        ),
        "space after </html>": ("pages", in_pages(lambda p, s: p.replace(b"</html>", b"</html> ") if s else p)),
        "space in the reply": ("pages", in_pages(lambda p, s: p.replace(b'"message": ', b'"message":  ') if s else p)),
        "ETag a- or b-": ("headers", etag),
        "text chunk of equal length": ("headers", in_file(with_text, encoded)),
        "byte of a checksum": ("headers", in_file(lambda e, s: with_flipped(e, s, at=-END - 1), encoded)),
        "images 0.5 ms slower": ("timing", delayed(0.5)),
        "images 0.25 ms slower": ("timing", delayed(0.25)),
        "images 0.1 ms slower": ("timing", delayed(0.1)),
    }


def told(name: str, found: Estimate) -> None:
    is_leak = found.p_value is not None and found.p_value * TESTED < SIGNIFICANT
    print(f"  {name:34}{found.value:6.2f}  p {found.p_value:.3f}  {'found' if is_leak else '-'}", flush=True)


def planted(study: Study, per_kind: int) -> None:
    served = rehearse(study)
    synthetic = [row.synthetic for row in served]
    radiograph = study.cases.select_related("radiograph").first().radiograph
    for name, (key, plant) in plants(radiograph.image.open().read()).items():
        rows = copy.deepcopy(served)
        for row in rows:
            plant(row)
        told(name, separability(ATTACKS[key](rows), synthetic))
    images = phantoms(2 * per_kind)
    kinds = np.arange(2 * per_kind) >= per_kind
    moved = images.copy()
    moved[kinds] = np.where(images[kinds] == 100, 101, images[kinds])
    told("grey level 100 made 101", separability(ATTACKS["histogram"](moved), kinds))
    grades = np.arange(2 * per_kind) % 5
    for pattern in ("RRSSRRSS", "RS", "RRRSRSSS", "R" * per_kind + "S" * per_kind, "RRSSSRSRSS"):
        order = np.array(list(pattern * 2 * per_kind)[: 2 * per_kind]) == "S"
        positions = np.tile(np.arange(1, 2 * per_kind + 1)[:, None], 2)
        label = pattern if len(pattern) <= 10 else "all real ones first"
        told(f"order {label}, both phases", order_separability(positions, order, grades))


def phantoms(number: int) -> np.ndarray:
    drawn = (render_phantom(seed=seed, grade=seed % 5).pixels for seed in range(number))
    return np.stack([canonical_form(pixels, preset="window", inverted=False) for pixels in drawn])


def drawn_order(synthetic: np.ndarray, grades: np.ndarray, *, seed: int) -> np.ndarray:
    """The positions [n, 2] that the site gives such cases in two phases."""
    sources = np.where(synthetic, "synthetic", "real")
    cases = [Stratified(str(at), str(sources[at]), int(grades[at])) for at in range(len(sources))]
    positions = np.empty((len(cases), 2), dtype=int)
    for phase in (1, 2):
        for place, one in enumerate(draw_order(seed=seed, reader="R01", phase=phase, cases=cases), start=1):
            positions[int(one.label), phase - 1] = place
    return positions


def nothing_planted(study: Study, per_kind: int, studies: int) -> None:
    served, images = rehearse(study), phantoms(2 * per_kind)
    features = {
        **{channel.key: attack(served) for channel, attack in SERVED},
        **{channel.key: attack(images) for channel, attack in PIXELS if channel.blocks},
    }
    rng = np.random.default_rng(0)
    found: list[list[float]] = []
    for seed in range(studies):
        synthetic = rng.permutation(np.arange(2 * per_kind) % 2 == 0)
        grades = np.empty(2 * per_kind, dtype=int)
        grades[synthetic] = grades[~synthetic] = np.arange(per_kind) % 5
        estimates = [separability(one, synthetic) for one in features.values()]
        estimates.append(order_separability(drawn_order(synthetic, grades, seed=seed), synthetic, grades))
        found.append([estimate.p_value for estimate in estimates])
    leaks = sum(min(adjusted_p_values(row)) < SIGNIFICANT for row in found)
    print(f"  {leaks} of {studies} studies are called a leak; p ≤ 0.05 in")
    for name, share in zip([*features, "order"], (np.array(found) <= 0.05).mean(0), strict=True):
        print(f"    {name:12}{100 * share:4.0f} %")


def predictable(per_kind: int, draws: int = 20) -> None:
    for number in (5, 2, 1):
        synthetic = np.arange(2 * per_kind) % 2 == 0
        grades = np.arange(2 * per_kind) // 2 % number
        aucs = [
            order_separability(drawn_order(synthetic, grades, seed=seed), synthetic, grades, draws=1).value
            for seed in range(draws)
        ]
        low, high = np.quantile(aucs, [0.05, 0.95])
        print(f"  {number} grades: AUC {np.mean(aucs):.2f} on average, {low:.2f} to {high:.2f} in nine of ten orders")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=100, help="with nothing planted")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    for per_kind in (20, 60):
        study = build_study(real=per_kind, synthetic=per_kind, opened=False)
        print(f"{per_kind} + {per_kind}: planted")
        planted(study, per_kind)
        begun = time.perf_counter()
        audit_blinding(study=study, by="bench")
        print(f"  the whole audit: {time.perf_counter() - begun:.1f} s", flush=True)
        if per_kind == 20:
            print("20 + 20: nothing planted")
            nothing_planted(study, per_kind, options.studies)
        print(f"{per_kind} + {per_kind}: orders as the site draws them, to whoever is told all kinds before")
        predictable(per_kind)


if __name__ == "__main__":
    main()
