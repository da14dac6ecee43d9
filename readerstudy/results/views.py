"""The staff pages: parse, call one function of the domain, render."""

from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.audit.models import Entry
from readerstudy.audit.recording import record
from readerstudy.radiographs.models import Preset, Provenance
from readerstudy.reading.sitting import readings_of
from readerstudy.results.access import actor, staff_required
from readerstudy.results.forms import CountsForm, InvitationForm, NewStudyForm, TextsForm
from readerstudy.results.progress import progress_of
from readerstudy.results.study_report import kept_report
from readerstudy.results.wording import counted
from readerstudy.studies import lifecycle
from readerstudy.studies.blinding import blinding_objection
from readerstudy.studies.composition import (
    available_counts,
    choose_cases,
    chosen_counts,
    create_study,
    phantom_origins,
    replace_case,
    shown_twice,
)
from readerstudy.studies.editing import edit_texts
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.models import Case, Language, Phase, State, Study
from readerstudy.studies.texts import telling_words

SAME_IMAGES = (
    "The same images as before: the draw hangs on the numbers, the bank and the study’s seed, so that nobody can draw "
    "until they like what they see."
)


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
            "telling_words": telling_words(_before_phase_2(study, phases)) if study.state == State.DRAFT else [],
            "shown_twice": shown_twice(study=study) if study.state == State.DRAFT else 0,
            "progress": progress,
            "complete": sum(row.status == "complete" for row in progress),
            "cases": cases,
            "readings": readings_of(phases, cases=cases),
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
    form = CountsForm(
        request.POST or None,
        available=available_counts(preset=study.preset),
        phantoms=phantom_origins(),
        chosen=chosen_counts(cases),
    )
    if request.method == "POST" and form.is_valid():
        try:
            chosen = choose_cases(study=study, counts=form.counts(), by=actor(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            same = {case.radiograph_id for case in cases} == {case.radiograph_id for case in chosen}
            messages.success(request, SAME_IMAGES if same else f"{counted(len(chosen), 'image')} drawn.")
            return redirect("results:study-images", slug=slug)
    if study.state == State.OPEN:
        record(actor=actor(request), verb="view truth", study=study.slug)
    phases = study.phases.all()
    context = {"study": study, "form": form, "cases": cases, "phases": phases}
    return render(request, "results/study_images.html", context)


@staff_required
@require_POST
def study_replace_case(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.select_related("study", "radiograph"), study__slug=slug, number=number)
    reason = request.POST.get("reason", "")
    try:
        replace_case(study=case.study, radiograph=case.radiograph, reason=reason, by=actor(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{case.label} is left out of this and all new studies, another image in its place.")
    return redirect("results:study-images", slug=slug)


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
            form.add_error("pasted", ["Nobody was invited by this list: mend it and invite again.", *error.messages])
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
        return redirect("results:study-list")
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


def _before_phase_2(study: Study, phases: Iterable[Phase]) -> str:
    """All that readers see of the study before they are told of synthetic images."""
    first = [text for phase in phases if phase.position == 1 for text in (phase.title, phase.introduction)]
    return " ".join([study.name, study.consent_text, *first])


def _bank_totals() -> dict[str, int]:
    totals: dict[str, int] = dict(Counter(Provenance.objects.values_list("source", flat=True)))
    totals["phantoms"] = Provenance.objects.filter(is_phantom=True).count()
    return totals
