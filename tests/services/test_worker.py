"""Generation through a real worker over Redis, on PostgreSQL: killed in the middle, finished by another."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from generator.checkpoints import save_checkpoint
from generator.models import SynthesisJob
from generator.networks import Architecture, Generator
from generator.requesting import request_synthesis
from readerstudy.celery import app
from readerstudy.radiographs.models import Provenance
from tests import servers

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    save_checkpoint(
        tmp_path / "small",
        generator=Generator(Architecture(resolution=28, width=0.25)),
        preset="window",
        data="none",
        data_licence="",
        data_digest="0" * 64,
        data_count=0,
        is_phantom=True,
        steps=0,
        images_seen=0,
        seed=0,
    )
    return tmp_path / "small"


@pytest.fixture
def environment(settings: LazySettings) -> dict[str, str]:
    """A worker on the test database, the test's media folder and an empty queue."""
    database = connection.settings_dict
    app.control.purge()
    return {
        "DATABASE_URL": f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }


def wait_until(done: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "the worker did not get there"
        time.sleep(0.1)


def test_a_killed_worker_costs_no_image_and_doubles_none(
    checkpoint: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    wanted = 120
    log = tmp_path / "worker.log"
    with servers.worker(environment, log=log) as first:
        job = request_synthesis(checkpoint=str(checkpoint), grades=[1, 3], per_grade=wanted // 2, by="test")
        assert job.made < wanted
        wait_until(lambda: Provenance.objects.count() >= 10)
        os.killpg(first.pid, signal.SIGKILL)
    made_by_first = Provenance.objects.count()
    assert 10 <= made_by_first < wanted, "the worker was killed too late to show anything"
    environment["CELERY_VISIBILITY_TIMEOUT"] = "2"
    with servers.worker(environment, log=log):
        wait_until(lambda: SynthesisJob.objects.get(pk=job.pk).state == SynthesisJob.State.DONE)
    recipes = list(Provenance.objects.values_list("grade", "seed"))
    assert len(recipes) == len(set(recipes)) == wanted
