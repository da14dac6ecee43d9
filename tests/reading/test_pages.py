"""The reader's pages: who gets what, in every state of the study, with and without a script."""

import json
import logging
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from readerstudy.log_filters import HideTokens
from readerstudy.reading.image_address import image_address
from readerstudy.reading.models import Answer, Presentation
from readerstudy.reading.page import case_data, next_case
from readerstudy.reading.sitting import where_is
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Reader, Study
from tests.builders import build_study
from tests.sittings import answer_next, beginning_reader, consenting_reader, read_phase, reader_of, show_next

pytestmark = pytest.mark.django_db
CONSENT = {"specialty": "Radiology", "years_experience": "12"}


def at(page: str, reader: Reader | str, *more: Any) -> str:
    return reverse(f"reading:{page}", args=[reader if isinstance(reader, str) else reader.token, *more])


def sent(presentation: Presentation, **other: Any) -> dict[str, Any]:
    given = {"presentation": presentation.key, "client_key": str(uuid.uuid4()), "value": "2"}
    return {**given, "response_ms": 900, "viewer": {"max_zoom": 1}, **other}


def post_json(client: Client, address: str, body: Any) -> HttpResponse:
    return client.post(address, json.dumps(body), content_type="application/json")


def test_the_link_leads_to_where_the_reader_is_at_every_step(client: Client) -> None:
    study = build_study(real=1, synthetic=1)
    reader = reader_of(study)
    link = at("start", reader)
    assert client.get(link).headers["Location"] == at("consent", reader)
    assert client.post(at("consent", reader), CONSENT).headers["Location"] == link
    assert "Grading" in client.get(link).content.decode()
    assert client.post(at("begin", reader, 1)).headers["Location"] == link
    assert client.get(link).headers["Location"] == at("read", reader)
    read_phase(reader_of(study), 1)
    assert "Real or synthetic" in client.get(link).content.decode()
    client.post(at("begin", reader, 2))
    read_phase(reader_of(study), 2)
    assert study.thanks_text[:20] in client.get(link).content.decode()


def open_study_of_two() -> Study:
    return build_study(real=1, synthetic=1, readers=2)


def draft() -> Reader:
    return reader_of(build_study(opened=False))


def invited() -> Reader:
    return reader_of(open_study_of_two())


def consenting() -> Reader:
    return consenting_reader(open_study_of_two())


def grading() -> Reader:
    return beginning_reader(open_study_of_two())


def between() -> Reader:
    reader = beginning_reader(open_study_of_two())
    read_phase(reader, 1)
    return reader


def finished() -> Reader:
    reader = between()
    read_phase(reader, 2)
    return reader


def shut_out() -> Reader:
    reader = beginning_reader(open_study_of_two())
    close_study(study=reader.study, by="study lead")
    return reader


# who: GET start, GET consent, POST consent, POST begin 1, POST begin 2, GET read
# a path is where a redirect leads; 200 is the page itself
MATRIX = [
    (draft, (200, "start", "start", "start", "start", "start")),
    (invited, ("consent", 200, "start", "start", "start", "start")),
    (consenting, (200, "start", "start", "start", "start", "start")),
    (grading, ("read", "start", "start", "start", "start", 200)),
    (between, (200, "start", "start", "start", "start", "start")),
    (finished, (200, "start", "start", "start", "start", "start")),
    (shut_out, (200, "start", "start", "start", "start", "start")),
]


@pytest.mark.parametrize(("who", "expected"), MATRIX, ids=[who.__name__ for who, _ in MATRIX])
@pytest.mark.parametrize("request_number", range(6))
def test_each_page_opens_or_sends_the_reader_where_they_are(
    client: Client, who: Any, expected: tuple[Any, ...], request_number: int
) -> None:
    reader = who()
    drawn, answered = Presentation.objects.count(), Answer.objects.count()
    response = [
        lambda: client.get(at("start", reader)),
        lambda: client.get(at("consent", reader)),
        lambda: client.post(at("consent", reader), CONSENT),
        lambda: client.post(at("begin", reader, 1)),
        lambda: client.post(at("begin", reader, 2)),
        lambda: client.get(at("read", reader)),
    ][request_number]()
    outcome = expected[request_number]
    if isinstance(outcome, str):
        assert (response.status_code, response.headers["Location"]) == (302, at(outcome, reader))
    else:
        assert response.status_code == outcome
    opens = (who, request_number) in ((consenting, 3), (between, 4))
    assert (Presentation.objects.count() > drawn) == opens
    assert Answer.objects.count() == answered
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.parametrize("page", ["start", "consent", "read", "answer", "begin"])
def test_an_unknown_token_gets_a_friendly_404_everywhere(client: Client, page: str) -> None:
    more = [1] if page == "begin" else []
    address = at(page, "x" * 32, *more)
    response = client.post(address) if page in ("answer", "begin") else client.get(address)
    assert response.status_code == 404
    assert "personal link" in response.content.decode()


