"""The staff pages: who may see what, what each form does, and that bad input leaves nothing half-done."""

import hashlib
import io
import zipfile

import pytest
from django.conf import LazySettings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from kombu.exceptions import OperationalError

from readerstudy.audit.models import Entry
from readerstudy.radiographs.models import Provenance, Radiograph
from readerstudy.results import tasks
from readerstudy.results.forms import count_field_name
from readerstudy.results.urls import urlpatterns
from readerstudy.studies.blinding import store_blinding_audit
from readerstudy.studies.lifecycle import open_study
from readerstudy.studies.models import Study
from tests.builders import OVERRIDE, PRESET, build_study
from tests.sittings import answer_next, beginning_reader

pytestmark = pytest.mark.django_db
PUBLIC = {"health"}
REAL_0 = count_field_name("real", "built for a test", 0)
DRAWN = hashlib.sha256(b"a checkpoint").hexdigest()[:8]  # the origin of the synthetic images of tests.builders
POSTED = {
    "study-invite",
    "study-open",
    "study-close",
    "study-archive",
    "study-blinding-run",
    "study-report-run",
    "study-delete",
    "study-replace-case",
    "radiograph-leave-out",
    "radiograph-take-back",
}

TEXTS = {
    "name": "Y",
    "consent_text": "c",
    "title_1": "First",
    "introduction_1": "1",
    "title_2": "Second",
    "introduction_2": "2",
    "thanks_text": "t",
}

with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
    archive.writestr("report.html", "a report")
REPORT = packed.getvalue()


def test_one_number_stands_for_every_grade_that_is_left_empty(staff: Client) -> None:
    build_study(real=5, synthetic=5, slug="fills-the-bank")
    fields = {"name": "X", "slug": "x", "preset": PRESET, "grade_repeats": 0, "detect_repeats": 0}
    each = count_field_name("real", "built for a test", "each")
    assert staff.post("/studies/new/", fields | {each: 1, REAL_0: 0}).status_code == 302
    grades = Study.objects.get(slug="x").cases.values_list("radiograph__provenance__grade", flat=True)
    assert sorted(grades) == [1, 2, 3, 4]


def test_a_number_for_each_grade_that_none_would_take_is_pointed_out(staff: Client) -> None:
    study = build_study(real=5, synthetic=5, opened=False)
    page = staff.get(f"/studies/{study.slug}/images/").content.decode()
    each = count_field_name("real", "built for a test", "each")
    assert f'name="{each}" value="1"' in page
    grades = {count_field_name("real", "built for a test", grade): 1 for grade in range(5)}
    page = staff.post(f"/studies/{study.slug}/images/", grades | {each: 1}).content.decode()
    assert page.count("No grade is left empty, so this number says nothing.") == 1
    page = staff.post(f"/studies/{study.slug}/images/", {REAL_0: 99}).content.decode()
    assert page.count("99 real images of built for a test of grade 0 are wanted") == 1
    assert study.cases.count() == 10


def test_drawing_the_same_numbers_gives_the_same_images_and_says_so(staff: Client) -> None:
    study = build_study(real=5, synthetic=5, opened=False)
    each = {count_field_name("real", "built for a test", "each"): 1, count_field_name("synthetic", DRAWN, "each"): 1}
    assert (
        "The same images as before" in staff.post(f"/studies/{study.slug}/images/", each, follow=True).content.decode()
    )
    page = staff.post(f"/studies/{study.slug}/images/", each | {REAL_0: 0}, follow=True).content.decode()
    assert "9 images drawn." in page


