"""The staff pages: parse, call one function of the domain, render."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.audit.models import Entry
from readerstudy.audit.recording import record
from readerstudy.radiographs.models import Preset, Provenance, Radiograph
from readerstudy.results.access import actor, staff_required
from readerstudy.results.forms import CountsForm, InvitationForm, NewStudyForm, TextsForm
from readerstudy.results.progress import progress_of
from readerstudy.results.study_report import kept_report
from readerstudy.studies import lifecycle
from readerstudy.studies.blinding import blinding_objection
from readerstudy.studies.composition import (
    available_counts,
    choose_cases,
    create_study,
    phantom_origins,
    shown_twice,
)
from readerstudy.studies.editing import edit_texts
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.models import Language, State, Study

SAMPLES = 60  # thumbnails on a page


@login_not_required
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether the site can answer readers: it reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@staff_required
@require_GET
def study_list(request: HttpRequest) -> HttpResponse:
    studies = Study.objects.defer("protocol")
    return render(request, "results/study_list.html", {"studies": studies, "bank": _bank_totals()})


@staff_required
@require_GET
def image_bank(request: HttpRequest) -> HttpResponse:
    rows: dict[tuple[str, str, str, bool], Counter[int]] = {}
    flagged: Counter[tuple[str, str, str, bool]] = Counter()
    for truth in Provenance.objects.select_related("radiograph").iterator():
        kind = (truth.radiograph.preset, truth.source, truth.origin, truth.is_phantom)
        rows.setdefault(kind, Counter())[truth.grade] += 1
        flagged[kind] += truth.blurred or truth.near_empty
    table = [
        {
            "preset": Preset(kind[0]).value,
            "source": kind[1],
            "origin": kind[2],
            "phantom": kind[3],
            "counts": [counts[grade] for grade in range(5)],
            "total": counts.total(),
            "flagged": flagged[kind],
        }
        for kind, counts in sorted(rows.items())
    ]
    # What an open study shows its readers is among them: looking leaves a record in each.
    for study in Study.objects.filter(state=State.OPEN).only("slug"):
        record(actor=actor(request), verb="view image bank", study=study.slug)
    samples = Provenance.objects.select_related("radiograph").order_by("-pk")
    if request.GET.get("flagged"):
        samples = samples.filter(blurred=True) | samples.filter(near_empty=True)
    return render(
        request,
        "results/image_bank.html",
        {"rows": table, "samples": samples[:SAMPLES], "only_flagged": bool(request.GET.get("flagged"))},
    )


@staff_required
@require_GET
def radiograph_image(request: HttpRequest, pk: int) -> FileResponse:
    radiograph = get_object_or_404(Radiograph, pk=pk)
    return FileResponse(radiograph.image.open("rb"), content_type="image/png")


@staff_required
@require_http_methods(["GET", "POST"])
def study_new(request: HttpRequest) -> HttpResponse:
    asked = request.POST.get("preset") or request.GET.get("preset")
    preset = asked if asked in Preset.values else Preset.PUBLISHED.value
    available = available_counts(preset=preset)
    form = NewStudyForm(request.POST or None, initial={"preset": preset})
    counts = CountsForm(request.POST or None, available=available, phantoms=phantom_origins())
    is_complete = request.method == "POST" and form.is_valid() and counts.is_valid()
    if is_complete and form.allows(images=sum(counts.counts().values())):
        fields = form.cleaned_data
        try:
            with transaction.atomic():
                study = create_study(**fields, by=actor(request))
                choose_cases(study=study, counts=counts.counts(), by=actor(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect("results:study", slug=study.slug)
    return render(
        request,
        "results/study_new.html",
        {"form": form, "counts": counts, "available": available, "preset": preset, "presets": Preset.choices},
    )


@staff_required
@require_GET
def study_page(request: HttpRequest, slug: str) -> HttpResponse:
    return _study_page(request, get_object_or_404(Study, slug=slug), InvitationForm())


def _study_page(request: HttpRequest, study: Study, invitation: InvitationForm) -> HttpResponse:
    progress = progress_of(study)
    phases, cases = list(study.phases.all()), study.cases.count()
    return render(
        request,
        "results/study.html",
        {
            "study": study,
            "phases": phases,
            "missing": lifecycle.missing_before_opening(study=study) if study.state == State.DRAFT else [],
            "blinding_objection": blinding_objection(study) if study.state == State.DRAFT else "",
            "shown_twice": shown_twice(study=study) if study.state == State.DRAFT else 0,
            "progress": progress,
            "complete": sum(row.status == "complete" for row in progress),
            "cases": cases,
            "readings": sum(cases + phase.repeats for phase in phases),
            "phantoms": study.cases.filter(radiograph__provenance__is_phantom=True).exists(),
            "invitation": invitation,
            "report": kept_report(study),
            "site_url": settings.SITE_URL,
            "links_elsewhere": urlsplit(settings.SITE_URL).netloc != request.get_host(),
        },
    )


@staff_required
@require_http_methods(["GET", "POST"])
def study_images(request: HttpRequest, slug: str) -> HttpResponse:
    """The cases with their truth. Looking while readers read leaves a record."""
    study = get_object_or_404(Study, slug=slug)
    cases = list(study.cases.select_related("radiograph__provenance").order_by("number"))
    truths = [case.radiograph.provenance for case in cases]
    form = CountsForm(
        request.POST or None,
        available=available_counts(preset=study.preset),
        phantoms=phantom_origins(),
        chosen=Counter((truth.source, truth.grade, truth.origin) for truth in truths),
    )
    if request.method == "POST" and form.is_valid():
        try:
            choose_cases(study=study, counts=form.counts(), by=actor(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect("results:study-images", slug=slug)
    if study.state == State.OPEN:
        record(actor=actor(request), verb="view truth", study=study.slug)
    return render(request, "results/study_images.html", {"study": study, "form": form, "cases": cases})


@staff_required
@require_http_methods(["GET", "POST"])
def study_texts(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    initial = {"name": study.name, "consent_text": study.consent_text, "thanks_text": study.thanks_text}
    for phase in study.phases.all():
        initial |= {f"title_{phase.position}": phase.title, f"introduction_{phase.position}": phase.introduction}
    form = TextsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        try:
            edit_texts(
                study=study,
                name=fields["name"],
                consent_text=fields["consent_text"],
                thanks_text=fields["thanks_text"],
                titles={1: fields["title_1"], 2: fields["title_2"]},
                introductions={1: fields["introduction_1"], 2: fields["introduction_2"]},
                by=actor(request),
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "The texts are saved.")
            return redirect("results:study-texts", slug=slug)
    return render(request, "results/study_texts.html", {"study": study, "form": form})


@staff_required
@require_POST
def study_invite(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            invited = invite_readers(
                study=study,
                pasted=form.cleaned_data["pasted"],
                language=form.cleaned_data["language"] or Language.ENGLISH,
                by=actor(request),
            )
        except ValidationError as error:
            form.add_error("pasted", ["Nobody is invited yet: mend the list and invite again.", *error.messages])
        else:
            messages.success(request, f"{len(invited)} invited. Their links are in the table and in the CSV file.")
            return redirect("results:study", slug=slug)
    return _study_page(request, study, form)  # with the list as it was pasted


@staff_required
@require_POST
def study_open(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)

    def open_it() -> str:
        reason = request.POST.get("blinding_override", "")
        lifecycle.open_study(study=study, by=actor(request), blinding_override=reason)
        return "The study is open: its protocol is frozen, and readers can use their links."

    return _do(request, study, open_it)


@staff_required
@require_POST
def study_close(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)

    def close_it() -> str:
        lifecycle.close_study(study=study, by=actor(request))
        return "The study is closed. All answers are kept; none is taken any more."

    return _do(request, study, close_it)


@staff_required
@require_POST
def study_delete(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    try:
        lifecycle.delete_draft(study=study, by=actor(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("results:study", slug=slug)
    messages.success(request, f"The draft “{study.name}” is deleted.")
    return redirect("results:study-list")


@staff_required
@require_POST
def study_archive(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)

    def archive_it() -> str:
        lifecycle.archive_study(study=study, by=actor(request))
        return "The study is archived."

    return _do(request, study, archive_it)


@staff_required
@require_GET
def study_audit(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    entries = Entry.objects.filter(study=slug).order_by("-at", "-pk")[:500]
    return render(request, "results/study_audit.html", {"study": study, "entries": entries})


def _do(request: HttpRequest, study: Study, act: Callable[[], str]) -> HttpResponse:
    """Do one thing to a study and go back to its page, saying what was done or why not."""
    try:
        messages.success(request, act())
    except ValidationError as error:
        for sentence in error.messages:
            messages.error(request, sentence)
    return redirect("results:study", slug=study.slug)


def _bank_totals() -> dict[str, int]:
    totals: dict[str, int] = dict(Counter(Provenance.objects.values_list("source", flat=True)))
    totals["phantoms"] = Provenance.objects.filter(is_phantom=True).count()
    return totals
