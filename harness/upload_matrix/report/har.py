"""HAR 1.2: requests and answers for the tools that read it (browsers' network panels, Fiddler, Charles).

The format: http://www.softwareishard.com/blog/har-12-spec/. Names that begin with an underscore are our own,
as the specification allows. A multipart part is an entry of ``postData.params``, a file by name and type. As
a report format, a run has no times, raw heads or answer bodies; ``document`` takes whatever is known.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from upload_matrix import __version__
from upload_matrix.model.answer import Answer, NoAnswer, Source
from upload_matrix.model.result import Run
from upload_matrix.report.wording import upload_words
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.json_body import STAND_IN

NAME = "har"
SUFFIX = ".har"

UNKNOWN_TIME = "1970-01-01T00:00:00.000Z"
"""HAR wants a time for every entry; this one stands where none is known, and a comment says so."""

STATUS_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class HarEntry:
    """One request with its answer. ``origin`` is scheme and host, ``headers`` are without secrets.

    ``reply`` is None when nothing of an answer is known but its ``status``. ``started`` is an ISO 8601 time
    and ``seconds`` how long it took, None when not known. ``comment`` says what a reader must know.
    """

    wire: WireForm
    origin: str
    headers: tuple[tuple[str, str], ...] = ()
    reply: Answer | NoAnswer | None = None
    status: int | None = None
    source: Source | None = None
    started: str | None = None
    seconds: float | None = None
    comment: str = ""


def render(run: Run) -> str:
    """Every attempt of a run, in order."""
    entries = [
        HarEntry(
            wire=run.wires[attempt.wire],
            origin="http://tap.invalid",
            headers=attempt.headers,
            status=attempt.status,
            source=attempt.source,
            comment=f"{result.id}: {result.outcome}",
        )
        for result in run.results
        for attempt in result.attempts
        if attempt.wire in run.wires
    ]
    return document(entries)


def document(entries: Iterable[HarEntry]) -> str:
    """A HAR file. Raises nothing: what is not known is left at the value the format has for it."""
    log = {
        "version": "1.2",
        "creator": {"name": "upload-matrix", "version": __version__},
        "entries": [_entry(entry) for entry in entries],
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=1) + "\n"


def _entry(entry: HarEntry) -> dict[str, Any]:
    milliseconds = -1 if entry.seconds is None else round(entry.seconds * 1000, 3)
    source = entry.reply.source if isinstance(entry.reply, Answer) else entry.source
    words = [entry.comment] if entry.comment else []
    words += [] if entry.started else ["the time is not known"]
    found = {
        "startedDateTime": entry.started or UNKNOWN_TIME,
        "time": max(milliseconds, 0),
        "request": _request(entry),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": max(milliseconds, 0), "receive": 0},
        "_wireForm": entry.wire.digest,
    }
    if source is not None:
        found["_provenance"] = source.provenance.value
        if source.profile:
            found["_profile"] = source.profile
        if source.disputed:
            found["_disputed"] = source.disputed.says
    return {**found, "comment": "; ".join(words)} if words else found


def _request(entry: HarEntry) -> dict[str, Any]:
    wire = entry.wire
    query = f"?{wire.query}" if wire.query else ""
    found = {
        "method": wire.method,
        "url": f"{entry.origin}{wire.path}{query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(entry.headers),
        "queryString": _pairs(parse_qsl(wire.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": _body_size(wire),
    }
    posted = _posted(wire, entry.headers)
    return {**found, "postData": posted} if posted is not None else found


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _body_size(wire: WireForm) -> int:
    if wire.parts is not None or wire.json is not None:
        return -1
    return wire.body_size


def _posted(wire: WireForm, headers: Iterable[tuple[str, str]]) -> dict[str, Any] | None:
    """``params`` and ``text`` exclude each other in HAR."""
    written = next((value for name, value in headers if name.lower() == "content-type"), None)
    kind = written or wire.media_type or ""
    if wire.parts is not None:
        return {"mimeType": kind, "params": [_param(part) for part in wire.parts]}
    if wire.json is not None:
        told = {"mimeType": kind, "text": wire.json}
        if wire.embedded:
            files = "; ".join(f"{place}: {words}" for place, words in upload_words(wire))
            told["comment"] = f"files are not shown, {STAND_IN} stands for each: {files}"
        return told
    if wire.body_size:
        says = f"{wire.body_size} bytes, sha256 {wire.body_sha256}, not shown"
        return {"mimeType": kind, "text": "", "comment": says}
    return None


def _param(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {"name": part.name}
    if part.text is not None and not part.is_file:
        found["value"] = part.text
    if part.filename is not None:
        found["fileName"] = part.filename
    if part.content_type is not None:
        found["contentType"] = part.content_type
    found["_disposition"] = part.disposition
    found["_content"] = part.content
    return found


def _response(entry: HarEntry) -> dict[str, Any]:
    reply = entry.reply
    headers = reply.headers if isinstance(reply, Answer) else ()
    status = reply.status if isinstance(reply, Answer) else entry.status or 0
    location = next((value for name, value in headers if name.lower() == "location"), "")
    found = {
        "status": status,
        "statusText": STATUS_PHRASES.get(status, ""),
        "httpVersion": "HTTP/1.1" if status else "",
        "cookies": [],
        "headers": _pairs(headers),
        "content": _content(reply),
        "redirectURL": location,
        "headersSize": -1,
        "bodySize": len(reply.body) if isinstance(reply, Answer) else -1,
    }
    return {**found, "_error": reply.says} if isinstance(reply, NoAnswer) else found


def _content(reply: Answer | NoAnswer | None) -> dict[str, Any]:
    if not isinstance(reply, Answer):
        return {"size": 0, "mimeType": "x-unknown"}
    found: dict[str, Any] = {"size": len(reply.body), "mimeType": reply.header("content-type") or "x-unknown"}
    try:
        found["text"] = reply.body.decode("utf-8")
    except UnicodeDecodeError:
        found |= {"text": base64.b64encode(reply.body).decode(), "encoding": "base64"}
    return found