def test_a_short_name_that_was_taken_at_the_same_moment_is_refused(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_study(slug="x")
    monkeypatch.setattr("readerstudy.results.forms.Study.objects.filter", lambda **_: Study.objects.none())
    monkeypatch.setattr(Study, "full_clean", lambda self, **_: None)
    fields = {"name": "X", "slug": "x", "preset": PRESET, "grade_repeats": 0, "detect_repeats": 0, REAL_0: 1}
    assert "There is a study of the short name “x” already." in staff.post("/studies/new/", fields).content.decode()


@pytest.mark.parametrize(
    ("task", "address", "lands"), [("audit_blinding", "blinding/run", "blinding/"), ("make_report", "report/run", "")]
)
def test_a_queue_that_cannot_be_reached_is_told_on_the_page(
    staff: Client, monkeypatch: pytest.MonkeyPatch, task: str, address: str, lands: str
) -> None:
    def unreachable(*_: object) -> None:
        raise OperationalError("no route to Redis")

    monkeypatch.setattr(getattr(tasks, task), "delay_on_commit", unreachable)
    study = build_study()
    answer_next(beginning_reader(study))
    page = staff.post(f"/studies/{study.slug}/{address}/", follow=True)
    assert page.redirect_chain[-1][0] == f"/studies/{study.slug}/{lands}"
    assert "The queue of the workers cannot be reached (REDIS_URL)." in page.content.decode()
    assert "being made" not in page.content.decode()


def downloaded(staff: Client, study: Study, name: str) -> str:
    return b"".join(staff.get(f"/studies/{study.slug}/{name}").streaming_content).decode()  # type: ignore[attr-defined]


def address_of(pattern: URLPattern, study: Study) -> str:
    radiograph = Radiograph.objects.first()
    assert radiograph is not None
    parts = {"<slug:slug>": study.slug, "<int:pk>": str(radiograph.pk), "<int:number>": "1"}
    address = "/" + str(pattern.pattern)
    for part, value in parts.items():
        address = address.replace(part, value)
    return address


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("actor", ["anonymous", "user", "staff"])
def test_every_page_is_for_staff_alone(client: Client, pattern: URLPattern, actor: str) -> None:
    study = build_study(opened=False)
    store_blinding_audit(study=study, channels=[], verdict="undecided", by="lead")
    open_study(study=study, by="lead", blinding_override=OVERRIDE)
    store_blinding_audit(study=study, channels=[], verdict="undecided", by="lead")
    default_storage.save(f"reports/{study.pk}/report.zip", ContentFile(REPORT))
    if actor != "anonymous":
        client.force_login(get_user_model().objects.create_user(actor, is_staff=actor == "staff"))
    ask = client.post if pattern.name in POSTED else client.get
    response = ask(address_of(pattern, study))
    if pattern.name in PUBLIC:
        assert response.status_code == 200
    elif actor == "anonymous":
        assert (response.status_code, response.url.split("?")[0]) == (302, "/login/")
    elif actor == "user":
        assert response.status_code == 403
    else:
        shown_again = {"study-invite"}  # an empty list is
        assert response.status_code == (302 if pattern.name in POSTED - shown_again else 200)


def test_a_study_is_made_from_the_bank(staff: Client) -> None:
    build_study(real=5, synthetic=5, slug="fills-the-bank")
    fields = {"name": "Knees of Jyväskylä", "slug": "", "preset": PRESET, "grade_repeats": 1, "detect_repeats": 0}
    cells = {REAL_0: 1, count_field_name("synthetic", DRAWN, 3): 1}
    response = staff.post("/studies/new/", fields | cells)
    assert response.status_code == 302, response.context["form"].errors
    study = Study.objects.get(slug="knees-of-jyvaskyla")
    assert study.created_by == "lead"
    assert study.phases.get(task="grade").repeats == 1
    drawn = set(study.cases.values_list("radiograph__provenance__source", "radiograph__provenance__grade"))
    assert drawn == {("real", 0), ("synthetic", 3)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({REAL_0: 99}, "99 real images of built for a test of grade 0 are wanted, but the bank holds"),
        ({REAL_0: -1}, "greater than or equal to 0"),
        ({REAL_0: ""}, "Say how many images the study takes"),
        ({"name": ""}, "required"),
        ({"slug": "fills-the-bank"}, "already"),
        ({"slug": "new"}, "taken"),
        ({"grade_repeats": 2}, "Images graded twice: the study takes 1 image, so 2 cannot come twice."),
        ({"detect_repeats": 3}, "Images judged real or synthetic twice: the study takes 1 image, so 3"),
        ({"preset": "pretty"}, "not one of the available choices"),
    ],
)
def test_a_form_that_does_not_fit_says_why_and_makes_no_study(staff: Client, change: dict, sentence: str) -> None:
    build_study(slug="fills-the-bank")
    fields = {"name": "X", "slug": "x", "preset": PRESET, "grade_repeats": 0, "detect_repeats": 0, REAL_0: 1}
    response = staff.post("/studies/new/", fields | change)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert Study.objects.count() == 1


