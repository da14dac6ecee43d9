"""The staff page on how a study's cases are read, and what was noted of the reading besides the answers."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from readerstudy.audit.recording import record
from readerstudy.results.access import actor, staff_required
from readerstudy.results.reading_details import stream_displays, stream_viewer_use
from readerstudy.results.reading_forms import ReadingForm
from readerstudy.studies.editing import edit_reading
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import READING_OPTIONS


@staff_required
@require_http_methods(["GET", "POST"])
def study_reading(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    initial = {name: getattr(study, name) for name in (*READING_OPTIONS, "contact")}
    form = ReadingForm(request.POST or None, initial=initial | {"practice_cases": study.practice_cases.count()})
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        contact, practice = fields.pop("contact"), fields.pop("practice_cases")
        try:
            edit_reading(study=study, options=fields, contact=contact, practice_cases=practice, by=actor(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "How the cases are read is saved.")
            return redirect("results:study-reading", slug=slug)
    return render(request, "results/study_reading.html", {"study": study, "form": form})


@staff_required
@require_GET
def study_viewer_use(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = get_object_or_404(Study, slug=slug)
    record(actor=actor(request), verb="export viewer use", study=study.slug, state=study.state)
    return _csv(stream_viewer_use(study), f"{study.slug}-viewer-use.csv")


@staff_required
@require_GET
def study_displays(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = get_object_or_404(Study, slug=slug)
    record(actor=actor(request), verb="export displays", study=study.slug, state=study.state)
    return _csv(stream_displays(study), f"{study.slug}-displays.csv")


def _csv(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
