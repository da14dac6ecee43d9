"""Writing a folder wholly or not at all, also where a run is killed and where two write at once."""

import signal
import subprocess
import sys
from pathlib import Path

from readerstudy.results.staging import replacing_folder

KILLED = """
import os, pathlib, signal, sys
from readerstudy.results.staging import replacing_folder
with replacing_folder(pathlib.Path(sys.argv[1])) as folder:
    (folder / "answers.csv").write_text("answers")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write(out: Path) -> None:
    with replacing_folder(out) as folder:
        (folder / "report.html").write_text("a report")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_a_killed_run_left_goes_with_the_next_report_to_the_same_folder(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out")], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    left.with_name(f"{left.name}-earlier").mkdir()
    (left.with_name(f"{left.name}-earlier") / "answers.csv").write_text("answers")
    write(tmp_path / "other")
    assert len(names(tmp_path)) == 3
    write(tmp_path / "out")
    assert names(tmp_path) == {"other", "out"}


def test_nothing_else_goes_with_it(tmp_path: Path) -> None:
    mine = {
        ".out-20240101",
        ".out.unfinished-20240101-mine",
        ".out.unfinished-thesis",
        ".outer.unfinished-20240101",
        "out.unfinished-20240101",
    }
    for name in mine:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("years of work")
    (tmp_path / ".out.unfinished-20240101").write_text("a file")
    write(tmp_path / "out")
    assert names(tmp_path) == mine | {"out", ".out.unfinished-20240101"}


def test_a_run_that_goes_on_keeps_its_folder_when_another_ends(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "out") as empty, replacing_folder(tmp_path / "out") as filled:
        (filled / "answers.csv").write_text("answers")
        write(tmp_path / "out")
        assert empty.is_dir()
        assert names(filled) == {"answers.csv"}
    assert names(tmp_path) == {"out"}
