"""The order: redrawable, spread over the kinds, different for each reader and phase."""

from collections import Counter
from itertools import groupby

import pytest

from readerstudy.studies.allocation import Place, Stratified, choose_repeats, draw_order

CASES = [Stratified(f"C{n + 1:03d}", "real" if n < 30 else "synthetic", n % 5) for n in range(60)]
SOURCE = {case.label: case.source for case in CASES}
ORDER_OF_2022 = [("C058", 1), ("C001", 1), ("C003", 1), ("C059", 1), ("C058", 2), ("C002", 1), ("C060", 1)]


def longest_run(order: list[Place]) -> int:
    return max(sum(1 for _ in same) for _, same in groupby(order, key=lambda place: SOURCE[place.label]))


def test_the_same_words_draw_the_same_order_on_any_machine() -> None:
    # written down once; a change of the algorithm would make earlier studies impossible to redraw
    order = draw_order(seed=2022, reader="R01", phase=1, cases=CASES[:3] + CASES[-3:], repeats=1)
    assert [(place.label, place.replicate) for place in order] == ORDER_OF_2022


def test_every_case_comes_once_and_the_repeats_twice() -> None:
    order = draw_order(seed=1, reader="R01", phase=1, cases=CASES, repeats=6)
    assert Counter(place.label for place in order if place.replicate == 1) == Counter(list(SOURCE))
    again = {place.label for place in order if place.replicate == 2}
    assert again == {case.label for case in choose_repeats(seed=1, phase=1, cases=CASES, repeats=6)}
    assert len(order) == 66


def test_no_reader_gets_a_long_run_of_one_source() -> None:
    for reader in range(40):
        assert longest_run(draw_order(seed=7, reader=f"R{reader:02d}", phase=1, cases=CASES, repeats=6)) <= 4


def test_hidden_repeats_are_never_close_together() -> None:
    for reader in range(40):
        order = draw_order(seed=7, reader=f"R{reader:02d}", phase=2, cases=CASES, repeats=6)
        first = {place.label: at for at, place in enumerate(order) if place.replicate == 1}
        gaps = [at - first[place.label] for at, place in enumerate(order) if place.replicate == 2]
        assert min(gaps) >= len(order) // 4


def test_the_repeats_are_the_same_for_all_readers_and_cover_both_sources() -> None:
    chosen = choose_repeats(seed=3, phase=1, cases=CASES, repeats=6)
    assert Counter(case.source for case in chosen) == {"real": 3, "synthetic": 3}
    for reader in ("R01", "R02"):
        order = draw_order(seed=3, reader=reader, phase=1, cases=CASES, repeats=6)
        assert {place.label for place in order if place.replicate == 2} == {case.label for case in chosen}


def test_each_reader_phase_and_seed_has_an_order_of_its_own() -> None:
    orders = {
        tuple(draw_order(seed=seed, reader=reader, phase=phase, cases=CASES))
        for seed in (1, 2)
        for reader in ("R01", "R02", "R03")
        for phase in (1, 2)
    }
    assert len(orders) == 12


def test_position_tells_nothing_about_the_source() -> None:
    first_half: Counter[str] = Counter()
    for reader in range(200):
        order = draw_order(seed=11, reader=f"R{reader:02d}", phase=1, cases=CASES)
        first_half.update(SOURCE[place.label] for place in order[:30])
    assert first_half["real"] / first_half.total() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_small_studies_get_a_complete_order_too(count: int) -> None:
    order = draw_order(seed=1, reader="R01", phase=1, cases=CASES[:count], repeats=min(count, 2))
    assert len(set(order)) == len(order) == count + min(count, 2)


def test_more_repeats_than_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="only 3 cases"):
        draw_order(seed=1, reader="R01", phase=1, cases=CASES[:3], repeats=4)
