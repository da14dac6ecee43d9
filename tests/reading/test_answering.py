"""An answer is never lost, doubled or misplaced."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from readerstudy.reading import answering
from readerstudy.reading.answering import MovedOnError, record_answer
from readerstudy.reading.case_queries import Turn, find_turn
from readerstudy.reading.models import Answer, Presentation
from readerstudy.reading.sitting import enter_phase, where_is
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Study
from tests.builders import build_study
from tests.sittings import answer_next, beginning_reader, phase_of, read_phase, show_next

pytestmark = pytest.mark.django_db


def give(presentation: Presentation, value: str = "2", **other: Any) -> Answer:
    given: dict[str, Any] = {
        "client_key": uuid.uuid4(),
        "confidence": None,
        "response_ms": 1500,
        "viewer": {},
        **other,
    }
    return record_answer(presentation=presentation, value=value, **given)


def test_an_answer_is_stored_with_its_time_and_the_use_of_the_viewer() -> None:
    presentation = show_next(beginning_reader(build_study()))
    viewer = {"max_zoom": 2.5, "window_changed": True, "inverted": False}
    answer = Answer.objects.get(pk=give(presentation, "3", viewer=viewer).pk)
    assert (answer.value, answer.revision, answer.response_ms, answer.viewer) == ("3", 1, 1500, viewer)
    assert presentation.first_shown_at is not None
    assert answer.answered_at >= presentation.first_shown_at


def test_the_same_key_twice_is_one_answer() -> None:
    presentation = show_next(beginning_reader(build_study()))
    key = uuid.uuid4()
    first = give(presentation, "3", client_key=key)
    assert give(presentation, "3", client_key=key, response_ms=9000) == first
    assert list(Answer.objects.values_list("value", "response_ms")) == [("3", 1500)]


def test_the_same_key_with_another_value_is_refused_and_the_first_counts() -> None:
    presentation = show_next(beginning_reader(build_study()))
    key = uuid.uuid4()
    give(presentation, "3", client_key=key)
    with pytest.raises(MovedOnError, match="another value, and the first one is kept"):
        give(presentation, "4", client_key=key)
    assert list(Answer.objects.values_list("value", flat=True)) == ["3"]


def test_an_answer_sent_again_after_the_study_closed_is_still_acknowledged() -> None:
    study = build_study()
    presentation = show_next(beginning_reader(study))
    key = uuid.uuid4()
    first = give(presentation, client_key=key)
    close_study(study=study, by="study lead")
    assert give(presentation, client_key=key) == first


def test_another_key_for_an_answered_case_is_refused() -> None:
    presentation = show_next(beginning_reader(build_study()))
    give(presentation, "3")
    with pytest.raises(MovedOnError, match="answered already"):
        give(presentation, "4")
    assert Answer.objects.get().value == "3"


def test_a_revision_is_a_new_row_and_the_last_counts() -> None:
    reader = beginning_reader(build_study())
    presentation = show_next(reader)
    give(presentation, "3")
    give(presentation, "4", revises=1)
    give(presentation, "1", revises=2)
    assert list(Answer.objects.values_list("revision", "value")) == [(1, "3"), (2, "4"), (3, "1")]
    assert where_is(reader).answered == 1


@pytest.mark.parametrize("revises", [1, 3])
def test_a_revision_of_anything_but_the_latest_is_refused(revises: int) -> None:
    presentation = show_next(beginning_reader(build_study()))
    give(presentation, "3")
    give(presentation, "4", revises=1)
    with pytest.raises(MovedOnError, match="changed already"):
        give(presentation, "0", revises=revises)
    assert Answer.objects.count() == 2


def test_only_the_last_answered_case_can_be_changed() -> None:
    reader = beginning_reader(build_study())
    first, second = answer_next(reader).presentation, answer_next(reader).presentation
    with pytest.raises(MovedOnError, match="later radiograph was answered"):
        give(first, "0", revises=1)
    assert give(second, "0", revises=1).revision == 2


def test_where_the_protocol_allows_no_change_an_answer_stands() -> None:
    study = build_study()
    Study.objects.update(allows_change=False)
    last = answer_next(beginning_reader(study)).presentation
    with pytest.raises(MovedOnError, match="cannot be changed"):
        give(last, "0", revises=1)


def test_a_remark_is_kept_where_the_study_asks_for_one() -> None:
    presentation = show_next(beginning_reader(build_study()))
    with pytest.raises(ValidationError, match="does not ask for remarks"):
        give(presentation, remark="a fabella")
    Study.objects.update(asks_remark=True)
    assert give(presentation, remark="a fabella").remark == "a fabella"


def test_an_answer_says_at_which_showing_of_its_case_it_was_given() -> None:
    reader = beginning_reader(build_study())
    show_next(reader)
    first_shown = Presentation.objects.get(position=1).first_shown_at
    give(Presentation.objects.get(key=show_next(reader).key))
    assert Answer.objects.get().showing == 2
    assert Presentation.objects.get(position=1).first_shown_at == first_shown


@pytest.mark.parametrize(
    ("option", "viewer"),
    [
        ("allows_zoom", {"max_zoom": 1.5}),
        ("allows_zoom", {"panned": True}),
        ("allows_windowing", {"window_changed": True}),
        ("allows_windowing", {"inverted": True}),
    ],
)
def test_an_answer_given_with_what_the_protocol_switched_off_is_refused(option: str, viewer: dict[str, Any]) -> None:
    presentation = show_next(beginning_reader(build_study()))
    Study.objects.update(**{option: False})
    with pytest.raises(ValidationError, match="This study is read without"):
        give(presentation, viewer=viewer)
    assert give(presentation, viewer={"max_zoom": 1, "panned": False, "window_changed": False}).revision == 1


def test_a_case_that_has_no_answer_cannot_be_revised() -> None:
    presentation = show_next(beginning_reader(build_study()))
    with pytest.raises(MovedOnError):
        give(presentation, revises=1)


def test_grades_cannot_be_changed_once_the_reader_knows_more() -> None:
    reader = beginning_reader(build_study(real=1, synthetic=1))
    answer_next(reader)
    last = answer_next(reader).presentation
    with pytest.raises(MovedOnError, match="complete"):
        give(last, "0", revises=1)


def test_a_case_that_was_never_shown_takes_no_answer() -> None:
    reader = beginning_reader(build_study())
    following = where_is(reader).following
    assert following is not None
    with pytest.raises(MovedOnError, match="not shown"):
        give(following)


def test_a_closed_study_takes_no_answer_and_says_so() -> None:
    study = build_study()
    presentation = show_next(beginning_reader(study))
    close_study(study=study, by="study lead")
    with pytest.raises(MovedOnError, match="study is closed"):
        give(presentation)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("value", ["", "5", "-1", "real", "2.0"])
def test_only_the_grades_answer_a_grading_case(value: str) -> None:
    presentation = show_next(beginning_reader(build_study()))
    with pytest.raises(ValidationError, match="choose one"):
        give(presentation, value)


def test_grading_takes_no_confidence() -> None:
    presentation = show_next(beginning_reader(build_study()))
    with pytest.raises(ValidationError, match="does not ask"):
        give(presentation, "2", confidence=3)


@pytest.mark.parametrize(
    ("value", "confidence", "complaint"),
    [("real", None, "how sure"), ("real", 0, "how sure"), ("synthetic", 6, "how sure"), ("3", 3, "choose")],
)
def test_detecting_takes_real_or_synthetic_and_a_confidence(value: str, confidence: int | None, complaint: str) -> None:
    study = build_study(real=1, synthetic=1)
    reader = beginning_reader(study)
    read_phase(reader, 1)
    enter_phase(reader=reader, phase=phase_of(study, 2))
    presentation = show_next(reader)
    with pytest.raises(ValidationError, match=complaint):
        give(presentation, value, confidence=confidence)
    assert give(presentation, "synthetic", confidence=5).confidence == 5


def test_a_page_left_open_for_two_months_still_gives_its_answer() -> None:
    presentation = show_next(beginning_reader(build_study()))
    assert give(presentation, response_ms=60 * 24 * 3600 * 1000).response_ms == 2**31 - 1


def test_what_else_a_page_sends_about_the_viewer_is_dropped() -> None:
    presentation = show_next(beginning_reader(build_study()))
    viewer = {
        "max_zoom": "much", "inverted": True, "screen": "x" * 10_000, "hides": -1, "hidden_ms": 10**30,
        "pixel_ratio": float("nan"), "screen_width": True, "screen_height": 1080.4, "window_width": float("inf"),
    }  # fmt: skip
    assert give(presentation, viewer=viewer).viewer == {"inverted": True, "screen_height": 1080}


def test_a_client_key_is_of_one_answer_and_no_other_case_takes_it() -> None:
    reader = beginning_reader(build_study())
    first = answer_next(reader)
    second = show_next(reader)
    with pytest.raises(MovedOnError, match="out of date"):
        give(second, client_key=first.client_key)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(
            presentation=second, client_key=first.client_key, value="2", answered_at=first.answered_at
        )
    assert Answer.objects.get() == first


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen, once, between looking where a reader stands and storing the answer."""

    def happens(act: Callable[[], Any]) -> None:
        acts = [act]

        def look(**where: str) -> Turn | None:
            turn = find_turn(**where)
            while acts:
                acts.pop()()
            return turn

        monkeypatch.setattr(answering, "find_turn", look)

    return happens


