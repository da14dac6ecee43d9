"""How one reader goes through each of the sites: sees a case, loads its image, answers, sees the next.

Every walk yields, case by case, the seconds that the request with the answer took, once its reply has said that the
answer was taken. What a browser fetches once and keeps (style sheets, scripts) is left out everywhere.
"""

import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.load.client import Connection, Reply

Walk = Callable[[Connection, Any], AsyncIterator[float]]
JSON = {"Content_Type": "application/json"}
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


async def readerstudy(connection: Connection, token: str) -> AsyncIterator[float]:
    """As the script of the reading page: the reply to an answer brings the next case."""
    state = json.loads(await connection.get(f"/r/{token}/read/", Accept="application/json"))
    while "case" in state:
        case = state["case"]
        assert len(await connection.get(case["image"])) > 50_000
        sent = {
            "presentation": case["presentation"],
            "client_key": str(uuid.uuid4()),
            "value": "2",
            "response_ms": 4000,
            "viewer": {"max_zoom": 1, "window_changed": False, "inverted": False},
        }
        reply, seconds = await _timed(connection, f"/r/{token}/answer/", json.dumps(sent).encode(), **JSON)
        state = _expect(reply, 200).json()
        yield seconds


async def bare(connection: Connection, cases: list[str]) -> AsyncIterator[float]:
    """One image from the disk and one answer for each case."""
    for case in cases:
        assert len(await connection.get(f"/image/{case}/")) > 50_000
        async for seconds in bare_answer(connection, [case]):
            yield seconds


async def bare_answer(connection: Connection, cases: list[str]) -> AsyncIterator[float]:
    """The answers alone, without an image."""
    for case in cases:
        body = json.dumps({"case": case, "value": "2"}).encode()
        reply, seconds = await _timed(connection, "/answer/", body, **JSON)
        assert _expect(reply, 200).json()["answer"]
        yield seconds


async def otree(connection: Connection, participant: str) -> AsyncIterator[float]:
    """Page after page, each with a form that is posted and answered by a redirect to the next."""
    page = _path((await connection.ask("GET", f"/InitializeParticipant/{participant}")).headers["location"])
    while True:
        shown = (await connection.get(page)).decode()
        image = re.search(r'src="([^"]+\.png)"', shown)
        if image is None:
            return
        assert len(await connection.get(image[1])) > 50_000
        reply, seconds = await _timed(connection, page, urlencode({"answer": "2"}).encode(), **FORM)
        following = _path(_expect(reply, 302).headers["location"])
        assert following != page, "oTree sent the reader back to the page that was answered"
        page = following
        yield seconds


async def label_studio(connection: Connection, start: dict[str, Any]) -> AsyncIterator[float]:
    """As its labelling page: ask for the next task, load its image, create an annotation."""
    signed_in = {"Cookie": start["cookie"]}
    result = [{"from_name": "answer", "to_name": "knee", "type": "choices", "value": {"choices": ["2"]}}]
    while True:
        reply = await connection.ask("GET", f"/api/projects/{start['project']}/next", **signed_in)
        if reply.status == 404:
            return
        task = _expect(reply, 200).json()
        assert len(await connection.get(task["data"]["image"], **signed_in)) > 50_000
        sent = {"result": result, "lead_time": 4.0, "draft_id": 0, "project": start["project"]}
        address = f"/api/tasks/{task['id']}/annotations/?project={start['project']}"
        reply, seconds = await _timed(connection, address, json.dumps(sent).encode(), **JSON, **signed_in)
        assert _expect(reply, 201).json()["id"]
        yield seconds


async def _timed(connection: Connection, path: str, body: bytes, **headers: str) -> tuple[Reply, float]:
    begun = time.perf_counter()
    reply = await connection.ask("POST", path, body, **headers)
    return reply, time.perf_counter() - begun


def _expect(reply: Reply, status: int) -> Reply:
    assert reply.status == status, (reply.status, reply.body[:500])
    return reply


def _path(address: str) -> str:
    """Without scheme and host, which a server behind no proxy may guess wrongly."""
    return urlsplit(address).path


WALKS: dict[str, Walk] = {walk.__name__: walk for walk in (readerstudy, bare, bare_answer, otree, label_studio)}
