"""Writing a folder wholly or not at all."""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUMS = "SHA256SUMS"  # as sha256sum writes and checks it


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes `folder` when the block ends well and vanishes otherwise.

    Its files are listed with their digests in SHA256SUMS. An existing folder is replaced if it is empty, or if it was
    made here and nothing in it was added or changed since. Raises FileExistsError otherwise, OSError when the
    place cannot be written.
    """
    folder = folder.resolve()
    _require_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    part.mkdir()
    try:
        yield part
        lines = [f"{digest}  {name}\n" for name, digest in _digests(part).items()]
        (part / SUMS).write_text("".join(lines), encoding="utf-8")
        _require_replaceable(folder)  # it may have been filled meanwhile
        if folder.exists():
            earlier = part.with_name(f"{part.name}-earlier")
            folder.rename(earlier)
            part.rename(folder)
            shutil.rmtree(earlier)
        else:
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def is_as_written(file: Path) -> bool:
    """Whether the file is there and as SHA256SUMS beside it lists it."""
    return file.is_file() and _listed(file.parent).get(file.name) == hashlib.sha256(file.read_bytes()).hexdigest()


def _listed(folder: Path) -> dict[str, str]:
    """What SHA256SUMS says of each file; nothing where there is none."""
    if not (folder / SUMS).is_file():
        return {}
    lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below the folder but SHA256SUMS itself; an empty folder counts as a file without digest."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / SUMS:
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir() and not any(path.iterdir()):
            found[path.relative_to(folder).as_posix()] = ""
    return found


def _require_replaceable(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a folder.")
    listed = _listed(folder)
    for name, digest in _digests(folder).items():
        if listed.get(name) != digest:
            what = f"{name} was changed since" if name in listed else f"it holds {name}"
            raise FileExistsError(
                f"{folder} is not an earlier report as it was written: {what}. It is left as it is; name a new folder."
            )
