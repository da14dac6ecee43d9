"""Images that staff leave out: no new study takes them, and the protocol says how many there were."""

import pytest
from django.core.exceptions import ValidationError

from readerstudy.audit.models import Entry
from readerstudy.radiographs.leaving_out import leave_out, take_back
from readerstudy.radiographs.models import Provenance, Radiograph
from readerstudy.results.methods import images_paragraph
from readerstudy.studies.composition import available_counts, choose_cases, chosen_counts, create_study, replace_case
from readerstudy.studies.editing import edit_reading
from readerstudy.studies.lifecycle import missing_before_opening, open_study
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import require_protocol
from tests.builders import BY, OVERRIDE, PRESET, add_real_image, add_synthetic_image, build_study

pytestmark = pytest.mark.django_db


def of_kind(source: str, grade: int) -> list[Radiograph]:
    return list(Radiograph.objects.filter(provenance__source=source, provenance__grade=grade).order_by("pk"))


def with_spare_images(**options: bool) -> Study:
    """A draft of one image of each kind, from a bank that holds two of each."""
    for index in range(10):
        add_real_image(index)
        add_synthetic_image(index)
    return build_study(real=5, synthetic=5, opened=False, **options)


def test_no_new_study_takes_what_was_left_out_until_it_is_taken_back() -> None:
    with_spare_images()
    unfit, other = of_kind("real", 3)
    leave_out(radiograph=unfit, reason="a screw hides the joint", by=BY)
    assert available_counts(preset=PRESET)["real", 3, "built for a test"] == 1
    for number in range(4):
        study = create_study(slug=f"s{number}", name="S", preset=PRESET, by=BY, seed=number)
        assert [case.radiograph for case in choose_cases(study=study, counts={("real", 3): 1}, by=BY)] == [other]
    with pytest.raises(ValidationError, match="the bank holds 1"):
        choose_cases(study=study, counts={("real", 3): 2}, by=BY)
    take_back(radiograph=unfit, by=BY)
    assert len(choose_cases(study=study, counts={("real", 3): 2}, by=BY)) == 2
    left, taken = Entry.objects.filter(verb__in=["leave out image", "take back image"]).order_by("pk")
    assert left.detail == {"radiograph": unfit.digest, "kind": "real KL 3", "reason": "a screw hides the joint"}
    assert taken.verb == "take back image"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\0b"])
def test_without_a_reason_that_can_be_kept_nothing_is_left_out(reason: str) -> None:
    with_spare_images()
    with pytest.raises(ValidationError):
        leave_out(radiograph=of_kind("synthetic", 0)[0], reason=reason, by=BY)
    assert not Provenance.objects.exclude(left_out="").exists()
    assert not Entry.objects.filter(verb="leave out image").exists()


def test_in_a_draft_another_image_of_the_kind_comes_in_its_place() -> None:
    study = with_spare_images()
    unfit = study.cases.get(radiograph__provenance__source="synthetic", radiograph__provenance__grade=4).radiograph
    before, counts = set(study.cases.values_list("radiograph", flat=True)), chosen_counts(study.cases.all())
    replace_case(study=study, radiograph=unfit, reason="the femur is frayed", by=BY)
    after = set(study.cases.values_list("radiograph", flat=True))
    assert before - after == {unfit.pk}
    assert chosen_counts(study.cases.all()) == counts
    assert Entry.objects.get(verb="leave out image").study == study.slug


def test_where_the_bank_holds_no_other_the_draft_and_the_bank_stay_as_they_were() -> None:
    study = build_study(real=5, synthetic=5, opened=False)
    before = list(study.cases.values_list("number", "radiograph"))
    with pytest.raises(ValidationError, match="the bank holds 0"):
        replace_case(study=study, radiograph=of_kind("real", 1)[0], reason="it is blurred", by=BY)
    assert list(study.cases.values_list("number", "radiograph")) == before
    assert not Provenance.objects.exclude(left_out="").exists()


def test_a_frozen_study_keeps_its_images() -> None:
    study = build_study(real=5, synthetic=5)
    case = study.cases.first()
    assert case is not None
    with pytest.raises(ValidationError, match="its protocol is frozen"):
        replace_case(study=study, radiograph=case.radiograph, reason="too late for this", by=BY)
    leave_out(radiograph=case.radiograph, reason="for the next study", by=BY)
    assert study.cases.filter(radiograph=case.radiograph).exists()


def test_a_draft_with_an_image_that_was_left_out_since_cannot_be_opened() -> None:
    study = with_spare_images()
    edit_reading(study=study, options={"checks_display": False}, practice_cases=2, by=BY)
    case, practice = study.cases.first(), study.practice_cases.first()
    assert case is not None
    assert practice is not None
    leave_out(radiograph=case.radiograph, reason="seen too late", by=BY)
    leave_out(radiograph=practice.radiograph, reason="seen too late", by=BY)
    assert [one.sentence for one in missing_before_opening(study=study)] == [
        "One of its images was left out of new studies since: draw them anew.",
        "A radiograph for practice was left out since; choose those for practice again.",
    ]
    choose_cases(study=study, counts=chosen_counts(study.cases.all()), by=BY)
    edit_reading(study=study, options={"checks_display": False}, practice_cases=1, by=BY)
    assert not missing_before_opening(study=study)


def test_the_protocol_and_the_report_say_how_many_could_not_be_drawn() -> None:
    study = with_spare_images()
    chosen = set(study.cases.values_list("radiograph", flat=True))
    for source, grade in (("real", 0), ("synthetic", 0), ("synthetic", 4)):
        spare = next(one for one in of_kind(source, grade) if one.pk not in chosen)
        leave_out(radiograph=spare, reason="no knee", by=BY)
    protocol = open_study(study=study, by=BY, blinding_override=OVERRIDE).protocol
    assert protocol is not None
    assert require_protocol(protocol)["left_out"] == {"real": 1, "synthetic": 2}
    assert images_paragraph(protocol).endswith(
        "staff had left out by hand 1 real image and 2 synthetic images that could else have been drawn; the reasons "
        "are in the site’s bank."
    )
    assert "None that could have been drawn" in images_paragraph(protocol | {"left_out": {"real": 0, "synthetic": 0}})
    del protocol["left_out"]
    assert images_paragraph(require_protocol(protocol)).endswith("not enough others.")


@pytest.mark.parametrize(
    "left_out",
    [
        3,
        [],
        {"real": -1, "synthetic": 0},
        {"real": 1},
        {"real": "2", "synthetic": 0},
        {"real": 1, "synthetic": 0, "fake": 2},
        {"real": True, "synthetic": 0},
    ],
)
def test_a_protocol_file_with_another_statement_is_refused(left_out: object) -> None:
    protocol = build_study().protocol
    assert protocol is not None
    with pytest.raises(ValueError, match="left"):
        require_protocol(protocol | {"left_out": left_out})
