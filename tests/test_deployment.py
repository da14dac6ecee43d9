"""What is deployed: image, compose file and settings, read without a Docker engine."""

import re
import tomllib

import pytest
import yaml

from tests.production import PROGRAMS, ROOT, SETTINGS, WEB, manage

COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = ("migrate", "web", "worker", "gpu-worker")
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "SITE_HOST")


def variables_of_settings() -> set[str]:
    text = (ROOT / "readerstudy" / "settings.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY to a long random text"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is no address of a database"),
        ({"DATABASE_URL": "mysql://user:hidden@host/name"}, "DATABASE_URL is no address of a database"),
        ({"DATABASE_URL": "postgres://user:hidden@host:port/name"}, "DATABASE_URL is no address of a database"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL is no address such as redis://host:6379/0"),
        ({"SECURE_SSL_REDIRECT": "enabled"}, "SECURE_SSL_REDIRECT is neither true nor false"),
        ({"IMAGE_ADDRESS_MAX_AGE": "abc"}, "IMAGE_ADDRESS_MAX_AGE is no whole number"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is no level"),
    ],
)
def test_with_a_wrong_setting_nothing_starts_and_one_line_names_it(wrong: dict[str, str], sentence: str) -> None:
    for command in ("migrate", "analyze"):
        done = manage(command, **SETTINGS | wrong)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(sentence)
        assert line.endswith("; see docs/operating.md.")
        assert "hidden" not in line


def test_without_any_setting_the_secret_is_asked_for() -> None:
    assert manage("migrate").stderr == "Set SECRET_KEY to a long random text; see docs/operating.md.\n"


def test_production_settings_pass_the_deployment_check() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **SETTINGS)
    assert done.returncode == 0, done.stderr


def test_a_weak_secret_does_not_pass_the_deployment_check() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **SETTINGS | {"SECRET_KEY": "short"})
    assert done.returncode == 1
    assert "security.W009" in done.stderr


def test_the_demonstration_with_its_printed_password_does_not_run_in_production() -> None:
    done = manage("demo", **SETTINGS)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("it runs with DEBUG only.")


def test_the_compose_file_has_every_part_and_no_secret_has_a_default() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}
    for variable in SECRETS:
        uses = re.findall(rf"\${{{variable}([^}}]*)}}", COMPOSE)
        assert any(use.startswith(":?") for use in uses)
        assert not any("-" in use[:2] for use in uses)
    assert not re.search(r"^(ENV|ARG) .*(SECRET|PASSWORD)", DOCKERFILE, flags=re.MULTILINE)


def test_every_service_restarts_says_how_it_fares_and_gains_no_rights() -> None:
    for name in ("worker", "gpu-worker", "postgres", "redis"):
        assert SERVICES[name]["healthcheck"]["test"]
    assert re.search(r"^HEALTHCHECK ", DOCKERFILE, flags=re.MULTILINE)  # web's
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    for name in OURS:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_the_parts_wait_for_the_database_and_its_migrations() -> None:
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("web", "worker", "gpu-worker"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_images_and_rows_outlive_their_containers() -> None:
    volumes = yaml.safe_load(COMPOSE)["volumes"]
    for name in ("web", "worker", "gpu-worker", "postgres", "redis"):
        sources = [mount.split(":")[0] for mount in SERVICES[name]["volumes"]]
        assert set(sources) <= set(volumes)
    assert "media:/data/media" in SERVICES["web"]["volumes"]
    assert SERVICES["web"]["volumes"] == SERVICES["worker"]["volumes"] == SERVICES["gpu-worker"]["volumes"]
    assert "MEDIA_ROOT=/data/media" in DOCKERFILE


def test_every_command_is_one_that_the_image_has() -> None:
    commands = [SERVICES[name]["command"] for name in ("migrate", "worker", "gpu-worker")]
    for command in [*commands, WEB]:
        assert (PROGRAMS / command[0]).exists()
    queues = {command[command.index("-Q") + 1] for command in commands if "-Q" in command}
    assert queues == {"default", "gpu"}


def test_the_environment_of_the_containers_is_one_that_the_settings_read() -> None:
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= variables_of_settings()


def test_the_image_holds_all_that_the_site_needs_and_runs_as_nobody_special() -> None:
    copied = set(re.findall(r"^COPY ([a-z]+) \1$", DOCKERFILE, flags=re.MULTILINE))
    assert copied == {"readerstudy", "generator", "locale", "templates", "static"}
    assert all((ROOT / folder).is_dir() for folder in copied)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert copied.isdisjoint(ignored)
    assert {".env", ".git", "media", "db.sqlite3*"} <= set(ignored)
    stages = DOCKERFILE.split("\nFROM ")
    assert re.search(r"^USER (?!root)", stages[-1], flags=re.MULTILINE)
    assert re.search(r"collectstatic", stages[-1])


def test_every_variable_that_the_settings_read_is_in_the_operators_guide() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()
    assert {name for name in variables_of_settings() if f"| `{name}` |" not in guide} == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    loose = [line for line in lines if line and not line.startswith(("#", "-r ")) and "==" not in line]
    assert loose == []


def test_the_licence_is_apache() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert "Apache-2.0" in (ROOT / "README.md").read_text()


def test_ci_lints_and_tests_by_the_commands_that_a_developer_uses() -> None:
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert script[-2:] == ["make lint", "make test"]
