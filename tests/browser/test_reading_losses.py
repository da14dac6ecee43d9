"""No answer is lost, doubled or misplaced by networks, proxies, servers, tabs and lids, in a real Chromium.

Routes are laid before the page is opened: a busy page may send its next request past one that is laid later.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.reading.models import Answer, Presentation
from readerstudy.studies.lifecycle import close_study
from tests.browser.clinician import answer, consent_and_begin, link, ready, values
from tests.builders import build_study
from tests.production import ROOT
from tests.servers import free_port
from tests.sittings import read_phase, reader_of

pytestmark = pytest.mark.django_db(transaction=True)


def give_an_answer_that_waits(page: Page, address: str) -> None:
    """Begin and grade the first case 3 while no answer gets through."""
    page.route("**/answer/", lambda route: route.abort())
    consent_and_begin(page, address)
    ready(page)
    answer(page, "3")
    expect(page.get_by_role("alert")).to_contain_text("connection is interrupted")


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
    give_an_answer_that_waits(page, link(live_server, study))
    assert values() == []
    page.unroute_all()
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert values() == ["3"]
    assert page.evaluate("localStorage.length") == 0


def test_an_answer_whose_acknowledgement_was_lost_is_stored_once(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    attempts = []

    def lose_the_first(route: Route) -> None:
        attempts.append(route.fetch())
        if len(attempts) == 1:
            route.abort()
        else:
            route.fulfill(response=attempts[-1])

    page.route("**/answer/", lose_the_first)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert len(attempts) == 2
    assert values() == ["3"]


def test_a_server_that_restarts_is_waited_for(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    failures = [502, 503, 200]  # a proxy's error pages, then a captive portal's page in place of ours
    body = "<html>not ours</html>"

    def fail_at_first(route: Route) -> None:
        if failures:
            route.fulfill(status=failures.pop(0), body=body, content_type="text/html")
        else:
            route.continue_()

    page.route("**/answer/", fail_at_first)
    consent_and_begin(page, link(live_server, study))
    ready(page)
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
    expect(behind.get_by_role("alert")).to_contain_text("answered already")
    expect(behind.get_by_role("link", name="Continue")).to_be_focused()
    behind.keyboard.press("Enter")
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


FOREIGN = {
    "a proxy that does not know the address": {"status": 404, "body": "<html>not ours</html>"},
    "a proxy that waits in vain": {"status": 502, "body": "<html>bad gateway</html>"},
    "a log-in page": {"status": 200, "body": "<html>Please log in to the hospital network</html>"},
    "a log-in page that speaks JSON": {"status": 200, "body": '{"case": null, "message": "log in"}'},
    "a gateway that refuses in JSON": {"status": 400, "body": '{"message": "blocked"}'},
}


@pytest.mark.parametrize("reply", FOREIGN.values(), ids=FOREIGN.keys())
def test_an_answer_is_not_forgotten_because_somebody_else_replied(
    live_server: LiveServer, page: Page, reply: dict[str, object]
) -> None:
    study = build_study()
    attempts = []

    def reply_instead(route: Route) -> None:
        attempts.append(route)
        route.fulfill(**reply)  # type: ignore[arg-type]

    page.route("**/answer/", reply_instead)
    consent_and_begin(page, link(live_server, study))
    ready(page)
    answer(page, "3")
    expect(page.get_by_role("alert")).to_contain_text("Your answer is kept")
    for _ in range(100):
        if len(attempts) > 1:
            break
        page.wait_for_timeout(50)
    assert len(attempts) > 1  # it is sent again and again
    expect(page.get_by_role("alert")).to_contain_text("Your answer is kept")
    assert page.evaluate("localStorage.length") == 1
    assert values() == []
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert values() == ["3"]
    assert page.evaluate("localStorage.length") == 0


def test_what_somebody_spoilt_in_the_store_does_not_hide_an_answer_that_waits(
    live_server: LiveServer, page: Page
) -> None:
    study = build_study()
    give_an_answer_that_waits(page, link(live_server, study))
    page.evaluate("localStorage.setItem(Object.keys(localStorage)[0].split('/')[0] + '/spoilt', '{')")
    page.unroute_all()
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    assert values() == ["3"]


def test_what_is_no_answer_in_the_store_is_never_sent(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    give_an_answer_that_waits(page, link(live_server, study))
    spoilt = ["{}", "5", "[]", '{"presentation": "3"}', '{"client_key": "x"}']
    page.evaluate(
        """(texts) => {
            const store = Object.keys(localStorage)[0].split("/")[0];
            texts.forEach((text, at) => localStorage.setItem(`${store}/${at}`, text));
        }""",
        spoilt,
    )
    page.unroute_all()
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 4")
    ready(page)
    answer(page, "1")
    expect(page.locator("#progress")).to_have_text("3 of 4")
    assert values() == ["3", "1"]


def test_while_an_answer_waits_no_other_can_be_chosen_in_its_place(live_server: LiveServer, page: Page) -> None:
    study = build_study(asks_remark=True)
    give_an_answer_that_waits(page, link(live_server, study))
    page.keyboard.press("1")
    page.locator(".choice", has_text="Severe").click(force=True)
    page.get_by_label("Remark").press_sequentially("too late")
    expect(page.get_by_role("radio", name="Moderate")).to_be_checked()
    expect(page.get_by_role("alert")).to_contain_text("connection is interrupted")
    expect(page.get_by_label("Remark")).to_have_value("")
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    ready(page)
    answer(page, "1")
    expect(page.locator("#progress")).to_have_text("3 of 4")
    assert values() == ["3", "1"]


def test_an_answer_that_another_device_gave_meanwhile_is_told_of_on_the_last_page(
    live_server: LiveServer, chromium: Browser, page: Page
) -> None:
    study = build_study(real=1, synthetic=1)
    give_an_answer_that_waits(page, link(live_server, study))
    read_phase(reader_of(study), 1)
    read_phase(reader_of(study), 2)
    page.unroute_all()
    page.goto(link(live_server, study))
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("answered already")
    assert page.evaluate("localStorage.length") == 0


def test_a_refusal_because_the_study_closed_stays_until_the_reader_goes_on(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    close_study(study=study, by="study lead")
    answer(page, "3")
    expect(page.get_by_role("alert")).to_contain_text("could not be taken")
    expect(page.get_by_role("button", name="Confirm")).to_be_hidden()
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", name="This study is closed")).to_be_visible()
    assert values() == []


def test_an_answer_that_waits_when_the_study_closes_is_not_dropped_without_a_word(
    live_server: LiveServer, page: Page
) -> None:
    study = build_study()
    give_an_answer_that_waits(page, link(live_server, study))
    close_study(study=study, by="study lead")
    page.unroute_all()
    page.goto(link(live_server, study))
    expect(page.get_by_role("heading", name="This study is closed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("could not be taken")
    assert page.evaluate("localStorage.length") == 0


def test_the_time_in_which_the_page_was_hidden_is_no_reading_time(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    hide(page, True)
    page.wait_for_timeout(600)
    hide(page, False)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    stored = Answer.objects.get()
    assert stored.viewer["hides"] == 1
    assert stored.viewer["hidden_ms"] >= 590  # the page rounds by a clock of its own
    assert stored.response_ms is not None
    since_shown = (stored.answered_at - stored.presentation.first_shown_at).total_seconds() * 1000
    assert stored.response_ms <= since_shown - 590


def hide(page: Page, hidden: bool) -> None:
    """Do as another tab does when it comes to the front, or a lid when it is closed."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_reload_starts_the_time_of_the_showing_again_and_is_counted(live_server: LiveServer, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(live_server, study))
    ready(page)
    page.wait_for_timeout(500)
    page.reload()
    ready(page)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    stored = Answer.objects.get()
    assert stored.showing == 2
    since_first = (stored.answered_at - stored.presentation.first_shown_at).total_seconds() * 1000
    assert stored.response_ms is not None
    assert stored.response_ms < since_first - 500


