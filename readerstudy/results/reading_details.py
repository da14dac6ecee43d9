"""Two tables beside the answers: how the viewer was used for each, and on which displays it was read."""

from collections.abc import Iterator

from readerstudy.csv_writer import write_csv
from readerstudy.reading.models import Answer, DisplayCheck
from readerstudy.reading.viewer_use import DEEDS, MEASURES
from readerstudy.results.export import CHUNK, iso_time
from readerstudy.studies.models import Study

# the first five name a row of the answers
VIEWER_USE = ("study", "reader", "phase", "position", "revision", "showing", "remark", *DEEDS, *MEASURES)
DISPLAYS = (
    "study", "reader", "at", "sees_dark", "sees_bright", "screen_width", "screen_height", "pixel_ratio", "colour_depth",
)  # fmt: skip


def stream_viewer_use(study: Study) -> Iterator[str]:
    """Yield a CSV line for every answer, in the order of the export; what is unknown is empty."""
    return write_csv(VIEWER_USE, _viewer_use(study))


def stream_displays(study: Study) -> Iterator[str]:
    """Yield a CSV line for every check of a display, by reader and time."""
    checks = DisplayCheck.objects.filter(reader__study=study).select_related("reader")
    return write_csv(
        DISPLAYS,
        (
            [study.slug, one.reader.pseudonym, iso_time(one.at), *(_cell(getattr(one, name)) for name in DISPLAYS[3:])]
            for one in checks.order_by("reader__number", "at", "pk")
        ),
    )


def _viewer_use(study: Study) -> Iterator[list[object]]:
    answers = Answer.objects.filter(presentation__reader__study=study).select_related(
        "presentation__reader", "presentation__phase"
    )
    places = ("presentation__reader__number", "presentation__phase__position", "presentation__position", "revision")
    for answer in answers.order_by(*places).iterator(chunk_size=CHUNK):
        at = answer.presentation
        yield [
            study.slug, at.reader.pseudonym, at.phase.position, at.position, answer.revision,
            _cell(answer.showing), answer.remark, *(_cell(answer.viewer.get(name)) for name in (*DEEDS, *MEASURES)),
        ]  # fmt: skip


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