def test_no_page_asks_a_reader_to_log_in(client: Client) -> None:
    reader = grading()
    for address in (at("start", reader), at("read", reader)):
        assert "login" not in client.get(address).headers.get("Location", "")


def test_two_readers_of_one_browser_each_get_their_own_page(client: Client) -> None:
    study = open_study_of_two()
    first, second = beginning_reader(study, 1), beginning_reader(study, 2)
    shown = {reader.token: show_next(reader).key for reader in (first, second)}
    for reader in (first, second, first):
        assert shown[reader.token] in client.get(at("read", reader)).content.decode()


def test_a_second_consent_changes_nothing(client: Client) -> None:
    reader = invited()
    client.post(at("consent", reader), CONSENT)
    client.post(at("consent", reader), {"specialty": "General practice", "years_experience": "1"})
    assert Reader.objects.get(pk=reader.pk).specialty == "Radiology"


def test_another_specialty_is_taken_in_the_readers_own_words(client: Client) -> None:
    reader = invited()
    other = {"specialty": "other", "other_specialty": "Nuclear medicine", "years_experience": "3"}
    client.post(at("consent", reader), other)
    assert Reader.objects.get(pk=reader.pk).specialty == "Nuclear medicine"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"specialty": "Radiology", "years_experience": "-1"},
        {"specialty": "Radiology", "years_experience": "many"},
        {"specialty": "Astrology", "years_experience": "3"},
        {"specialty": "other", "other_specialty": " ", "years_experience": "3"},
    ],
)
def test_an_incomplete_consent_says_what_is_missing(client: Client, given: dict[str, str]) -> None:
    reader = invited()
    response = client.post(at("consent", reader), given)
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()
    assert Reader.objects.get(pk=reader.pk).consented_at is None


def test_the_script_gets_the_next_case_for_its_answer(client: Client) -> None:
    reader = grading()
    presentation = show_next(reader)
    response = post_json(client, at("answer", reader), sent(presentation))
    case = response.json()["case"]
    assert response.status_code == 200
    assert (case["number"], case["total"], case["can_change"]) == (2, 2, True)
    assert Presentation.objects.get(key=case["presentation"]).first_shown_at is not None
    assert Answer.objects.get().value == "2"


def test_the_script_is_sent_on_after_the_last_answer(client: Client) -> None:
    reader = grading()
    answer_next(reader)
    body = sent(show_next(reader))
    response = post_json(client, at("answer", reader), body)
    assert response.json() == {"client_key": body["client_key"], "message": "", "address": at("start", reader)}


def test_the_same_request_twice_is_one_answer_and_one_reply(client: Client) -> None:
    reader = grading()
    body = sent(show_next(reader))
    replies = [post_json(client, at("answer", reader), body) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].json()["case"]["presentation"] == replies[1].json()["case"]["presentation"]
    assert Answer.objects.count() == 1


def test_a_reply_that_was_lost_and_is_sent_again_does_not_show_the_next_case_twice(client: Client) -> None:
    reader = grading()
    body = sent(show_next(reader))
    for _ in range(3):
        key = post_json(client, at("answer", reader), body).json()["case"]["presentation"]
    assert Presentation.objects.get(key=key).showings == 1
    client.get(at("read", reader))
    assert Presentation.objects.get(key=key).showings == 2


def test_asking_where_one_is_and_fetching_ahead_show_nothing(client: Client) -> None:
    """The script asks while an image does not come; a browser or a mail program may fetch what nobody looks at."""
    reader = grading()
    key = show_next(reader).key
    state = client.get(at("read", reader), headers={"Accept": "application/json"}).json()
    assert state["case"]["presentation"] == key
    assert client.get(at("read", reader), headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert Presentation.objects.get(key=key).showings == 1


def test_nothing_under_a_readers_address_is_kept_by_a_cache(client: Client) -> None:
    reader = grading()
    for response in (
        client.get(at("start", reader).rstrip("/")),
        client.put(at("read", reader)),
        client.get(at("start", reader) + "nothing/"),
        client.get(at("start", reader), headers={"host": "elsewhere.example.org"}),
    ):
        assert response.status_code in (301, 400, 404, 405)
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["django.server", "django.request", "readerstudy"])
def test_whatever_is_logged_goes_past_the_filter_that_hides_tokens(name: str) -> None:
    logger: logging.Logger | None = logging.getLogger(name)
    printing = []
    while logger:
        printing += [handler for handler in logger.handlers if type(handler) is logging.StreamHandler]
        logger = logger.parent if logger.propagate else None
    assert printing
    for handler in printing:
        assert any(isinstance(one, HideTokens) for one in handler.filters)


