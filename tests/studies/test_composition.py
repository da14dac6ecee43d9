"""Which images a study takes."""

from collections import Counter

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from readerstudy.radiographs.bank import add_real, add_synthetic
from readerstudy.studies.composition import available_counts, choose_cases, create_study, phantom_origins, shown_twice
from readerstudy.studies.models import Case

pytestmark = pytest.mark.django_db
CHECKPOINT = "c" * 64


def fill_bank(per_grade: int, *, preset: str = "published") -> None:
    rng = np.random.default_rng(1)
    for grade in range(5):
        for number in range(per_grade):
            pixels = rng.integers(0, 256, (224, 224), dtype=np.uint8)
            name = f"{preset}-{grade}-{number}"
            add_real(
                pixels=pixels,
                preset=preset,
                grade=grade,
                source_digest=name.encode().hex().rjust(64, "0"),
                dataset="noise",
                original_name=name,
            )
            add_synthetic(
                pixels=pixels[::-1],
                preset=preset,
                grade=grade,
                checkpoint_digest=CHECKPOINT,
                seed=number + 1000 * (preset == "window"),
                truncation=1.0,
            )


def test_a_study_takes_what_was_asked_of_each_source_and_grade() -> None:
    fill_bank(3)
    study = create_study(slug="knees", name="Knees", preset="published", by="lead", seed=1)
    counts = {("real", 0): 2, ("synthetic", 0): 1, ("synthetic", 4): 3}
    choose_cases(study=study, counts=counts, by="lead")
    drawn = Counter(study.cases.values_list("radiograph__provenance__source", "radiograph__provenance__grade"))
    assert drawn == counts


def test_the_same_seed_takes_the_same_images_and_another_seed_others() -> None:
    fill_bank(6)
    counts = {(source, grade): 2 for source in ("real", "synthetic") for grade in range(5)}
    digests = []
    for slug, seed in (("a", 1), ("b", 1), ("c", 2)):
        study = create_study(slug=slug, name=slug, preset="published", by="lead", seed=seed)
        cases = choose_cases(study=study, counts=counts, by="lead")
        digests.append([case.radiograph.digest for case in cases])
    assert digests[0] == digests[1]
    assert set(digests[0]) != set(digests[2])


def test_case_numbers_do_not_follow_source_or_grade() -> None:
    fill_bank(6)
    study = create_study(slug="knees", name="Knees", preset="published", by="lead", seed=4)
    choose_cases(
        study=study, counts={(source, grade): 6 for source in ("real", "synthetic") for grade in range(5)}, by="x"
    )
    sources = list(study.cases.order_by("number").values_list("radiograph__provenance__source", flat=True))
    assert 10 <= sources[:30].count("real") <= 20


def test_images_of_another_preset_are_never_taken() -> None:
    fill_bank(2)
    fill_bank(2, preset="window")
    study = create_study(slug="knees", name="Knees", preset="window", by="lead")
    cases = choose_cases(study=study, counts={("real", 1): 2}, by="lead")
    assert {case.radiograph.preset for case in cases} == {"window"}
    assert available_counts(preset="window")["real", 1, "noise"] == 2


def test_too_few_images_are_refused_by_name_and_the_draft_stays_as_it_was() -> None:
    fill_bank(2)
    study = create_study(slug="knees", name="Knees", preset="published", by="lead")
    choose_cases(study=study, counts={("real", 0): 1}, by="lead")
    with pytest.raises(ValidationError, match="5 real images of grade 3 are wanted, but the bank holds 2"):
        choose_cases(study=study, counts={("real", 0): 2, ("real", 3): 5}, by="lead")
    assert Case.objects.filter(study=study).count() == 1


