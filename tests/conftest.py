"""What every test may use. In which shape the suite runs is chosen in shape.py."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from readerstudy.celery import app


@pytest.fixture(autouse=True)
def media_root(settings: LazySettings, tmp_path: Path) -> Path:
    """Each test writes its images into a folder of its own."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture(autouse=True)
def eager_tasks(request: pytest.FixtureRequest, settings: LazySettings) -> Iterator[None]:
    """Tasks run in the test's own process, except in tests that start a worker."""
    before = app.conf.task_always_eager
    if "services" not in request.keywords:
        settings.REDIS_URL = ""
        app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of reference data, which does not ship: tests that use it are skipped in a bare clone."""
    folder = Path(os.environ.get("READERSTUDY_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not (folder / "kneeKL224").is_dir():
        pytest.skip("the reference data are not beside this checkout")
    return folder


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads and processes can really share.

    PostgreSQL as it is; for SQLite, whose tests run in memory, a file with the same tables.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    in_memory, name = connection.connection, connection.settings_dict["NAME"]
    path = tmp_path / "shared.sqlite3"
    with sqlite3.connect(path) as file:
        in_memory.backup(file)
    file.close()
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = in_memory, name
