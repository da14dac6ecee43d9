"""The reader's pages. Each asks where the reader is and shows that; the domain modules decide and write."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.reading.access import by_token, not_found, personal
from readerstudy.reading.answering import MovedOnError, take_answer
from readerstudy.reading.arriving import read_answer, read_json
from readerstudy.reading.consent import give_consent
from readerstudy.reading.forms import ConsentForm
from readerstudy.reading.image_address import image_behind
from readerstudy.reading.page import (
    Shown,
    addresses,
    case_after,
    case_data,
    last_case,
    next_case,
    notice,
    reading_options,
    what_comes_first,
)
from readerstudy.reading.practice import has_practised, practice_left
from readerstudy.reading.questions import CONFIDENCE, QUESTIONS
from readerstudy.reading.sitting import Stage, Whereabouts, enter_phase, find_reader, readings_of, where_is
from readerstudy.studies.models import Language, Phase, Reader, Task


@login_not_required
@require_GET
@by_token
def start(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The personal link: brings the reader to where they are, today and whenever they come back."""
    place = where_is(reader)
    first = what_comes_first(reader, place)
    # what is asked for is said before practice, too
    practice = practice_left(reader).count() if first == "reading:practice" and not has_practised(reader) else 0
    if first and not practice:
        return redirect(first, reader.token)
    match place.stage:
        case Stage.CONSENT:
            return redirect("reading:consent", reader.token)
        case Stage.CASE:
            return redirect("reading:read", reader.token)
        case Stage.INTRODUCTION:
            return _introduction(request, reader, place, practice=practice)
        case Stage.DONE:
            thanks = {"text": reader.study.thanks_text, "addresses": addresses(reader)}
            return render(request, "reading/thanks.html", thanks)
    context = {"closed": place.stage == Stage.CLOSED, "addresses": addresses(reader)}
    return render(request, "reading/not_open.html", context)


@login_not_required
@csrf_exempt  # the token in the address is the capability, see `by_token`
@require_http_methods(["GET", "POST"])
@by_token
def consent(request: HttpRequest, reader: Reader) -> HttpResponse:
    if where_is(reader).stage != Stage.CONSENT:
        return redirect("reading:start", reader.token)
    form = ConsentForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            give_consent(
                reader=reader,
                specialty=form.cleaned_data["specialty"],
                years_experience=form.cleaned_data["years_experience"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("reading:start", reader.token)
    return render(
        request,
        "reading/consent.html",
        {
            "form": form,
            "reader": reader,
            "study": reader.study,
            "readings": readings_of(reader.study.phases.all(), cases=reader.study.cases.count()),
            "languages": Language.choices,
        },
        status=400 if form.errors else 200,
    )


@login_not_required
@csrf_exempt  # the token in the address is the capability, see `by_token`
@require_POST
@by_token
def begin(request: HttpRequest, reader: Reader, phase: int) -> HttpResponse:
    """Begin a part; asked too early or twice, it changes nothing and the reader lands where they are."""
    if what_comes_first(reader, where_is(reader)):  # the check of the display and practice are not skipped
        return redirect("reading:start", reader.token)
    with suppress(Phase.DoesNotExist, ValidationError):
        enter_phase(reader=reader, phase=Phase.objects.get(study=reader.study_id, position=phase))
    return redirect("reading:start", reader.token)


@login_not_required
@require_GET
@by_token
def read(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The case that is due; with `?change=last` the one answered last, to change that answer.

    The page's script asks the same address for JSON when it has lost its way.
    """
    if "prefetch" in request.headers.get("Sec-Purpose", ""):  # nobody sees it yet: it would count as a showing
        return HttpResponse(status=503)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(_state(reader, was_sent=True))
    place = where_is(reader)
    if place.stage != Stage.CASE:
        return redirect("reading:start", reader.token)
    shown = last_case(place, reader) if request.GET.get("change") == "last" else None
    return _page(request, reader, place, shown or next_case(place, reader))


@login_not_required
@csrf_exempt  # the token in the address is the capability, see `by_token`
@require_POST
@personal
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Take an answer, as JSON from the page's script or as a plain form, and reply in kind.

    The script gets its client key back: by that it knows our reply from one that a proxy gives in our place.
    """
    is_json = request.content_type == "application/json"
    sent: Mapping[str, Any] = {}
    refusal: ValidationError | None = None
    try:
        sent = read_json(request.body) if is_json else request.POST
        key, given = read_answer(sent)
        taken = take_answer(token=token, key=key, given=given, shows_next=is_json)
    except ValidationError as error:
        refusal = error
    else:
        if is_json and taken.is_new and (shown := case_after(taken.turn, token=token)):
            return _reply(sent, {"case": case_data(shown)})
    reader = find_reader(token=token)
    if reader is None:
        return not_found()
    with override(reader.language):
        if refusal is not None:
            return _refused(request, reader, sent, refusal)
        return _reply(sent, _state(reader, was_sent=True)) if is_json else redirect("reading:start", token)


def _introduction(request: HttpRequest, reader: Reader, place: Whereabouts, *, practice: int) -> HttpResponse:
    """What a part asks for; practice: how many radiographs come before, for practice."""
    context = {"reader": reader, "place": place, "practice": practice, "addresses": addresses(reader)}
    return render(request, "reading/introduction.html", context)


@login_not_required
@require_GET
@personal
def image(request: HttpRequest, token: str, signed: str) -> HttpResponse:
    encoded = image_behind(token=token, signed=signed)
    return not_found() if encoded is None else HttpResponse(encoded, content_type="image/png")


def _refused(request: HttpRequest, reader: Reader, sent: Mapping[str, Any], refusal: ValidationError) -> HttpResponse:
    """Why the answer was not taken: 409 with the case that is due, or 400 where it has to be given again."""
    status, message = 409 if isinstance(refusal, MovedOnError) else 400, refusal.messages[0]
    if request.content_type == "application/json":
        return _reply(sent, {} if status == 400 else _state(reader), message=message, status=status)
    place = where_is(reader)
    if place.stage != Stage.CASE:
        return render(request, "reading/refused.html", {"reader": reader, "message": message}, status=status)
    shown = last_case(place, reader) if status == 400 and request.POST.get("revises") else None
    return _page(request, reader, place, shown or next_case(place, reader), message=message, status=status)


def _reply(sent: Mapping[str, Any], state: dict[str, Any], *, message: str = "", status: int = 200) -> JsonResponse:
    return JsonResponse({"client_key": sent.get("client_key"), "message": message} | state, status=status)


def _state(reader: Reader, *, was_sent: bool = False) -> dict[str, Any]:
    """Where the reader is, for the page's script: the case that is due, or the address that says more."""
    place = where_is(reader)
    if place.stage == Stage.CASE:
        return {"case": case_data(next_case(place, reader, was_sent=was_sent))}
    return {"address": reverse("reading:start", args=[reader.token])}


def _page(
    request: HttpRequest, reader: Reader, place: Whereabouts, shown: Shown, *, message: str = "", status: int = 200
) -> HttpResponse:
    if place.phase is None:
        raise ValueError("no phase is being read here")
    task = Task(place.phase.task)
    context = {
        "reader": reader,
        "phase": place.phase,
        "is_grading": task == Task.GRADE,
        "question": QUESTIONS[task],
        "confidence": CONFIDENCE if place.phase.asks_confidence else (),
        "case": case_data(shown),
        "options": reading_options(reader.study),
        "addresses": addresses(reader),
        "message": message or notice(shown, reader.study),
    }
    return render(request, "reading/read.html", context, status=status)