def test_images_are_taken_from_the_origin_that_was_named() -> None:
    fill_bank(2)
    rng = np.random.default_rng(9)
    for number in range(3):
        pixels = rng.integers(0, 256, (224, 224), np.uint8)
        given = {"preset": "published", "grade": 0, "original_name": f"{number}", "split": "train"}
        add_real(pixels=pixels, source_digest=f"{number}" * 64, dataset="OAI", **given)
    study = create_study(slug="knees", name="Knees", preset="published", by="lead")
    assert available_counts(preset="published")["real", 0, "OAI train"] == 3
    cases = choose_cases(study=study, counts={("real", 0, "OAI train"): 3, ("real", 0): 1}, by="lead")
    assert sorted(case.radiograph.provenance.dataset for case in cases) == ["OAI", "OAI", "OAI", "noise"]
    with pytest.raises(ValidationError, match="4 real images of OAI train of grade 0 are wanted, but the bank holds 3"):
        choose_cases(study=study, counts={("real", 0, "OAI train"): 4}, by="lead")


def test_phantoms_and_radiographs_of_patients_are_never_mixed() -> None:
    fill_bank(2)
    pixels = np.random.default_rng(9).integers(0, 256, (224, 224), np.uint8)
    drawn = {"preset": "published", "grade": 0, "original_name": "x", "is_phantom": True}
    add_real(pixels=pixels, source_digest="f" * 64, dataset="phantoms", **drawn)
    assert phantom_origins() == {"phantoms"}
    study = create_study(slug="knees", name="Knees", preset="published", by="lead")
    choose_cases(study=study, counts={("real", 0, "phantoms"): 1}, by="lead")
    with pytest.raises(ValidationError, match="never mixed"):
        choose_cases(study=study, counts={("real", 0, "phantoms"): 1, ("synthetic", 0): 1}, by="lead")
    assert study.cases.get().radiograph.provenance.is_phantom


def test_one_knee_is_not_shown_at_several_grades_while_there_are_others() -> None:
    rng = np.random.default_rng(5)
    for seed in range(5):
        for grade in range(5):
            pixels = rng.integers(0, 256, (224, 224), np.uint8)
            recipe = {"checkpoint_digest": CHECKPOINT, "seed": seed, "truncation": 1.0}
            add_synthetic(pixels=pixels, preset="published", grade=grade, **recipe)
    for name, digest in (("9000001L", "a"), ("9000001R", "b"), ("9000002L", "c")):
        pixels = rng.integers(0, 256, (224, 224), np.uint8)
        file = {"source_digest": digest * 64, "dataset": "OAI", "original_name": f"train/0/{name}.png"}
        add_real(pixels=pixels, preset="published", grade=0, **file)
    study = create_study(slug="knees", name="Knees", preset="published", by="lead")
    cases = choose_cases(study=study, counts={("synthetic", grade): 1 for grade in range(5)} | {("real", 0): 2}, by="x")
    assert len({case.radiograph.provenance.individual for case in cases}) == 7
    assert shown_twice(study=study) == 0
    again = choose_cases(study=study, counts={("synthetic", grade): 2 for grade in range(5)}, by="x")
    assert len(again) == 10  # where there are no others, a knee comes twice
    alone = [n for n in Counter(case.radiograph.provenance.individual for case in again).values() if n == 1]
    assert shown_twice(study=study) == 10 - len(alone) > 5


def test_flagged_images_are_taken_last() -> None:
    flat = np.zeros((224, 224), np.uint8)
    for name, pixels in (
        ("a", flat),
        ("b", flat + 1),
        ("c", np.random.default_rng(0).integers(0, 256, (224, 224), np.uint8)),
    ):
        add_real(pixels=pixels, preset="published", grade=2, source_digest=name * 64, dataset="d", original_name=name)
    for seed in range(5):
        study = create_study(slug=f"s{seed}", name="s", preset="published", by="lead", seed=seed)
        (case,) = choose_cases(study=study, counts={("real", 2): 1}, by="lead")
        assert case.radiograph.provenance.original_name == "c"


def test_a_bad_slug_leaves_no_half_made_study() -> None:
    with pytest.raises(ValidationError):
        create_study(slug="not a slug", name="x", preset="published", by="lead")
    create_study(slug="taken", name="x", preset="published", by="lead")
    with pytest.raises(ValidationError, match="already exists"):
        create_study(slug="taken", name="y", preset="published", by="lead")
