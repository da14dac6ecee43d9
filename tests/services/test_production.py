"""The workers of the compose file, by their own commands and health checks, on PostgreSQL and Redis."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.conf import LazySettings
from django.db import connection

from generator.models import SynthesisJob
from tests.production import ROOT, SETTINGS, bare, manage, running

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.fixture
def environment(settings: LazySettings) -> dict[str, str]:
    database = connection.settings_dict
    return SETTINGS | {
        "DATABASE_URL": f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
        "REDIS_URL": os.environ["REDIS_URL"],
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "HOSTNAME": socket.gethostname(),
    }


def is_healthy(service: str, environment: dict[str, str]) -> bool:
    kind, command = SERVICES[service]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    command = command.replace("$$", "$")
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=bare(environment), capture_output=True, check=False)
    return done.returncode == 0


def wait_until(reached: Callable[[], bool], log: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, log.read_text() if log.exists() else "nothing was logged"
        time.sleep(0.2)


def test_the_worker_says_that_it_is_healthy_and_that_it_is_gone(environment: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with running(SERVICES["worker"]["command"], environment, log=log):
        wait_until(lambda: is_healthy("worker", environment), log)
    assert not is_healthy("worker", environment)


def test_what_a_command_asks_for_is_made_by_the_gpu_worker(environment: dict[str, str], tmp_path: Path) -> None:
    asked = manage("generate", "--checkpoint", "phantom", "--per-grade", "2", "--no-wait", **environment)
    assert asked.returncode == 0, asked.stderr
    job = SynthesisJob.objects.get()
    assert job.made == 0
    log = tmp_path / "gpu-worker.log"
    with running(SERVICES["gpu-worker"]["command"], environment, log=log):
        wait_until(lambda: SynthesisJob.objects.get().state == SynthesisJob.State.DONE, log)
    assert SynthesisJob.objects.get().made == 10
