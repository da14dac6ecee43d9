"""The pages of the image bank, and leaving an image out from there or from a draft."""

import pytest
from django.test import Client

from readerstudy.audit.models import Entry
from readerstudy.radiographs.models import Provenance
from readerstudy.results import bank_views
from tests.builders import add_synthetic_image, build_study

pytestmark = pytest.mark.django_db


def test_an_image_is_left_out_and_taken_back_where_it_was_seen(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_views, "SAMPLES", 2)
    build_study(opened=False)
    unfit = Provenance.objects.earliest("pk")
    assert "Page 2 of 2" in staff.get("/images/?page=2").content.decode()
    fields = {"show": "", "page": "2", "reason": "the tibia is cut off"}
    response = staff.post(f"/images/{unfit.radiograph_id}/leave-out/", fields)
    assert response.url == "/images/?page=2"  # type: ignore[attr-defined]
    assert "left out: the tibia is cut off" in staff.get("/images/?show=left-out").content.decode()
    response = staff.post(f"/images/{unfit.radiograph_id}/take-back/", {"show": "left-out", "page": "1"})
    assert response.url == "/images/?show=left-out&page=1"  # type: ignore[attr-defined]
    assert "<li>None.</li>" in staff.get("/images/?show=left-out").content.decode()
    assert list(Entry.objects.filter(actor="lead").values_list("verb", flat=True)) == [
        "leave out image",
        "take back image",
    ]


def test_without_a_reason_the_bank_says_so(staff: Client) -> None:
    build_study(opened=False)
    truth = Provenance.objects.earliest("pk")
    page = staff.post(f"/images/{truth.radiograph_id}/leave-out/", {}, follow=True).content.decode()
    assert "Say why the image is left out" in page
    truth.refresh_from_db()
    assert truth.left_out == ""


def test_the_bank_shows_the_seed_of_an_image_and_knows_no_other_list(staff: Client) -> None:
    add_synthetic_image(17)
    page = staff.get("/images/?show=nonsense&page=-3").content.decode()
    assert "seed 17" in page
    assert "Page" not in page


def test_a_draft_puts_another_image_in_the_place_of_an_unfit_one(staff: Client) -> None:
    add_synthetic_image(5)
    study = build_study(real=1, synthetic=1, opened=False)
    case = study.cases.get(radiograph__provenance__source="synthetic")
    address = f"/studies/{study.slug}/images/{case.number}/replace/"
    assert "Say why" in staff.post(address, {"reason": " "}, follow=True).content.decode()
    assert study.cases.filter(radiograph=case.radiograph).exists()
    page = staff.post(address, {"reason": "a hole in the bone"}, follow=True).content.decode()
    assert f"{case.label} is left out of this and all new studies" in page
    assert not study.cases.filter(radiograph=case.radiograph).exists()
    assert study.cases.count() == 2
    assert "a hole in the bone" in staff.get(f"/studies/{study.slug}/record/").content.decode()
