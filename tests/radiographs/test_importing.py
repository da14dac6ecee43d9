"""Importing folders: what can go in goes in once, the rest is named with its reason."""

import csv
import io
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from readerstudy.audit.models import Entry
from readerstudy.radiographs import importing
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.layouts import dataset_of, find_labelled
from readerstudy.radiographs.models import Provenance, Radiograph
from tests.radiographs.ending import prepare_until_grade_4
from tests.radiographs.test_canonical import knee

pytestmark = pytest.mark.django_db


def write(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def run_import(*args: object, **options: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_radiographs", *map(str, args), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    folder = tmp_path / "knees"
    write(folder / "train/0/9000001L.png", knee(1))
    write(folder / "train/3/9000002R.png", knee(2))
    write(folder / "test/4/9000003R.png", 255 - knee(3))
    return folder


def test_split_and_grade_folders_are_read(data_set: Path) -> None:
    out, _ = run_import(data_set, licence="CC BY 4.0")
    assert "3 new images" in out
    assert "1 came as negatives" in out
    row = Provenance.objects.get(original_name="train/0/9000001L.png")
    assert (row.source, row.grade, row.split, row.side, row.dataset) == ("real", 0, "train", "L", "knees")
    assert row.licence == "CC BY 4.0"
    expected = canonical_form(knee(1), preset="published", side="L")
    assert np.array_equal(pixels_of(row.radiograph), expected)
    assert Provenance.objects.get(split="test").was_inverted
    assert Entry.objects.get(verb="import radiographs").detail["new"] == 3


def test_one_file_that_does_not_fit_leaves_the_others_in(data_set: Path) -> None:
    write(data_set / "train/2" / f"{'9' * 249}L.png", knee(4))
    out, err = run_import(data_set)
    assert "3 new images" in out
    assert "at most 255 characters" in err


def test_names_that_are_no_text_are_left_out(data_set: Path) -> None:
    write(data_set / "train/2/9000004L.png", knee(4)).rename(
        data_set / "train/2" / b"kn\xe9e4L.png".decode("utf-8", "surrogateescape")
    )
    out, err = run_import(data_set)
    assert "3 new images" in out
    assert "kn\\udce9e4L.png': its name is not readable text" in err


def test_one_file_is_one_image_whatever_side_it_is_said_to_show(data_set: Path) -> None:
    whole = (data_set / "train/0/9000001L.png").read_bytes()
    (data_set / "train/0/9000001R.png").write_bytes(whole)
    out, err = run_import(data_set)
    assert "3 new images" in out
    assert "9000001R.png: the same image is in the bank with side L" in err


def test_a_file_larger_than_any_radiograph_is_not_read(data_set: Path) -> None:
    with (data_set / "train/0/9000005L.png").open("wb") as file:
        file.truncate(600_000_000)  # sparse: it takes no room
    _, err = run_import(data_set)
    assert "9000005L.png: it is enormous" in err


def test_a_file_that_a_crash_left_half_written_is_written_anew(data_set: Path) -> None:
    run_import(data_set)
    row = Radiograph.objects.first()
    assert row is not None
    whole = Path(row.image.path).read_bytes()
    Path(row.image.path).write_bytes(whole[:100])
    Provenance.objects.filter(radiograph=row).delete()
    row.delete()
    run_import(data_set)
    assert Path(row.image.path).read_bytes() == whole


def test_how_many_processes_must_be_a_number_of_them(data_set: Path) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        run_import(data_set, processes=-1)


def test_a_single_split_can_be_imported_by_option_or_by_path(data_set: Path) -> None:
    run_import(data_set, split="test")
    assert Provenance.objects.count() == 1
    run_import(data_set / "train")
    assert set(Provenance.objects.values_list("split", flat=True)) == {"train", "test"}


def test_the_second_import_adds_nothing(data_set: Path) -> None:
    run_import(data_set)
    out, _ = run_import(data_set)
    assert "0 new images" in out
    assert "3 already there" in out
    assert Radiograph.objects.count() == 3


def test_the_other_preset_is_another_image_of_the_same_file(data_set: Path) -> None:
    run_import(data_set)
    run_import(data_set, preset="window")
    assert Radiograph.objects.count() == 6


def test_bad_files_are_named_with_the_reason_and_the_rest_goes_in(data_set: Path) -> None:
    (data_set / "train/1").mkdir()
    (data_set / "train/1/empty.png").write_bytes(b"")
    (data_set / "train/1/words.png").write_text("not an image")
    whole = (data_set / "train/0/9000001L.png").read_bytes()
    (data_set / "train/1/9000009L.png").write_bytes(whole[: len(whole) // 2])
    write(data_set / "train/1/9000010R.png", np.random.default_rng(0).integers(0, 255, (224, 224, 3), np.uint8))
    write(data_set / "train/7/9000011R.png", knee(11))
    write(data_set / "train/2/9000002R.png", knee(2))  # the same image with another grade
    (data_set / "train/1/notes.txt").write_text("grade 1")
    out, err = run_import(data_set)
    assert "3 new images" in out
    assert "7 left out" in out
    for name in (
        "empty.png",
        "words.png",
        "9000009L.png",
        "9000010R.png",
        "7/9000011R.png",
        "9000002R.png",
        "notes.txt",
    ):
        assert f"{name}: " in err
    assert "not a Kellgren–Lawrence grade" in err
    assert "colour" in err
    assert Radiograph.objects.count() == 3


def test_a_flat_folder_needs_a_table_of_names_and_grades(tmp_path: Path) -> None:
    write(tmp_path / "a.png", knee(1))
    write(tmp_path / "b.png", knee(2))
    with pytest.raises(CommandError, match="exactly one CSV table"):
        run_import(tmp_path)
    rows = [["Name", "Grade", "Side"], ["a.png", 2, "left"], ["b.png", 9, "R"], ["c.png", 1, "R"], ["../x.png", 1, "R"]]
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    out, err = run_import(tmp_path)
    assert "1 new images" in out
    assert "its grade “9”" in err
    assert "the folder does not have it" in err
    assert "inside the folder" in err
    assert Provenance.objects.get().side == "L"


def test_a_row_whose_name_is_too_long_for_a_file_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "9000001R.png", knee(1))
    (tmp_path / "labels.csv").write_text(f"name,grade\n{'9' * 300}R.png,1\n9000001R.png,2\n")
    out, err = run_import(tmp_path)
    assert "1 new images" in out
    assert "999R.png: it cannot be read: File name too long" in err


def test_a_column_without_a_name_is_neither_side_nor_split(tmp_path: Path) -> None:
    write(tmp_path / "9000001R.png", knee(1))
    (tmp_path / "labels.csv").write_text(",name,grade\n0,9000001R.png,2\n")
    run_import(tmp_path)
    row = Provenance.objects.get()
    assert (row.side, row.split) == ("R", "")


def test_a_table_without_the_columns_says_which(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("patient,score\n1,2\n")
    with pytest.raises(CommandError, match="column “name” and a column “grade”; it has patient, score"):
        run_import(tmp_path)


def test_published_wants_to_know_the_side_and_window_does_not(tmp_path: Path) -> None:
    write(tmp_path / "2/knee.png", knee(1))
    with pytest.raises(CommandError, match="Nothing"):
        run_import(tmp_path)
    run_import(tmp_path, preset="window")
    assert Provenance.objects.get().side == ""


def test_16_bit_files_are_taken_at_full_depth(tmp_path: Path) -> None:
    deep = knee(5, 400, 300, 65535)
    write(tmp_path / "2/9000001R.png", deep)
    run_import(tmp_path)
    expected = canonical_form(deep, preset="published", side="R")
    assert np.array_equal(pixels_of(Radiograph.objects.get()), expected)


def test_flags_are_counted_and_stored(tmp_path: Path) -> None:
    smooth = np.tile(np.exp(-(((np.arange(224) - 100) / 60.0) ** 2)) * 255, (224, 1)).astype(np.uint8)
    write(tmp_path / "2/9000001R.png", smooth)
    write(tmp_path / "2/9000002R.png", np.full((224, 224), 9, np.uint8))
    out, _ = run_import(tmp_path)
    assert "2 blurred, 1 nearly empty" in out
    assert Provenance.objects.filter(near_empty=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_files_are_prepared_by_several_processes(tmp_path: Path) -> None:
    for number in range(60):
        write(tmp_path / f"{number % 5}/90000{number:02d}R.png", knee(number))
    out, _ = run_import(tmp_path, processes=2)
    assert "60 new images" in out


def test_an_import_that_is_ended_has_left_its_beginning_in_the_record(data_set: Path) -> None:
    (data_set / "train/0/notes.txt").write_text("grade 0")

    def end(done: int) -> None:
        if Radiograph.objects.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.import_radiographs(
            found=find_labelled(data_set), preset="window", dataset="knees", licence="", by="study lead", progress=end
        )
    assert Radiograph.objects.count() == 3
    begun = Entry.objects.get()
    assert (begun.actor, begun.verb) == ("study lead", "begin to import radiographs")
    assert begun.detail == {"dataset": "knees", "preset": "window", "files": 4}


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_ended_ends_the_import_in_a_sentence(
    tmp_path: Path, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 32)  # what a process takes at a time, so that the second has grade 4
    monkeypatch.setattr(importing, "prepare", partial(prepare_until_grade_4, media_root=media_root))
    for number in range(60):
        write(tmp_path / f"{4 * (number // 40)}/90000{number:02d}R.png", knee(number))
    with pytest.raises(CommandError, match=r"was ended, perhaps for want of memory.*--processes 1"):
        run_import(tmp_path, processes=2)
    assert Radiograph.objects.count() == 32


@pytest.mark.shared_data
def test_every_negative_of_the_public_data_set_is_recognised(shared_data: Path) -> None:
    run_import(shared_data / "kneeKL224", split="val", dataset="kneeKL224")
    with (shared_data / "kneeKL224/manifest.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    expected = {f"val/{row['grade']}/{row['name']}" for row in rows if row["inverted"] == "1"}
    found = set(Provenance.objects.filter(was_inverted=True).values_list("original_name", flat=True))
    assert found == expected
    assert Radiograph.objects.count() == len(rows)


def test_what_is_no_file_is_left_out(data_set: Path) -> None:
    os.mkfifo(data_set / "train/0/9000006L.png")
    _, err = run_import(data_set)
    assert "9000006L.png: it is no file" in err


def test_a_split_alone_belongs_to_the_data_set_above_it() -> None:
    assert [dataset_of(Path(one)) for one in ("/data/kneeKL224/test", "/data/kneeKL224", "/data/clinic")] == [
        "kneeKL224",
        "kneeKL224",
        "clinic",
    ]
