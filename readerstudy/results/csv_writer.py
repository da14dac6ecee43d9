"""The only CSV writer of the project: what it writes cannot run as a formula in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield CSV text, a line at a time (RFC 4180), text that a spreadsheet could take for a formula behind an apostrophe.

    None becomes an empty field; numbers stay as they are, negative ones too.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_harmless(field) for field in header])
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_harmless(field) for field in row])
        yield buffer.getvalue()


def _harmless(field: object) -> object:
    return f"'{field}" if isinstance(field, str) and field.startswith(DANGEROUS) else field
