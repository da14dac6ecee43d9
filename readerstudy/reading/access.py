"""Who may see a reader's pages: whoever holds the personal token, and nobody else."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import override

from readerstudy.reading.sitting import find_reader

View = Callable[..., HttpResponse]


def by_token(view: View) -> View:
    """Give the view the reader whose token stands in the address; an unknown token gets the common 404.

    The token is the whole capability: no cookie and no session takes part, so several readers can share
    one browser, and each page answers for the reader in its own address. Hence, too, nothing rides on a
    cookie that another site could make a browser send, and the views that take a POST are exempt from the
    CSRF check: whoever can write the address holds the token.
    """

    def guarded(request: HttpRequest, token: str, **rest: Any) -> HttpResponse:
        reader = find_reader(token=token)
        with override(reader.language if reader else settings.LANGUAGE_CODE):
            return not_found() if reader is None else view(request, reader, **rest)

    return personal(wraps(view)(guarded))


def personal(view: View) -> View:
    """For a view that checks the token of its address in a query of its own.

    Whether the connection to the database still lives is not asked before, at every request, but found out: where it
    does not, the view is done once more on a new one. Every reader's request may be sent twice.
    """

    @wraps(view)
    def unhurt(request: HttpRequest, token: str, **rest: Any) -> HttpResponse:
        do = partial(view, request, token, **rest)
        connection.health_check_done = True  # type: ignore[attr-defined]  # unknown to the stubs
        try:
            return do()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or connection.is_usable():
                raise
            connection.close()
            return do()

    return unhurt


def not_found() -> HttpResponse:
    """The one answer, byte for byte, to every reader's address that leads nowhere, in every language at once."""
    with override("en"):
        return HttpResponse(render_to_string("reading/not_found.html"), status=404)
