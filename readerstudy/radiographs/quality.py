"""Signs that an image may not be readable. They flag it for a person to look at; nothing is dropped."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import laplace

from readerstudy.radiographs.grey_levels import is_near_empty, occupied_levels

# About the blurriest 1 % of the public KL data set's validation split (doi 10.17632/56rmx5bjcr.1) in each preset.
BLURRED_BELOW = {"window": 9.5, "published": 36.0}


@dataclass(frozen=True)
class Quality:
    """sharpness: variance of the Laplacian, squared grey levels. blurred, near_empty: worth a second look."""

    sharpness: float
    blurred: bool
    near_empty: bool


def assess_quality(canonical: NDArray[np.uint8], *, preset: str) -> Quality:
    """Measure a canonical image [224, 224].

    Blur is a low variance of the Laplacian (Pech-Pacheco et al. 2000, doi 10.1109/ICPR.2000.903548), the measure by
    which Prezja et al. 2022 left images out.
    """
    sharpness = float(laplace(canonical.astype(np.float32)).var())
    _, counts = occupied_levels(canonical)
    return Quality(sharpness, blurred=sharpness < BLURRED_BELOW[preset], near_empty=is_near_empty(counts))
