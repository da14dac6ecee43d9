"""The least that a Django site can do for a case: send an image, look up one row and add one. Served by gunicorn.

No middleware, no forms, no checks; the ceiling that the reading pages are held against.
"""

import json
import os
from pathlib import Path

import environ
from django.conf import settings

settings.configure(
    SECRET_KEY="for this measurement only",  # noqa: S106
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": environ.Env().db_url("DATABASE_URL") | {"CONN_MAX_AGE": 60}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)

import django

django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

IMAGES = Path(os.environ["MEDIA_ROOT"])


class Case(models.Model):
    name = models.CharField(max_length=32, unique=True)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name


class Answer(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    value = models.CharField(max_length=9)
    answered_at = models.DateTimeField()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return f"{self.case}: {self.value}"


def image(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse((IMAGES / f"{name}.png").read_bytes(), content_type="image/png")


def answer(request: HttpRequest) -> HttpResponse:
    sent = json.loads(request.body)
    case = Case.objects.get(name=sent["case"])
    given = Answer.objects.create(case=case, value=sent["value"], answered_at=timezone.now())
    return JsonResponse({"answer": given.pk})


def create_tables() -> None:
    """The two tables, and a row for each image in the folder."""
    with connection.schema_editor() as editor:
        editor.create_model(Case)
        editor.create_model(Answer)
    Case.objects.bulk_create(Case(name=file.stem) for file in sorted(IMAGES.glob("*.png")))


urlpatterns = [path("image/<str:name>/", image), path("answer/", answer)]
application = get_wsgi_application()
