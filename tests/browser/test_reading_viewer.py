"""The viewer in a real Chromium: enlarging, moving, grey levels, and what of it is stored."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.reading.models import Answer
from tests.browser.clinician import answer, consent_and_begin, link, ready, size_and_place, wait_until
from tests.builders import build_study

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_viewer_enlarges_at_the_pointer_and_what_was_done_is_stored(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    before = size_and_place(page)
    assert before["width"] == 672  # three screen pixels for one of the image's 224
    pointer = before["x"] + 0.4 * before["width"], before["y"] + 0.4 * before["height"]
    page.mouse.move(*pointer)
    page.mouse.wheel(0, -400)
    wait_until(page, "document.getElementById('radiograph').getBoundingClientRect().width > 900")
    after = size_and_place(page)
    assert (pointer[0] - after["x"]) / after["width"] == pytest.approx(0.4, abs=0.005)
    assert (pointer[1] - after["y"]) / after["height"] == pytest.approx(0.4, abs=0.005)
    page.mouse.down()
    page.mouse.move(pointer[0] + 20, pointer[1] + 30, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    moved = size_and_place(page)
    assert (moved["x"] - after["x"], moved["y"] - after["y"]) == pytest.approx((20, 30), abs=2)
    page.mouse.down(button="right")
    page.mouse.move(pointer[0] + 100, pointer[1] + 60, steps=5)
    page.mouse.up(button="right")
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#radiograph")).to_have_css("filter", 'url("#levels")')
    page.keyboard.press("Space")
    expect(page.locator("#radiograph")).to_have_css("filter", "none")
    page.wait_for_timeout(100)
    assert size_and_place(page) == before
    answer(page, "2")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    stored = Answer.objects.get()
    assert stored.viewer["max_zoom"] == pytest.approx(5 / 3, abs=0.01)  # five screen pixels for one, instead of three
    assert stored.viewer["window_changed"]
    assert stored.viewer["inverted"]
    assert stored.response_ms is not None
    assert stored.response_ms >= 200  # the two waits above
    assert page.evaluate("document.getElementById('radiograph').style.filter") == ""  # the next one begins plain
