"""The study lead chooses margins and primary outcomes on a page; opening freezes them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.utils import IntegrityError
from django.test import Client

from readerstudy.audit.models import Entry
from readerstudy.results.report import plan_of
from readerstudy.studies.analysis_plan import planned_outcomes
from readerstudy.studies.editing import edit_plan
from readerstudy.studies.lifecycle import open_study
from readerstudy.studies.models import OutcomeName, PlannedOutcome, Study
from tests.builders import OVERRIDE, build_study

pytestmark = pytest.mark.django_db
GIVEN = {
    "accuracy_margin": "7.5",
    "kappa_difference_margin": "0.15",
    "mean_error_difference_margin": "0.3",
    "mean_error_difference_primary": "on",
    "grade_shares_difference_margin": "8",
    "accuracy_primary": "on",
}


def test_what_was_chosen_on_the_page_is_frozen_by_opening_and_judged_by(staff: Client) -> None:
    study = build_study(opened=False)
    address = f"/studies/{study.slug}/plan/"
    page = staff.get(address).content.decode()
    assert 'value="10"' in page  # percentage points, as usual
    assert address in staff.get(f"/studies/{study.slug}/").content.decode()
    assert staff.post(address, GIVEN).status_code == 302
    assert 'value="7.5"' in staff.get(address).content.decode()
    protocol = open_study(study=study, by="lead", blinding_override=OVERRIDE).protocol
    plan = plan_of(protocol)
    others = {"mean_error_difference": 0.3, "grade_shares_difference": 0.08}
    assert plan.margins == {"accuracy": 0.075, "kappa_difference": 0.15} | others
    assert set(plan.primary) == {"accuracy", "mean_error_difference"}
    assert plan.frozen
    entry = Entry.objects.get(verb="edit analysis plan")
    assert entry.detail["primary"] == ["accuracy", "mean_error_difference"]
    frozen = staff.get(address).content.decode()
    assert "Frozen when the study was opened" in frozen
    assert "Save" not in frozen
    assert "its protocol is frozen" in staff.post(address, GIVEN).content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"accuracy_margin": "50"}, "above 0 and below 50 percentage points"),
        ({"accuracy_margin": "0"}, "above 0 and below 50 percentage points"),
        ({"kappa_difference_margin": "-0.1"}, "above 0 and below 1 of κ"),
        ({"mean_error_difference_margin": ""}, "Give a margin"),
        ({"mean_error_difference_margin": "a lot"}, "Enter a number"),
        ({"accuracy_primary": "", "mean_error_difference_primary": ""}, "at least one primary outcome"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_a_sentence(staff: Client, change: dict[str, str], sentence: str) -> None:
    study = build_study(opened=False)
    answer = staff.post(
        f"/studies/{study.slug}/plan/", {k: v for k, v in (GIVEN | change).items() if v or "margin" in k}
    )
    assert sentence in answer.content.decode()
    assert not PlannedOutcome.objects.exists()


def test_the_domain_refuses_what_the_form_would_and_the_database_too() -> None:
    study = build_study(opened=False)
    margins = dict.fromkeys(OutcomeName.values, Decimal("0.1")) | {"accuracy": Decimal("0.5")}
    with pytest.raises(ValidationError, match=r"below 0\.5"):
        edit_plan(study=study, margins=margins, primary=["accuracy"], by="lead")
    with pytest.raises(IntegrityError):
        PlannedOutcome.objects.create(study=study, name="accuracy", margin=0, is_primary=True)


def test_a_study_opened_before_an_outcome_existed_does_not_show_it_as_frozen(staff: Client) -> None:
    study = build_study()
    protocol = study.protocol or {}
    del protocol["analysis_plan"]["outcomes"]["grade_shares_difference"]
    Study.objects.filter(pk=study.pk).update(protocol=protocol)
    page = staff.get(f"/studies/{study.slug}/plan/").content.decode()
    assert "Mean error of the grades" in page
    assert "Share of images given each grade" not in page


def test_a_study_of_before_there_were_plans_shows_that_it_has_none(staff: Client) -> None:
    study = build_study()
    protocol = {name: value for name, value in (study.protocol or {}).items() if name != "analysis_plan"}
    Study.objects.filter(pk=study.pk).update(protocol=protocol)
    assert "before there were analysis plans" in staff.get(f"/studies/{study.slug}/plan/").content.decode()
    assert planned_outcomes(study)["accuracy"].margin == 0.1