def test_a_study_that_closes_before_the_answer_is_stored_takes_it_no_more(meanwhile: Any) -> None:
    study = build_study()
    presentation = show_next(beginning_reader(study))
    meanwhile(lambda: close_study(study=study, by="study lead"))
    with pytest.raises(MovedOnError, match="study is closed"):
        give(presentation)
    assert not Answer.objects.exists()


def test_a_case_that_another_tab_answers_meanwhile_keeps_that_answer(meanwhile: Any) -> None:
    presentation = show_next(beginning_reader(build_study()))
    meanwhile(lambda: give(presentation, "1"))
    with pytest.raises(MovedOnError, match="answered already"):
        give(presentation, "4")
    assert Answer.objects.get().value == "1"


def test_an_answer_is_not_changed_when_the_next_case_is_answered_meanwhile(meanwhile: Any) -> None:
    reader = beginning_reader(build_study())
    last = answer_next(reader).presentation
    due = show_next(reader)
    meanwhile(lambda: give(due, "1"))
    with pytest.raises(MovedOnError, match="later radiograph was answered"):
        give(last, "4", revises=1)
    assert Answer.objects.count() == 2


def test_an_answer_that_is_sent_twice_at_once_is_one_answer(meanwhile: Any) -> None:
    presentation, key = show_next(beginning_reader(build_study())), uuid.uuid4()
    meanwhile(lambda: give(presentation, client_key=key))
    assert give(presentation, client_key=key) == Answer.objects.get()
