"""What staff take away as files: answers, viewer use, displays, links, protocol, data dictionary."""

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from readerstudy.audit.recording import record
from readerstudy.csv_writer import write_csv
from readerstudy.results.access import actor, staff_required
from readerstudy.results.csv_download import csv_download
from readerstudy.results.data_dictionary import data_dictionary
from readerstudy.results.export import stream_answers
from readerstudy.results.reading_details import stream_displays, stream_viewer_use
from readerstudy.studies.invitations import personal_link
from readerstudy.studies.models import Study


@staff_required
@require_GET
def study_answers(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """All answers as CSV. Taken while readers read, it unblinds, so it leaves a record."""
    study = get_object_or_404(Study, slug=slug)
    record(actor=actor(request), verb="export answers", study=study.slug, state=study.state)
    return csv_download(stream_answers(study), f"{study.slug}-answers.csv")


@staff_required
@require_GET
def study_viewer_use(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = get_object_or_404(Study, slug=slug)
    record(actor=actor(request), verb="export viewer use", study=study.slug, state=study.state)
    return csv_download(stream_viewer_use(study), f"{study.slug}-viewer-use.csv")


@staff_required
@require_GET
def study_displays(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = get_object_or_404(Study, slug=slug)
    record(actor=actor(request), verb="export displays", study=study.slug, state=study.state)
    return csv_download(stream_displays(study), f"{study.slug}-displays.csv")


@staff_required
@require_GET
def study_links(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = get_object_or_404(Study, slug=slug)
    rows = [
        [one.pseudonym, one.name, one.email, one.get_language_display(), personal_link(one)]
        for one in study.readers.order_by("number")
    ]
    record(actor=actor(request), verb="export links", study=study.slug, readers=len(rows))
    return csv_download(write_csv(["reader", "name", "email", "language", "link"], rows), f"{study.slug}-links.csv")


@staff_required
@require_GET
def study_protocol(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug, protocol__isnull=False)
    record(actor=actor(request), verb="export protocol", study=study.slug, state=study.state)
    return JsonResponse(
        study.protocol,
        json_dumps_params={"indent": 1, "sort_keys": True, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="{study.slug}-protocol.json"'},
    )


@staff_required
@require_GET
def dictionary(request: HttpRequest) -> StreamingHttpResponse:
    return csv_download(data_dictionary(), "data-dictionary.csv")
