"""Finding PostgreSQL and Redis on this machine, or starting them for the length of a test run."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import redis


class Missing(Exception):
    """A server is neither running nor installed."""


def postgres() -> str:
    """The DATABASE_URL of a PostgreSQL on the standard port where this user may create databases, or of our own."""
    for user in ("postgres", "root", pwd.getpwuid(os.getuid()).pw_name):
        url = f"postgres://{user}@127.0.0.1:5432/postgres"
        with contextlib.suppress(psycopg2.Error):
            psycopg2.connect(url.replace("postgres://", "postgresql://"), connect_timeout=3).close()
            return url
    return _own_postgres()


def redis_server() -> str:
    """The REDIS_URL of a Redis on the standard port (a database of its own), or of one that is started here."""
    url = "redis://127.0.0.1:6379/13"
    with contextlib.suppress(redis.RedisError):
        redis.Redis.from_url(url).ping()
        return url
    binary = shutil.which("redis-server")
    if binary is None:
        raise Missing("Redis is neither running on 127.0.0.1:6379 nor installed (redis-server).")
    port = free_port()
    _spawn([binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"])
    url = f"redis://127.0.0.1:{port}/13"
    _until(lambda: redis.Redis.from_url(url).ping())
    return url


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _own_postgres() -> str:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if initdb is None:
        raise Missing("PostgreSQL is neither running on 127.0.0.1:5432 nor installed (initdb).")
    folder = Path(tempfile.mkdtemp(prefix="readerstudy-postgres-"))
    user: dict[str, str] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = {"user": "postgres"}
        shutil.chown(folder, "postgres")
    port = free_port()
    subprocess.run(
        [initdb, "-D", folder / "data", "-A", "trust", "-U", "postgres"], check=True, capture_output=True, **user
    )  # type: ignore[call-overload]
    server = Path(initdb).with_name("postgres")
    _spawn([str(server), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-c", "fsync=off"], **user)
    url = f"postgres://postgres@127.0.0.1:{port}/postgres"
    _until(lambda: psycopg2.connect(url.replace("postgres://", "postgresql://")).close() or True)
    return url


_started: list[subprocess.Popen[bytes]] = []


def _spawn(command: list[str], **options: str) -> None:
    _started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options))  # type: ignore[call-overload]


def stop_started() -> None:
    """End the servers that this run started; those it found stay."""
    while _started:
        server = _started.pop()
        server.terminate()
        server.wait(timeout=20)


def _until(ready: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except (psycopg2.Error, redis.RedisError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("a server that the tests started did not answer")
        time.sleep(0.1)


@contextlib.contextmanager
def worker(environment: dict[str, str], *, queues: str = "default,gpu", log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker, as operators start it, killed at the end."""
    command = [
        ".venv/bin/celery",
        "-A",
        "readerstudy",
        "worker",
        "-Q",
        queues,
        "--concurrency",
        "1",
        "--loglevel",
        "INFO",
    ]
    if not Path(command[0]).exists():
        command[0] = "celery"
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)
