"""Requests and answers as text that can be read and kept: bytes that are no text are named, not shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http import HTTPStatus

from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.story import Told
from upload_matrix.report.wording import of_source, visible, visible_lines

BODY_SHOWN = 20_000
"""Characters of a request or an answer that are shown."""


def request_text(told: Told) -> str:
    """The request: its head as sent, without secrets, and its parts; files by size and digest."""
    wire = told.wire
    query = f"?{wire.query}" if wire.query else ""
    lines = [f"{wire.method} {visible(wire.path + query)} HTTP/1.1"]
    lines += [f"{visible(name)}: {visible(value)}" for name, value in told.headers]
    lines.append("")
    lines += _parts(told) if told.parts is not None else _body(told.body)
    if not told.complete:
        lines.append(f"(it breaks off here: {visible(wire.fault or 'the client closed the connection')})")
    return _shortened("\n".join(lines)) + "\n"


def _shortened(text: str) -> str:
    if len(text) <= BODY_SHOWN:
        return text
    return f"{text[:BODY_SHOWN]}\n({len(text) - BODY_SHOWN:,} characters more)"


def _parts(told: Told) -> Iterator[str]:
    for part, content in told.parts or ():
        yield "--(boundary)"
        yield f"Content-Disposition: {visible(part.disposition)}"
        if part.content_type is not None:
            yield f"Content-Type: {visible(part.content_type)}"
        yield from (f"{visible(name)}: {visible(value)}" for name, value in part.headers)
        yield ""
        if part.is_file or part.text is None:
            known = f", {part.format}" if part.format else ""
            yield f"({len(content):,} bytes{known}, sha256 {part.sha256})"
        else:
            yield from visible_lines(part.text)
    yield "--(boundary)--"


def _body(body: bytes) -> list[str]:
    if not body:
        return []
    try:
        return visible_lines(body.decode("utf-8"))
    except UnicodeDecodeError:
        return [f"({len(body):,} bytes)"]


def answer_text(told: Told) -> str:
    """The answer with who gave it on top; for no answer, why there is none."""
    reply = told.reply
    if isinstance(reply, NoAnswer):
        return f"(no answer: {visible(reply.says)})\n"
    lines = [f"({visible(of_source(reply.source, reply.rule))})"]
    if not told.kept:
        lines.append("(the answer itself was not kept: these are the fields that the report holds)")
    lines.append(f"HTTP/1.1 {reply.status} {phrase(reply.status)}".rstrip())
    lines += [f"{visible(name)}: {visible(value)}" for name, value in reply.headers]
    lines.append("")
    return _shortened("\n".join([*lines, *_body(reply.body)])).rstrip("\n") + "\n"


def phrase(status: int) -> str:
    """The reason phrase of a status, "" for one that has none."""
    return HTTPStatus(status).phrase if status in {each.value for each in HTTPStatus} else ""


def answers_json(replies: list[Answer | NoAnswer]) -> str:
    """The replies in order, for ``server.py`` to give again."""
    document = [_reply(reply) for reply in replies]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _reply(reply: Answer | NoAnswer) -> dict[str, object]:
    if isinstance(reply, NoAnswer):
        return {"reset": True} if reply.why is Silence.RESET else {"status": 503, "headers": [], "body": ""}
    left_out = {"content-length", "transfer-encoding", "connection"}
    return {
        "status": reply.status,
        "headers": [list(pair) for pair in reply.headers if pair[0].lower() not in left_out],
        "body": base64.b64encode(reply.body).decode(),
    }
