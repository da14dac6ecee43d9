"""The staff page on how a study's cases are read."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from readerstudy.results.access import actor, staff_required
from readerstudy.results.reading_forms import ReadingForm
from readerstudy.studies.editing import edit_reading
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import READING_OPTIONS


@staff_required
@require_http_methods(["GET", "POST"])
def study_reading(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    initial = {name: getattr(study, name) for name in (*READING_OPTIONS, "contact")}
    initial["practice_cases"] = study.practice_cases.count()
    form = ReadingForm(request.POST or None, initial=initial, phases=study.phases.order_by("position"))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            edit_reading(
                study=study,
                options={name: given[name] for name in READING_OPTIONS},
                contact=given["contact"],
                practice_cases=given["practice_cases"],
                repeats=form.repeats(),
                by=actor(request),
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "How the cases are read is saved.")
            return redirect("results:study-reading", slug=slug)
    return render(request, "results/study_reading.html", {"study": study, "form": form})
