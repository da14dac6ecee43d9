"""The staff page on what a study will be judged by."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from readerstudy.results.access import actor, staff_required
from readerstudy.results.plan_forms import PlanForm
from readerstudy.studies.analysis_plan import planned_outcomes
from readerstudy.studies.editing import edit_plan
from readerstudy.studies.models import Study


@staff_required
@require_http_methods(["GET", "POST"])
def study_plan(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    form = PlanForm(request.POST or None, planned=planned_outcomes(study))
    if request.method == "POST" and form.is_valid():
        try:
            edit_plan(study=study, margins=form.margins(), primary=form.primary(), by=actor(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "The analysis plan is saved.")
            return redirect("results:study-plan", slug=slug)
    has_plan = study.protocol is None or "analysis_plan" in study.protocol
    return render(request, "results/study_plan.html", {"study": study, "form": form, "has_plan": has_plan})
