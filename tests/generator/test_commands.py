"""The generator's commands on the image bank."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from generator.checkpoints import load_checkpoint, save_checkpoint
from generator.models import SynthesisJob
from generator.sampling import synthesise
from generator.synthesis import _loaded, make_chunk
from generator.tasks import synthesise_chunk
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.drawing import draw_phantoms
from readerstudy.radiographs.models import Provenance
from tests.builders import add_real_image
from tests.generator.core.test_core import CARD, small_generator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    save_checkpoint(tmp_path / "small", generator=small_generator(), **CARD)
    return str(tmp_path / "small")


def run(command: str, *args: str, **options: object) -> str:
    out = io.StringIO()
    call_command(command, *args, stdout=out, **options)
    return out.getvalue()


def test_generated_images_are_in_the_bank_with_their_recipe(checkpoint: str) -> None:
    assert "6 of 6 images" in run("generate", checkpoint=checkpoint, grades=[1, 4], per_grade=3, first_seed=10)
    card = load_checkpoint(checkpoint).card
    rows = Provenance.objects.order_by("grade", "seed")
    assert [(row.grade, row.seed) for row in rows] == [(g, s) for g in (1, 4) for s in (10, 11, 12)]
    assert {(row.source, row.checkpoint_digest, row.truncation) for row in rows} == {("synthetic", card.digest, 1.0)}
    drawn = synthesise(load_checkpoint(checkpoint).generator, seeds=[11], grades=[4])[0]
    expected = canonical_form(drawn, preset="window", inverted=False)
    assert np.array_equal(pixels_of(rows.get(grade=4, seed=11).radiograph), expected)


def test_asking_twice_makes_nothing_twice(checkpoint: str) -> None:
    assert "3 new, 0 there already" in run("generate", checkpoint=checkpoint, grades=[2], per_grade=3)
    before = set(Provenance.objects.values_list("pk", flat=True))
    assert "2 new, 3 there already" in run("generate", checkpoint=checkpoint, grades=[2], per_grade=5)
    assert before < set(Provenance.objects.values_list("pk", flat=True))
    assert Provenance.objects.count() == 5


def test_a_relative_path_is_kept_whole_for_workers_that_run_elsewhere(
    checkpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(checkpoint).parent)
    run("generate", checkpoint="small", grades=[2], per_grade=1)
    run("generate", checkpoint="phantom", grades=[2], per_grade=1)
    assert set(SynthesisJob.objects.values_list("checkpoint", flat=True)) == {checkpoint, "phantom"}


def test_a_chunk_that_runs_again_changes_nothing(checkpoint: str) -> None:
    run("generate", checkpoint=checkpoint, grades=[2], per_grade=4)
    job = SynthesisJob.objects.get()
    assert (job.made, job.requested, job.state) == (4, 4, "done")
    make_chunk(job=job, grade=2, first_seed=0, count=4)
    job.refresh_from_db()
    assert (job.made, Provenance.objects.count()) == (4, 4)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"checkpoint": "nosuch"}, "There is no checkpoint “nosuch”"),
        ({"per_grade": 0}, "At least one image"),
        ({"grades": [5]}, "whole number from 0 to 4"),
        ({"truncation": 0.0}, "Truncation"),
        ({"first_seed": -1}, "Seeds are whole numbers"),
    ],
)
def test_what_cannot_be_generated_is_said_and_leaves_no_job(checkpoint: str, options: dict, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("generate", **({"checkpoint": checkpoint, "grades": [1], "per_grade": 1} | options))
    assert not SynthesisJob.objects.exists()


def test_a_checkpoint_that_changes_under_a_job_fails_it_by_name(checkpoint: str) -> None:
    run("generate", checkpoint=checkpoint, grades=[0], per_grade=1)
    job = SynthesisJob.objects.get()
    save_checkpoint(Path(checkpoint), generator=small_generator(9), **CARD)
    _loaded.cache_clear()
    with pytest.raises(Exception, match="not the one"):
        synthesise_chunk(job.pk, 0, 50, 1)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "not the one" in job.error


def test_training_reads_the_bank_and_says_what_it_trained_on(tmp_path: Path) -> None:
    draw_phantoms(per_grade=8, preset="published", by="test")
    out = run("train_generator", out=tmp_path / "t", resolution=28, max_images=8, batch=4)
    assert "8 images seen" in out
    card = load_checkpoint(str(tmp_path / "t")).card
    assert (card.preset, card.data, card.data_count, card.is_phantom) == ("published", "phantom radiographs", 40, True)


def test_training_refuses_mixtures_too_little_and_no_end(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--max-seconds or --max-images"):
        run("train_generator", out=tmp_path / "t")
    with pytest.raises(CommandError, match="multiple of four"):
        run("train_generator", out=tmp_path / "t", max_images=8, batch=6)
    with pytest.raises(CommandError, match="holds 0 such"):
        run("train_generator", out=tmp_path / "t", max_images=8)
    draw_phantoms(per_grade=7, preset="window", by="test")
    add_real_image(1)
    with pytest.raises(CommandError, match="name one data set"):
        run("train_generator", out=tmp_path / "t", max_images=8, preset="window")
    assert not (tmp_path / "t").exists()
