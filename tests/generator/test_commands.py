"""The generator's commands on the image bank."""

import io
import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from generator.checkpoints import load_checkpoint, save_checkpoint
from generator.models import SynthesisJob
from generator.sampling import synthesise
from generator.synthesis import _loaded, fail_job, make_chunk
from generator.tasks import synthesise_chunk
from generator.watching import read_metrics
from readerstudy.celery import app
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.drawing import draw_phantoms
from readerstudy.radiographs.models import Provenance, Radiograph
from tests.builders import add_real_image
from tests.generator.bank import add_knees
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
        ({"per_grade": 100_001}, "At most 100000 images"),
        ({"grades": [5]}, "whole number from 0 to 4"),
        ({"truncation": 0.0}, "Truncation"),
        ({"first_seed": -1}, "Seeds are whole numbers"),
    ],
)
def test_what_cannot_be_generated_is_said_and_leaves_no_job(checkpoint: str, options: dict, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("generate", **({"checkpoint": checkpoint, "grades": [1], "per_grade": 1} | options))
    assert not SynthesisJob.objects.exists()


@pytest.mark.parametrize("size", ["inf", "nan", "1e308", "0", "-1"])
def test_a_size_of_packed_parts_that_is_no_number_of_megabytes_is_refused(size: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"argument --part-megabytes: invalid|--part-megabytes is at least 1"):
        run("pack_radiographs", "--out", str(tmp_path), "--part-megabytes", size)


def test_a_checkpoint_that_changes_under_a_job_fails_it_by_name(checkpoint: str) -> None:
    run("generate", checkpoint=checkpoint, grades=[0], per_grade=1)
    job = SynthesisJob.objects.get()
    SynthesisJob.objects.update(state="running", finished_at=None, requested=100, per_grade=100)
    save_checkpoint(Path(checkpoint), generator=small_generator(9), **CARD)
    _loaded.cache_clear()
    with pytest.raises(Exception, match="not the one"):
        synthesise_chunk(job.pk, 0, 50, 1)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "not the one" in job.error


def test_the_same_recipe_gives_the_same_file_bit_for_bit(checkpoint: str, media_root: Path) -> None:
    def generated() -> dict[str, bytes]:
        _loaded.cache_clear()
        run("generate", checkpoint=checkpoint, grades=[0, 3], per_grade=3)
        return {str(path.relative_to(media_root)): path.read_bytes() for path in media_root.rglob("*.png")}

    first = generated()
    Provenance.objects.all().delete()
    Radiograph.objects.all().delete()
    shutil.rmtree(media_root)
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        assert generated() == first
    finally:
        torch.set_num_threads(threads)
    assert len(first) == 6


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_gpu_draws_the_same_to_one_grey_level(checkpoint: str) -> None:
    drawn = [
        synthesise(load_checkpoint(checkpoint, device=device).generator, seeds=range(8), grades=[2] * 8).astype(int)
        for device in ("cpu", "cuda", "cuda")
    ]
    assert np.abs(drawn[0] - drawn[1]).max() <= 1
    assert np.array_equal(drawn[1], drawn[2])


def test_a_job_whose_seeds_draw_the_same_pixels_is_done_and_says_so(tmp_path: Path) -> None:
    generator = small_generator()
    for convs in generator.convs.values():
        for conv in convs:
            torch.nn.init.zeros_(conv.noise_strength)
    save_checkpoint(tmp_path / "same", generator=generator, **CARD)
    out = run("generate", checkpoint=str(tmp_path / "same"), grades=[2], per_grade=3, truncation=1e-9)
    job = SynthesisJob.objects.get()
    assert (job.state, job.made, job.identical) == ("done", 1, [[2, 1], [2, 2]])
    assert "2 came out as images that the bank holds" in out
    make_chunk(job=job, grade=2, first_seed=0, count=3)
    job.refresh_from_db()
    assert (job.state, len(job.identical)) == ("done", 2)


def test_a_chunk_that_fails_and_then_succeeds_leaves_a_job_that_is_done(checkpoint: str) -> None:
    run("generate", checkpoint=checkpoint, grades=[2], per_grade=2)
    job = SynthesisJob.objects.get()
    SynthesisJob.objects.update(state="running", finished_at=None, requested=3, per_grade=3, made=2)
    fail_job(job=job, error="the disk was full")
    fail_job(job=job, error="and again")
    make_chunk(job=job, grade=2, first_seed=0, count=2)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "the disk was full")
    make_chunk(job=job, grade=2, first_seed=2, count=1)
    job.refresh_from_db()
    assert (job.state, job.error, job.made) == ("done", "", 3)
    fail_job(job=job, error="a worker that came too late")
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")