def test_a_key_of_another_answer_brings_the_case_that_is_due(client: Client) -> None:
    reader = beginning_reader(build_study())
    first = sent(show_next(reader))
    post_json(client, at("answer", reader), first)
    due = show_next(reader)
    reply = post_json(client, at("answer", reader), sent(due, client_key=first["client_key"]))
    assert (reply.status_code, reply.json()["case"]["presentation"]) == (409, due.key)
    assert Answer.objects.count() == 1


def test_a_stale_tab_is_told_and_given_the_current_case(client: Client) -> None:
    reader = grading()
    presentation = show_next(reader)
    post_json(client, at("answer", reader), sent(presentation, value="2"))
    reply = post_json(client, at("answer", reader), sent(presentation, value="4"))
    assert reply.status_code == 409
    assert "answered already" in reply.json()["message"]
    assert reply.json()["case"]["number"] == 2
    assert [answer.value for answer in Answer.objects.all()] == ["2"]


def test_nobody_answers_for_another_reader(client: Client) -> None:
    study = open_study_of_two()
    first, second = beginning_reader(study, 1), beginning_reader(study, 2)
    reply = post_json(client, at("answer", second), sent(show_next(first)))
    assert reply.status_code == 409
    assert reply.json()["case"]["presentation"] == show_next(second).key
    assert not Answer.objects.exists()


def test_a_study_closed_meanwhile_says_so(client: Client) -> None:
    reader = grading()
    presentation = show_next(reader)
    close_study(study=reader.study, by="study lead")
    body = sent(presentation)
    reply = post_json(client, at("answer", reader), body)
    assert reply.status_code == 409
    assert reply.json() == {
        "client_key": body["client_key"],
        "message": "The study is closed, so this answer could not be taken. Earlier answers are kept.",
        "address": at("start", reader),
    }
    assert "closed" in client.get(at("start", reader)).content.decode()
    without_script = client.post(at("answer", reader), plain(presentation))
    assert without_script.status_code == 409
    assert "could not be taken" in without_script.content.decode()


def test_the_same_key_with_another_value_is_a_conflict_that_says_so(client: Client) -> None:
    reader = grading()
    body = sent(show_next(reader), value="2")
    assert post_json(client, at("answer", reader), body).status_code == 200
    reply = post_json(client, at("answer", reader), body | {"value": "4"})
    assert reply.status_code == 409
    assert "the first one is kept" in reply.json()["message"]
    assert Answer.objects.get().value == "2"


NONSENSE = [
    " ", "[]", "{", '"x"', "{}", '{"presentation": 3}', '{"client_key": "no"}', "\xff", "[" * 100_000,
    '{"viewer":' * 100_000, '{"viewer": {"max_zoom": [[1]]}}', '{"presentation": "\\ud800"}', '{"value": "a\\u0000b"}',
    '{"presentation": "\\u0000"}', '{"response_ms": ' + "9" * 5000 + "}", '{"response_ms": 1e999}',
]  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: body[:30].encode("unicode_escape").decode())
def test_an_answer_that_makes_no_sense_is_refused_with_a_sentence(client: Client, body: str) -> None:
    reader = grading()
    reply = client.post(at("answer", reader), body, content_type="application/json")
    assert reply.status_code == 400
    assert reply.json()["message"]


def test_a_remark_that_no_database_can_keep_is_refused_with_a_sentence(client: Client) -> None:
    reader = grading()
    Study.objects.update(asks_remark=True)
    for remark in ("half \ud800", "nothing \x00", "x" * 501):
        reply = post_json(client, at("answer", reader), sent(show_next(reader), remark=remark))
        assert reply.status_code == 400
        assert reply.json()["message"]
    assert post_json(client, at("answer", reader), sent(show_next(reader), remark="𝄞 ä")).status_code == 200
    assert Answer.objects.get().remark == "𝄞 ä"


@pytest.mark.parametrize("token", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 5000])
def test_an_address_that_no_database_can_look_for_leads_nowhere(client: Client, token: str) -> None:
    for page in ("", "consent/", "read/", "image/%00/", "begin/1/", "answer/"):
        address = f"/r/{token}/{page}"
        response = client.post(address) if page in ("begin/1/", "answer/") else client.get(address)
        assert response.status_code == 404


