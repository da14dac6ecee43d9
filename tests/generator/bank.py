"""Filling the image bank for the generator's tests, quickly."""

import hashlib

from readerstudy.radiographs import bank, canonical
from tests.builders import knee_like


def add_knees(*, per_grade: int, split: str, preset: str = "published", first_subject: int = 0) -> None:
    """Put a left and a right knee of each of these subjects into the bank, per_grade (even) images of each grade."""
    for grade in range(5):
        for index in range(per_grade):
            subject = first_subject + (grade * per_grade + index) // 2
            name = f"{split}/{grade}/{9_000_000 + subject}{'LR'[index % 2]}.png"
            seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
            bank.add_real(
                pixels=canonical.canonical_form(knee_like(seed=seed), preset=preset, inverted=False),
                preset=preset,
                grade=grade,
                source_digest=hashlib.sha256(name.encode()).hexdigest(),
                dataset="knees",
                original_name=name,
                split=split,
                licence="none",
            )