def test_a_draft_shows_what_is_missing_with_the_way_there_and_cannot_be_opened(staff: Client) -> None:
    study = build_study(readers=0, opened=False, grade_repeats=6)
    page = staff.get(f"/studies/{study.slug}/").content.decode()
    assert f'the study has 4. <a href="/studies/{study.slug}/reading/">Reading</a>' in page
    assert "Nobody is invited yet. Readers can be invited now, and while the study is open." in page
    response = staff.post(f"/studies/{study.slug}/open/", {"blinding_override": OVERRIDE}, follow=True)
    assert "Phase 1 (Grading) cannot repeat 6 images: the study has 4." in response.content.decode()
    study.refresh_from_db()
    assert study.state == "draft"


def test_a_draft_says_where_one_knee_is_shown_twice(staff: Client) -> None:
    study = build_study(opened=False)
    assert "know it again" not in staff.get(f"/studies/{study.slug}/").content.decode()
    Provenance.objects.filter(source="synthetic").update(seed=1)
    page = staff.get(f"/studies/{study.slug}/").content.decode()
    assert "2 images show a knee or a patient that another of them shows, too" in page


def test_from_invitation_to_archive_by_the_buttons(staff: Client) -> None:
    study = build_study(readers=0, opened=False)
    staff.post(f"/studies/{study.slug}/invite/", {"pasted": "Aino, aino@example.org\nBo"})
    assert study.readers.count() == 2
    for step, state in (("open", "open"), ("close", "closed"), ("archive", "archived")):
        assert staff.post(f"/studies/{study.slug}/{step}/", {"blinding_override": OVERRIDE}).status_code == 302
        study.refresh_from_db()
        assert study.state == state
        assert staff.get(f"/studies/{study.slug}/").status_code == 200
    assert {"invite readers", "open study", "close study", "archive study"} <= set(
        Entry.objects.filter(actor="lead").values_list("verb", flat=True)
    )


def test_bad_lines_of_an_invitation_are_named(staff: Client) -> None:
    study = build_study(readers=0, opened=False)
    page = staff.post(f"/studies/{study.slug}/invite/", {"pasted": "Aino\nx@y"}).content.decode()
    assert "Line 2: “x@y” is no e-mail address." in page
    assert "Aino\nx@y</textarea>" in page  # nobody pastes a list of thirty twice
    assert study.readers.count() == 0


def test_no_post_changes_a_frozen_study(staff: Client) -> None:
    study = build_study(opened=True)
    protocol, cases = study.protocol, list(study.cases.values_list("number", "radiograph"))
    for address, fields in (("texts", TEXTS), ("images", {REAL_0: 1}), ("open", {})):
        staff.post(f"/studies/{study.slug}/{address}/", fields)
    study.refresh_from_db()
    assert (study.name, study.protocol) == ("A small study", protocol)
    assert list(study.cases.values_list("number", "radiograph")) == cases


def test_texts_of_a_draft_are_edited_and_the_record_says_which(staff: Client) -> None:
    study = build_study(opened=False)
    address = f"/studies/{study.slug}/texts/"
    assert 'name="title_1" value="Grading"' in staff.get(address).content.decode()
    assert staff.post(address, TEXTS).status_code == 302
    study.refresh_from_db()
    phase = study.phases.get(position=2)
    assert (study.name, phase.title, phase.introduction) == ("Y", "Second", "2")
    assert "at most 100 characters" in staff.post(address, TEXTS | {"title_2": "x" * 101}).content.decode()
    staff.post(address, TEXTS | {"title_1": "Grades", "thanks_text": "Thanks"})
    changed = Entry.objects.filter(verb="edit texts").latest("pk").detail["changed"]
    assert changed == ["thanks_text", "title of phase 1"]
    assert "changed: thanks text, title of phase 1" in staff.get(f"/studies/{study.slug}/record/").content.decode()


