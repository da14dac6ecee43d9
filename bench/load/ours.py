"""Readerstudy as the image of the Dockerfile serves it, and the bare Django view under the same command."""

import contextlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.load.sites import CASES, Contender, counting, images_in, run
from tests.production import SETTINGS, WEB, site
from tests.servers import database


@contextlib.contextmanager
def readerstudy(server: str, folder: Path) -> Iterator[list[Contender]]:
    """The whole site under its production settings, with an open study."""
    with database(server) as url:
        environment = SETTINGS | {
            "DATABASE_URL": url,
            "MEDIA_ROOT": str(folder / "media"),
            "STATIC_ROOT": str(folder / "static"),
            "LOG_LEVEL": "WARNING",
        }
        for command in ("migrate", "collectstatic"):
            run([sys.executable, "manage.py", command, "--no-input"], environment)

        def starts(readers: int, cases: int) -> list[str]:
            count = readers + math.ceil(cases / CASES)
            tokens = run([sys.executable, "bench/load/begin_readers.py", str(count)], environment)
            return list(json.loads(tokens))

        with site(WEB, environment, log=folder / "readerstudy.log") as address:
            stored = counting(url, "SELECT count(*) FROM reading_answer")
            headers = {"X-Forwarded-Proto": "https"}
            yield [Contender("Readerstudy", "readerstudy", address, starts, stored, 300, headers)]


@contextlib.contextmanager
def bare_view(server: str, folder: Path) -> Iterator[list[Contender]]:
    """Once with an image for each case, and once the answer alone."""
    names = [file.stem for file in images_in(folder / "bare")]
    with database(server) as url:
        environment = {"DATABASE_URL": url, "MEDIA_ROOT": str(folder / "bare")}
        run([sys.executable, "-c", "from bench.load.bare_site import create_tables; create_tables()"], environment)

        def starts(readers: int, cases: int) -> list[list[str]]:
            return [names] * (readers + math.ceil(cases / CASES))

        command = [word.replace("readerstudy.wsgi", "bench.load.bare_site") for word in WEB]
        with site(command, environment, log=folder / "bare.log") as address:
            stored = counting(url, "SELECT count(*) FROM bare_answer")
            yield [
                Contender("bare view", "bare", address, starts, stored, 5000),
                Contender("bare view, no image", "bare_answer", address, starts, stored, 5000),
            ]
