"""Readers' addresses lead straight to their views and are cached nowhere: sessions, log-in, messages are for staff."""

from collections.abc import Callable
from typing import cast

from csp.constants import HEADER
from csp.utils import build_policy
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

READERS = "/r/"
Handler = Callable[[HttpRequest], HttpResponse]


def readers_leave_no_copy(get_response: Handler) -> Handler:
    """Middleware: nothing under a reader's address is cached, redirects and refusals included."""

    def mark(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path_info.startswith(READERS):
            response.headers["Cache-Control"] = "no-store"
        return response

    return mark


def readers_go_straight(get_response: Handler) -> Handler:
    """Middleware: what stands after it is left out for readers, except the content security policy, which is given.

    No cookie takes part in a reader's page (see `by_token`), so there is nothing in it for sessions, for the guard
    against forged posts or for the log-in to find; each of them would be asked twice for every case.
    """
    policy = build_policy()  # the same for every page: made once

    def view_of(request: HttpRequest) -> HttpResponse:
        match = request.resolver_match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response

    straight = convert_exception_to_response(view_of)

    def choose(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(READERS):
            return get_response(request)
        response = cast(HttpResponse, straight(request))
        response.headers[HEADER] = policy
        return response

    return choose
