"""A study lead logs in and runs a study in a real browser."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from readerstudy.demonstration.simulated_readers import Behaviour, simulate_reader
from readerstudy.results.study_report import keep_report
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Study
from tests.builders import OVERRIDE, build_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_study_lead_makes_invites_opens_and_closes(page: Page, live_server: object) -> None:
    get_user_model().objects.create_user("lead", password="a long enough one", is_staff=True)
    build_study(real=5, synthetic=6, slug="fills-the-bank")
    address = str(live_server)
    page.goto(f"{address}/studies/new/?preset=window")
    page.fill("[name=username]", "lead")
    page.fill("[name=password]", "a long enough one")
    page.get_by_role("button", name="Log in").click()
    page.fill("[name=name]", "Knees")
    page.fill("[name=grade_repeats]", "1")
    expect(page.locator(".switch [aria-current]")).to_have_text("Window")
    page.get_by_label("real images from").and_(page.get_by_label("each grade")).fill("1")
    page.get_by_label("synthetic images from").and_(page.get_by_label("each grade")).fill("1")
    page.get_by_label("synthetic images from").and_(page.get_by_label("grade 4")).fill("0")
    expect(page.get_by_text("In all 9 images (5 real, 4 synthetic).")).to_be_visible()
    expect(page.get_by_text("10 in phase 1 and 9 in phase 2: 19 readings")).to_be_visible()
    page.get_by_label("synthetic images from").and_(page.get_by_label("grade 4")).fill("")
    page.get_by_role("button", name="Make the study").click()
    expect(page.get_by_text("21 readings for each reader")).to_be_visible()
    expect(page.get_by_text("Nobody is invited yet. Readers can be")).to_be_visible()
    expect(page.get_by_text("The blinding audit has not been run.")).to_be_visible()
    page.get_by_role("link", name="Images").first.click()
    unfit = page.locator(".sheet li").filter(has_text="synthetic").filter(has_text="KL\u00a00")
    unfit.get_by_text("Leave out …").click()
    unfit.get_by_label("Why").fill("a hole in the bone")
    unfit.get_by_role("button", name="Put another in its place").click()
    expect(page.get_by_text("left out of this and all new studies, another image in its place")).to_be_visible()
    expect(page.get_by_text("In all 10 images (5 real, 5 synthetic).")).to_be_visible()
    page.get_by_role("link", name="Knees").click()
    page.fill("[name=pasted]", "Aino, aino@example.org")
    page.get_by_role("button", name="Invite").click()
    field = page.get_by_label("Personal link of R01", exact=True)
    link = field.input_value()
    assert field.evaluate("field => field.scrollLeft + field.clientWidth >= field.scrollWidth - 1")  # its end is seen
    assert field.evaluate("field => field.scrollLeft") > 0
    page.get_by_role("button", name="Copy: Personal link of R01").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    page.get_by_text("Open the study …").click()
    page.get_by_label("Reason for opening").fill(OVERRIDE)
    page.get_by_role("button", name="Freeze and open").click()
    expect(page.get_by_text("its protocol is frozen")).to_be_visible()
    study = Study.objects.get(slug="knees")
    assert link.endswith(f"/r/{study.readers.get().token}/")
    expect(page.get_by_text("0 of 11")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Answers (CSV)").click()
    assert download.value.suggested_filename == "knees-answers.csv"
    page.get_by_text("Close the study …").click()
    page.get_by_role("button", name="Close for good").click()
    expect(page.get_by_text("The study is closed.")).to_be_visible()
    study.refresh_from_db()
    assert study.state == "closed"


def test_no_staff_page_scrolls_sideways_on_a_telephone(page: Page, live_server: object) -> None:
    """Tables may, within a box of their own."""
    get_user_model().objects.create_user("lead", password="a long enough one", is_staff=True)
    draft, study = build_study(opened=False, readers=3, slug="draft"), build_study(readers=3, slug="closed")
    for reader in study.readers.all():
        simulate_reader(reader=reader, behaviour=Behaviour(seed=reader.number))
    keep_report(study=close_study(study=study, by="lead"), by="lead")
    address = str(live_server)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}/")
    page.fill("[name=username]", "lead")
    page.fill("[name=password]", "a long enough one")
    page.get_by_role("button", name="Log in").click()
    of_study = ("", "images/", "texts/", "reading/", "plan/", "blinding/", "record/")
    paths = ["", "images/", "studies/new/?preset=window", f"studies/{study.slug}/report/"]
    paths += [f"studies/{one.slug}/{path}" for one in (draft, study) for path in of_study]
    for path in paths:
        page.goto(f"{address}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(f"{address}/studies/{study.slug}/report/")
    page.get_by_role("link", name="Study").click()
    expect(page.get_by_role("heading", name=study.name)).to_be_visible()
