"""A clinician reads 200 cases in a real Chromium with its developer tools open, keeps everything, and learns nothing.

What the network panel shows comes over the protocol of the developer tools; what a script in the page can see (the page
itself, timings, sizes, storage, replies) is asked for after every case. A program then tries to tell the kinds apart.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.analysis import leakage
from readerstudy.analysis.separation import separability
from readerstudy.reading.models import Presentation
from tests.browser.clinician import consent_and_begin, link, ready
from tests.builders import build_study

pytestmark = pytest.mark.django_db(transaction=True)
OF_A_KIND = 100
# Standard errors for intervals of 99.9 %: all channels together are then wrong in less than one run in a hundred.
REACH = 3.29 / 1.96
KEEP_REPLIES = """
    window.replies = {};
    const real = window.fetch;
    window.fetch = async (...asked) => {
        const response = await real(...asked);
        if (asked[1]?.body) window.replies[JSON.parse(asked[1].body).presentation] = await response.clone().text();
        return response;
    };
"""
SEE = """async ([progress, changes]) => {
    const one = (id) => document.getElementById(id);
    const there = () => one("progress").textContent.trim() === progress
        && one("answer").getAttribute("aria-busy") === "false" && one("radiograph").classList.contains("placed")
        && performance.getEntriesByName("answered to painted", "measure").length === changes;
    while (!there()) await new Promise((resolve) => setTimeout(resolve, 5));
    const image = one("radiograph");
    return {
        address: image.src,
        page: document.documentElement.outerHTML,
        size: [image.naturalWidth, image.naturalHeight, image.getBoundingClientRect().width],
        stored: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    };
}"""
REMEMBERED = """() => ({
    replies: window.replies,
    entries: performance.getEntriesByType("resource").map((one) => one.toJSON()),
    painted: performance.getEntriesByType("measure").map((one) => [one.name, one.duration]),
})"""


@dataclass
class Panel:
    """The network panel: responses by address, and how many bytes each took on the wire."""

    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    def attach(self, context: BrowserContext, page: Page) -> None:
        tools = context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.on("Network.responseReceived", self._received)
        tools.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        self.addresses[event["requestId"]] = event["response"]["url"]
        self.responses[event["response"]["url"]] = event["response"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.lengths[self.addresses.get(event["requestId"], "")] = event["encodedDataLength"]


def key_in(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[1].split(":")[0]


def headers_of(response: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in response["headers"].items() if name.lower() != "date"}


def test_nothing_that_a_browser_shows_of_200_cases_tells_the_kinds_apart(
    live_server: LiveServer, context: BrowserContext, page: Page
) -> None:
    study = build_study(real=OF_A_KIND, synthetic=OF_A_KIND, break_every=0)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.add_init_script(KEEP_REPLIES)
    panel = Panel()
    panel.attach(context, page)
    consent_and_begin(page, link(live_server, study))
    page.evaluate("performance.setResourceTimingBufferSize(5000)")
    ready(page)
    total = 2 * OF_A_KIND
    seen = []
    for number in range(1, total + 1):
        seen.append(page.evaluate(SEE, [f"{number} of {total}", number - 1]))
        if number == total:
            remembered = page.evaluate(REMEMBERED)
        page.keyboard.press("2")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Real or synthetic")).to_be_visible()

    keys = [key_in(case["address"]) for case in seen]
    sources = dict(Presentation.objects.values_list("key", "case__radiograph__provenance__source"))
    synthetic = np.array([sources[key] == "synthetic" for key in keys])
    assert (len(set(keys)), int(synthetic.sum())) == (total, OF_A_KIND)
    entries = {key_in(one["name"]): one for one in remembered["entries"] if "/image/" in one["name"]}
    responses = [panel.responses[case["address"]] for case in seen]
    replies = [remembered["replies"].get(key, "") for key in keys[:-1]]  # the last leads out of the page
    assert all(replies)

    # what has to be equal is
    assert said == []
    assert context.cookies() == []
    assert len({json.dumps(case["size"]) for case in seen}) == 1
    assert len({json.dumps(headers_of(response), sort_keys=True) for response in responses}) == 1
    assert len({panel.lengths[case["address"]] - date_length(panel, case["address"]) for case in seen}) == 1
    sizes = ("transferSize", "encodedBodySize", "decodedBodySize", "responseStatus", "initiatorType", "nextHopProtocol")
    assert len({tuple(entries[key].get(name) for name in sizes) for key in keys}) == 1

    # what differs from case to case differs by chance
    painted = [duration for name, duration in remembered["painted"] if name == "answered to painted"]
    assert len(painted) == total - 1  # the first case came with the page
    channels = {
        "pages": (leakage.served_bytes([case["page"].encode() for case in seen]), synthetic),
        "addresses": (leakage.served_bytes([case["address"].encode() for case in seen]), synthetic),
        "storage": (leakage.served_bytes([case["stored"].encode() for case in seen]), synthetic),
        "replies to it": (leakage.served_bytes([reply.encode() for reply in replies]), synthetic[:-1]),
        "replies that bring it": (leakage.served_bytes([reply.encode() for reply in replies]), synthetic[1:]),
        "loading": (leakage.delays([timings(entries[key]) for key in keys]), synthetic),
        "network": (leakage.delays([waits(response) for response in responses]), synthetic),
        "painting": (leakage.delays(np.array(painted)[:, None] / 1000), synthetic[1:]),
    }
    found = {name: least(features, truth) for name, (features, truth) in channels.items()}
    assert {name: low for name, low in found.items() if low > 0.5} == {}
    # and the same program does find a millisecond that one kind takes longer
    slower = np.array(painted)[:, None] / 1000 * (1 + synthetic[1:, None])
    assert least(leakage.delays(slower), synthetic[1:]) > 0.5


def date_length(panel: Panel, address: str) -> int:
    return sum(len(value) for name, value in panel.responses[address]["headers"].items() if name.lower() == "date")


def timings(entry: dict[str, Any]) -> list[float]:
    begun = entry["startTime"]
    return [(entry[name] - begun) / 1000 for name in ("requestStart", "responseStart", "responseEnd")]


def waits(response: dict[str, Any]) -> list[float]:
    timing = response["timing"]
    return [(timing["receiveHeadersEnd"] - timing["sendEnd"]) / 1000]


def least(features: NDArray[np.float64], synthetic: NDArray[np.bool_]) -> float:
    """The lower end of the interval of the cross-validated AUC; 0.5 or less: the kinds are not told apart."""
    found = separability(features, synthetic, permutations=99)
    assert found.value is not None
    return found.value if found.low is None else found.value - REACH * (found.value - found.low)
