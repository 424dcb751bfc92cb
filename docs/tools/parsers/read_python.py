"""Reads bodies with each multipart parser for Python that is installed here; JSON in, JSON out.

Of the standard input a list of ``{"notation", "type", "body"}``, the body in base64. To the standard output
``{parser: {notation: {"parts": [["file" or "field", name, filename, type, bytes]]}}}``; for a parser that
raised, ``{"error": its name}``.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

Part = tuple[str, "str | None", "str | None", "str | None", "str | bytes"]


def _environ(kind: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def multipart(kind: str, body: bytes) -> Iterable[Part]:
    """The package ``multipart`` as it is unless told otherwise: it keeps errors to itself."""
    from multipart import parse_form_data

    fields, files = parse_form_data(_environ(kind, body))
    for name, value in fields.iterallitems():
        yield "field", name, None, None, value
    for name, part in files.iterallitems():
        yield "file", name, part.filename, part.content_type, part.raw


def werkzeug(kind: str, body: bytes) -> Iterable[Part]:
    """A request of Werkzeug, as Flask has it: what is wrong with a body is not said."""
    from werkzeug import Request

    request = Request(_environ(kind, body))
    for name, value in request.form.items(multi=True):
        yield "field", name, None, None, value
    for name, file in request.files.items(multi=True):
        yield "file", name, file.filename, file.content_type, file.read()


def django(kind: str, body: bytes) -> Iterable[Part]:
    """A request of Django with its default settings."""
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    from django.core.handlers.wsgi import WSGIRequest

    request = WSGIRequest(_environ(kind, body))
    for name, values in request.POST.lists():
        for value in values:
            yield "field", name, None, None, value
    for name, files in request.FILES.lists():
        for file in files:
            yield "file", name, file.name, file.content_type, file.read()


def starlette(kind: str, body: bytes) -> Iterable[Part]:
    """A request of Starlette, as FastAPI has it."""
    from starlette.datastructures import UploadFile
    from starlette.requests import Request

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def read() -> list[Part]:
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        parts: list[Part] = []
        for name, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                parts.append(("file", name, value.filename, value.content_type, await value.read()))
            else:
                parts.append(("field", name, None, None, value))
        return parts

    return asyncio.run(read())


def aiohttp(kind: str, body: bytes) -> Iterable[Part]:
    """``request.post()`` of a server of aiohttp on the loopback address."""
    from aiohttp import web

    parts: list[Part] = []
    raised: list[Exception] = []

    async def handle(request: web.Request) -> web.Response:
        try:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    parts.append(("file", name, value.filename, value.content_type, value.file.read()))
                else:
                    parts.append(("field", name, None, None, value))
        except Exception as error:  # noqa: BLE001 - whatever it raises is what is asked for
            raised.append(error)
        return web.Response()

    async def ask() -> None:
        application = web.Application()
        application.router.add_post("/", handle)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        head = f"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await reader.read()
        writer.close()
        await runner.cleanup()

    asyncio.run(ask())
    if raised:
        raise raised[0]
    return parts


PARSERS: dict[str, Callable[[str, bytes], Iterable[Part]]] = {
    "Starlette": starlette,
    "Django": django,
    "Werkzeug": werkzeug,
    "aiohttp": aiohttp,
    "multipart": multipart,
}


def read(parser: str, kind: str, body: bytes) -> dict[str, Any]:
    """What the parser makes of one body."""
    try:
        return {"parts": [[*part[:4], _base64(part[4])] for part in PARSERS[parser](kind, body)]}
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        return {"error": type(error).__name__}


def _base64(value: str | bytes) -> str:
    raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
    return base64.b64encode(raw).decode()


def main() -> None:
    """Read every body with every parser."""
    asked = [
        (each["notation"], each["type"], base64.b64decode(each["body"])) for each in json.load(sys.stdin)
    ]
    answer = {
        parser: {notation: read(parser, kind, body) for notation, kind, body in asked} for parser in PARSERS
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
