"""Nothing that reaches a reader tells real from synthetic, and phase 1 does not tell that there are both."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from readerstudy.reading.models import Presentation
from readerstudy.studies.models import Study
from tests.builders import build_study

pytestmark = pytest.mark.django_db
TELLING = re.compile(
    r"\b(real|synthetic|synthesi[sz]ed|fake|gan|generat(ed|or)|artificial|genuine|authentic|detect\w*|phantom"
    r"|aito\w*|aido\w*|synteet\w*|keinote\w*|teko\w*|väären\w*|generoi\w*)\b",
    re.IGNORECASE,
)
STATIC = Path(settings.BASE_DIR) / "static" / "reading"


@dataclass
class Sitting:
    """A curious clinician with developer tools: reads a study and keeps all that the browser was sent."""

    client: Client
    token: str
    pages: list[bytes] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    images: list[HttpResponse] = field(default_factory=list)
    everything: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)  # every query
    queries: list[int] = field(default_factory=list)  # how many each answer took

    def note(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith("PREPARE"):  # once for each connection to PostgreSQL
            self.made.append(sql)
        return execute(sql, params, many, context)

    def address(self, page: str, *more: object) -> str:
        return reverse(f"reading:{page}", args=[self.token, *more])

    def keep(self, response: HttpResponse) -> HttpResponse:
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        body = "" if response["Content-Type"] == "image/png" else response.content.decode()
        self.everything.append(f"{head}\n\n{body}")
        return response

    def consent(self) -> None:
        self.keep(self.client.get(self.address("start")))
        self.keep(self.client.get(self.address("consent")))
        self.keep(self.client.post(self.address("consent"), {}))
        given = {"specialty": "Radiology", "years_experience": "12"}
        self.keep(self.client.post(self.address("consent"), given))

    def read(self, phase: int) -> None:
        self.keep(self.client.get(self.address("start")))
        self.keep(self.client.post(self.address("begin", phase)))
        while (page := self.keep(self.client.get(self.address("read")))).status_code == 200:
            self.pages.append(page.content)
            data = re.search(rb'<script id="case" type="application/json">(.*?)</script>', page.content)
            assert data is not None
            case = json.loads(data[1])
            self.keys.append(case["presentation"])
            self.images.append(self.keep(self.client.get(case["image"])))
            given = {
                "presentation": case["presentation"],
                "client_key": str(uuid.uuid4()),
                "value": "2" if phase == 1 else "real",
                "confidence": None if phase == 1 else 3,
            }
            before = len(self.made)
            reply = self.client.post(self.address("answer"), json.dumps(given), content_type="application/json")
            self.queries.append(len(self.made) - before)
            self.replies.append(self.keep(reply).content)
            assert reply.status_code == 200
        if self.keys:
            self.keep(self.client.get(self.address("read") + "?change=last"))


def sitting_of(study: Study, client: Client) -> Sitting:
    return Sitting(client, study.readers.get(number=1).token)


def sources(sitting: Sitting) -> list[str]:
    truth = dict(Presentation.objects.values_list("key", "case__radiograph__provenance__source"))
    return [truth[key] for key in sitting.keys]


def without_what_always_differs(sent: bytes) -> bytes:
    """Blot out keys, signatures and the number of the case: random or the same for both kinds."""
    text = sent.decode()
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"[\w-]{22}(:[\w-]{6}:[\w-]{43})?(?![\w-])", "KEY", text)
    return re.sub(r"\b\d of|\"number\": \d", "N", text).encode()


@pytest.mark.parametrize("phase", [1, 2])
def test_pages_replies_and_images_are_equal_for_both_kinds(client: Client, phase: int) -> None:
    sitting = sitting_of(build_study(real=4, synthetic=4), client)
    sitting.consent()
    for earlier in range(1, phase):
        sitting.read(earlier)
    sitting.pages, sitting.replies, sitting.images, sitting.keys = [], [], [], []
    sitting.read(phase)
    middle = slice(1, -2)  # the first has nothing to change, the last but one and the last have no further one
    assert set(sources(sitting)[middle]) == {"real", "synthetic"}
    assert len({without_what_always_differs(page) for page in sitting.pages[middle]}) == 1
    assert len({len(page) for page in sitting.pages[middle]}) == 1
    assert len({without_what_always_differs(reply) for reply in sitting.replies[middle]}) == 1
    assert len({len(reply) for reply in sitting.replies[middle]}) == 1
    assert len({json.dumps(dict(image.headers)) for image in sitting.images}) == 1
    assert len({len(image.content) for image in sitting.images}) == 1
    header = 8 + 25 + 8  # PNG signature, IHDR, and the length and type of IDAT: everything before the pixels
    assert len({image.content[:header] for image in sitting.images}) == 1
    assert len({image.content[-12:] for image in sitting.images}) == 1


@pytest.mark.parametrize("language", ["en", "fi"])
def test_the_first_phase_never_speaks_of_synthetic_images(client: Client, language: str) -> None:
    sitting = sitting_of(build_study(language=language), client)
    sitting.consent()
    sitting.read(1)
    assert len(sitting.everything) > 15
    telling = [match[0] for sent in sitting.everything for match in TELLING.finditer(sent)]
    assert telling == []


def scripts_and_styles() -> Iterator[Path]:
    yield from (path for path in STATIC.rglob("*") if path.is_file())


def test_scripts_and_styles_do_not_betray_the_second_phase() -> None:
    found = {path.name: TELLING.findall(path.name + path.read_text()) for path in scripts_and_styles()}
    assert "read.js" in found
    assert {name: words for name, words in found.items() if words} == {}


def test_no_query_made_for_a_reader_touches_the_truth(client: Client) -> None:
    sitting = sitting_of(build_study(), client)
    with connection.execute_wrapper(sitting.note):
        sitting.consent()
        sitting.read(1)
        sitting.read(2)
    assert len(sitting.made) > 100
    assert [sql for sql in sitting.made if "provenance" in sql] == []
    # the frozen protocol holds the truth as well: it is read when an order is drawn, and then only
    assert len([sql for sql in sitting.made if '"protocol"' in sql]) == 2


def test_a_case_costs_the_same_few_queries_wherever_it_stands_and_however_large_the_study(
    client: Client,
) -> None:
    small, large = build_study(real=3, synthetic=3), build_study(real=9, synthetic=9)
    counts = set()
    for study in (small, large):
        sitting = sitting_of(study, client)
        sitting.consent()
        with connection.execute_wrapper(sitting.note):
            sitting.read(1)
        counts |= set(sitting.queries[:-1])
    assert len(counts) == 1
    assert counts.pop() <= 5
