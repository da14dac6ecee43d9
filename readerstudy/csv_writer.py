"""The only CSV writer of the project: what it writes cannot run as a formula in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

# What a spreadsheet may take for a formula, also after blanks and in full-width characters. Apostrophes in
# front count too, so that the one that is put there can be taken away again without guessing.
DANGEROUS = re.compile(r"'*[ \u00a0]*[=+\-@\t\r\n＝＋－＠]")


def write_csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield CSV text, a line at a time (RFC 4180); dangerous text is put behind an apostrophe.

    None becomes an empty field; numbers stay numbers, negative ones too, with twelve digits: more is rounding.
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
    if isinstance(field, float):
        return float(f"{field:.12g}")
    return f"'{field}" if isinstance(field, str) and DANGEROUS.match(field) else field
