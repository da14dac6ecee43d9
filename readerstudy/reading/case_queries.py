"""What a case asks of the database: three queries in SQL of our own, the same for PostgreSQL and for SQLite.

Everywhere else Django puts the queries together. Here, where every reader waits at every case, that would take several
times as long as the database needs to answer. The tests of the reading room run all three on both databases.

Two of them lean on the order of a phase: only the first unread case is ever shown, and only what was shown can be
answered, so that answers come in order of position.
"""

import re
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection, transaction

from readerstudy.reading.models import Answer

# Each part is found by itself, so that no planner takes another way and reads every answer there is.
TURN = """
    WITH meant AS MATERIALIZED (SELECT reader_id, phase_id, position FROM reading_presentation WHERE key = %s),
    design AS MATERIALIZED (
        SELECT reader.id AS reader, study.id AS study, state, allows_zoom, allows_windowing, allows_change, asks_remark
        FROM studies_reader AS reader JOIN studies_study AS study ON study.id = reader.study_id
        WHERE reader.token = %s AND reader.id = (SELECT reader_id FROM meant)),
    part AS MATERIALIZED (
        SELECT position AS phase, task, asks_confidence FROM studies_phase WHERE id = (SELECT phase_id FROM meant)),
    near AS MATERIALIZED (
        SELECT id, key, position, first_shown_at IS NOT NULL AS is_shown, showings FROM reading_presentation
        WHERE reader_id = (SELECT reader_id FROM meant) AND phase_id = (SELECT phase_id FROM meant)
            AND position BETWEEN (SELECT position FROM meant) AND (SELECT position + 2 FROM meant))
    SELECT design.*, part.*,
        (SELECT COUNT(*) FROM reading_presentation
            WHERE reader_id = (SELECT reader_id FROM meant) AND phase_id = (SELECT phase_id FROM meant)),
        near.*, (SELECT COUNT(*) FROM reading_answer WHERE presentation_id = near.id)
    FROM design, part, near ORDER BY near.position
"""
IMAGE = """
    WITH meant AS MATERIALIZED (SELECT reader_id, phase_id, case_id FROM reading_presentation WHERE key = %s)
    SELECT image FROM radiographs_radiograph
    WHERE id = (SELECT radiograph_id FROM studies_case WHERE id = (SELECT case_id FROM meant))
        AND EXISTS (
            SELECT 1 FROM studies_reader AS reader JOIN studies_study AS study ON study.id = reader.study_id
            WHERE reader.token = %s AND reader.id = (SELECT reader_id FROM meant) AND study.state = 'open')
        AND NOT EXISTS (
            SELECT 1 FROM reading_answer WHERE presentation_id = (
                SELECT id FROM reading_presentation
                WHERE reader_id = (SELECT reader_id FROM meant) AND phase_id = (SELECT phase_id FROM meant)
                ORDER BY position DESC LIMIT 1))
"""
# Closing the study and other answers of this reader wait for the lock, and it for them; see `close_study`.
LOCK = "SELECT 1 FROM studies_reader WHERE id = %s FOR NO KEY UPDATE"
_FIELDS = [field for field in Answer._meta.local_concrete_fields if not field.primary_key]
STORE = f"""
    INSERT INTO reading_answer ({", ".join(str(field.column) for field in _FIELDS)})
    SELECT {", ".join(["%s"] * len(_FIELDS))}
    WHERE EXISTS (SELECT 1 FROM studies_study WHERE id = %s AND state = 'open')
        AND NOT EXISTS (SELECT 1 FROM reading_answer WHERE presentation_id = %s)
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - columns of our own model
SHOW = """
    UPDATE reading_presentation SET showings = showings + 1, first_shown_at = COALESCE(first_shown_at, %s) WHERE id = %s
"""
# For PostgreSQL one statement does both. It follows LOCK in one query, which is one transaction; it sees what was
# committed when it began, so also what was written while LOCK waited.
STORE_AND_SHOW = f"""
    WITH stored AS ({STORE} RETURNING id), shown AS ({SHOW} AND EXISTS (SELECT 1 FROM stored))
    SELECT id FROM stored
"""  # noqa: S608 - of the two above


class Near(NamedTuple):
    """The presentation that is meant, or one of the two after it. answers: how many, its revisions included."""

    pk: int
    key: str
    position: int
    is_shown: bool
    showings: int
    answers: int


class Turn(NamedTuple):
    """A presentation of a reader and all that an answer to it is judged by. total: presentations of the phase."""

    reader: int
    study: int
    state: str
    allows_zoom: bool
    allows_windowing: bool
    allows_change: bool
    asks_remark: bool
    phase: int
    task: str
    asks_confidence: bool
    total: int
    meant: Near
    next: Near | None
    following: Near | None


def find_turn(*, token: str, key: str) -> Turn | None:
    """The presentation of this key, if it is one of the reader whose token this is."""
    rows = _ask("reading_turn", TURN, [key, token])
    if not rows:
        return None
    near = [Near(*row[-6:]) for row in rows]
    return Turn._make([*rows[0][:-6], *near, *[None] * (3 - len(near))])


def image_file(*, token: str, key: str) -> str | None:
    """The name of the image of this presentation, if it is this reader's and may be seen now.

    None in a study that is not open, and in a phase that is complete.
    """
    rows = _ask("reading_image", IMAGE, [key, token])
    return rows[0][0] if rows else None


def store_answer(answer: Answer, *, turn: Turn, shows_next: bool) -> bool:
    """Add the answer unless something came between: the study was closed, or the reader answered elsewhere.

    shows_next: stamp the presentation after it as shown, in the same transaction. False when nothing was written.
    """
    values = [field.get_db_prep_save(getattr(answer, field.attname), connection) for field in _FIELDS]
    following = turn.next.pk if turn.next else None
    shown_at = connection.ops.adapt_datetimefield_value(answer.answered_at)
    store, show = [*values, turn.study, following], [shown_at, following if shows_next else None]
    if connection.vendor == "postgresql":
        return bool(_ask("reading_store", STORE_AND_SHOW, [*store, *show], after=(LOCK, [turn.reader])))
    with transaction.atomic(), connection.cursor() as cursor:
        stored = cursor.execute(STORE, store).rowcount == 1
        if stored:
            cursor.execute(SHOW, show)
    return stored


_planned: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # by connection, for as long as it is open


def _ask(name: str, sql: str, values: list[Any], *, after: tuple[str, list[Any]] = ("", [])) -> list[Any]:
    """The rows of a statement; after: another one that is carried out before it, in the same query.

    PostgreSQL plans a statement of this kind longer than it carries it out, so each connection keeps the plan.
    """
    if any(isinstance(value, str) and "\0" in value for value in values):
        return []  # PostgreSQL takes no such text, not even to look for it
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            known = _planned.setdefault(connection.connection, set())
            if name not in known:
                places = (f"${number}" for number in count(1))
                cursor.execute(f"PREPARE {name} AS {re.sub('%s', lambda _: next(places), sql)}")
                known.add(name)
            sql = f"EXECUTE {name}({', '.join(['%s'] * len(values))})"
        first, first_values = after
        cursor.execute(f"{first}; {sql}" if first else sql, [*first_values, *values])
        return cursor.fetchall()
