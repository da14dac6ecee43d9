"""The real site under gunicorn with production settings: on SQLite, and in the distributed shape on PostgreSQL."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.production import SETTINGS, WEB, get, manage, site
from tests.servers import database

HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of the kind that this shape of the suite has."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'db.sqlite3'}"
        return
    with database(server.rsplit("/", 1)[0]) as url:
        yield url


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site of this module logs to."""
    return tmp_path_factory.mktemp("log") / "web.log"


@pytest.fixture(scope="module")
def address(database_url: str, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site, migrated, with its static files collected, served by the command of the image."""
    folder = tmp_path_factory.mktemp("site")
    environment = SETTINGS | {
        "DATABASE_URL": database_url,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
    }
    for command in (("migrate", "--no-input"), ("collectstatic", "--no-input")):
        done = manage(*command, **environment)
        assert done.returncode == 0, done.stderr
    with site(WEB, environment, log=log) as served:
        yield served


def test_health_is_told_to_the_container_without_https(address: str) -> None:
    assert get(f"{address}/health/")[:2] == (200, "ok\n")


def test_plain_http_is_sent_to_https(address: str) -> None:
    status, _, headers = get(f"{address}/login/", Host="study.example.org")
    assert (status, headers["Location"]) == (301, "https://study.example.org/login/")


def test_a_page_behind_the_proxy_is_answered_with_its_guards(address: str) -> None:
    status, _, headers = get(f"{address}/login/", **HTTPS)
    assert status == 200
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "Secure" in headers["Set-Cookie"]


def test_static_files_carry_their_digest_and_are_kept_by_browsers(address: str) -> None:
    page = get(f"{address}/login/", **HTTPS)[1]
    stylesheet = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert stylesheet is not None
    status, body, headers = get(f"{address}{stylesheet[1]}", **HTTPS)
    assert status == 200
    assert "{" in body
    assert "immutable" in headers["Cache-Control"]


def test_the_log_keeps_no_reader_s_key(address: str, log: Path) -> None:
    assert get(f"{address}/r/the-key-of-somebody/read/", **HTTPS)[0] == 404
    assert "/r/…/read/" in log.read_text()
    assert "the-key-of-somebody" not in log.read_text()


def test_a_host_that_was_not_named_is_refused(address: str) -> None:
    assert get(f"{address}/login/", Host="evil.example.org", **HTTPS)[0] == 400


def test_without_named_hosts_only_this_machine_is_answered(database_url: str, tmp_path: Path) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "ALLOWED_HOSTS"}
    environment = settings | {"DATABASE_URL": database_url, "STATIC_ROOT": str(tmp_path)}
    with site(WEB, environment, log=tmp_path / "web.log") as served:
        assert get(f"{served}/health/")[0] == 200
        assert get(f"{served}/health/", Host="study.example.org")[0] == 400


def test_an_address_that_leads_nowhere_shows_no_details(address: str) -> None:
    status, page, _ = get(f"{address}/r/nonsense/", **HTTPS)
    assert status == 404
    assert "Traceback" not in page
    assert "readerstudy.reading" not in page
