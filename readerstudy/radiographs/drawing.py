"""Filling the bank with phantom radiographs, which stand in for real ones where there are none."""

import hashlib
from collections.abc import Callable

import numpy as np

from readerstudy.audit.recording import record
from readerstudy.radiographs.bank import add_real
from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.models import Grade
from readerstudy.radiographs.phantom import render_phantom

DATASET = "phantom radiographs"


def draw_phantoms(
    *,
    per_grade: int,
    preset: str,
    by: str,
    first_seed: int = 0,
    progress: Callable[[int], object] = lambda done: None,
) -> int:
    """Draw `per_grade` phantoms of every KL grade (seeds from `first_seed`) into the bank; returns how many are new.

    They enter as real images, labelled as phantoms, left and right knees in turn. Seeds drawn before are not doubled.
    """
    new = 0
    for grade in Grade.values:
        for seed in range(first_seed, first_seed + per_grade):
            side = "RL"[seed % 2]
            phantom = render_phantom(seed=seed, grade=grade, side=side)
            added = add_real(
                pixels=canonical_form(phantom.pixels, preset=preset, side=side, inverted=False),
                preset=preset,
                grade=grade,
                source_digest=hashlib.sha256(np.ascontiguousarray(phantom.pixels).tobytes()).hexdigest(),
                dataset=DATASET,
                original_name=f"phantom, seed {seed}, KL {grade}",
                side=side,
                is_phantom=True,
            )
            new += added.is_new
            progress(1)
    record(actor=by, verb="draw phantoms", per_grade=per_grade, first_seed=first_seed, preset=preset, new=new)
    return new
