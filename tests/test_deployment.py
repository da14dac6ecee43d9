"""The production shape, as far as it can be run without a Docker engine: the same settings, the same commands."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "study.example.org,localhost",
    "BEHIND_PROXY": "true",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=keep | {"READERSTUDY_ENV_FILE": os.devnull} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_secret_nothing_starts_and_one_sentence_says_so() -> None:
    done = manage("check")
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1].endswith("Set SECRET_KEY to a long random text; see docs/operating.md.")


def test_production_settings_pass_the_deployment_check() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_every_command_of_the_compose_file_exists_and_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    compose = yaml.safe_load(text)
    services = compose["services"]
    assert set(services) == {"migrate", "web", "worker", "gpu-worker", "postgres", "redis"}
    for variable in ("SECRET_KEY", "POSTGRES_PASSWORD", "SITE_HOST"):
        assert re.search(rf"\${{{variable}:\?", text)
        assert not re.search(rf"\${{{variable}:?-", text)
    for name, service in services.items():
        assert name in ("migrate", "web") or "healthcheck" in service
        for mount in service.get("volumes", []):
            assert mount.split(":")[0] in compose["volumes"]
    binaries = Path(sys.executable).parent
    dockerfile = (ROOT / "Dockerfile").read_text()
    for command in [services[name]["command"][0] for name in ("migrate", "worker", "gpu-worker")] + ["gunicorn"]:
        assert (binaries / command).exists()
    assert "USER readerstudy" in dockerfile
    assert "HEALTHCHECK" in dockerfile
    for folder in re.findall(r"^COPY ([a-z]+) \1$", dockerfile, flags=re.MULTILINE):
        assert (ROOT / folder).is_dir()


def test_gunicorn_serves_the_site_and_its_static_files(tmp_path: Path) -> None:
    port = free_port()
    environment = PRODUCTION | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "MEDIA_ROOT": str(tmp_path / "media"),
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    for command in (("migrate", "--no-input"), ("collectstatic", "--no-input")):
        done = manage(*command, **environment)
        assert done.returncode == 0, done.stderr
    server = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "gunicorn"),
            "readerstudy.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
            "--threads",
            "2",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "READERSTUDY_ENV_FILE": os.devnull} | environment,
        stderr=subprocess.DEVNULL,
    )

    def get(path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": "localhost"} | headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.read().decode(), dict(response.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)

    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                status, body, _ = get("/health/")
                break
            except OSError:
                assert time.monotonic() < deadline, "gunicorn did not come up"
                time.sleep(0.2)
        assert (status, body) == (200, "ok\n")
        status, page, headers = get("/login/", **{"X-Forwarded-Proto": "https"})
        assert status == 200
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "max-age" in headers["Strict-Transport-Security"]
        stylesheet = re.search(r'href="(/static/staff/staff\.[0-9a-f]+\.css)"', page)
        assert stylesheet is not None
        assert get(stylesheet[1], **{"X-Forwarded-Proto": "https"})[0] == 200
        assert get("/login/", Host="evil.example.org", **{"X-Forwarded-Proto": "https"})[0] == 400
        assert get("/r/nonsense/", **{"X-Forwarded-Proto": "https"})[0] == 404
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.mark.parametrize("file", ["Makefile", ".ci/run"])
def test_what_ci_runs_is_what_the_makefile_offers(file: str) -> None:
    text = (ROOT / file).read_text()
    for target in ("lint", "test"):
        assert re.search(rf"^{target}:|^make {target}$", text, flags=re.MULTILINE)
