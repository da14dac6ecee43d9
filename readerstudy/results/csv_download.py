"""A table that staff take away as a file."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse


def csv_download(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    """Lines of CSV, as `write_csv` gives them, as a file of this name."""
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
