"""What the place where a command runs can do wrong is one sentence for every command, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from readerstudy.commands import ENDED_BY_PIPE, PlainCommand
from tests.production import ROOT

OURS = sorted(name for name, app in get_commands().items() if str(app).startswith(("readerstudy", "generator")))


@pytest.mark.parametrize("name", OURS)
def test_every_command_says_plainly_what_is_wrong_with_its_surroundings(name: str) -> None:
    assert isinstance(load_command_class(get_commands()[name], name), PlainCommand)


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a command whose database holds no table yet."""
    return {
        "PATH": "/usr/bin:/bin",
        "DEBUG": "true",
        "SECRET_KEY": "only for this test",
        "DATABASE_URL": f"sqlite:///{folder / 'empty.sqlite3'}",
        "MEDIA_ROOT": str(folder / "media"),
        "READERSTUDY_ENV_FILE": str(folder / "none"),
    }


def test_a_database_that_was_never_migrated_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "draw_phantoms", "--per-grade", "1"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "CommandError: The database has not been migrated: run manage.py migrate."
    assert "Traceback" not in done.stderr


def test_a_command_whose_reader_has_seen_enough_ends_without_a_word(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "plan_study"]
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == ENDED_BY_PIPE
