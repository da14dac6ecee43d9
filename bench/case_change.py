"""How fast a case changes, and how smoothly the viewer moves, in a real Chromium on this machine.

    python bench/case_change.py LINK [--cases 20]

LINK is the personal link of a reader of an open study who may be used up for it: consent is given, cases are answered.
Prints the median and the slowest, in milliseconds, from the key press that confirms to the next image on the screen,
the part of it that the page needs once the server has answered, and the time between frames while the image is
enlarged, moved and windowed.
"""

import argparse
import os
import shutil
import statistics
from collections.abc import Sequence
from itertools import pairwise

from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FRAMES = """() => new Promise((resolve) => {
    const times = [];
    const next = (now) => { times.push(now); times.length < 180 ? requestAnimationFrame(next) : resolve(times); };
    requestAnimationFrame(next);
    const stage = document.getElementById("stage");
    const box = stage.getBoundingClientRect();
    let step = 0;
    const timer = setInterval(() => {
        if (++step > 400) return clearInterval(timer);
        const at = { clientX: box.left + 300 + step % 90, clientY: box.top + 300, pointerId: 1, bubbles: true };
        stage.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: Math.sin(step / 20) * 60 }));
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: step % 2 ? "[" : "]", bubbles: true }));
    }, 7);
})"""


def begin(page: Page, link: str) -> None:
    """Go to the first case, through whatever comes before it."""
    page.goto(link)
    if page.locator("#id_years_experience").count():
        page.locator("select").select_option("Radiology")
        page.locator("#id_years_experience").fill("12")
        page.locator("form:not(.languages) button").click()
    while not page.locator("#case").count():
        for radio in page.locator("#display input[value=yes]").all():
            radio.check()
        if page.locator(".reference").count():
            page.locator("#onward").click()
        elif page.locator("#answer").count():
            page.keyboard.press("2")
            page.keyboard.press("Enter")
        else:
            page.locator("main button[type=submit]").click()
        page.wait_for_load_state()
    page.wait_for_timeout(500)


def measure(page: Page, cases: int) -> None:
    gaps = page.evaluate(FRAMES)
    report("between frames", [after - before for before, after in pairwise(gaps)])
    for _ in range(cases):
        page.wait_for_timeout(400)
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
        if page.locator("#rest[open]").count():
            page.keyboard.press("Enter")
    measures = page.evaluate("performance.getEntriesByType('measure').map((one) => [one.name, one.duration])")
    for name in ("confirmed to painted", "answered to painted"):
        report(name, [duration for measured, duration in measures if measured == name])


def report(name: str, times: Sequence[float]) -> None:
    print(f"{name}: median {statistics.median(times):.1f}, slowest {max(times):.1f} (n = {len(times)})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("link")
    parser.add_argument("--cases", type=int, default=20)
    options = parser.parse_args()
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        begin(page, options.link)
        measure(page, options.cases)
        browser.close()


if __name__ == "__main__":
    main()
