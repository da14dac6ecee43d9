"""Load on the sitting: how many cases a second the site takes, beside a bare Django view, oTree and Label Studio.

    python bench/reading.py [--rounds 3] [--seconds 8] [--readers 1 10 50] [--only readerstudy bare_view]

Needs a PostgreSQL that keeps what it commits (on 127.0.0.1:5432, where this user may create databases) and, for oTree
and Label Studio, a package index: both are installed into virtual environments of their own in a temporary folder
(--environments names one that stays). Readers answer as fast as the site lets them. docs/load.md says what is measured.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg2

from bench.load import label_studio, otree, ours
from bench.load.generator import Load
from bench.load.sites import Contender, LeftOut
from tests.production import ROOT
from tests.servers import give_back, postgres

Serving = Callable[[str, Path], AbstractContextManager[list[Contender]]]
SITES: dict[str, Serving] = {
    serve.__name__: serve for serve in (ours.readerstudy, ours.bare_view, otree.otree, label_studio.label_studio)
}
OURS = "Readerstudy"
PAUSE = 1.0  # seconds between runs, for the database to write what it still holds
MARGIN = 1.6  # cases prepared for each case that the run before gave reason to expect


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--only", nargs="+", choices=SITES, default=list(SITES), help="always with readerstudy")
    parser.add_argument("--environments", type=Path, help="where the virtual environments are, or shall stay")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that everything is cleared away then too
    with contextlib.ExitStack() as stack:
        stack.callback(give_back)
        server = postgres().rsplit("/", 1)[0]
        require_durable(server)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="readerstudy-load-")))
        if options.environments:
            options.environments.mkdir(parents=True, exist_ok=True)
            (folder / "environments").symlink_to(options.environments.resolve())
        contenders: list[Contender] = []
        for name in dict.fromkeys(["readerstudy", *options.only]):
            try:
                contenders += stack.enter_context(SITES[name](server, folder))
            except LeftOut as reason:
                print(f"{name} was left out: {reason}")
        print(f"{os.cpu_count()} processor cores; other work on the machine before the first run: load {load_now()}")
        runs: dict[tuple[int, str], list[Load]] = defaultdict(list)
        for one in contenders:  # not counted: a worker's first page loads the whole site
            measure(one, readers=max(options.readers), seconds=3, earlier=[])
        for number in range(1, options.rounds + 1):
            for readers in options.readers:
                for one in contenders:
                    run = measure(one, readers=readers, seconds=options.seconds, earlier=runs[readers, one.name])
                    runs[readers, one.name].append(run)
                    said = f"{run.rate:7.1f} cases/s, p99 {run.p99:.0f} ms"
                    print(f"round {number}, {readers:>2} readers, {one.name:<20} {said}", flush=True)
        print(*table(runs, options.readers, [one.name for one in contenders]), sep="\n")


def require_durable(server: str) -> None:
    """Only a database that has written an answer to the disk before it says so gives honest times."""
    url = f"{server}/postgres"
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            row = cursor.fetchone()
            if row != ("on",):
                sys.exit(f"PostgreSQL has {setting} {row and row[0]}: start one on 127.0.0.1:5432 that loses nothing.")


def load_now() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def measure(one: Contender, *, readers: int, seconds: float, earlier: list[Load]) -> Load:
    """One run of the load generator; all answers that it counts must be in the database of the site."""
    expected = max([one.fastest, *(run.rate for run in earlier)]) * (seconds + 3)
    order = {
        "walk": one.walk,
        "address": one.address,
        "headers": one.headers,
        "starts": one.starts(readers, int(MARGIN * expected)),
        "readers": readers,
        "seconds": seconds,
    }
    before = one.stored()
    time.sleep(PAUSE)
    command = [sys.executable, "-m", "bench.load.generator"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(order), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{one.name}: {done.stderr}")
    run = Load(**json.loads(done.stdout))
    stored = one.stored() - before
    assert stored >= run.answers, f"{one.name} acknowledged {run.answers} answers and kept {stored}"
    return run


def table(runs: dict[tuple[int, str], list[Load]], levels: list[int], names: list[str]) -> Iterator[str]:
    """As Markdown: medians over the rounds, lowest and highest rate, and how Readerstudy compares with each."""
    yield "| readers | site | cases a second (lowest–highest) | p50 | p95 | p99 ms | Readerstudy is | generator |"
    yield "|---:|---|---:|---:|---:|---:|---:|---:|"
    for readers in levels:
        own = statistics.median(run.rate for run in runs[readers, OURS])
        for name in names:
            of = runs[readers, name]
            middle = {field: statistics.median(getattr(run, field) for run in of) for field in vars(of[0])}
            rates = f"{middle['rate']:.0f} ({min(run.rate for run in of):.0f}–{max(run.rate for run in of):.0f})"
            times = " | ".join(f"{middle[field]:.0f}" for field in ("p50", "p95", "p99"))
            ratio = f"{own / middle['rate']:.2f} ×" if middle["rate"] else "–"
            yield f"| {readers} | {name} | {rates} | {times} | {ratio} | {middle['own']:.0%} |"


if __name__ == "__main__":
    main()
