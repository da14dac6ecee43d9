"""Where a reader is follows from the answers alone."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readerstudy.audit.models import Entry
from readerstudy.reading.models import Presentation
from readerstudy.reading.sitting import Stage, enter_phase, find_reader, mark_shown, where_is
from readerstudy.studies.allocation import draw_order
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.protocol import strata_of
from tests.builders import build_study
from tests.sittings import (
    answer_next,
    beginning_reader,
    consenting_reader,
    phase_of,
    read_phase,
    reader_of,
    show_next,
)

pytestmark = pytest.mark.django_db


def test_a_reader_goes_through_every_stage_in_order() -> None:
    study = build_study(real=1, synthetic=1)
    assert where_is(reader_of(study)).stage == Stage.CONSENT
    reader = consenting_reader(study)
    seen = [(place := where_is(reader)).stage, place.phase and place.phase.position, place.total]
    assert seen == [Stage.INTRODUCTION, 1, 2]
    read_phase(reader, 1)
    place = where_is(reader)
    assert (place.stage, place.phase) == (Stage.INTRODUCTION, phase_of(study, 2))
    read_phase(reader, 2)
    assert where_is(reader).stage == Stage.DONE


def test_a_draft_lets_nobody_in() -> None:
    assert where_is(reader_of(build_study(opened=False))).stage == Stage.NOT_OPEN


def test_a_closed_study_is_closed_for_whoever_was_not_done_and_done_for_whoever_was() -> None:
    study = build_study(real=1, synthetic=1, readers=3)
    done = consenting_reader(study, 1)
    read_phase(done, 1)
    read_phase(done, 2)
    half = beginning_reader(study, 2)
    close_study(study=study, by="study lead")
    stages = [where_is(reader_of(study, number)).stage for number in (done.number, half.number, 3)]
    assert stages == [Stage.DONE, Stage.CLOSED, Stage.CLOSED]


def test_the_stored_order_is_the_one_that_anyone_can_redraw_from_the_protocol() -> None:
    study = build_study(real=4, synthetic=4, grade_repeats=2)
    reader = beginning_reader(study)
    drawn = draw_order(seed=study.protocol["seed"], reader="R01", phase=1, cases=strata_of(study.protocol), repeats=2)
    stored = Presentation.objects.filter(reader=reader).order_by("position")
    assert [(one.position, one.case.label, one.replicate) for one in stored] == [
        (position, place.label, place.replicate) for position, place in enumerate(drawn, start=1)
    ]


def test_the_announced_number_of_radiographs_is_the_number_drawn() -> None:
    study = build_study(real=4, synthetic=4, grade_repeats=2)
    reader = consenting_reader(study)
    announced = where_is(reader).total
    enter_phase(reader=reader, phase=phase_of(study, 1))
    assert announced == where_is(reader).total == 10


def test_entering_a_phase_twice_draws_it_once() -> None:
    study = build_study()
    reader = beginning_reader(study)
    answer_next(reader)
    before = list(Presentation.objects.order_by("pk").values_list("pk", "position", "key"))
    enter_phase(reader=reader, phase=phase_of(study, 1))
    assert list(Presentation.objects.order_by("pk").values_list("pk", "position", "key")) == before
    assert Entry.objects.filter(verb="begin phase", actor="R01").count() == 1


def test_the_second_phase_is_locked_until_the_last_answer_of_the_first() -> None:
    study = build_study(real=1, synthetic=1)
    reader = beginning_reader(study)
    answer_next(reader)
    with pytest.raises(ValidationError, match="not complete"):
        enter_phase(reader=reader, phase=phase_of(study, 2))
    answer_next(reader)
    enter_phase(reader=reader, phase=phase_of(study, 2))
    assert where_is(reader).phase == phase_of(study, 2)


def test_nobody_enters_a_phase_without_consent_or_of_another_study() -> None:
    study, other = build_study(), build_study()
    with pytest.raises(ValidationError):
        enter_phase(reader=reader_of(study), phase=phase_of(study, 1))
    with pytest.raises(ValidationError):
        enter_phase(reader=consenting_reader(study), phase=phase_of(other, 1))
    assert not Presentation.objects.exists()


def test_progress_counts_answers_and_not_visits() -> None:
    reader = beginning_reader(build_study())
    for _ in range(3):
        show_next(reader)
    assert where_is(reader).answered == 0
    answer_next(reader)
    place = where_is(reader)
    assert place.presentation is not None
    assert (place.answered, place.total, place.presentation.position) == (1, 4, 2)


def test_the_case_in_hand_stays_the_same_however_often_it_is_asked_for() -> None:
    reader = beginning_reader(build_study())
    answer_next(reader)
    assert len({show_next(reader).key for _ in range(3)}) == 1


def test_a_presentation_is_stamped_when_first_shown_and_never_again() -> None:
    reader = beginning_reader(build_study())
    presentation = show_next(reader)
    first = Presentation.objects.get(pk=presentation.pk).first_shown_at
    stale = Presentation.objects.get(pk=presentation.pk)
    stale.first_shown_at = None  # another tab, which read the row before it was stamped
    mark_shown(stale)
    assert Presentation.objects.get(pk=presentation.pk).first_shown_at == first
    assert Presentation.objects.filter(first_shown_at__isnull=False).count() == 1


def test_readers_see_different_orders_and_phases_too() -> None:
    study = build_study(real=6, synthetic=6, readers=2)
    orders = []
    for number in (1, 2):
        reader = beginning_reader(study, number)
        read_phase(reader, 1)
        enter_phase(reader=reader, phase=phase_of(study, 2))
        for phase in (1, 2):
            stored = Presentation.objects.filter(reader=reader, phase__position=phase).order_by("position")
            orders.append(tuple(stored.values_list("case__number", flat=True)))
    assert len(set(orders)) == 4


def test_the_protocol_is_not_read_with_the_reader() -> None:
    study = build_study()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        where_is(reader_of(study))
    assert not [query for query in queries if '"protocol"' in query["sql"]]
    assert find_reader(token="nobody") is None
