"""Who may see the staff pages."""

from collections.abc import Callable

from django.contrib.auth.decorators import user_passes_test
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import cache_control

View = Callable[..., HttpResponseBase]


def _is_staff(user: object) -> bool:
    if not getattr(user, "is_authenticated", False):
        return False
    if not getattr(user, "is_staff", False):
        raise PermissionDenied
    return True


def staff_required(view: View) -> View:
    """Send visitors to the log-in; answer 403 to users who are not staff. No cache keeps what the page tells."""
    return user_passes_test(_is_staff)(cache_control(no_store=True, private=True)(view))


def actor(request: HttpRequest) -> str:
    """The name under which the audit record knows the user."""
    return request.user.get_username()
