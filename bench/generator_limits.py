"""How far a checkpoint's images are from the real ones of the bank, in figures that need no other network.

    python bench/generator_limits.py CHECKPOINT [--images 100]

Both sides in one run: the bank's real radiographs of the checkpoint's own kind and preset, and as many of its images.
Prints the share of spectral power in three rings (texture), the mean difference between two images (variety), the mean
difference that the grade makes to one seed, and how well the blinding audit's attacks on pixels part the two sides.
docs/generator.md quotes it.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readerstudy.settings")

import django

django.setup()

from generator.checkpoints import load_checkpoint
from generator.evaluating import draw_canonical
from readerstudy.analysis import leakage
from readerstudy.analysis.separation import separability
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.models import Radiograph, Source

RINGS = ((28, 56), (56, 84), (84, 112))  # cycles an image; 112 is the finest that 224 pixels can hold
Images = np.ndarray


def ring_power(images: Images) -> list[float]:
    """Mean power in each ring relative to the mean over all frequencies but the constant."""
    window = np.outer(np.hanning(224), np.hanning(224))
    centred = images.astype(float) - images.mean((1, 2), keepdims=True)
    power = (np.abs(np.fft.fft2(centred * window)) ** 2).mean(0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(224, 1 / 224), np.fft.fftfreq(224, 1 / 224)))
    return [power[(frequency >= low) & (frequency < high)].mean() / power[frequency > 0].mean() for low, high in RINGS]


def difference(first: Images, second: Images) -> float:
    return float(np.abs(first.astype(float) - second.astype(float)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--images", type=int, default=100)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    card = checkpoint.card
    kept = Radiograph.objects.filter(
        preset=card.preset, provenance__source=Source.REAL, provenance__is_phantom=card.is_phantom
    ).order_by("digest")[: options.images]
    real = np.stack([pixels_of(radiograph) for radiograph in kept])

    started = time.monotonic()
    synthetic = draw_canonical(checkpoint, np.arange(len(real)) % 5)
    seconds = (time.monotonic() - started) / len(real)
    print(f"{card.name}: {card.images_seen} images seen; {len(real)} real and {len(real)} synthetic images")
    for name, images in (("real", real), ("synthetic", synthetic)):
        rings = ", ".join(f"{value:.4f}" for value in ring_power(images))
        variety = difference(images[:-1], images[1:])
        print(f"{name:>9}: power in rings {rings}; two images differ by {variety:.1f} grey levels")
    ends = [draw_canonical(checkpoint, np.repeat(grade, 40)) for grade in (0, 4)]
    print(f"one seed at grades 0 and 4 differs by {difference(*ends):.1f} grey levels")
    is_synthetic = [False] * len(real) + [True] * len(synthetic)
    for attack in (leakage.border, leakage.noise_residue, leakage.spectrum, leakage.histogram):
        found = separability(attack(np.concatenate([real, synthetic])), is_synthetic).value
        print(f"told apart by {attack.__name__}: AUC {found:.3f}")
    print(f"{1000 * seconds:.0f} ms an image on this machine")


if __name__ == "__main__":
    main()
