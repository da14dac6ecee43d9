"""A reader's sitting in a real Chromium, from the personal link to the thanks."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.reading.models import Answer, Presentation
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


def ready(page: Page) -> None:
    """Wait until the script has taken over the page and placed the image."""
    expect(page.locator("#tools")).to_be_visible()
    expect(page.locator("#radiograph.placed")).to_be_visible()


def wait_until(page: Page, expression: str) -> None:
    """Wait until the expression is true in the page, whose policy allows no script of ours in it."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


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


def values() -> list[str]:
    given = Answer.objects.order_by("presentation__phase__position", "presentation__position", "revision")
    return list(given.values_list("value", flat=True))


def answer(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")


def test_an_answer_given_without_a_network_is_sent_when_it_is_back(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.context.set_offline(True)
    answer(page, "3")
    expect(page.get_by_role("alert")).to_contain_text("connection is interrupted")
    answer(page, "4")  # pressing on changes nothing: the first confirmation counts
    assert values() == []
    page.context.set_offline(False)
    expect(page.locator("#progress")).to_have_text("2 of 4")
    expect(page.get_by_role("alert")).to_be_empty()
    assert values() == ["3"]


def test_an_answer_that_was_not_sent_survives_a_reload(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.route("**/answer/", lambda route: route.abort())
    answer(page, "3")
    expect(page.get_by_role("alert")).to_contain_text("connection is interrupted")
    assert values() == []
    page.unroute_all()
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert values() == ["3"]
    assert page.evaluate("localStorage.length") == 0


def test_an_answer_whose_acknowledgement_was_lost_is_stored_once(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    attempts = []

    def lose_the_first(route: Route) -> None:
        attempts.append(route.fetch())
        if len(attempts) == 1:
            route.abort()
        else:
            route.fulfill(response=attempts[-1])

    page.route("**/answer/", lose_the_first)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert len(attempts) == 2
    assert values() == ["3"]


def test_a_server_that_restarts_is_waited_for(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    failures = [502, 503, 200]  # a proxy's error pages, then a captive portal's page in place of ours
    body = "<html>not ours</html>"

    def fail_at_first(route: Route) -> None:
        if failures:
            route.fulfill(status=failures.pop(0), body=body, content_type="text/html")
        else:
            route.continue_()

    page.route("**/answer/", fail_at_first)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert values() == ["3"]


def test_two_tabs_cannot_double_or_misplace_an_answer(live_server: LiveServer, context: BrowserContext) -> None:
    study = build_study()
    first, second = context.new_page(), context.new_page()
    consent_and_begin(first, link(live_server, study))
    ready(first)
    second.goto(link(live_server, study))
    ready(second)
    answer(first, "3")
    expect(first.locator("#progress")).to_have_text("2 of 4")
    answer(second, "0")  # this tab still shows the first case
    expect(second.locator("#progress")).to_have_text("2 of 4")
    expect(second.get_by_role("alert")).to_contain_text("answered already")
    assert values() == ["3"]
    answer(second, "1")
    expect(second.locator("#progress")).to_have_text("3 of 4")
    answer(first, "4")
    expect(first.locator("#progress")).to_have_text("3 of 4")
    assert values() == ["3", "1"]


def test_a_tab_left_in_the_first_phase_finds_its_way_into_the_second(
    live_server: LiveServer, context: BrowserContext
) -> None:
    study = build_study(real=1, synthetic=1)
    ahead, behind = context.new_page(), context.new_page()
    consent_and_begin(ahead, link(live_server, study))
    ready(ahead)
    behind.goto(link(live_server, study))
    ready(behind)
    for number in (1, 2):
        expect(ahead.locator("#progress")).to_have_text(f"{number} of 2")
        answer(ahead, "2")
    ahead.get_by_role("button", name="Begin").click()
    ready(ahead)
    answer(behind, "4")
    expect(behind.get_by_role("heading", name="Is this radiograph")).to_be_visible()
    assert values() == ["2", "2"]


def test_another_browser_and_the_back_button_land_on_the_same_case(
    live_server: LiveServer, chromium: Browser, page: Page
) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    page.go_back()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    other = chromium.new_page()
    other.goto(link(live_server, study))
    expect(other.locator("#progress")).to_have_text("2 of 4")
    other.close()
    assert Presentation.objects.filter(first_shown_at__isnull=False).count() == 2


def test_a_double_click_on_confirm_answers_once(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.locator(".choice", has_text="Minimal").click()
    page.get_by_role("button", name="Confirm").dblclick()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert values() == ["2"]


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
    page.keyboard.press("Backspace")
    expect(page.locator("#progress")).to_have_text("1 of 4")
    ready(page)
    answer(page, "1")
    expect(page.locator("#progress")).to_have_text("2 of 4")
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
    page.mouse.move(pointer[0] + 50, pointer[1] + 30, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    moved = size_and_place(page)
    assert (moved["x"] - after["x"], moved["y"] - after["y"]) == pytest.approx((50, 30), abs=2)
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
    assert stored.viewer == {
        "max_zoom": pytest.approx(1.82, abs=0.01),
        "window_changed": True,
        "inverted": True,
    }
    assert stored.response_ms is not None
    assert stored.response_ms >= 200  # the two waits above
    assert page.evaluate("document.getElementById('radiograph').style.filter") == ""  # the next one begins plain


def size_and_place(page: Page) -> dict[str, float]:
    box = page.locator("#radiograph").bounding_box()
    assert box is not None
    return dict(box)


def test_the_next_image_is_there_before_it_is_needed(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    wait_until(
        page,
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/image/')).length == 2",
    )
    page.route("**/image/**", lambda route: route.abort())
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


def overflow(page: Page) -> tuple[int, int]:
    """By how many pixels the page is wider and higher than the window, the panel's own scrolling included."""
    wide, high = page.evaluate(
        """() => {
            const root = document.documentElement, panel = document.querySelector(".panel") ?? root;
            const inside = (one, side) => one[`scroll${side}`] - one[`client${side}`];
            return ["Width", "Height"].map((side) => Math.max(inside(root, side), inside(panel, side)));
        }"""
    )
    return wide, high
