"""Rehearse a study over real HTTP: simulated readers open their links, consent, load every image and answer.

    python bench/rehearsal.py links.csv protocol.json [--readers 14] [--at-once 4]

The study's page offers both files: *Links as CSV* and *Protocol (JSON)*. A simulated reader
recognises an image by its pixels, looks its truth up in the protocol, and errs around it; without the protocol nobody
could. Prints how many answers a second the site took and how long the slowest took. Only for rehearsals: the specialty
says “simulated”, and reports label such readers.
"""

import argparse
import csv
import io
import json
import random
import sys
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from readerstudy.radiographs.canonical import decode, digest

Truth = dict[str, tuple[str, int]]  # digest of the pixels → source, reference grade


class Visitor:
    """One reader's way through the pages, as a browser without memory would go it."""

    def __init__(self, link: str, truth: Truth, seed: int) -> None:
        self.link, self.truth, self.rng = link.rstrip("/") + "/", truth, random.Random(seed)
        self.error, self.discernment = self.rng.uniform(0.4, 0.7), self.rng.uniform(0.0, 0.9)
        self.seconds: list[float] = []

    def ask(self, address: str, sent: bytes | None = None, **headers: str) -> bytes:
        request = urllib.request.Request(urllib.parse.urljoin(self.link, address), data=sent, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return bytes(response.read())

    def read_everything(self) -> int:
        form = {"specialty": "other", "other_specialty": "simulated", "years_experience": self.rng.randrange(1, 30)}
        self.ask("consent/", urllib.parse.urlencode(form).encode())
        self.ask("display/", urllib.parse.urlencode({"sees_dark": "yes", "sees_bright": "yes"}).encode())
        for phase in (1, 2):
            self.ask(f"begin/{phase}/", b"")
            state = json.loads(self.ask("read/", Accept="application/json"))
            while "case" in state:
                state = self.answer(state["case"])
        return len(self.seconds)

    def answer(self, case: dict[str, object]) -> dict[str, dict[str, object]]:
        source, grade = self.truth[digest(decode(self.ask(str(case["image"]))))]
        sent: dict[str, object] = {"presentation": case["presentation"], "client_key": case["client_key"]}
        if case["phase"] == 1:
            sent["value"] = str(min(max(round(self.rng.gauss(grade, self.error)), 0), 4))
        else:
            evidence = self.rng.gauss(self.discernment * (0.5 if source == "synthetic" else -0.5), 1)
            sent["value"] = "synthetic" if evidence > 0 else "real"
            sent["confidence"] = min(1 + int(2.5 * abs(evidence)), 5)
        sent["response_ms"] = int(self.rng.lognormvariate(8.6, 0.5))
        started = time.monotonic()
        state = self.ask("answer/", json.dumps(sent).encode(), **{"Content-Type": "application/json"})
        self.seconds.append(time.monotonic() - started)
        return json.loads(state)  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("links", type=Path)
    parser.add_argument("protocol", type=Path)
    parser.add_argument("--readers", type=int, default=14)
    parser.add_argument("--at-once", type=int, default=4)
    options = parser.parse_args()
    protocol = json.loads(options.protocol.read_text(encoding="utf-8"))
    cases = protocol["cases"]
    truth = {case["radiograph"]: (case["source"], case["reference_grade"]) for case in cases}
    links = [row["link"] for row in csv.DictReader(io.StringIO(options.links.read_text(encoding="utf-8-sig")))]
    visitors = [Visitor(link, truth, seed) for seed, link in enumerate(links[: options.readers])]
    started = time.monotonic()
    with ThreadPoolExecutor(options.at_once) as pool:
        answers = sum(pool.map(Visitor.read_everything, visitors))
    taken = time.monotonic() - started
    slowest = max(second for visitor in visitors for second in visitor.seconds)
    print(f"{len(visitors)} readers gave {answers} answers in {taken:.0f} s; the slowest took {slowest * 1000:.0f} ms.")


if __name__ == "__main__":
    main()
