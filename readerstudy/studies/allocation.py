"""How the order is drawn: from the study's seed alone, so that anyone can redraw it.

Every random number is a SHA-256 of words that the protocol holds, not the output of a library's generator, so an
order drawn today can be redrawn in any language.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

ATTEMPTS = 500
LONGEST_RUN = 4  # images of one source in a row, where the proportions allow it


@dataclass(frozen=True)
class Stratified:
    """A case by its label, and the strata it belongs to: source and Kellgren–Lawrence grade."""

    label: str
    source: str
    grade: int


@dataclass(frozen=True)
class Place:
    """One place in a reader's order: which case, and whether it is the first (1) or the repeated (2) reading."""

    label: str
    replicate: int


def choose_repeats(*, seed: int, phase: int, cases: Sequence[Stratified], repeats: int) -> list[Stratified]:
    """Choose the cases that every reader reads twice in a phase, spread over the strata.

    The same cases for all readers, so that the repeated readings are fully crossed as well.
    Raises ValueError when more repeats than cases are asked for.
    """
    if repeats > len(cases):
        raise ValueError(f"{repeats} repeats were asked for, but there are only {len(cases)} cases")
    words = (seed, "repeats", phase)
    ranked = sorted(cases, key=lambda case: (case.source, case.grade, _uniform(*words, case.label)))
    return [ranked[(2 * index + 1) * len(ranked) // (2 * repeats)] for index in range(repeats)]


def draw_order(*, seed: int, reader: str, phase: int, cases: Sequence[Stratified], repeats: int = 0) -> list[Place]:
    """Draw the order in which one reader sees the cases of one phase.

    Each stratum (source × grade) is spread evenly over the sitting and jittered at random; a repeated case has its
    first reading in the first half and its second in the other, at least a quarter of the sitting apart. Of up to 500
    such draws the first is taken in which no source comes more than four times in a row; failing that, the
    draw with the shortest run. Same arguments, same order.
    """
    twice = set(choose_repeats(seed=seed, phase=phase, cases=cases, repeats=repeats))
    source = {case.label: case.source for case in cases}
    best: list[Place] = []
    shortest = len(cases) + repeats + 1
    for attempt in range(ATTEMPTS):
        order = _draw(cases, twice, words=(seed, reader, phase, attempt))
        if _nearest_repeat(order) < len(order) // 4:
            continue
        run = max(sum(1 for _ in same) for _, same in groupby(order, key=lambda place: source[place.label]))
        if run < shortest:
            best, shortest = order, run
        if run <= LONGEST_RUN:
            break
    return best or order


def _draw(cases: Sequence[Stratified], twice: set[Stratified], *, words: tuple[object, ...]) -> list[Place]:
    once = [case for case in cases if case not in twice]
    placed = [(at, Place(case.label, 1)) for at, case in _spread(once, words=(*words, "once"))]
    for at, case in _spread(sorted(twice, key=lambda case: case.label), words=(*words, "twice")):
        again = _uniform(*words, "again", case.label)
        placed += [(at / 2, Place(case.label, 1)), (0.5 + max(at / 2, again / 2), Place(case.label, 2))]
    return [place for _, place in sorted(placed, key=lambda pair: (pair[0], pair[1].label))]


def _spread(cases: Sequence[Stratified], *, words: tuple[object, ...]) -> Iterator[tuple[float, Stratified]]:
    """Give every case a moment in [0, 1): shuffled within its stratum, spread evenly, with a jitter."""
    strata: dict[tuple[str, int], list[Stratified]] = defaultdict(list)
    for case in cases:
        strata[case.source, case.grade].append(case)
    for (source, grade), members in sorted(strata.items()):
        members.sort(key=lambda case: _uniform(*words, "shuffle", case.label))
        offset = _uniform(*words, "offset", source, grade)
        for rank, case in enumerate(members):
            jitter = _uniform(*words, "jitter", case.label)
            yield (rank + (offset + jitter) / 2) / len(members), case


def _nearest_repeat(order: Sequence[Place]) -> int:
    """The smallest distance between two readings of one case; the whole length when none is repeated."""
    first = {place.label: at for at, place in enumerate(order) if place.replicate == 1}
    return min(
        (at - first[place.label] for at, place in enumerate(order) if place.replicate == 2),
        default=len(order),
    )


def _uniform(*words: object) -> float:
    """A number in [0, 1) from words: the first 53 bits of the SHA-256 of them, joined by spaces."""
    whole = int.from_bytes(hashlib.sha256(" ".join(map(str, words)).encode()).digest()[:8], "big")
    return (whole >> 11) / (1 << 53)
