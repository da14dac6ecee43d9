"""A rehearsal of a study for the blinding audit: what the site would send a reader for each case, and how fast.

A copy of the study is opened, read to the end through the site's own addresses, and rolled back: no row of it stays.
"""

import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from readerstudy.radiographs import canonical
from readerstudy.radiographs.models import Radiograph, Source
from readerstudy.reading.consent import give_consent
from readerstudy.reading.models import VALUES, Presentation
from readerstudy.reading.sitting import enter_phase
from readerstudy.results.png_frame import png_frame
from readerstudy.studies.lifecycle import open_study
from readerstudy.studies.models import Case, Phase, Reader, State, Study

MOST_OF_A_KIND = 60  # cases of either source that are served; the rehearsal holds a transaction open
TIMED = 2  # requests for an image, of which the fastest counts
CASE_DATA = re.compile(rb'<script id="case" type="application/json">(.*?)</script>', re.DOTALL)


class UnservedCase(RuntimeError):
    """The site did not serve a case as a reader would get it."""


@dataclass
class Served:
    """All that reached the browser for one case, over all phases: its first readings, joined."""

    synthetic: bool
    grade: int
    headers: bytes = b""
    pages: bytes = b""  # HTML and JSON, addresses included
    frame: bytes = b""  # what of the image file is not pixels, and whether its pixels are those of the bank
    lengths: list[int] = field(default_factory=list)  # of the image file
    positions: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # page, image, answer


def rehearse(study: Study) -> list[Served]:
    """Read a copy of the study and give back what was served, a row a case; of a large study, 60 cases of a kind.

    Raises UnservedCase when the site answers otherwise than it should.
    """
    with transaction.atomic():
        copy = _opened_copy(study)
        served = _read(copy.readers.get())
        transaction.set_rollback(True)
    return served


def _opened_copy(study: Study) -> Study:
    copy = Study.objects.get(pk=study.pk)
    copy.pk, copy.state, copy.opened_at, copy.closed_at = None, State.DRAFT, None, None
    copy.protocol, copy.protocol_digest = None, ""
    copy.slug = f"rehearsal-{uuid.uuid4().hex}"
    copy.save(force_insert=True)
    for phase in study.phases.order_by("position"):
        phase.pk, phase.study = None, copy
        phase.repeats = 0
        phase.save(force_insert=True)
    Case.objects.bulk_create(
        Case(study=copy, number=number, radiograph=case.radiograph)
        for number, case in enumerate(_sample(study), start=1)
    )
    Reader.objects.create(study=copy, number=1)
    return open_study(study=copy, by="blinding audit", blinding_override="a rehearsal, read by nobody")


def _sample(study: Study) -> list[Case]:
    """As many cases of each source as are served, in an order that has nothing to do with it."""
    ranked = sorted(
        study.cases.select_related("radiograph__provenance"),
        key=lambda case: hashlib.sha256(f"{study.seed} rehearsal {case.radiograph.digest}".encode()).hexdigest(),
    )
    of_kind = {kind: [case for case in ranked if case.radiograph.provenance.source == kind] for kind in Source.values}
    kept = {case.pk for cases in of_kind.values() for case in cases[:MOST_OF_A_KIND]}
    return [case for case in ranked if case.pk in kept]


def _read(reader: Reader) -> list[Served]:
    browser = _Browser(reader)
    give_consent(reader=reader, specialty="rehearsal", years_experience=0)
    served: dict[int, Served] = {}
    for phase in reader.study.phases.order_by("position"):
        enter_phase(reader=reader, phase=phase)
        presentations = Presentation.objects.filter(reader=reader, phase=phase)
        for presentation in presentations.select_related("case__radiograph__provenance").order_by("position"):
            provenance = presentation.case.radiograph.provenance
            row = Served(provenance.source == Source.SYNTHETIC, provenance.grade)
            browser.read(phase, presentation, served.setdefault(presentation.case_id, row))
    return list(served.values())


def _kept_pixels(encoded: bytes, radiograph: Radiograph) -> bytes:
    """Whether the pixels that were served are those that the bank took in: the channels of pixels see the bank’s."""
    try:
        same = canonical.digest(canonical.decode(encoded)) == radiograph.digest
    except (OSError, SyntaxError):  # Pillow's for a picture that it cannot read
        return b"no picture"
    return b"as kept" if same else b"changed"


class _Browser:
    """A clinician with developer tools, asking the site in this very process."""

    def __init__(self, reader: Reader) -> None:
        hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host.strip("*.")]
        self.client = Client(headers={"host": (hosts or ["localhost"])[0]})
        self.token = reader.token

    def read(self, phase: Phase, presentation: Presentation, served: Served) -> None:
        page = self._ask(reverse("reading:read", args=[self.token]), served)
        found = CASE_DATA.search(page.content)
        case: dict[str, Any] = json.loads(found[1]) if found else {}
        if case.get("presentation") != presentation.key:
            raise UnservedCase(f"case {presentation.position} of phase {phase.position} was not served when due")
        image = self._ask(case["image"], served, times=TIMED)
        given = {
            "presentation": case["presentation"],
            "client_key": case["client_key"],
            "value": VALUES[phase.task][0],
            "confidence": 3 if phase.asks_confidence else None,
        }
        reply = self._ask(reverse("reading:answer", args=[self.token]), served, json.dumps(given))
        served.pages += page.content + reply.content
        served.frame += png_frame(image.content) + _kept_pixels(image.content, presentation.case.radiograph)
        served.lengths.append(len(image.content))
        served.positions.append(presentation.position)

    def _ask(self, address: str, served: Served, sent: str | None = None, *, times: int = 1) -> HttpResponse:
        taken: list[float] = []
        for _ in range(times):
            begun = time.perf_counter()
            if sent is None:
                response = self.client.get(address, secure=True)
            else:
                response = self.client.post(address, sent, content_type="application/json", secure=True)
            taken.append(time.perf_counter() - begun)
        if response.status_code != 200:
            raise UnservedCase(f"the site answered {response.status_code} where a reader would be")
        served.seconds.append(min(taken))
        served.headers += "".join(
            f"{name}: {value}\n" for name, value in response.items() if name.lower() != "date"
        ).encode()
        return cast(HttpResponse, response)