def test_a_queue_that_cannot_be_reached_fails_the_job_in_one_sentence(
    checkpoint: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    app.conf.task_always_eager = False
    with app.connection_for_write(settings.REDIS_URL) as unreachable:
        producer = unreachable.Producer(auto_declare=False)
        monkeypatch.setattr(type(app), "producer_or_acquire", lambda self, given=None: nullcontext(producer))
        with pytest.raises(CommandError, match="queue of the workers cannot be reached"):
            run("generate", checkpoint=checkpoint, grades=[2], per_grade=2)
    job = SynthesisJob.objects.get()
    assert (job.state, Provenance.objects.count()) == ("failed", 0)
    assert "REDIS_URL" in job.error


def test_a_stop_by_hand_is_written_on_the_job(checkpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(**chunk: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.tasks.make_chunk", stopped)
    with pytest.raises(CommandError, match="Stopped"):
        run("generate", checkpoint=checkpoint, grades=[2], per_grade=2)
    assert SynthesisJob.objects.get().state == "failed"


def test_an_unusable_image_folder_is_named(checkpoint: str, settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = str(tmp_path / "file")
    with pytest.raises(CommandError, match=r"The image folder .*file \(MEDIA_ROOT\) cannot be used"):
        run("generate", checkpoint=checkpoint, grades=[2], per_grade=1)
    assert SynthesisJob.objects.get().state == "failed"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no such table: generator_synthesisjob", "The database has not been migrated: run manage.py migrate."),
        ('relation "generator_synthesisjob" does not exist\nLINE 1', "has not been migrated"),
        ("unable to open database file", r"The database \(DATABASE_URL\) cannot be used: unable to open"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    checkpoint: str, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OperationalError(text)

    monkeypatch.setattr("generator.models.SynthesisJob.save", broken)
    with pytest.raises(CommandError, match=sentence):
        run("generate", checkpoint=checkpoint, grades=[2], per_grade=1)


def test_training_refuses_to_write_over_a_training(tmp_path: Path) -> None:
    add_knees(per_grade=8, split="train")
    options = {"out": tmp_path / "t", "resolution": 28, "max_images": 8, "batch": 4}
    run("train_generator", **options)
    with pytest.raises(CommandError, match="already holds a training"):
        run("train_generator", **options)


def test_the_baseline_leaves_blurred_radiographs_out(tmp_path: Path) -> None:
    add_knees(per_grade=8, split="train")
    blurred = Provenance.objects.order_by("pk")[:3].values_list("pk", flat=True)
    Provenance.objects.exclude(pk__in=list(blurred)).update(blurred=False)
    Provenance.objects.filter(pk__in=list(blurred)).update(blurred=True)
    with pytest.raises(CommandError, match="trained in the preset “published”"):
        run("train_generator", out=tmp_path / "t", architecture="wgan-gp", preset="window", max_images=4)
    run("train_generator", out=tmp_path / "t", architecture="wgan-gp", max_images=4, batch=4)
    card = load_checkpoint(str(tmp_path / "t")).card
    assert (card.data_count, card.architecture["kind"], card.architecture["resolution"]) == (37, "wgan-gp", 210)
    assert "1 of 1 images" in run("generate", checkpoint=str(tmp_path / "t"), grades=[4], per_grade=1)
    assert pixels_of(Radiograph.objects.get(provenance__source="synthetic")).shape == (224, 224)


def test_training_reads_the_bank_and_says_what_it_trained_on(tmp_path: Path) -> None:
    draw_phantoms(per_grade=8, preset="published", by="test")
    out = run("train_generator", out=tmp_path / "t", resolution=28, max_images=8, batch=4)
    assert "8 images seen" in out
    card = load_checkpoint(str(tmp_path / "t")).card
    assert (card.preset, card.data, card.data_count, card.is_phantom) == ("published", "phantom radiographs", 40, True)


def test_training_is_measured_on_the_way_against_another_split(tmp_path: Path) -> None:
    add_knees(per_grade=8, split="train")
    add_knees(per_grade=8, split="val", first_subject=500)
    limits = {"resolution": 28, "max_images": 8, "batch": 4, "measure_every": 4, "measure_images": 8}
    run("train_generator", out=tmp_path / "t", split="train", validation_split="val", **limits)
    assert [row["images_seen"] for row in read_metrics(tmp_path / "t")] == ["4", "8"]
    assert load_checkpoint(str(tmp_path / "t" / "best")).card.name == "t-best"
    with pytest.raises(CommandError, match="are learnt from"):
        run("train_generator", out=tmp_path / "u", split="val", validation_split="val", **limits)
    with pytest.raises(CommandError, match="--measure-every is 1 or more"):
        run("train_generator", out=tmp_path / "u", validation_split="val", **limits | {"measure_every": 0})


def test_training_goes_on_from_a_checkpoint_and_names_one_that_is_not_there(tmp_path: Path) -> None:
    add_knees(per_grade=8, split="train")
    run("train_generator", out=tmp_path / "t", resolution=28, max_images=8, batch=4)
    out = run(
        "train_generator", out=tmp_path / "u", start_from=str(tmp_path / "t"), resolution=28, max_images=16, batch=4
    )
    assert "16 images seen" in out
    with pytest.raises(CommandError, match="There is no checkpoint “nowhere”"):
        run("train_generator", out=tmp_path / "v", start_from="nowhere", resolution=28, max_images=16)


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
