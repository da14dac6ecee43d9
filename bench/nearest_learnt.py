"""Does a checkpoint repeat radiographs it learnt from? Nearest neighbours, beside those of real images it never saw.

    python bench/nearest_learnt.py CHECKPOINT [--images 750] [--sheet FILE]

For each synthetic image, and for each real radiograph of the other splits, the distance to the nearest radiograph
learnt from: of features (EfficientNet-Lite0), and of pixels made smaller to 28 × 28 (root mean square, grey levels). A
copy lies far nearer than other patients' knees lie to one another. This is a first look, no privacy audit: it finds
copies of whole images, not of a detail. --sheet shows the ten nearest pairs, synthetic above. docs/evaluation.md
quotes it.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readerstudy.settings")

import django

django.setup()

from PIL import Image
from scipy.spatial.distance import cdist

from generator.bank_data import origins_learnt, real_radiographs
from generator.bank_features import CACHE, RealImages
from generator.checkpoints import load_checkpoint
from generator.evaluating import draw_canonical
from generator.feature_cache import cached_features
from generator.features import efficientnet
from generator.networks import GRADES
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.canonical import digest

QUANTILES = (0, 0.01, 0.05, 0.25, 0.5)


def small(images: list[np.ndarray]) -> np.ndarray:
    """[N] images of 224² → [N, 784] of 28², scaled so that a distance is a root mean square."""
    return np.stack([image.reshape(28, 8, 28, 8).mean((1, 3)).ravel() / 28 for image in images])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--images", type=int, default=750)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    card, extractor = checkpoint.card, efficientnet()
    rows = real_radiographs(preset=card.preset, splits=[], dataset=None, is_phantom=card.is_phantom)
    names = origins_learnt(rows, data=card.data, data_digest=card.data_digest)
    learnt = RealImages([row for row in rows if row.provenance.origin in names])
    other = RealImages([row for row in rows if row.provenance.origin not in names])
    if not learnt.rows or not other.rows:
        sys.exit(f"The bank needs what “{card.name}” learnt from ({card.data}), and other splits: import_radiographs.")
    grades = np.repeat(np.arange(GRADES), options.images // GRADES)
    drawn = list(draw_canonical(checkpoint, grades))
    seen = cached_features(extractor, [digest(image) for image in drawn], lambda index: drawn[index], cache=CACHE)
    pixels = {name: [pixels_of(row) for row in kind.rows] for name, kind in (("learnt", learnt), ("other", other))}
    print(f"{card.name}: nearest of {len(learnt.rows)} radiographs learnt from; quantiles {QUANTILES}")
    spaces = {
        "features": (learnt.features(extractor, cache=CACHE), other.features(extractor, cache=CACHE), seen),
        "pixels": (small(pixels["learnt"]), small(pixels["other"]), small(drawn)),
    }
    for space, (known, held, synthetic) in spaces.items():
        distances = cdist(synthetic, known)
        for name, nearest in (("other patients", cdist(held, known).min(1)), ("synthetic", distances.min(1))):
            told = ", ".join(f"{value:.2f}" for value in np.quantile(nearest, QUANTILES))
            print(f"{space:>9}, {len(nearest)} of {name}: {told}")
        if options.sheet and space == "features":
            first = np.argsort(distances.min(1))[:10]
            pairs = [np.vstack([drawn[index], pixels["learnt"][distances[index].argmin()]]) for index in first]
            Image.fromarray(np.hstack(pairs)).save(options.sheet)


if __name__ == "__main__":
    main()
