"""A clinician with developer tools keeps all that 200 cases send, and a program learns from it: it learns nothing."""

import json
import re
import time
import uuid
from dataclasses import dataclass, field

import numpy as np
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from numpy.typing import NDArray

from readerstudy.analysis import leakage
from readerstudy.analysis.separation import separability
from readerstudy.reading.models import Presentation
from tests.builders import build_study
from tests.sittings import beginning_reader

pytestmark = pytest.mark.django_db
OF_A_KIND = 100
FOUND = 0.7  # an AUC that does not come by chance: with 200 cases its standard error is about 0.04
PIXELS_AT = 41  # bytes of a PNG before its pixels: signature, IHDR, length and type of IDAT


@dataclass
class Case:
    """What the browser has seen of one case."""

    key: str = ""
    texts: bytes = b""  # the page, its JSON, the reply
    headers: bytes = b""
    address: bytes = b""  # of its image
    frame: bytes = b""  # the image file around its pixels
    lengths: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def ask(client: Client, case: Case, address: str, sent: dict[str, object] | None = None) -> HttpResponse:
    begun = time.perf_counter()
    if sent is None:
        response = client.get(address)
    else:
        response = client.post(address, json.dumps(sent), content_type="application/json")
    case.seconds.append(time.perf_counter() - begun)
    assert response.status_code == 200
    case.headers += "".join(f"{name}: {value}\n" for name, value in response.items()).encode()
    case.lengths.append(len(response.content))
    return response


def read_everything(client: Client, token: str) -> list[Case]:
    seen = []
    for _ in range(Presentation.objects.count()):
        case = Case()
        page = ask(client, case, reverse("reading:read", args=[token])).content
        found = re.search(rb'<script id="case" type="application/json">(.*?)</script>', page)
        assert found is not None
        data = json.loads(found[1])
        case.key, case.texts, case.address = data["presentation"], page, data["image"].encode()
        image = ask(client, case, data["image"]).content
        case.frame = image[:PIXELS_AT] + image[-12:]
        given = {"presentation": case.key, "client_key": str(uuid.uuid4()), "value": "2", "viewer": {}}
        case.texts += ask(client, case, reverse("reading:answer", args=[token]), given).content
        seen.append(case)
    return seen


def test_nothing_that_200_cases_send_tells_the_kinds_apart(client: Client) -> None:
    study = build_study(real=OF_A_KIND, synthetic=OF_A_KIND)
    cases = read_everything(client, beginning_reader(study).token)
    sources = dict(Presentation.objects.values_list("key", "case__radiograph__provenance__source"))
    synthetic = np.array([sources[case.key] == "synthetic" for case in cases])
    assert (len(cases), synthetic.sum()) == (2 * OF_A_KIND, OF_A_KIND)
    channels = {
        "lengths": np.array([case.lengths for case in cases], dtype=float),
        "texts": leakage.served_bytes([case.texts for case in cases]),
        "addresses": leakage.served_bytes([case.address for case in cases]),
        "headers": leakage.served_bytes([case.headers for case in cases]),
        "frames": leakage.served_bytes([case.frame for case in cases]),
        "places": leakage.places(np.arange(1, len(cases) + 1)),
        "delays": leakage.delays([case.seconds for case in cases]),
    }
    found = {name: auc(features, synthetic) for name, features in channels.items()}
    assert {name: value for name, value in found.items() if value > FOUND} == {}
    # and the same program does find what one byte more would tell
    telling = channels["lengths"] + synthetic[:, None]
    assert auc(telling, synthetic) > 0.99


def auc(features: NDArray[np.float64], synthetic: NDArray[np.bool_]) -> float:
    value = separability(features, synthetic, permutations=9).value
    assert value is not None
    return value
