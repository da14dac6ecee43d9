"""A reader's sitting in a real Chromium, from the personal link to the thanks."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.reading.models import Answer
from readerstudy.studies.models import Reader
from tests.browser.clinician import answer, consent_and_begin, link, overflow, ready, values, wait_until
from tests.builders import build_study

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_reader_can_do_everything_by_mouse(live_server: LiveServer, page: Page) -> None:
    study = build_study(real=1, synthetic=1)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    for number, label in enumerate(("Moderate", "None"), start=1):
        expect(page.locator("#progress")).to_have_text(f"{number} of 2")
        page.locator(".choice", has_text=label).click()
        page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Begin").click()
    for number, (label, level) in enumerate((("Synthetic", "2"), ("Real", "5")), start=1):
        expect(page.locator("#progress")).to_have_text(f"{number} of 2")
        ready(page)
        page.locator(".choice", has_text=label).click()
        page.locator(".step", has_text=level).click()
        page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    assert values() == ["3", "0", "synthetic", "real"]


def test_the_last_answer_can_be_changed_by_keyboard(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.keyboard.press("u")  # nothing to change yet
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_have_text("1 of 4")
    ready(page)
    expect(page.get_by_role("radio", name="Moderate")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    ready(page)
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_have_text("1 of 4")
    ready(page)
    expect(page.get_by_role("alert")).to_contain_text("You are changing your answer")
    answer(page, "1")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    expect(page.get_by_role("alert")).to_have_text("The changed answer is stored.")
    expect(page).to_have_url(page.url.split("?")[0])
    assert values() == ["3", "1"]


def test_confirming_without_a_choice_says_what_is_missing(live_server: LiveServer, page: Page) -> None:
    study = build_study(real=1, synthetic=1)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Choose a grade first.")
    answer(page, "1")
    expect(page.locator("#progress")).to_have_text("2 of 2")
    answer(page, "1")
    page.get_by_role("button", name="Begin").click()
    ready(page)
    answer(page, "s")
    expect(page.get_by_role("alert")).to_contain_text("how sure")


def test_the_next_image_is_there_before_it_is_needed(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    cut: list[bool] = []
    page.route("**/image/**", lambda route: route.abort() if cut else route.continue_())
    consent_and_begin(page, link(live_server, study))
    ready(page)
    wait_until(
        page,
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/image/')).length == 2",
    )
    cut.append(True)
    answer(page, "2")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert page.evaluate("document.getElementById('radiograph').naturalWidth") == 224


def test_an_image_that_does_not_come_at_first_is_asked_for_again(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    lost: list[str] = []

    def lose_three(route: Route) -> None:
        if len(lost) < 3:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/image/**", lose_three)
    consent_and_begin(page, link(live_server, study))
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    wait_until(page, "document.getElementById('radiograph').naturalWidth == 224")
    expect(page.get_by_role("alert")).to_be_empty()
    answer(page, "2")
    expect(page.locator("#progress")).to_have_text("2 of 4")


def test_everything_works_without_a_script(live_server: LiveServer, chromium: Browser) -> None:
    study = build_study(real=1, synthetic=1)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(link(live_server, study))
    page.get_by_label("Your specialty").select_option("Radiology")
    page.get_by_label("Years of experience").fill("12")
    page.get_by_role("button", name="I consent").click()
    page.get_by_role("button", name="Begin").click()
    for _ in range(2):
        page.locator(".choice", has_text="Severe").click()
        page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Begin").click()
    for _ in range(2):
        page.locator(".choice", has_text="Synthetic").click()
        page.locator(".step", has_text="3").click()
        page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    context.close()
    assert values() == ["4", "4", "synthetic", "synthetic"]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (390, 844)])
def test_the_reading_page_fits_the_window(live_server: LiveServer, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    study = build_study(real=1, synthetic=1)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    answer(page, "2")
    expect(page.locator("#progress")).to_have_text("2 of 2")
    assert overflow(page) == (0, 0)
    answer(page, "2")
    page.get_by_role("button", name="Begin").click()
    ready(page)
    assert overflow(page) == (0, 0)


def test_nothing_is_cut_off_at_320_pixels(live_server: LiveServer, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 568})
    study = build_study(real=1, synthetic=1)
    page.goto(link(live_server, study))
    assert overflow(page)[0] == 0
    consent_and_begin(page, link(live_server, study))
    ready(page)
    assert overflow(page)[0] == 0
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("osteophytes")
    assert overflow(page)[0] == 0