@pytest.fixture
def killable(shared_database: None, settings: LazySettings, tmp_path: Path) -> Iterator["Site"]:
    site = Site(tmp_path, str(settings.MEDIA_ROOT))
    yield site
    site.kill()


class Site:
    """The site in a process of its own, on the database file of the test, to be killed without a warning."""

    def __init__(self, folder: Path, media: str) -> None:
        self.port, self.log = free_port(), folder / "site.log"
        database = f"sqlite:///{connection.settings_dict['NAME']}"
        self.environment = os.environ | {"DATABASE_URL": database, "MEDIA_ROOT": media, "DEBUG": "true"}
        self.start()

    def __str__(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "manage.py", "runserver", "--noreload", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        until(lambda: urllib.request.urlopen(f"{self}/health/", timeout=5).status == 200, self.log)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def until(reached: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if reached():
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_an_answer_outlives_a_server_that_is_killed_and_a_reader_who_goes_on(killable: Site, page: Page) -> None:
    study = build_study()
    consent_and_begin(page, link(str(killable), study))
    ready(page)
    answer(page, "3")
    expect(page.locator("#progress")).to_have_text("2 of 4")
    ready(page)
    killable.kill()
    answer(page, "4")
    expect(page.get_by_role("alert")).to_contain_text("connection is interrupted")
    killable.start()
    expect(page.locator("#progress")).to_have_text("3 of 4", timeout=30_000)
    expect(page.get_by_role("alert")).to_be_empty()
    answer(page, "0")
    expect(page.locator("#progress")).to_have_text("4 of 4")
    assert values() == ["3", "4", "0"]
