"""Whether a protocol that came as a file is the one that was frozen: by its digest, or by the report it lies in."""

import json
from pathlib import Path
from typing import Any

from readerstudy.results.staging import is_as_written
from readerstudy.studies.protocol import protocol_digest

SHORTEST = 16  # characters of a digest: as many as stand at the head of a report


def require_digest(protocol: dict[str, Any], expected: str) -> None:
    """Raise ValueError unless the digest of the protocol begins with what is expected."""
    found, wanted = protocol_digest(protocol), expected.strip().lower()
    if len(wanted) < SHORTEST:
        raise ValueError(f"a digest of at least {SHORTEST} characters is needed, not “{expected}”")
    if not found.startswith(wanted):
        raise ValueError(f"its digest is {found}, not {wanted}")


def is_of_checked_report(protocol: dict[str, Any], path: Path) -> bool:
    """Whether the file lies, as it was written, in a report whose protocol was known to be the frozen one."""
    results = path.with_name("results.json")
    if not (is_as_written(path) and is_as_written(results)):
        return False
    try:
        said = json.loads(results.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):  # no JSON
        return False
    return (
        isinstance(said, dict)
        and said.get("protocol_checked") is True
        and said.get("protocol_digest") == protocol_digest(protocol)
    )