def test_a_text_that_only_a_browser_gave_other_line_ends_is_not_changed(staff: Client) -> None:
    study = build_study(opened=False)
    address = f"/studies/{study.slug}/texts/"
    sent = {
        name: str(value).replace("\n", "\r\n") for name, value in staff.get(address).context["form"].initial.items()
    }
    staff.post(address, sent | {"introduction_1": "Grade them"})
    assert Entry.objects.get(verb="edit texts").detail["changed"] == ["introduction of phase 1"]
    stored = study.consent_text
    study.refresh_from_db()
    assert study.consent_text == stored


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("consent_text", "Some are synthetic", "synthetic"),
        ("consent_text", "Made by AI; main pain organ", "AI"),
        ("name", "Knees that a computer drew", "computer"),
        ("title_1", "Grading of fake knees", "fake"),
        ("introduction_1", "Some were generated", "generated"),
    ],
)
def test_a_word_that_tells_before_phase_2_is_pointed_out(staff: Client, field: str, text: str, word: str) -> None:
    study = build_study(opened=False)
    staff.post(f"/studies/{study.slug}/texts/", TEXTS | {field: text, "title_2": "Real or artificial"})
    for page in ("texts/", ""):
        assert f"contains “{word}”," in staff.get(f"/studies/{study.slug}/{page}").content.decode()


def test_looking_at_the_truth_of_an_open_study_leaves_a_record(staff: Client) -> None:
    study = build_study(opened=True)
    staff.get(f"/studies/{study.slug}/images/")
    staff.get(f"/studies/{study.slug}/answers.csv")
    verbs = list(Entry.objects.filter(actor="lead").values_list("verb", flat=True))
    assert verbs == ["view truth", "export answers"]


def test_links_are_safe_to_open_in_a_spreadsheet(staff: Client) -> None:
    study = build_study(readers=0, opened=False)
    staff.post(f"/studies/{study.slug}/invite/", {"pasted": '=HYPERLINK("evil")'})
    text = downloaded(staff, study, "links.csv")
    assert "'=HYPERLINK" in text
    assert study.readers.get().token in text


def test_the_progress_page_takes_the_same_queries_for_one_reader_and_for_twenty(staff: Client) -> None:
    few, many = build_study(readers=1, slug="few"), build_study(readers=20, slug="many")
    counts = []
    for study in (few, many):
        with CaptureQueriesContext(connection) as queries:
            staff.get(f"/studies/{study.slug}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_the_log_in_page_works(client: Client) -> None:
    get_user_model().objects.create_user("lead", password="a long enough one", is_staff=True)
    assert client.get("/login/").status_code == 200
    response = client.post("/login/", {"username": "lead", "password": "a long enough one"})
    assert (response.status_code, response.url) == (302, "/")


def test_a_draft_can_be_deleted_and_an_open_study_cannot(staff: Client) -> None:
    draft, opened = build_study(opened=False, readers=2), build_study()
    page = staff.post(f"/studies/{draft.slug}/delete/", follow=True).content.decode()
    assert "is deleted" in page
    page = staff.post(f"/studies/{opened.slug}/delete/", follow=True).content.decode()
    assert "its protocol is frozen" in page
    assert [study.pk for study in Study.objects.all()] == [opened.pk]
    assert Entry.objects.filter(verb="delete draft", study=draft.slug).exists()


def test_links_that_lead_elsewhere_are_pointed_out(staff: Client, settings: LazySettings) -> None:
    study = build_study()
    settings.SITE_URL = "http://testserver"
    assert "The links begin with" not in staff.get(f"/studies/{study.slug}/").content.decode()
    settings.SITE_URL = "http://localhost:8000"
    assert "The links begin with" in staff.get(f"/studies/{study.slug}/").content.decode()


def test_a_preset_that_is_none_and_a_reason_with_a_nul_are_refused(staff: Client) -> None:
    assert staff.get("/studies/new/?preset=%00").status_code == 200
    assert staff.post("/studies/new/", {"name": "X", "preset": "\0"}).status_code == 200
    study = build_study(opened=False)
    page = staff.post(f"/studies/{study.slug}/open/", {"blinding_override": f"{OVERRIDE}\0"}, follow=True)
    assert "give the reason" in page.content.decode()
    study.refresh_from_db()
    assert study.state == "draft"


def test_looking_into_the_bank_leaves_a_record_in_each_open_study(staff: Client) -> None:
    opened, draft = build_study(), build_study(opened=False)
    staff.get("/images/")
    assert Entry.objects.filter(verb="view image bank", study=opened.slug, actor="lead").exists()
    assert not Entry.objects.filter(verb="view image bank", study=draft.slug).exists()
