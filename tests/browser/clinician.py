"""What the browser tests do as a clinician does: open the link, consent, begin, press keys."""

from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.reading.models import Answer
from readerstudy.studies.models import Study


def link(site: LiveServer | str, study: Study, number: int = 1) -> str:
    """The personal link of a reader, on a site."""
    return str(site) + reverse("reading:start", args=[study.readers.get(number=number).token])


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
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def wait_until(page: Page, expression: str) -> None:
    """Wait until the expression is true in the page, whose policy allows no script of ours in it."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


def values() -> list[str]:
    given = Answer.objects.order_by("presentation__phase__position", "presentation__position", "revision")
    return list(given.values_list("value", flat=True))


def answer(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")


def size_and_place(page: Page) -> dict[str, float]:
    box = page.locator("#radiograph").bounding_box()
    assert box is not None
    return dict(box)


def overflow(page: Page) -> tuple[int, int]:
    """By how many pixels the page is wider and higher than the window, the panel's own scrolling included."""
    wide, high = page.evaluate(
        """() => {
            const root = document.documentElement, panel = document.querySelector(".panel") ?? root;
            const inside = (one, side) => one[`scroll${side}`] - one[`client${side}`];
            const dialog = document.querySelector("dialog[open]");
            return [
                Math.max(...[root, panel, dialog ?? root].map((one) => inside(one, "Width"))),
                Math.max(...[root, panel].map((one) => inside(one, "Height"))),
            ];
        }"""
    )
    return wide, high
