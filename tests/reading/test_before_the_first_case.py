"""What comes before the first case: language, consent with its contact, the display, practice."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from readerstudy.reading.display import record_display
from readerstudy.reading.models import Answer, DisplayCheck, PracticeAnswer, Presentation
from readerstudy.reading.practice import practice_due, record_practice
from readerstudy.studies.lifecycle import missing_before_opening
from readerstudy.studies.models import Case, PracticeCase, Reader
from tests.builders import add_real_image, build_study
from tests.sittings import beginning_reader, consenting_reader, read_phase, reader_of

pytestmark = pytest.mark.django_db


def at(page: str, reader: Reader, *more: Any) -> str:
    return reverse(f"reading:{page}", args=[reader.token, *more])


def with_practice(**options: Any) -> Reader:
    for index in range(10, 15):
        add_real_image(index)
    return consenting_reader(build_study(practice_cases=3, **options))


def test_the_consent_names_the_study_and_whom_to_ask(client: Client) -> None:
    page = client.get(at("consent", reader_of(build_study(contact="Aino Virtanen, aino@example.org"))))
    assert "A small study" in page.content.decode()
    assert "Aino Virtanen, aino@example.org" in page.content.decode()


def test_pages_are_in_the_language_of_the_invitation_until_the_reader_chooses_another(client: Client) -> None:
    reader = reader_of(build_study(language="fi"))
    finnish = client.get(at("consent", reader)).content.decode()
    assert '<html lang="fi">' in finnish
    assert "Suostun" in finnish
    client.post(at("language", reader), {"language": "en"})
    english = client.get(at("consent", reader)).content.decode()
    assert '<html lang="en">' in english
    assert "I consent" in english


def test_a_language_that_the_pages_do_not_have_leads_nowhere(client: Client) -> None:
    reader = reader_of(build_study())
    assert client.post(at("language", reader), {"language": "xx"}).status_code == 404
    assert Reader.objects.get().language == "en"


def test_one_readers_language_does_not_stay_for_the_next(client: Client) -> None:
    study = build_study(readers=2)
    Reader.objects.filter(number=1).update(language="fi")
    client.get(at("consent", reader_of(study, 1)))
    assert "I consent" in client.get(at("consent", reader_of(study, 2))).content.decode()


def test_the_display_is_checked_once_and_what_was_seen_is_noted(client: Client) -> None:
    reader = consenting_reader(build_study(checks_display=True))
    assert client.get(at("start", reader)).headers["Location"] == at("display", reader)
    assert client.get(at("display", reader)).status_code == 200
    assert client.post(at("display", reader), {"sees_dark": "yes"}).status_code == 400
    given = {"sees_dark": "yes", "sees_bright": "yes", "screen_width": "1920", "screen_height": "1080"}
    sent = client.post(at("display", reader), given | {"pixel_ratio": "1.25", "colour_depth": "24"})
    assert sent.headers["Location"] == at("start", reader)
    check = DisplayCheck.objects.get()
    assert (check.sees_dark, check.sees_bright, check.screen_width, check.pixel_ratio) == (True, True, 1920, 1.25)
    assert "Grading" in client.get(at("start", reader)).content.decode()
    assert client.get(at("display", reader)).headers["Location"] == at("start", reader)


def test_neither_the_check_nor_practice_is_skipped_by_a_request_of_ones_own(client: Client) -> None:
    reader = with_practice(checks_display=True)
    client.post(at("begin", reader, 1))
    assert not Presentation.objects.exists()
    assert client.get(at("practice", reader)).status_code == 302  # the display comes first
    client.post(at("display", reader), {"sees_dark": "yes", "sees_bright": "yes"})
    client.post(at("begin", reader, 1))
    assert not Presentation.objects.exists()
    for number in (1, 2, 3):
        client.post(at("practice", reader), {"number": number, "value": "2"})
    client.post(at("begin", reader, 1))
    assert Presentation.objects.filter(reader=reader).exists()


def test_who_does_not_see_a_square_is_advised_and_may_go_on(client: Client) -> None:
    reader = consenting_reader(build_study(checks_display=True))
    advice = client.post(at("display", reader), {"sees_dark": "no", "sees_bright": "yes"})
    assert "make the room darker" in advice.content.decode()
    assert DisplayCheck.objects.get().sees_dark is False
    assert "Grading" in client.get(at("start", reader)).content.decode()


def test_who_has_done_something_about_the_light_looks_again_and_both_looks_are_kept(client: Client) -> None:
    reader = consenting_reader(build_study(checks_display=True))
    advice = client.post(at("display", reader), {"sees_dark": "no", "sees_bright": "yes"})
    again = at("display", reader) + "?again=1"
    assert again in advice.content.decode()
    assert client.get(again).status_code == 200
    client.post(again, {"sees_dark": "yes", "sees_bright": "yes"})
    assert list(DisplayCheck.objects.values_list("sees_dark", flat=True)) == [False, True]
    client.post(at("begin", reader, 1))
    assert client.get(again).headers["Location"] == at("start", reader)


def test_a_screen_that_cannot_be_is_unknown_and_stops_nobody(client: Client) -> None:
    reader = consenting_reader(build_study(checks_display=True))
    odd = {"screen_width": "99999", "screen_height": "-1", "pixel_ratio": "nan", "colour_depth": "2,5"}
    sent = client.post(at("display", reader), {"sees_dark": "yes", "sees_bright": "yes"} | odd)
    assert sent.headers["Location"] == at("start", reader)
    check = DisplayCheck.objects.get()
    assert (check.screen_width, check.screen_height, check.pixel_ratio, check.colour_depth) == (None,) * 4


def test_a_reader_who_has_begun_is_not_sent_back_to_the_display(client: Client) -> None:
    reader = beginning_reader(build_study(checks_display=True))
    assert client.get(at("start", reader)).headers["Location"] == at("read", reader)


def test_practice_shows_the_reference_grade_after_each_radiograph_and_leads_on(client: Client) -> None:
    reader = with_practice()
    first = client.get(at("start", reader)).content.decode()
    assert "Please grade each radiograph" in first  # what is asked for is said before
    assert "3 radiographs for practice" in first
    assert at("practice", reader) in first
    assert at("begin", reader, 1) not in first
    for number in (1, 2, 3):
        case = PracticeCase.objects.get(number=number)
        page = client.get(at("practice", reader)).content.decode()
        assert re.search(rf"Practice {number} of 3", page)
        assert "Reference grade" not in page
        assert client.get(at("practice-image", reader, number))["Content-Type"] == "image/png"
        sent = client.post(at("practice", reader), {"number": number, "value": "2"})
        told = client.get(sent.headers["Location"]).content.decode()
        assert "You said 2 Minimal" in told
        assert re.search(rf'class="reference">\s*{case.reference_grade} ', told)
        if number < 3:
            assert client.get(at("start", reader)).headers["Location"] == at("practice", reader)
    assert at("begin", reader, 1) in client.get(at("start", reader)).content.decode()
    assert PracticeAnswer.objects.count() == 3
    assert not Answer.objects.exists()
    assert not Presentation.objects.exists()


def test_a_practice_page_tells_no_source_and_shows_no_case_of_the_study(client: Client) -> None:
    reader = with_practice()
    sent = client.post(at("practice", reader), {"number": 1, "value": "2"})
    for page in (client.get(at("practice", reader)), client.get(sent.headers["Location"])):
        assert not re.search(r"\b(real|synthetic|source)\b", page.content.decode(), re.IGNORECASE)
    practice = set(PracticeCase.objects.values_list("radiograph", flat=True))
    assert not practice & set(Case.objects.values_list("radiograph", flat=True))


def test_practice_radiographs_are_gone_once_the_first_phase_was_begun(client: Client) -> None:
    """They are known to be real, and a later phase asks just that."""
    reader = with_practice(real=1, synthetic=1)
    for number in (1, 2, 3):
        client.post(at("practice", reader), {"number": number, "value": "2"})
    assert client.get(at("practice-image", reader, 1)).status_code == 200
    client.post(at("begin", reader, 1))
    assert client.get(at("practice-image", reader, 1)).status_code == 404
    read_phase(reader, 1)
    assert "Real or synthetic" in client.get(at("start", reader)).content.decode()
    assert client.get(at("practice-image", reader, 1)).status_code == 404


def test_what_a_new_study_says_is_finnish_for_finnish_readers_and_what_a_lead_wrote_is_of_no_known_language(
    client: Client,
) -> None:
    study = build_study(language="fi")
    reader = consenting_reader(study)
    page = client.get(at("start", reader)).content.decode()
    assert "<h1>Luokittelu</h1>" in page
    assert "Luokittele kukin röntgenkuva" in page
    assert 'lang=""' not in page
    study.phases.filter(position=1).update(introduction="Var god och gradera <b>varje</b> bild.")
    page = client.get(at("start", reader)).content.decode()
    assert '<div lang=""><p>Var god och gradera &lt;b&gt;varje&lt;/b&gt; bild.</p></div>' in page


def test_a_practice_answer_without_a_grade_is_refused_and_the_first_one_stands(client: Client) -> None:
    reader = with_practice()
    assert client.post(at("practice", reader), {"number": 1, "value": "real"}).status_code == 400
    case = practice_due(reader)
    assert case is not None
    record_practice(reader=reader, case=case, value="1")
    record_practice(reader=reader, case=case, value="4")
    assert PracticeAnswer.objects.get().value == "1"
    assert client.get(at("practice", reader) + "?after=%00").status_code == 200
    assert client.get(at("practice-image", reader, 99)).status_code == 404


def test_practice_needs_images_that_are_no_case(client: Client) -> None:
    with pytest.raises(ValidationError, match="besides the cases of studies that are still read the bank holds 0"):
        build_study(practice_cases=2)
    study = build_study(opened=False)
    case = study.cases.first()
    assert case is not None
    PracticeCase.objects.create(study=study, number=1, radiograph=case.radiograph, reference_grade=0)
    (missing,) = missing_before_opening(study=study)
    assert missing.sentence == "A radiograph for practice is also a case; choose those for practice again."


def test_practice_and_options_stand_in_the_protocol() -> None:
    with_practice(allows_zoom=False, break_every=20, checks_display=True)
    protocol = PracticeCase.objects.select_related("study").first().study.protocol  # type: ignore[union-attr]
    assert protocol is not None
    assert len(protocol["practice"]) == 3
    assert protocol["reading"] == {
        "allows_zoom": False, "allows_windowing": True, "allows_change": True, "asks_remark": False,
        "break_every": 20, "checks_display": True,
    }  # fmt: skip


def test_a_display_can_be_noted_without_a_script() -> None:
    reader = consenting_reader(build_study(checks_display=True))
    check = record_display(reader=reader, sees_dark=True, sees_bright=False)
    assert (check.screen_width, check.pixel_ratio) == (None, None)
