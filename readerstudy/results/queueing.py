"""Handing long work to the workers from a page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from readerstudy.celery import UNREACHABLE


def hand_over(request: HttpRequest, task: Any, *arguments: object) -> bool:
    """Put a task on the queue; where it cannot be reached, say so on the page and return False."""
    try:
        task.delay_on_commit(*arguments)
    except OperationalError:
        messages.error(request, UNREACHABLE)
        return False
    return True
