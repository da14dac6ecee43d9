"""Running the site's own commands under production settings, in processes of their own."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
WEB: list[str] = json.loads(re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[0])
SETTINGS = {
    "DEBUG": "false",
    "SECRET_KEY": "a text for tests alone, long enough to pass for a random one 0123456789",
    "ALLOWED_HOSTS": "study.example.org,localhost",
    "BEHIND_PROXY": "true",
}


def bare(environment: Mapping[str, str]) -> dict[str, str]:
    """What a container would see: nothing of this process but its paths, and no .env file."""
    keep = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    paths = {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "READERSTUDY_ENV_FILE": os.devnull}
    return keep | paths | dict(environment)


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=bare(environment),
        capture_output=True,
        text=True,
        check=False,
    )


def get(address: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of a page, without following redirects."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(address, headers={"Host": "localhost"} | headers)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=60) as response:
            return response.status, response.read().decode(), dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


@contextlib.contextmanager
def running(
    command: list[str], environment: Mapping[str, str], *, log: Path, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A server in the background, asked to end as an operator's would be."""
    with log.open("ab") as file:
        process = subprocess.Popen(command, cwd=folder, env=bare(environment), stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


@contextlib.contextmanager
def site(command: list[str], environment: Mapping[str, str], *, log: Path, folder: Path = ROOT) -> Iterator[str]:
    """The address of the site that a command like the image's serves, on a free port, once it answers at all."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command]
    with running(command, environment, log=log, folder=folder) as server:
        deadline = time.monotonic() + 90
        while True:
            try:
                get(f"{address}/health/")
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
        yield address
