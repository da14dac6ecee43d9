"""Writing a folder wholly or not at all."""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SUMS = "SHA256SUMS"  # as sha256sum writes and checks it


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes `folder` when the block ends well and vanishes otherwise.

    Its files are listed with their digests in SHA256SUMS. An existing folder is replaced if it is empty, or if it was
    made here and nothing in it was added or changed since. Raises FileExistsError otherwise, OSError when the
    place cannot be written. What killed runs left beside the folder, answers perhaps, goes when the block ends well.
    """
    folder = folder.resolve()
    _require_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.unfinished-{secrets.token_hex(4)}")
    part.mkdir()
    with _held(part):
        try:
            yield part
            lines = [f"{_digest(part / name)}  {name}\n" for name in sorted(_names(part))]
            (part / SUMS).write_text("".join(lines), encoding="utf-8")
            _require_replaceable(folder)  # it may have been filled meanwhile
            if folder.exists():
                earlier = part.with_name(f"{part.name}-earlier")
                folder.rename(earlier)
                part.rename(folder)
                shutil.rmtree(earlier, ignore_errors=True)
            else:
                part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    with suppress(OSError):
        _remove_leftovers(folder)


def is_as_written(file: Path) -> bool:
    """Whether the file is there and as SHA256SUMS beside it lists it."""
    return file.is_file() and _listed(file.parent).get(file.name) == _digest(file)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder while the block runs. False where another process holds it, or the file system knows no locks.

    The system lets go of it when the process ends, however it ends.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    held = True
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held = False
    try:
        yield held
    finally:
        os.close(place)


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left of `folder`, not what a run still holds. An empty one may be about to be held."""
    leftover = re.compile(rf"\.{re.escape(folder.name)}\.unfinished-[0-9a-f]{{8}}(-earlier)?")
    for path in list(folder.parent.iterdir()):
        if leftover.fullmatch(path.name) and path.is_dir() and any(path.iterdir()):
            with _held(path) as held:
                if held:
                    shutil.rmtree(path, ignore_errors=True)


def _listed(folder: Path) -> dict[str, str]:
    """What SHA256SUMS says of each file; nothing where there is none."""
    if not (folder / SUMS).is_file():
        return {}
    lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _names(folder: Path) -> Iterator[str]:
    """Each file below the folder but SHA256SUMS itself; an empty folder or a link to a folder counts as a file."""
    for path in folder.rglob("*"):
        is_filled = path.is_dir() and not path.is_symlink() and any(path.iterdir())
        if path != folder / SUMS and not is_filled:
            yield path.relative_to(folder).as_posix()


def _digest(path: Path) -> str:
    """SHA-256 (hexadecimal) of a file; empty for what is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _require_replaceable(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a folder.")
    if difference := _difference(folder):
        raise FileExistsError(
            f"{folder} is not an earlier report as it was written: {difference}. It is left as it is; "
            "name a new folder."
        )


def _difference(folder: Path) -> str:
    """What is not as SHA256SUMS has it, empty where all is. No file is read unless all are listed."""
    listed = _listed(folder)
    for name in _names(folder):
        if name not in listed:
            return f"it holds {name}"
    for name in _names(folder):
        if _digest(folder / name) != listed.get(name):
            return f"{name} was changed since"
    return ""