def test_an_address_of_nonsense_below_a_token_leads_nowhere(client: Client) -> None:
    reader = grading()
    for page in ("image/%00/", "image/x/", f"begin/{'9' * 5000}/"):
        address = f"/r/{reader.token}/{page}"
        response = client.post(address) if page.startswith("begin") else client.get(address)
        assert response.status_code == 404
    assert client.post(f"/r/{reader.token}/begin/{10**30}/").status_code == 302  # no such part: where they are


def test_the_script_can_ask_where_it_is(client: Client) -> None:
    reader = grading()
    headers = {"Accept": "application/json"}
    case = client.get(at("read", reader), headers=headers).json()["case"]
    assert case["presentation"] == show_next(reader).key
    read_phase(reader, 1)
    assert client.get(at("read", reader), headers=headers).json() == {"address": at("start", reader)}


def plain(presentation: Presentation, **other: Any) -> dict[str, Any]:
    return {"presentation": presentation.key, "client_key": str(uuid.uuid4()), "value": "2", **other}


def test_without_a_script_the_form_takes_the_answer_and_shows_the_next_case(client: Client) -> None:
    reader = grading()
    first = show_next(reader)
    response = client.post(at("answer", reader), plain(first), follow=True)
    second = where_is(reader).presentation
    assert second is not None
    assert second.key in response.content.decode()
    assert Answer.objects.get().response_ms is None  # nothing measured it


def test_without_a_script_a_missing_choice_and_a_stale_page_are_explained(client: Client) -> None:
    reader = grading()
    first = show_next(reader)
    missing = client.post(at("answer", reader), plain(first, value=""))
    assert missing.status_code == 400
    assert "choose one of the answers" in missing.content.decode()
    client.post(at("answer", reader), plain(first))
    stale = client.post(at("answer", reader), plain(first))
    assert stale.status_code == 409
    assert "answered already" in stale.content.decode()
    assert show_next(reader).key in stale.content.decode()


def test_the_last_answer_can_be_changed_and_the_reader_comes_back_to_the_same_case(client: Client) -> None:
    reader = grading()
    first = answer_next(reader).presentation
    due = show_next(reader)
    page = client.get(at("read", reader) + "?change=last").content.decode()
    assert first.key in page
    assert 'name="revises" value="1"' in page
    response = client.post(at("answer", reader), plain(first, value="0", revises=1), follow=True)
    assert due.key in response.content.decode()
    changed = Answer.objects.filter(presentation=first).order_by("revision")
    assert [(answer.revision, answer.value) for answer in changed][-1] == (2, "0")


def test_there_is_nothing_to_change_before_the_first_answer(client: Client) -> None:
    reader = grading()
    page = client.get(at("read", reader) + "?change=last").content.decode()
    assert show_next(reader).key in page
    assert 'name="revises"' not in page


def test_the_page_says_how_far_the_reader_is(client: Client) -> None:
    reader = beginning_reader(build_study(real=3, synthetic=3))
    for number in range(1, 4):
        page = client.get(at("read", reader)).content.decode()
        assert re.search(rf'id="progress"[^>]*>\s*{number} of 6\s*<', page)
        place = where_is(reader)
        assert case_data(next_case(place, reader))["number"] == place.answered + 1 == number
        answer_next(reader)


@pytest.mark.parametrize("page", ["start", "read", "answer", "begin"])
def test_a_page_takes_only_the_methods_it_means(client: Client, page: str) -> None:
    reader = grading()
    address = at(page, reader, *([1] if page == "begin" else []))
    wrong = client.get(address) if page in ("answer", "begin") else client.post(address)
    assert wrong.status_code == 405
    assert client.put(address).status_code == 405


@pytest.mark.parametrize(("cases", "repeats"), [(2, 0), (20, 4)])
def test_a_page_an_image_and_an_answer_take_the_same_few_queries_in_every_study_and_at_every_place(
    client: Client, django_assert_num_queries: Any, cases: int, repeats: int
) -> None:
    reader = beginning_reader(build_study(real=cases // 2 + 2, synthetic=cases // 2 + 2, grade_repeats=repeats))
    answer_next(reader)
    client.get(image_address(token=reader.token, key=show_next(reader).key))  # PostgreSQL keeps the plans from now on
    for _ in range(2):
        with django_assert_num_queries(4):
            client.get(at("read", reader))
        presentation = where_is(reader).presentation
        assert presentation is not None
        with django_assert_num_queries(1):
            client.get(image_address(token=reader.token, key=presentation.key))
        # SQLite stores and shows in two statements, between the bounds of a transaction
        with django_assert_num_queries(2 if connection.vendor == "postgresql" else 5):
            post_json(client, at("answer", reader), sent(presentation))
