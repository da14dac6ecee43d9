"""Readers of every kind: WCAG 2.2 AA on every page, both languages, every width, few bytes, nothing from elsewhere."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.studies.lifecycle import close_study
from tests.browser.clinician import answer, link, overflow, ready
from tests.builders import add_real_image, build_study

pytestmark = pytest.mark.django_db(transaction=True)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
MOST_BYTES = 100_000  # of a page, besides its images
WINDOWS = [(320, 568), (390, 844), (1280, 800), (3840, 2160)]
WORDS = {
    "en": ("I consent", "Yes", "Continue", "Begin", "Close", "Go on"),
    "fi": ("Suostun", "Kyllä", "Jatka", "Aloita", "Sulje", "Jatka lukemista"),
}


@pytest.fixture
def unguarded(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser in which axe may put its script into our pages."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    yield context
    context.close()


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{page.url}: {one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]


def pages_of_a_sitting(page: Page, start: str, language: str) -> Iterator[str]:
    """Walk from the link to the thanks, and stop at every page and every dialog on the way."""
    consent, yes, onward, begin, close, go_on = WORDS[language]
    page.goto(start)
    yield "consent"
    page.get_by_role("button", name=consent).click()
    yield "consent with its complaints"
    page.locator("select").select_option("Radiology")
    page.locator("#id_years_experience").fill("12")
    page.get_by_role("button", name=consent).click()
    yield "display"
    for radio in page.get_by_role("radio", name=yes).all():
        radio.check()
    page.get_by_role("button", name=onward).click()
    expect(page.locator("a.onward")).to_be_focused()
    yield "introduction with practice"
    page.keyboard.press("Enter")
    expect(page.locator("#radiograph.placed")).to_be_visible()
    yield "practice"
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".reference")).to_be_visible()
    yield "practice told"
    page.keyboard.press("Enter")
    yield "introduction"
    page.get_by_role("button", name=begin).click()
    ready(page)
    yield "grading"
    page.keyboard.press("?")
    yield "help"
    page.get_by_role("button", name=close).click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
    yield "grading with its complaint"
    answer(page, "2")
    expect(page.get_by_role("button", name=go_on)).to_be_focused()
    yield "rest"
    page.keyboard.press("Enter")
    ready(page)
    page.keyboard.press("u")
    expect(page.locator("#keep")).to_be_visible()
    ready(page)
    yield "changing"
    page.keyboard.press("Escape")
    expect(page.locator("#keep")).to_have_count(0)
    ready(page)
    answer(page, "3")
    page.get_by_role("button", name=begin).click()
    ready(page)
    yield "detecting"
    answer(page, "r", "3")
    page.get_by_role("button", name=go_on).click()
    ready(page)
    answer(page, "s", "4")
    expect(page.locator("body.text")).to_be_visible()
    yield "thanks"


def full_study(language: str) -> str:
    for index in (10, 11):
        add_real_image(index)
    study = build_study(
        real=1, synthetic=1, practice_cases=1, language=language, contact="Aino Virtanen", checks_display=True,
        asks_remark=True, break_every=1,
    )  # fmt: skip
    return link("", study)


@pytest.mark.parametrize("language", ["en", "fi"])
def test_every_page_of_a_sitting_meets_wcag_aa_and_fits_every_window(
    live_server: LiveServer, unguarded: BrowserContext, language: str
) -> None:
    page = unguarded.new_page()
    found = []
    for stop in pages_of_a_sitting(page, live_server.url + full_study(language), language):
        assert page.locator("html").get_attribute("lang") == language
        found += [f"{stop}: {fault}" for fault in faults(page)]
        for width, height in WINDOWS:
            page.set_viewport_size({"width": width, "height": height})
            if (wider := overflow(page)[0]) > 0:
                found.append(f"{stop}: {wider} pixels too wide at {width}")
        page.set_viewport_size({"width": 1280, "height": 800})
    assert found == []


def test_pages_that_lead_nowhere_meet_wcag_aa_as_well(live_server: LiveServer, unguarded: BrowserContext) -> None:
    draft, closed = build_study(opened=False), build_study()
    close_study(study=closed, by="study lead")
    page, found = unguarded.new_page(), []
    for address in (link(live_server, draft), link(live_server, closed), f"{live_server.url}/r/nobody/"):
        page.goto(address)
        found += faults(page)
    assert found == []


def test_a_page_weighs_little_and_loads_nothing_from_elsewhere(live_server: LiveServer, page: Page) -> None:
    weights: dict[str, int] = {}
    hosts: set[str] = set()

    def weigh(response: Response) -> None:
        hosts.add(urlsplit(response.url).netloc)
        if response.headers.get("content-type") != "image/png" and response.status < 300:
            weights[response.url] = len(response.body())

    page.on("response", weigh)
    for stop in pages_of_a_sitting(page, live_server.url + full_study("fi"), "fi"):
        if stop == "grading":
            break
    assert hosts == {urlsplit(live_server.url).netloc}
    documents = {address for address in weights if "/static/" not in address}
    shared = sum(weight for address, weight in weights.items() if address not in documents)
    assert shared > 10_000  # the scripts and the style were weighed
    assert shared + max(weights[address] for address in documents) < MOST_BYTES


def test_a_page_that_wants_no_websocket_opens_none(live_server: LiveServer, page: Page) -> None:
    opened: list[str] = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    for _ in pages_of_a_sitting(page, live_server.url + full_study("en"), "en"):
        pass
    assert opened == []


def test_fingers_are_not_told_of_keys(live_server: LiveServer, chromium: Browser) -> None:
    study = build_study()
    for touches in (False, True):
        context = chromium.new_context(
            viewport={"width": 390, "height": 844}, has_touch=touches, is_mobile=touches, device_scale_factor=3
        )
        page = context.new_page()
        page.goto(link(live_server, study))
        if not touches:
            page.locator("select").select_option("Radiology")
            page.locator("#id_years_experience").fill("12")
            page.get_by_role("button", name="I consent").click()
            page.get_by_role("button", name="Begin").click()
        ready(page)
        assert page.locator("#confirm .hint").is_visible() is not touches
        context.close()


def test_motion_is_reduced_for_those_who_ask(live_server: LiveServer, chromium: Browser) -> None:
    study = build_study()
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(link(live_server, study))
    duration = page.get_by_role("button", name="I consent").evaluate(
        "(one) => getComputedStyle(one).transitionDuration"
    )
    assert duration == "0s"
    context.close()
