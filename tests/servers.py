"""Finding PostgreSQL and Redis on this machine, or starting them for the length of a test run.

Nothing of the user's is touched: the run has a PostgreSQL database with a name of its own, and a Redis database that
was empty, which it claims, and empties at the end.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import redis

CLAIM = "readerstudy-tests"  # the key by which a run claims a Redis database
CLAIMED_FOR = 3600  # seconds, so that a run that was killed does not keep it for ever


class Missing(Exception):
    """A server is neither running nor installed."""


def postgres() -> str:
    """The DATABASE_URL of a PostgreSQL on the standard port where this user may create databases, or of our own.

    The database in it does not exist; Django creates `test_` and its name, and drops it at the end.
    """
    name = f"readerstudy_{secrets.token_hex(4)}"
    for user in dict.fromkeys(("postgres", "root", pwd.getpwuid(os.getuid()).pw_name)):
        server = f"{user}@127.0.0.1:5432"
        with contextlib.suppress(psycopg2.Error), _connected(server) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            found = cursor.fetchone()
            if found and found[0]:
                return f"postgres://{server}/{name}"
    return f"postgres://{_own_postgres()}/{name}"


@contextlib.contextmanager
def database(server: str) -> Iterator[str]:
    """The DATABASE_URL of an empty database of our own on this server, dropped at the end."""
    name = f"readerstudy_{secrets.token_hex(4)}"
    with _connected(server.removeprefix("postgres://")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def redis_server() -> str:
    """The REDIS_URL of an empty database in the Redis on the standard port, or in one that is started here."""
    with contextlib.suppress(redis.RedisError):
        if claimed := _claim_empty(6379):
            return claimed
    binary = shutil.which("redis-server")
    if binary is None:
        raise Missing("Redis is neither running on 127.0.0.1:6379 with an empty database nor installed (redis-server).")
    port = free_port()
    _spawn([binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"])
    _until(lambda: redis.Redis(port=port).ping())
    return f"redis://127.0.0.1:{port}/0"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def worker(environment: dict[str, str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker for both queues, as operators start it, killed at the end with its children."""
    command = [str(Path(sys.executable).parent / "celery"), "-A", "readerstudy", "worker", "-Q", "default,gpu"]
    command += ["--concurrency", "1", "--loglevel", "INFO"]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait(timeout=20)


def give_back() -> None:
    """End the servers that this run started and empty the Redis database that it claimed; what it found stays."""
    while _claimed:
        with contextlib.suppress(redis.RedisError):
            _claimed.pop().flushdb()
    while _started:
        server = _started.pop()
        server.terminate()
        server.wait(timeout=20)
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


_started: list[subprocess.Popen[bytes]] = []
_folders: list[Path] = []
_claimed: list[redis.Redis] = []


def _claim_empty(port: int) -> str | None:
    for number in range(15, 0, -1):
        server = redis.Redis(port=port, db=number, socket_connect_timeout=3)
        if server.dbsize() == 0 and server.set(CLAIM, os.getpid(), nx=True, ex=CLAIMED_FOR):
            _claimed.append(server)
            return f"redis://127.0.0.1:{port}/{number}"
    return None


def _own_postgres() -> str:
    """The address, without a database, of a server in a temporary folder."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if initdb is None:
        raise Missing("PostgreSQL is neither open to us on 127.0.0.1:5432 nor installed (initdb).")
    folder = Path(tempfile.mkdtemp(prefix="readerstudy-postgres-"))
    _folders.append(folder)
    user: dict[str, str] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = {"user": "postgres"}
        shutil.chown(folder, "postgres")
    port = free_port()
    made = subprocess.run(  # type: ignore[call-overload]
        [initdb, "-D", folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8"],
        check=False,
        capture_output=True,
        **user,
    )
    if made.returncode:
        raise Missing(f"PostgreSQL could not be started: {made.stderr.decode().strip()}")
    server = Path(initdb).with_name("postgres")
    _spawn([str(server), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-c", "fsync=off"], **user)
    _until(lambda: _answers(f"postgres@127.0.0.1:{port}"))
    return f"postgres@127.0.0.1:{port}"


@contextlib.contextmanager
def _connected(server: str) -> Iterator[psycopg2.extensions.connection]:
    connection = psycopg2.connect(f"postgresql://{server}/postgres", connect_timeout=3)
    try:
        yield connection
    finally:
        connection.close()


def _answers(server: str) -> bool:
    with _connected(server):
        return True


def _spawn(command: list[str], **options: str) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    _started.append(process)


def _until(ready: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(psycopg2.Error, redis.RedisError):
            if ready():
                return
        if time.monotonic() > deadline:
            raise TimeoutError("a server that the tests started did not answer")
        time.sleep(0.1)
