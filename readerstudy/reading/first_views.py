"""What comes before the first case: language, the check of the display, practice."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.reading.access import by_token, not_found
from readerstudy.reading.display import record_display
from readerstudy.reading.forms import DisplayForm
from readerstudy.reading.language import choose_language
from readerstudy.reading.page import is_before_first_case, reading_options, what_comes_first
from readerstudy.reading.practice import practice_due, practised, record_practice
from readerstudy.reading.questions import QUESTIONS
from readerstudy.reading.sitting import where_is
from readerstudy.studies.models import PracticeCase, Reader, Task


@login_not_required
@csrf_exempt  # the token in the address is the capability, see `by_token`
@require_POST
@by_token
def language(request: HttpRequest, reader: Reader) -> HttpResponse:
    try:
        choose_language(reader=reader, language=request.POST.get("language", ""))
    except ValidationError:
        return not_found()
    return redirect("reading:start", reader.token)


@login_not_required
@csrf_exempt  # the token in the address is the capability, see `by_token`
@require_http_methods(["GET", "POST"])
@by_token
def display(request: HttpRequest, reader: Reader) -> HttpResponse:
    place = where_is(reader)
    is_again = "again" in request.GET and reader.study.checks_display and is_before_first_case(place)
    if what_comes_first(reader, place) != "reading:display" and not is_again:
        return redirect("reading:start", reader.token)
    form = DisplayForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        check = record_display(reader=reader, **form.cleaned_data)
        if check.sees_dark and check.sees_bright:
            return redirect("reading:start", reader.token)
        return render(request, "reading/display_advice.html", {"reader": reader, "check": check})
    status = 400 if form.errors else 200
    return render(request, "reading/display.html", {"reader": reader, "form": form}, status=status)


@login_not_required
@csrf_exempt  # the token in the address is the capability, see `by_token`
@require_http_methods(["GET", "POST"])
@by_token
def practice(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The next radiograph for practice; with `?after=NUMBER` the one of this number with its reference grade."""
    place = where_is(reader)
    if not is_before_first_case(place) or what_comes_first(reader, place) == "reading:display":
        return redirect("reading:start", reader.token)
    after = request.GET.get("after", "")
    given = practised(reader, number=int(after)) if after.isascii() and after.isdigit() and len(after) < 4 else None
    case = given.practice_case if given else practice_due(reader)
    if case is None:
        return redirect("reading:start", reader.token)
    message = ""
    if request.method == "POST" and given is None:
        try:
            if (meant := _meant(request, reader)) is None:
                raise ValidationError(_("This page was out of date. Here is the radiograph to read now."))
            record_practice(reader=reader, case=meant, value=request.POST.get("value", ""))
        except ValidationError as error:
            message = error.messages[0]
        else:
            return redirect(f"{request.path}?after={request.POST.get('number', case.number)}")
    return _practice_page(request, reader, case, message, given.value if given else "")


@login_not_required
@require_GET
@by_token
def practice_image(request: HttpRequest, reader: Reader, number: int) -> HttpResponse:
    place = where_is(reader)
    case = PracticeCase.objects.select_related("radiograph").filter(study=reader.study_id, number=number).first()
    if case is None or not is_before_first_case(place):
        return not_found()
    with case.radiograph.image.open("rb") as file:
        return HttpResponse(file.read(), content_type="image/png")


def _meant(request: HttpRequest, reader: Reader) -> PracticeCase | None:
    """The radiograph that the page was about, which may be an earlier one when it is sent twice."""
    number = request.POST.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        return None
    return PracticeCase.objects.filter(study=reader.study_id, number=int(number)).first()


def _practice_page(request: HttpRequest, reader: Reader, case: PracticeCase, message: str, given: str) -> HttpResponse:
    labels = {choice.value: choice.label for choice in QUESTIONS[Task.GRADE].choices}
    context = {
        "reader": reader,
        "case": case,
        "total": reader.study.practice_cases.count(),
        "question": QUESTIONS[Task.GRADE],
        "is_grading": True,
        "options": reading_options(reader.study) | {"change": False},
        "given": given,
        "given_label": labels.get(given),
        "reference": case.reference_grade if given else None,
        "reference_label": labels[str(case.reference_grade)] if given else None,
        "message": message or _("For practice: these answers do not count.") * (not given),
    }
    return render(request, "reading/practice.html", context, status=400 if message else 200)
