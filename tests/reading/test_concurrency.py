"""Tabs, devices and readers at the same moment, on a database that they really share."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from readerstudy.audit.models import Entry
from readerstudy.reading import answering
from readerstudy.reading.answering import MovedOnError, record_answer
from readerstudy.reading.case_queries import Turn, find_turn
from readerstudy.reading.models import Answer, Presentation
from readerstudy.reading.sitting import enter_phase, where_is
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Study
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

pytestmark = pytest.mark.usefixtures("shared_database")
TABS = 8


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same moment, each on a connection of its own; give back results and refusals."""
    barrier = threading.Barrier(len(acts))

    def attempt(act: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return act()
        except ValidationError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(attempt, acts))


def answering_with(
    presentation: Presentation, key: uuid.UUID | None = None, revises: int | None = None
) -> Callable[[], Answer]:
    return lambda: record_answer(
        presentation=presentation,
        client_key=key or uuid.uuid4(),
        value="2",
        confidence=None,
        response_ms=1000,
        viewer={},
        revises=revises,
    )


def test_begin_pressed_in_many_tabs_draws_one_order() -> None:
    study = build_study()
    reader, phase = consenting_reader(study), phase_of(study, 1)
    assert at_once(*[lambda: enter_phase(reader=reader, phase=phase)] * TABS) == [None] * TABS
    assert list(Presentation.objects.values_list("position", flat=True)) == [1, 2, 3, 4]
    assert Entry.objects.filter(verb="begin phase").count() == 1


def test_one_answer_sent_many_times_is_stored_once() -> None:
    presentation, key = show_next(beginning_reader(build_study())), uuid.uuid4()
    stored = at_once(*[answering_with(presentation, key)] * TABS)
    assert {answer.pk for answer in stored} == {Answer.objects.get().pk}


def test_of_many_tabs_that_answer_one_case_one_wins_and_the_others_are_told() -> None:
    presentation = show_next(beginning_reader(build_study()))
    outcomes = at_once(*(answering_with(presentation) for _ in range(TABS)))
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MovedOnError) for outcome in outcomes) == TABS - 1
    assert Answer.objects.count() == 1


def test_of_many_tabs_that_change_one_answer_one_wins() -> None:
    presentation = answer_next(beginning_reader(build_study())).presentation
    outcomes = at_once(*(answering_with(presentation, revises=1) for _ in range(TABS)))
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 1
    assert list(Answer.objects.values_list("revision", flat=True)) == [1, 2]


def test_readers_who_read_at_the_same_time_lose_nothing() -> None:
    study = build_study(real=3, synthetic=3, readers=6)
    readers = [consenting_reader(study, number) for number in range(1, 7)]
    outcomes = at_once(*(lambda reader=reader: read_phase(reader, 1) for reader in readers))  # type: ignore[misc]
    assert outcomes == [None] * 6
    assert Answer.objects.count() == 36
    assert all(where_is(reader).phase == phase_of(study, 2) for reader in readers)


def test_no_answer_is_taken_after_the_study_is_closed() -> None:
    study = build_study(real=3, synthetic=3, readers=4)
    readers = [beginning_reader(study, number) for number in range(1, 5)]
    outcomes = at_once(
        *(lambda reader=reader: read_phase(reader, 1) for reader in readers),  # type: ignore[misc]
        lambda: answer_next(reader_of(study)) and close_study(study=study, by="study lead"),
    )
    assert isinstance(outcomes[-1], Study | MovedOnError)
    if isinstance(outcomes[-1], MovedOnError):  # its one answer lost against the first reader's
        close_study(study=study, by="study lead")
    study.refresh_from_db()
    assert study.closed_at is not None
    assert not Answer.objects.filter(answered_at__gt=study.closed_at).exists()


def test_closing_and_an_answer_on_its_way_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    study = build_study()
    presentation = show_next(beginning_reader(study))
    found, closing = threading.Event(), threading.Event()

    def look(**where: str) -> Turn | None:
        turn = find_turn(**where)
        found.set()
        closing.wait(timeout=30)
        return turn

    def close_while_the_answer_waits() -> None:
        found.wait(timeout=30)
        with transaction.atomic():
            close_study(study=study, by="study lead")
            closing.set()
            time.sleep(0.5)  # the answer reaches the database while the study is closed but not yet for others to see

    monkeypatch.setattr(answering, "find_turn", look)
    taken, _ = at_once(answering_with(presentation), close_while_the_answer_waits)
    assert isinstance(taken, MovedOnError)
    assert not Answer.objects.exists()


def test_a_change_and_the_next_answer_at_the_same_moment_are_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = beginning_reader(build_study())
    last = answer_next(reader).presentation
    due = show_next(reader)
    both_looked = threading.Barrier(2, timeout=30)
    looks = iter(range(2))

    def look(**where: str) -> Turn | None:
        turn = find_turn(**where)
        if next(looks, None) is not None:
            both_looked.wait()
        return turn

    monkeypatch.setattr(answering, "find_turn", look)
    changed, answered = at_once(answering_with(last, revises=1), answering_with(due))
    assert isinstance(answered, Answer)
    if isinstance(changed, Answer):
        assert changed.pk < answered.pk
    else:
        assert "later radiograph was answered" in changed.messages[0]


def test_a_database_that_ended_the_connection_costs_neither_an_answer_nor_a_page(client: Client) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server that could end a connection")
    reader = beginning_reader(build_study())
    for address, body in (
        (reverse("reading:read", args=[reader.token]), None),
        (reverse("reading:answer", args=[reader.token]), {"presentation": show_next(reader).key, "value": "2"}),
    ):
        end_connection()
        sent = json.dumps(body and {**body, "client_key": str(uuid.uuid4())})
        reply = client.get(address) if body is None else client.post(address, sent, content_type="application/json")
        assert reply.status_code == 200
    assert Answer.objects.count() == 1


def end_connection() -> None:
    """As a database does that is restarted: the connection of this thread is gone, and nobody has told it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        number = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [number])
    other.close()
    time.sleep(0.2)
