"""The two shapes in which the suite runs, chosen before Django reads its settings.

`pytest` is the embedded one: SQLite and eager tasks. `TEST_SHAPE=distributed pytest` runs what depends on the database
or the queue on PostgreSQL, with a real worker over Redis; it finds servers at the standard local ports or starts its
own. Without the programs it says so and tests nothing, except in CI, where that is a failure.
"""

import os

import pytest

from tests import servers

DISTRIBUTED = os.environ.get("TEST_SHAPE") == "distributed"
# Rooms that touch neither database nor queue: once is enough.
PURE = (
    "tests/analysis/",
    "tests/browser/",
    "tests/generator/core/",
    "tests/radiographs/test_canonical.py",
    "tests/radiographs/test_decoding.py",
    "tests/radiographs/test_dicom.py",
    "tests/radiographs/test_phantom.py",
    "tests/results/test_figures.py",
    "tests/results/test_flow_diagram.py",
    "tests/results/test_page_tables.py",
    "tests/results/test_png_frame.py",
    "tests/results/test_report.py",
    "tests/results/test_verdicts.py",
    "tests/studies/test_allocation.py",
    "tests/test_deployment.py",
    "tests/test_house_rules.py",
)

os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)
os.environ["DEBUG"] = "true"
os.environ.setdefault("SECRET_KEY", "for tests only")
missing: servers.Missing | None = None
if DISTRIBUTED:
    try:
        os.environ["DATABASE_URL"] = servers.postgres()
        os.environ["REDIS_URL"] = servers.redis_server()
    except servers.Missing as error:
        missing = error


def pytest_sessionstart(session: pytest.Session) -> None:
    if missing is not None:
        if os.environ.get("CI"):
            raise pytest.UsageError(str(missing))
        pytest.exit(f"The distributed shape was not tested: {missing}", returncode=0)


def pytest_unconfigure(config: pytest.Config) -> None:
    servers.give_back()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def belongs(test: pytest.Item) -> bool:
        return not test.nodeid.startswith(PURE) if DISTRIBUTED else "services" not in test.keywords

    config.hook.pytest_deselected(items=[test for test in items if not belongs(test)])
    items[:] = [test for test in items if belongs(test)]
