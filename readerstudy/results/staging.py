"""Writing a folder wholly or not at all."""

import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing_folder(folder: Path, *, holds: Collection[str]) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes `folder` when the block ends well and vanishes otherwise.

    An existing folder is replaced if it is empty or an earlier one of the same kind: every name in it is one
    that the new one may hold. Raises FileExistsError otherwise, OSError when the place cannot be written.
    """
    folder = folder.resolve()
    _require_replaceable(folder, holds)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    part.mkdir()
    try:
        yield part
        _require_replaceable(folder, holds)  # it may have been filled meanwhile
        if folder.exists():
            earlier = part.with_name(f"{part.name}-earlier")
            folder.rename(earlier)
            part.rename(folder)
            shutil.rmtree(earlier)
        else:
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _require_replaceable(folder: Path, holds: Collection[str]) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a folder.")
    if others := sorted({one.name for one in folder.iterdir()} - set(holds)):
        raise FileExistsError(
            f"{folder} holds other things than an earlier report ({others[0]}), and is left as it is. "
            "Name a new folder."
        )
