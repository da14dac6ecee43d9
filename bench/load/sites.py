"""What the sites under load have in common."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2

from readerstudy.radiographs.canonical import SIZE, encode
from tests.production import ROOT, bare

CASES = 60  # images of a study, as in the published one


@dataclass(frozen=True)
class Contender:
    """A site and a way through it.

    starts: makes at least so many readers anew and enough for so many cases, each as the walk wants one.
    stored: how many answers the site has in its database. fastest: cases a second that a run may well reach.
    """

    name: str
    walk: str
    address: str
    starts: Callable[[int, int], list[Any]]
    stored: Callable[[], int]
    fastest: int
    headers: dict[str, str] = field(default_factory=dict)


class LeftOut(Exception):
    """A site could not be installed or started here; the message says why."""


def run(command: list[str], environment: Mapping[str, str], *, folder: Path = ROOT) -> str:
    """What a command printed; raises LeftOut with its last words where it fails."""
    done = subprocess.run(command, cwd=folder, env=bare(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise LeftOut(f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def installed(folder: Path, *requirements: str) -> Path:
    """The folder of the programs of a virtual environment with these packages, made where it is not there yet."""
    folder = folder.resolve()  # a script of the environment begins with its own place
    programs = folder / "bin"
    if not (folder / "complete").exists():
        print(f"Installing {' '.join(requirements)} …", flush=True)
        run([sys.executable, "-m", "venv", "--clear", str(folder)], {})
        run(
            [str(programs / "pip"), "--disable-pip-version-check", "install", "--quiet", *requirements],
            dict(os.environ),
        )
        (folder / "complete").touch()
    return programs


def images_in(folder: Path) -> list[Path]:
    """New PNG files in the folder, of the form and length in which the product serves its images."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:03}.png" for number in range(1, CASES + 1)]
    for number, file in enumerate(files):
        file.write_bytes(encode(np.random.default_rng(number).integers(0, 256, (SIZE, SIZE), dtype=np.uint8)))
    return files


def counting(url: str, query: str) -> Callable[[], int]:
    """A function that asks the database for a number."""

    def count() -> int:
        with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
            assert row is not None
            return int(row[0])

    return count
