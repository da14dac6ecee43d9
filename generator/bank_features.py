"""Features and grades of the bank's real radiographs, and the places where features are kept."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from tqdm import tqdm

from generator.feature_cache import cached_features
from generator.features import Extractor, Floats
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.models import Radiograph

CACHE = Path(settings.BASE_DIR) / "var" / "features"


@dataclass(frozen=True)
class RealImages:
    """Rows with their provenance: their grades [N], subjects [N] (whose knee) and origins (data sets and splits)."""

    rows: Sequence[Radiograph]

    @property
    def grades(self) -> NDArray[np.intp]:
        return np.array([row.provenance.grade for row in self.rows], dtype=np.intp)

    @property
    def subjects(self) -> NDArray[np.str_]:
        return np.array([row.provenance.individual for row in self.rows])

    @property
    def origins(self) -> list[str]:
        return sorted({row.provenance.origin for row in self.rows})

    def features(self, extractor: Extractor, *, cache: Path | None, max_seconds: float | None = None) -> Floats:
        """Raises ValueError when max_seconds are over; what was looked at until then is kept in the cache."""
        started, seen = time.monotonic(), 0
        with tqdm(total=len(self.rows), desc=extractor.name, unit=" images", disable=None) as bar:

            def progress(done: int) -> None:
                nonlocal seen
                seen += done
                bar.update(done)
                if max_seconds and time.monotonic() - started > max_seconds and seen < len(self.rows):
                    raise ValueError(
                        f"The time is up: {seen} of {len(self.rows)} radiographs were looked at. Run it again, with "
                        "--resume: it goes on from there."
                    )

            return cached_features(
                extractor,
                [row.digest for row in self.rows],
                lambda index: pixels_of(self.rows[index]),
                cache=cache,
                progress=progress,
            )
