"""By what is a checkpoint told from radiographs? The detector and the audit's attacks, on images that lack something.

    python bench/what_tells.py CHECKPOINT [--images 300]

Takes the same thing from both kinds, border, grain, finest grey levels or all but the middle, and prints how well they
are told apart without it, all in one run: by a logistic detector on features (EfficientNet-Lite0, subjects kept
together) and by the blinding audit's attacks on border, noise and spectrum. Where a figure falls, what was taken was
telling. Real images are those that the checkpoint did not learn from, drawn at random; as many are synthesised, of the
same grades. docs/generator.md and docs/evaluation.md quote it.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readerstudy.settings")

import django

django.setup()

from scipy import ndimage

from generator.bank_data import origins_learnt, real_radiographs
from generator.bank_features import RealImages
from generator.checkpoints import load_checkpoint
from generator.evaluating import draw_canonical
from generator.features import efficientnet
from generator.judging import detector_auc
from readerstudy.analysis import leakage
from readerstudy.analysis.separation import separability
from readerstudy.radiographs.bank import pixels_of

CUT, MIDDLE = 8, slice(56, 168)
ALTERED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as they are": lambda image: image,
    f"outer {CUT} pixels mirrored": lambda image: np.pad(image[CUT:-CUT, CUT:-CUT], CUT, mode="reflect"),
    "smoothed (σ 1.5 pixels)": lambda image: ndimage.gaussian_filter(image, 1.5),
    "64 grey levels": lambda image: image // 4 * 4,
    "32 grey levels": lambda image: image // 8 * 8,
    "only the middle 112, doubled": lambda image: image[MIDDLE, MIDDLE].repeat(2, 0).repeat(2, 1),
}
ATTACKS = (leakage.border, leakage.noise_residue, leakage.spectrum)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--images", type=int, default=300)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    card, extractor = checkpoint.card, efficientnet()
    rows = real_radiographs(preset=card.preset, is_phantom=card.is_phantom)
    learnt = origins_learnt(rows, data=card.data, data_digest=card.data_digest)
    rows = [row for row in rows if row.provenance.origin not in learnt]
    rows = [rows[index] for index in np.random.default_rng(0).permutation(len(rows))[: options.images]]
    if len(rows) < options.images:
        sys.exit(f"The bank holds {len(rows)} radiographs that “{card.name}” did not learn from: import_radiographs.")
    held = RealImages(rows)
    real = [pixels_of(row) for row in rows]
    synthetic = draw_canonical(checkpoint, held.grades, first_seed=100_000)
    truth = np.arange(2 * len(rows)) >= len(rows)
    groups = np.concatenate([held.subjects, [f"synthetic {index}" for index in range(len(rows))]])
    names = ["detector", *(attack.__name__ for attack in ATTACKS)]
    print(f"{card.name}: AUC of telling {len(rows)} real and {len(rows)} synthetic images apart")
    print(f"{'':<30}" + "".join(f"{name:>15}" for name in names))
    for name, altered in ALTERED.items():
        both = np.stack([altered(image) for image in (*real, *synthetic)])
        values = [detector_auc(extractor.of(both), truth, groups)]
        values += [separability(attack(both), truth, permutations=19).value for attack in ATTACKS]
        print(f"{name:<30}" + "".join(f"{value:15.3f}" for value in values), flush=True)


if __name__ == "__main__":
    main()
