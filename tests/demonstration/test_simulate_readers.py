"""manage.py simulate_readers: a rehearsal through the reader's own functions, labelled wherever it shows."""

import csv
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from readerstudy.audit.models import Entry
from readerstudy.demonstration import simulated_readers
from readerstudy.demonstration.simulated_readers import Behaviour, simulate_reader
from readerstudy.reading.answering import record_answer
from readerstudy.reading.models import Answer, Presentation
from readerstudy.results.export import stream_answers
from readerstudy.results.progress import progress_of
from readerstudy.studies.lifecycle import close_study, open_study
from readerstudy.studies.models import Study
from tests.builders import OVERRIDE, build_study
from tests.sittings import consenting_reader

pytestmark = pytest.mark.django_db


def simulate(*args: str) -> str:
    out = io.StringIO()
    call_command("simulate_readers", *args, stdout=out)
    return out.getvalue()


def answers_of(study: Study) -> list[tuple[object, ...]]:
    return list(
        Answer.objects.filter(presentation__reader__study=study)
        .order_by("presentation__reader__number", "presentation__phase__position", "presentation__position")
        .values_list("presentation__reader__number", "presentation__case__number", "value", "confidence", "response_ms")
    )


def test_all_answers_in_the_place_of_everybody_invited_and_the_export_says_so() -> None:
    study = build_study(real=2, synthetic=2, readers=3, grade_repeats=1)
    said = simulate(study.slug, "--readers", "all", "--accuracy", "0.5", "--seed", "1")
    assert "3 simulated readers have answered" in said
    assert "true accuracy 0.5, seed 1" in said
    assert [row.status for row in progress_of(study)] == ["complete"] * 3
    rows = list(csv.DictReader(io.StringIO("".join(stream_answers(study)))))
    assert len(rows) == 3 * (4 + 1 + 4)
    assert {row["specialty"] for row in rows} == {"simulated"}  # by which the report labels them
    entries = Entry.objects.filter(verb="simulate reader", study=study.slug)
    assert [entry.detail["reader"] for entry in entries.order_by("pk")] == ["R01", "R02", "R03"]


def test_a_number_invites_so_many_more_and_leaves_the_invited_their_places() -> None:
    study = build_study(readers=1)
    said = simulate(study.slug, "--readers", "2").splitlines()
    assert said[:2] == ["R02 has answered, 1 of 2.", "R03 has answered, 2 of 2."]
    assert said[2].startswith("2 simulated readers have answered")
    assert [row.status for row in progress_of(study)] == ["invited", "complete", "complete"]
    simulate(study.slug, "--readers", "1")
    assert study.readers.count() == 4


def test_a_rehearsal_needs_nobody_who_is_invited() -> None:
    study = build_study(readers=0)
    simulate(study.slug, "--readers", "2")
    assert [row.status for row in progress_of(study)] == ["complete"] * 2
    shown = Presentation.objects.filter(reader__study=study)
    assert set(shown.values_list("showings", flat=True)) == {1}
    assert not shown.filter(first_shown_at=None).exists()


def test_a_seed_draws_the_same_readers_again_and_another_one_others() -> None:
    first, again, other = (build_study(readers=2, slug=slug) for slug in ("first", "again", "other"))
    simulate(first.slug, "--readers", "all", "--seed", "7")
    simulate(again.slug, "--readers", "all", "--seed", "7")
    simulate(other.slug, "--readers", "all", "--seed", "8")
    assert answers_of(first) == answers_of(again)
    assert answers_of(first) != answers_of(other)


def test_readers_are_as_accurate_as_asked_for() -> None:
    study = build_study(real=6, synthetic=6, readers=2)
    simulate(study.slug, "--readers", "all", "--accuracy", "0.97")
    told = [row for row in csv.DictReader(io.StringIO("".join(stream_answers(study)))) if row["task"] == "detect"]
    assert sum(row["value"] == row["source"] for row in told) > 0.8 * len(told)


def test_readers_are_sure_where_a_phase_asks_and_only_there() -> None:
    study = build_study(readers=1, opened=False)
    study.phases.filter(task="grade").update(asks_confidence=True)
    study.phases.filter(task="detect").update(asks_confidence=False)
    open_study(study=study, by="lead", blinding_override=OVERRIDE)
    simulate(study.slug, "--readers", "all")
    asked = Answer.objects.filter(presentation__phase__task="grade").values_list("confidence", flat=True)
    unasked = Answer.objects.filter(presentation__phase__task="detect").values_list("confidence", flat=True)
    assert all(sure in range(1, 6) for sure in asked)
    assert set(unasked) == {None}


def test_a_study_in_which_a_clinician_reads_is_left_alone() -> None:
    study = build_study(readers=2)
    consenting_reader(study, 1)
    for readers in ("all", "3"):
        with pytest.raises(CommandError, match="R01, who is not simulated, reads in"):
            simulate(study.slug, "--readers", readers)
    assert not Answer.objects.exists()
    assert study.readers.count() == 2


def test_when_answering_fails_no_reader_is_left_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    study = build_study(readers=1)

    def fail_at_the_third(**answer: Any) -> Answer:
        if Answer.objects.count() == 2:
            raise RuntimeError("the power went")
        return record_answer(**answer)

    monkeypatch.setattr(simulated_readers, "record_answer", fail_at_the_third)
    for readers in ("all", "1"):
        with pytest.raises(RuntimeError, match="the power went"):
            simulate(study.slug, "--readers", readers)
    assert not Answer.objects.exists()
    assert [row.status for row in progress_of(study)] == ["invited"]
    assert not Entry.objects.filter(verb="simulate reader").exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["nothing", "--readers", "all"], "There is no study “nothing”. Studies: there is none."),
        (["x", "--readers", "some"], "must be “all” or a number from 1 to 500, not “some”"),
        (["x", "--readers", "0"], "must be “all” or a number"),
        (["x", "--readers", "all", "--accuracy", "1.2"], "--accuracy must be between"),
        (["x", "--readers", "all", "--seed", "-2"], "--seed must be at least 0"),
        (["x"], "the following arguments are required: --readers"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(args: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        simulate(*args)


def test_a_study_that_is_not_open_or_fully_answered_is_refused() -> None:
    draft = build_study(opened=False)
    with pytest.raises(CommandError, match="is draft; only an open study can be answered"):
        simulate(draft.slug, "--readers", "all")
    study = build_study(readers=1)
    simulate(study.slug, "--readers", "all")
    with pytest.raises(CommandError, match="Every invited reader of “A small study” has answered"):
        simulate(study.slug, "--readers", "all")
    close_study(study=study, by="lead")
    with pytest.raises(CommandError, match="is closed; only an open study"):
        simulate(study.slug, "--readers", "1")


def test_images_that_fool_one_simulated_reader_fool_the_others_more_often_than_not() -> None:
    study = build_study(real=6, synthetic=6, readers=4)
    trait = simulated_readers.DetectionTrait(reader=0.0, case=4.0)
    for reader in study.readers.all():
        simulate_reader(reader=reader, behaviour=Behaviour(seed=1, accuracy=0.5, detection=trait))
    by_case: dict[object, list[str]] = {}
    for _, case, value, *_ in answers_of(study):
        if value in ("real", "synthetic"):
            by_case.setdefault(case, []).append(value)
    unanimous = sum(len(set(values)) == 1 for values in by_case.values())
    assert unanimous >= 6  # of 12; guessing readers agree on one or two
