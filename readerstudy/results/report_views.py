"""The report on the staff pages: have it made, read it, take it away."""

from zipfile import BadZipFile

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from readerstudy.audit.recording import record
from readerstudy.results import tasks
from readerstudy.results.access import actor, staff_required
from readerstudy.results.queueing import hand_over
from readerstudy.results.study_report import KeptReport, kept_report, require_analysable
from readerstudy.studies.models import State, Study

REPORT_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [NONE],
}


@staff_required
@require_POST
def study_report_run(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    interim = study.state == State.OPEN
    try:
        require_analysable(study=study, interim=interim)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("results:study", slug=slug)
    if hand_over(request, tasks.make_report, study.pk, actor(request), interim):
        wait = " It takes up to a minute: load this page again then." if settings.REDIS_URL else ""
        messages.success(request, f"The report is {'being ' if wait else ''}made.{wait}")
    return redirect("results:study", slug=slug)


@staff_required
@require_GET
@csp_replace(REPORT_POLICY)  # type: ignore[arg-type]
def study_report(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of the report, which holds its own styles and figures."""
    try:
        return HttpResponse(_with_way_back(_looked_at(request, slug).page(), slug))
    except BadZipFile:
        messages.error(request, "The kept report is damaged. Make it again.")
        return redirect("results:study", slug=slug)


@staff_required
@require_GET
def study_report_archive(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(
        _looked_at(request, slug).archive(),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{slug}-report.zip"'},
    )


def _looked_at(request: HttpRequest, slug: str) -> KeptReport:
    """The kept report of the study. Who looks at one while the study is open is recorded: it unblinds."""
    study = get_object_or_404(Study, slug=slug)
    report = kept_report(study)
    if report is None:
        raise Http404
    if study.state == State.OPEN:
        record(actor=actor(request), verb="view interim report", study=study.slug)
    return report


def _with_way_back(page: bytes, slug: str) -> bytes:
    """The kept page with a link to the study, which the file that is taken away has no use for."""
    link = format_html('<p class="back"><a href="{}">← Study</a></p>', reverse("results:study", args=[slug]))
    return page.replace(b"<body>", b"<body>\n    " + link.encode(), 1)
