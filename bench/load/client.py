"""A small HTTP/1.1 client: one connection kept open, as a browser keeps it, at little cost of processor time."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """What a server said. headers: names in lower case; of a name that came twice, the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One visitor's connection to a server; opened again when the server has closed it."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        self.host, self.port = parts.hostname, parts.port
        self.common = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items())
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """The reply to one request. headers: names with `_` for `-`.

        A request on a connection that the server closed meanwhile is sent once more on a new one; raises
        ConnectionError where that fails too.
        """
        own = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\n{self.common}{own}Content-Length: {len(body)}\r\n\r\n"
        kept = self.streams is not None
        try:
            return await self._exchange(head.encode() + body)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            self.close()
            if not kept:
                raise ConnectionError(f"{method} {path}: the server closed the connection") from error
            return await self._exchange(head.encode() + body)

    async def get(self, path: str, **headers: str) -> bytes:
        """The body of a page; raises AssertionError where the answer is not 200."""
        reply = await self.ask("GET", path, **headers)
        assert reply.status == 200, (path, reply.status, reply.body[:500])
        return reply.body

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None

    async def _exchange(self, request: bytes) -> Reply:
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        writer.write(request)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        pairs = (line.split(":", 1) for line in lines)
        headers = {name.lower(): value.strip() for name, value in pairs}
        reply = Reply(int(first.split()[1]), headers, await _body(reader, headers))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return reply


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
