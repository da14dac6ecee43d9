"""The viewer in a real Chromium: enlarging, moving, grey levels, and what of it is stored."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
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


def test_at_every_step_an_image_pixel_is_a_whole_number_of_equal_screen_pixels(
    live_server: LiveServer, page: Page
) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.evaluate("document.body.style.cursor = 'none'")
    for scale in (3, 4, 5):
        page.wait_for_timeout(100)
        stage = page.locator("#stage").bounding_box()
        assert stage is not None
        box = size_and_place(page)
        assert box["width"] == 224 * scale
        shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))
        left = max(box["x"], 0)
        first = int(left + (box["x"] - left) % scale)
        rows = shot[300 : 300 + 1, first : first + 40 * scale].reshape(1, 40, scale)
        assert (rows == rows[:, :, :1]).all()  # each pixel once more beside itself, nothing in between
        assert len(np.unique(rows)) > 5
        page.keyboard.press("+")


def test_two_fingers_enlarge_and_move(live_server: LiveServer, chromium: Browser) -> None:
    study = build_study()
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=3)
    page = context.new_page()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    before = size_and_place(page)
    fingers = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        at = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (150, 200), (240, 200))
    for step in range(1, 10):
        touch("touchMove", (150 - 5 * step, 200), (240 + 5 * step, 200))
    touch("touchEnd")
    page.wait_for_timeout(100)
    after = size_and_place(page)
    assert after["width"] / before["width"] == pytest.approx(2, abs=0.25)
    page.locator(".choice").nth(2).tap()
    page.get_by_role("button", name="Confirm").tap()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert Answer.objects.get().viewer["max_zoom"] > 1.5
    context.close()


def test_what_the_study_switched_off_is_neither_offered_nor_done(live_server: LiveServer, page: Page) -> None:
    study = build_study(allows_zoom=False, allows_windowing=False, allows_change=False)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    before = size_and_place(page)
    page.mouse.move(before["x"] + 100, before["y"] + 100)
    page.mouse.wheel(0, -400)
    for key in ("+", "i", "[", ",", "c", "Space"):
        page.keyboard.press(key)
    page.mouse.down(button="right")
    page.mouse.move(before["x"] + 200, before["y"] + 160, steps=3)
    page.mouse.up(button="right")
    page.wait_for_timeout(150)
    assert size_and_place(page) == before
    expect(page.locator("#radiograph")).to_have_css("filter", "none")
    for name in ("Larger", "Contrast", "Invert", "Reset"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    answer(page, "2")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    expect(page.locator("#change")).to_be_hidden()
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert Answer.objects.get().viewer["max_zoom"] == 1


def test_a_remark_may_hold_the_letters_and_figures_that_are_keys(live_server: LiveServer, page: Page) -> None:
    study = build_study(asks_remark=True)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.keyboard.press("3")
    page.get_by_label("Remark").fill("")
    page.keyboard.type("1 i+u? -")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert Answer.objects.values_list("value", "remark").get() == ("3", "1 i+u? -")
    expect(page.get_by_label("Remark")).to_have_value("")


def test_a_rest_is_offered_on_time_hides_the_image_and_is_no_reading_time(live_server: LiveServer, page: Page) -> None:
    study = build_study(break_every=2)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    answer(page, "1")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    ready(page)
    expect(page.locator("#rest")).to_be_hidden()
    answer(page, "1")
    expect(page.locator("#rest")).to_be_visible()
    expect(page.locator("#stage")).to_be_hidden()
    page.keyboard.press("4")  # no key answers during the rest
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    ready(page)
    answer(page, "2")
    expect(page.locator("#progress")).to_have_text("4 of 4")
    third = Answer.objects.get(presentation__position=3)
    assert third.value == "2"
    since_shown = (third.answered_at - third.presentation.first_shown_at).total_seconds() * 1000
    assert third.response_ms is not None
    assert third.response_ms < since_shown - 600


@pytest.mark.parametrize(
    ("ratio", "windows"),
    [(1, [(360, 800), (400, 900), (720, 780), (1280, 400)]), (2, [(640, 360), (667, 375)])],
)
def test_the_whole_radiograph_is_seen_in_every_window(
    live_server: LiveServer, chromium: Browser, ratio: int, windows: list[tuple[int, int]]
) -> None:
    study = build_study(allows_zoom=False)
    context = chromium.new_context(device_scale_factor=ratio)
    page = context.new_page()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    for width, height in windows:
        page.set_viewport_size({"width": width, "height": height})
        page.reload()
        ready(page)
        page.wait_for_timeout(100)
        stage, image = page.locator("#stage").bounding_box(), size_and_place(page)
        assert stage is not None
        assert image["width"] <= min(stage["width"], stage["height"]) + 0.5
        assert image["width"] > min(stage["width"], stage["height"]) / 1.6
        assert image["x"] >= stage["x"] - 0.5
        assert image["y"] >= stage["y"] - 0.5
        page.keyboard.press("Space")
        page.wait_for_timeout(100)
        assert size_and_place(page) == image
    context.close()


def test_a_new_radiograph_is_in_view_when_its_time_begins(live_server: LiveServer, chromium: Browser) -> None:
    study = build_study()
    context = chromium.new_context(viewport={"width": 667, "height": 375}, has_touch=True, device_scale_factor=2)
    page = context.new_page()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.locator(".choice").nth(2).tap()
    page.get_by_role("button", name="Confirm").tap()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    ready(page)
    assert page.evaluate("scrollY") == 0
    context.close()


def test_arrows_move_an_enlarged_radiograph_and_never_change_a_grade_that_was_typed(
    live_server: LiveServer, page: Page
) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Minimal")).to_be_checked()
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_timeout(100)
    before = size_and_place(page)
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(100)
    assert size_and_place(page)["x"] - before["x"] == pytest.approx(40, abs=1)
    page.locator(".choice", has_text="Moderate").click()  # the focus is on an answer now
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(100)
    assert size_and_place(page)["y"] - before["y"] == pytest.approx(40, abs=1)
    expect(page.get_by_role("radio", name="Moderate")).to_be_checked()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")  # nothing to move: the answers' own arrows
    expect(page.get_by_role("radio", name="Minimal")).to_be_checked()


def test_single_keys_can_be_switched_off_and_stay_off(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Letters, digits and signs").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("3")
        page.keyboard.press("i")
        expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "false")
        assert page.locator("input:checked[name=value]").count() == 0
        page.reload()
        ready(page)
    page.get_by_role("button", name="Help").click()
    page.get_by_role("checkbox", name="Letters, digits and signs").check()
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name="Moderate")).to_be_checked()
    assert page.evaluate("localStorage.length") == 0
