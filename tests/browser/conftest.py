"""A real Chromium for the tests that read as a clinician does."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")

expect.set_options(timeout=30_000)  # milliseconds; a busy machine is no failure
# Playwright's synchronous interface keeps an asyncio loop in this thread, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The installed Chromium; where there is none, tests are skipped, but in CI they fail."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        sentence = f"no Chromium: install one of {', '.join(NAMES)}, or name it in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One reader's browser. A script error on any of its pages fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    errors: list[str] = []
    underway: set[Request] = set()

    def begun(request: Request) -> None:
        underway.add(request)

    def ended(request: Request) -> None:
        underway.discard(request)

    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
    context.on("request", begun)
    context.on("requestfinished", ended)
    context.on("requestfailed", ended)
    yield context
    # An image that is being loaded ahead must not reach the server when this test's files are gone.
    for _ in range(100):
        if not underway or not context.pages:
            break
        context.pages[0].wait_for_timeout(20)
    context.close()
    assert errors == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
