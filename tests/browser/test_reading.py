"""A reader's sitting in a real Chromium, from the personal link to the thanks."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.reading.models import Answer
from readerstudy.studies.models import Reader, Study
from tests.builders import build_study

pytestmark = pytest.mark.django_db(transaction=True)


def link(live_server: LiveServer, study: Study, number: int = 1) -> str:
    return live_server.url + reverse("reading:start", args=[study.readers.get(number=number).token])


def consent_and_begin(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your specialty").select_option("Radiology")
    page.get_by_label("Years of experience").fill("12")
    page.get_by_role("button", name="I consent").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#progress")).to_contain_text("1 of")
    ready(page)


def ready(page: Page) -> None:
    """Wait until the script has taken over the page."""
    expect(page.locator("#tools")).to_be_visible()


def test_a_reader_goes_from_the_link_to_the_thanks_by_keyboard(live_server: LiveServer, page: Page) -> None:
    study = build_study(real=2, synthetic=2)
    page.goto(link(live_server, study))
    page.get_by_label("Your specialty").focus()
    page.keyboard.type("Orthopaedic")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    page.keyboard.press("Enter")
    for number, key in enumerate("0124", start=1):
        expect(page.locator("#progress")).to_have_text(f"{number} of 4")
        ready(page)
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Real or synthetic")).to_be_visible()
    page.keyboard.press("Enter")
    for number, keys in enumerate(("r1", "s5", "r3", "s4"), start=1):
        expect(page.locator("#progress")).to_have_text(f"{number} of 4")
        ready(page)
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    reader = Reader.objects.get()
    assert (reader.specialty, reader.years_experience) == ("Orthopaedic surgery", 7)
    given = Answer.objects.order_by("presentation__phase__position", "presentation__position")
    assert [(one.value, one.confidence) for one in given] == [
        *(("0", None), ("1", None), ("2", None), ("4", None)),
        *(("real", 1), ("synthetic", 5), ("real", 3), ("synthetic", 4)),
    ]
    assert all(one.response_ms is not None for one in given)
    assert all(one.answered_at >= one.presentation.first_shown_at for one in given)
