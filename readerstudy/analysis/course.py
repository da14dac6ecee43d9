"""The course of a sitting: how often readings were right, from its first tenth to its last."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.u_statistics import pooled_correct

Floats = NDArray[np.float64]
BLOCKS = 10


@dataclass(frozen=True)
class Block:
    """Positions first–last in the readers' orders, and the share of right readings there."""

    first: int
    last: int
    share: Estimate


def course_of(correct: Floats, positions: Floats, *, null: float | None = None, blocks: int = BLOCKS) -> list[Block]:
    """correct [readers, cases] of 1.0 and 0.0, NaN where there is no reading; positions [readers, cases] from 1.

    null: the share of guessing, if it has one. Each block has as many positions as the next, or one more. The interval
    is the U-statistic's, for new readers and images: each reader has read other images in a block.
    """
    there = ~np.isnan(correct) & ~np.isnan(positions)
    if not there.any():
        return []
    longest = int(positions[there].max())
    edges = np.unique(np.linspace(0, longest, min(blocks, longest) + 1).round().astype(int))
    found = []
    for before, last in itertools.pairwise(edges.tolist()):
        inside = there & (positions > before) & (positions <= last)
        if inside.any():
            share = pooled_correct(np.where(inside, correct, np.nan), null=null).estimate
            found.append(Block(before + 1, last, share))
    return found
