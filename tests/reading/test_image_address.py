"""An image answers one reader, for one presentation, for a while; everybody else gets the same 404."""

import time
from unittest import mock

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from readerstudy.radiographs.canonical import decode
from readerstudy.radiographs.models import Radiograph
from readerstudy.reading.image_address import image_address
from readerstudy.reading.models import Presentation
from readerstudy.reading.sitting import enter_phase
from readerstudy.studies.lifecycle import close_study
from tests.builders import build_study
from tests.sittings import answer_next, beginning_reader, phase_of, read_phase, show_next

pytestmark = pytest.mark.django_db


def image_of(presentation: Presentation) -> str:
    return image_address(token=presentation.reader.token, key=presentation.key)


def whole(response: HttpResponse) -> tuple[int, dict[str, str], bytes]:
    return response.status_code, dict(response.headers), response.content


def test_the_reader_gets_the_stored_bytes_and_nothing_may_keep_them(client: Client) -> None:
    presentation = show_next(beginning_reader(build_study()))
    response = client.get(image_of(presentation))
    with presentation.case.radiograph.image.open("rb") as file:
        assert response.content == file.read()
    assert decode(response.content).shape == (224, 224)
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_an_address_says_nothing_that_lasts(client: Client) -> None:
    presentation = show_next(beginning_reader(build_study()))
    with mock.patch("time.time", return_value=time.time() - 60):
        earlier = image_of(presentation)
    assert earlier != image_of(presentation)
    radiograph = Radiograph.objects.get(pk=presentation.case.radiograph_id)
    for address in (earlier, image_of(presentation)):
        assert radiograph.digest[:12] not in address
        assert presentation.case.label not in address


def test_every_address_that_leads_nowhere_answers_with_the_same_bytes(client: Client, settings: LazySettings) -> None:
    study = build_study(real=1, synthetic=1, readers=2)
    reader, other = beginning_reader(study, 1), beginning_reader(study, 2)
    presentation = show_next(reader)
    good = image_of(presentation)
    token, signed = reader.token, good.rstrip("/").rsplit("/", 1)[1]

    def at(reader_token: str, signature: str) -> HttpResponse:
        return client.get(reverse("reading:image", args=[reader_token, signature]))

    assert at(token, signed).status_code == 200
    answers = {
        "another reader": at(other.token, signed),
        "nobody": at("no-such-token", signed),
        "nonsense": at(token, "nonsense"),
        "unsigned": at(token, presentation.key),
        "a changed signature": at(token, signed[:-1] + ("A" if signed[-1] != "A" else "B")),
        "no such page": client.get(reverse("reading:start", args=["no-such-token"])),
    }
    with mock.patch("time.time", return_value=time.time() - settings.IMAGE_ADDRESS_MAX_AGE - 1):
        expired = image_of(presentation).rstrip("/").rsplit("/", 1)[1]
    answers["expired"] = at(token, expired)
    read_phase(reader, 1)
    answers["a phase that is over"] = at(token, signed)
    enter_phase(reader=reader, phase=phase_of(study, 2))
    answers["the phase before"] = at(token, signed)
    current = image_of(show_next(reader))
    assert client.get(current).status_code == 200
    close_study(study=study, by="study lead")
    answers["a closed study"] = client.get(current)
    first = whole(answers["nonsense"])
    assert first[0] == 404
    assert {name for name, response in answers.items() if whole(response) != first} == set()


def test_an_image_stays_reachable_while_its_answer_can_be_changed(client: Client) -> None:
    reader = beginning_reader(build_study())
    address = image_of(answer_next(reader).presentation)
    assert client.get(address).status_code == 200


def test_the_file_of_an_image_is_not_reachable_any_other_way(client: Client) -> None:
    build_study()
    radiograph = Radiograph.objects.first()
    assert radiograph is not None
    for prefix in ("", "media/", "static/"):
        assert client.get(f"/{prefix}{radiograph.image.name}").status_code in (302, 404)
