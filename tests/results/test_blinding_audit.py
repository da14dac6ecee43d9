"""The blinding audit of a study: what it finds, that nothing of its rehearsal stays, and how a study opens by it."""

import base64
import copy
import hashlib
import io
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from readerstudy.analysis.leakage import places
from readerstudy.analysis.separation import separability
from readerstudy.audit.models import Entry
from readerstudy.reading.models import Answer, Presentation
from readerstudy.results.blinding_audit import CHANNELS, SERVED, audit_blinding
from readerstudy.results.blinding_wording import channel_rows, conclusion
from readerstudy.results.rehearsal import Served, UnservedCase, rehearse
from readerstudy.studies.allocation import Stratified, draw_order
from readerstudy.studies.blinding import blinding_objection, store_blinding_audit
from readerstudy.studies.composition import choose_cases
from readerstudy.studies.lifecycle import close_study, open_study
from readerstudy.studies.models import BlindingAudit, Reader, Study
from tests.builders import build_study

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same keys and signatures in every run: of random ones an audit errs now and then, as it says it does."""
    rng = np.random.default_rng(20221)

    def token(size: int) -> str:
        return base64.urlsafe_b64encode(rng.bytes(size)).rstrip(b"=").decode()

    monkeypatch.setattr("secrets.token_urlsafe", token)
    monkeypatch.setattr("secrets.choice", lambda letters: letters[rng.integers(len(letters))])
    monkeypatch.setattr("uuid.uuid4", lambda: uuid.UUID(bytes=rng.bytes(16), version=4))
    monkeypatch.setattr("django.core.signing.TimestampSigner.timestamp", lambda signer: "1xX9eU")


@pytest.fixture
def study() -> Study:
    return build_study(real=12, synthetic=12, opened=False)


def verdicts(audit: BlindingAudit) -> dict[str, str]:
    return {row["channel"]: row["verdict"] for row in audit.channels}


def counts() -> list[int]:
    kept: list[type[models.Model]] = [Study, Reader, Presentation, Answer]
    return [model._default_manager.count() for model in kept]


def test_images_of_one_kind_under_two_names_are_not_told_apart_and_the_study_opens(study: Study) -> None:
    before, entries, out = counts(), Entry.objects.count(), io.StringIO()
    call_command("audit_blinding", study.slug, stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + len(CHANNELS) + 2
    assert lines[-1].startswith("No channel told real from synthetic.")
    assert "opened" not in lines[-1]
    (order,) = (line for line in lines if line.startswith("Place in the order"))
    assert "orders mixed in the same way: 0." in order
    audit = study.blinding_audits.get()
    assert set(verdicts(audit)) == set(CHANNELS)
    assert audit.verdict == "clear", audit.channels
    assert counts() == before
    assert list(Entry.objects.values_list("verb", flat=True))[entries:] == ["audit blinding"]
    opened = open_study(study=study, by="lead", blinding_override="not needed at all")
    assert opened.protocol is not None
    assert opened.protocol["blinding"]["verdict"] == "clear"
    assert opened.protocol["blinding"]["override"] == ""


def test_a_longer_file_is_found_and_keeps_the_study_closed_unless_a_reason_is_given(study: Study) -> None:
    for case in study.cases.filter(radiograph__provenance__source="synthetic"):
        path = Path(case.radiograph.image.path)
        path.write_bytes(path.read_bytes()[:-12] + b"\0\0\0\5tEXtplant" + b"\0" * 4 + path.read_bytes()[-12:])
    audit = audit_blinding(study=study, by="lead")
    assert audit.verdict == "leak"
    assert {name for name, verdict in verdicts(audit).items() if verdict == "leak"} == {"length", "headers"}
    with pytest.raises(ValidationError) as refused:
        open_study(study=study, by="lead", blinding_override="so what")
    assert "found a leak" in refused.value.messages[0]
    study.refresh_from_db()
    assert study.state == "draft"
    opened = open_study(study=study, by="lead", blinding_override="The files are mended on the way out.")
    assert opened.protocol is not None
    assert opened.protocol["blinding"]["override"] == "The files are mended on the way out."
    assert opened.protocol["blinding"]["channels"] == audit.channels
    assert Entry.objects.get(verb="override blinding audit").detail == {
        "reason": "The files are mended on the way out."
    }


def with_kind(row: Served) -> None:
    row.pages = row.pages.replace(b"<body", b'<body data-kind="%s"' % (b"s" if row.synthetic else b"r"))


def with_space_at_the_end(row: Served) -> None:
    row.pages = row.pages.replace(b"</html>", b"</html> ") if row.synthetic else row.pages


def with_space_in_the_reply(row: Served) -> None:
    row.pages = row.pages.replace(b'"message": ', b'"message":  ') if row.synthetic else row.pages


def with_etag(row: Served) -> None:
    row.headers += b'ETag: "%s-%s"' % (
        b"b" if row.synthetic else b"a",
        hashlib.sha256(row.pages).digest().hex().encode(),
    )


def with_text_in_the_file(row: Served) -> None:
    row.frame = row.frame.replace(b"IEND", (b"synth" if row.synthetic else b"photo") + b"IEND")


def with_changed_pixels(row: Served) -> None:
    row.frame = row.frame.replace(b"as kept", b"changed") if row.synthetic else row.frame


def test_a_mark_in_what_is_served_is_found_in_its_channel() -> None:
    # with twelve of a kind some keys make a mark of one blank a little less telling
    rows = rehearse(build_study(real=16, synthetic=16, opened=False))
    assert all(b"as kept" in row.frame for row in rows)
    attacks = {channel.key: attack for channel, attack in SERVED}
    planted: list[tuple[str, Callable[[Served], None]]] = [
        ("pages", with_kind),
        ("pages", with_space_at_the_end),
        ("pages", with_space_in_the_reply),
        ("headers", with_etag),
        ("headers", with_text_in_the_file),
        ("headers", with_changed_pixels),
    ]
    synthetic = [row.synthetic for row in rows]
    for key, plant in planted:
        marked = copy.deepcopy(rows)
        for row in marked:
            plant(row)
        found = separability(attacks[key](marked), synthetic, permutations=399)
        assert found.value is not None
        assert found.p_value is not None
        assert (found.value > 0.85, found.p_value <= 0.005) == (True, True), (plant.__name__, found)


@pytest.mark.parametrize(("real", "synthetic", "kind"), [(12, 0, "real"), (0, 12, "synthetic")])
def test_images_of_one_kind_cannot_be_told_apart_and_the_audit_says_so(
    real: int,
    synthetic: int,
    kind: str,
    staff: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    study, out = build_study(real=real, synthetic=synthetic, opened=False), io.StringIO()
    call_command("audit_blinding", study.slug, stdout=out)
    assert "too few images of one kind" in out.getvalue()
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(f"/studies/{study.slug}/blinding/run/")
    assert f"all images are {kind}" in staff.get(f"/studies/{study.slug}/blinding/").content.decode()
    assert [audit.verdict for audit in study.blinding_audits.all()] == ["undecided", "undecided"]


@pytest.mark.parametrize("by", ["", "a" * 151])
def test_a_name_that_the_record_cannot_hold_is_refused_before_the_audit(study: Study, by: str) -> None:
    with pytest.raises(CommandError, match=f"--by is a name of 1 to 150 characters, not {len(by)}"):
        call_command("audit_blinding", study.slug, by=by)
    assert not study.blinding_audits.exists()


def test_an_audit_counts_for_the_images_that_it_saw_and_for_no_others(study: Study) -> None:
    assert blinding_objection(study) == "The blinding audit has not been run."
    store_blinding_audit(study=study, channels=[], verdict="clear", by="lead")
    assert blinding_objection(study) == ""
    choose_cases(study=study, counts={("real", 0): 1, ("synthetic", 0): 1}, by="lead")
    assert "of other images" in blinding_objection(study)


def test_too_few_images_are_undecided_not_clear() -> None:
    study = build_study(real=3, synthetic=3, opened=False)
    audit = audit_blinding(study=study, by="lead")
    assert audit.verdict == "undecided"
    assert "could not decide" in blinding_objection(study)


def test_the_command_names_the_studies_that_there_are(study: Study) -> None:
    with pytest.raises(CommandError, match=f"There is no study “nowhere”. Studies: {study.slug}"):
        call_command("audit_blinding", "nowhere")


def test_the_lead_runs_the_audit_reads_it_and_opens_the_study_by_it(
    study: Study, staff: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    page = f"/studies/{study.slug}/"
    assert "has not been run" in staff.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(f"{page}blinding/run/")
    shown = staff.get(f"{page}blinding/").content.decode()
    assert "No leak found" in shown
    assert all(channel.label in shown for channel in CHANNELS.values())
    figure = staff.get(f"{page}blinding.svg").content.decode()
    assert figure.count("<circle") == len(CHANNELS)
    table = b"".join(staff.get(f"{page}blinding.csv").streaming_content).decode()
    assert len(table.splitlines()) == 1 + len(CHANNELS)
    assert "found no leak" in staff.get(page).content.decode()
    staff.post(f"{page}open/")
    study.refresh_from_db()
    assert study.state == "open"


def test_an_audit_that_could_not_be_done_says_so_until_one_is(
    study: Study,
    staff: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    page = f"/studies/{study.slug}/blinding/"
    with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
        broken.setattr("readerstudy.results.blinding_audit.rehearse", unserved)
        staff.post(f"{page}run/")
    assert "could not be done: case 3 of phase 1 was not served when due." in staff.get(page).content.decode()
    assert "could not audit blinding" in staff.get(f"/studies/{study.slug}/record/").content.decode()
    audit_blinding(study=study, by="lead")
    assert "could not be done" not in staff.get(page).content.decode()


def unserved(study: Study) -> list[Served]:
    raise UnservedCase("case 3 of phase 1 was not served when due")


def test_the_page_of_an_unaudited_study_asks_for_a_reason_and_shows_it_ever_after(study: Study, staff: Client) -> None:
    page = f"/studies/{study.slug}/"
    assert 'name="blinding_override"' in staff.get(page).content.decode()
    staff.post(f"{page}open/")
    study.refresh_from_db()
    assert study.state == "draft"
    staff.post(f"{page}open/", {"blinding_override": "A pilot among ourselves."})
    study.refresh_from_db()
    assert study.state == "open"
    assert "A pilot among ourselves." in staff.get(f"{page}blinding/").content.decode()
    assert "A pilot among ourselves." in staff.get(f"{page}record/").content.decode()


def channel(key: str, auc: float, low: float, high: float, verdict: str = "clear") -> dict[str, object]:
    """A row of an audit, as it is stored."""
    p_value = 0.001 if verdict == "leak" else 0.5
    return {
        "channel": key, "auc": auc, "low": low, "high": high, "n": 24, "p_value": p_value, "p_adjusted": p_value,
        "verdict": verdict, "reason": "",
    }  # fmt: skip


def test_after_opening_the_audit_in_force_comes_first_and_a_later_one_stands_apart(study: Study, staff: Client) -> None:
    store_blinding_audit(study=study, channels=[channel("border", 0.9, 0.8, 1.0, "leak")], verdict="leak", by="lead")
    page = f"/studies/{study.slug}/blinding/"
    assert "Mend that, or open the study with a reason" in staff.get(page).content.decode()
    study = open_study(study=study, by="lead", blinding_override="The generator is known to draw borders.")
    close_study(study=study, by="lead")
    digest = study.protocol_digest
    shown = staff.get(page).content.decode()
    assert "In force when the study was opened: leak" in shown
    assert "known to draw borders" in shown
    assert "Mend that" not in shown
    assert "Made after opening" not in shown
    assert staff.get(f"/studies/{study.slug}/blinding-later.svg").status_code == 404
    out = io.StringIO()
    call_command("audit_blinding", study.slug, stdout=out)
    assert "was made after the study was opened" in " ".join(out.getvalue().split())
    both = staff.get(page).content.decode()
    assert both.index("In force when the study was opened: leak") < both.index("Made after opening: no leak found")
    assert "it changes nothing in the protocol" in both
    for address, rows in (("blinding", 1), ("blinding-later", len(CHANNELS))):
        table = b"".join(staff.get(f"/studies/{study.slug}/{address}.csv").streaming_content).decode()
        assert len(table.splitlines()) == 1 + rows
        assert staff.get(f"/studies/{study.slug}/{address}.svg").content.decode().count("<circle") == rows
    study.refresh_from_db()
    assert study.protocol is not None
    assert (study.protocol_digest, study.protocol["blinding"]["verdict"]) == (digest, "leak")
    assert Entry.objects.filter(verb="audit blinding").latest("pk").detail["state"] == "closed"


def test_a_study_opened_without_an_audit_says_so_whatever_is_run_afterwards(study: Study, staff: Client) -> None:
    opened = open_study(study=study, by="lead", blinding_override="A pilot among ourselves.")
    store_blinding_audit(study=opened, channels=[channel("noise", 0.6, 0.4, 0.8)], verdict="clear", by="lead")
    shown = staff.get(f"/studies/{study.slug}/blinding/").content.decode()
    assert shown.index("No audit of these images was in force.") < shown.index("Made after opening: no leak found")
    assert staff.get(f"/studies/{study.slug}/blinding.svg").status_code == 404


def test_an_order_stands_beside_what_orders_mixed_in_the_same_way_tell(study: Study, staff: Client) -> None:
    """They tell more than a coin by design, so an interval above one half is no leak there; older audits lack it."""
    order = channel("order", 0.79, 0.61, 0.97)
    for row, said in ((order | {"mixed_alike": 0.704}, "orders mixed in the same way: 0.70 (median)"), (order, "")):
        audit = store_blinding_audit(study=study, channels=[row], verdict="clear", by="lead")
        assert [one.beside for one in channel_rows(audit)] == [said]
        shown = staff.get(f"/studies/{study.slug}/blinding/").content.decode()
        assert ("mixed in the same way: 0.70" in shown) == bool(said)
        table = b"".join(staff.get(f"/studies/{study.slug}/blinding.csv").streaming_content).decode()
        assert table.splitlines()[1].endswith(",0.704" if said else ",")


def test_what_the_data_exclude_is_said_and_nothing_is_called_nothing(study: Study, staff: Client) -> None:
    rows = [channel("spectrum", 0.79, 0.5, 0.999), channel("timing", 0.11, 0.0, 0.39), channel("noise", 0.6, 0.4, 0.8)]
    audit = store_blinding_audit(study=study, channels=rows, verdict="clear", by="lead")
    assert [row.excluded for row in channel_rows(audit)] == ["nothing", "an AUC above 0.50", "an AUC above 0.80"]
    assert "not even a perfect separation is excluded by “Sharpness spectrum”" in conclusion(audit)
    shown = staff.get(f"/studies/{study.slug}/blinding/").content.decode()
    assert "An AUC below 0.50 is no leak turned round" in shown
    audit = store_blinding_audit(study=study, channels=rows[2:], verdict="clear", by="lead")
    assert "an AUC above 0.80 is excluded in every channel" in conclusion(audit)
    assert "turned round" not in staff.get(f"/studies/{study.slug}/blinding/").content.decode()


def test_a_channel_that_tells_by_smaller_values_is_found_above_one_half() -> None:
    synthetic = np.arange(40) % 2 == 1
    telling = np.random.default_rng(1).standard_normal((40, 3))
    telling[:, 0] -= 2.0 * synthetic
    estimate = separability(telling, synthetic, permutations=99)
    assert estimate.low is not None
    assert estimate.low > 0.5


def test_kinds_that_are_dealt_out_evenly_bring_what_changes_in_the_course_of_the_reading_below_one_half() -> None:
    cases = [Stratified(f"C{at:03d}", "synthetic" if at % 2 else "real", at // 2 % 5) for at in range(30)]
    synthetic = [case.source == "synthetic" for case in cases]
    found = []
    for seed in range(30):
        place = {one.label: at for at, one in enumerate(draw_order(seed=seed, reader="R01", phase=1, cases=cases), 1)}
        how_far = places([place[case.label] for case in cases])[:, :1]
        found.append(separability(how_far, synthetic, permutations=1).value)
    assert np.mean(found) < 0.47
