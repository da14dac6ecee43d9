"""Readers for the tests, who read through the product's own functions."""

import uuid

from readerstudy.reading.answering import record_answer
from readerstudy.reading.consent import give_consent
from readerstudy.reading.models import Answer, Presentation
from readerstudy.reading.sitting import enter_phase, find_reader, mark_shown, where_is
from readerstudy.studies.models import Phase, Reader, Study


def reader_of(study: Study, number: int = 1) -> Reader:
    """The reader as a page knows them: found by their token."""
    reader = find_reader(token=study.readers.get(number=number).token)
    assert reader is not None
    return reader


def consenting_reader(study: Study, number: int = 1) -> Reader:
    reader = reader_of(study, number)
    give_consent(reader=reader, specialty="Radiology", years_experience=12)
    return reader_of(study, number)


def phase_of(study: Study, position: int) -> Phase:
    return study.phases.get(position=position)


def beginning_reader(study: Study, number: int = 1) -> Reader:
    """A reader who has consented and stands before the first case of phase 1."""
    reader = consenting_reader(study, number)
    enter_phase(reader=reader, phase=phase_of(study, 1))
    return reader


def show_next(reader: Reader) -> Presentation:
    """Serve the page of the case that is due."""
    presentation = where_is(reader).presentation
    assert presentation is not None
    mark_shown(presentation)
    return presentation


def answer_next(reader: Reader) -> Answer:
    """Answer the case that is due, as its phase asks."""
    presentation = show_next(reader)
    asks = presentation.phase.asks_confidence
    return record_answer(
        presentation=presentation,
        client_key=uuid.uuid4(),
        value="real" if presentation.phase.task == "detect" else str(presentation.position % 5),
        confidence=3 if asks else None,
        response_ms=4321,
        viewer={},
    )


def read_phase(reader: Reader, position: int) -> None:
    """Enter the phase, if that is still to be done, and read it to its end."""
    phase = phase_of(reader.study, position)
    enter_phase(reader=reader, phase=phase)
    while where_is(reader).phase == phase:
        answer_next(reader)
