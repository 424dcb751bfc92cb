"""The request, part by part, as rows of plain words: the same in a terminal, in Markdown and in JUnit."""

from __future__ import annotations

from upload_matrix.model.wire import Part, WireForm
from upload_matrix.report.wording import plural

HEADER = ("part", "filename", "Content-Type", "content", "format")
NONE = "(none)"
_SHA_SHOWN = 12


def rows(wire: WireForm) -> tuple[tuple[str, str, str, str, str], ...]:
    """A row per part under ``HEADER``, in the order sent; values as sent, made visible by the caller."""
    return tuple(
        (
            part.name,
            NONE if part.filename is None else part.filename,
            NONE if part.content_type is None else part.content_type,
            content(part),
            part.format or "",
        )
        for part in wire.parts or ()
    )


def content(part: Part) -> str:
    """What a part holds: ``shipped picture NAME``, its text in quotes, or its size and digest."""
    if part.size == 0:
        return "empty, 0 bytes"
    if part.asset:
        return f"shipped picture {part.asset}"
    if part.text is not None:
        return f"“{part.text}”"
    if part.characters is not None and not part.is_file:
        return f"text, {plural(part.characters, 'character')}"
    return f"{plural(part.size, 'byte')}, sha256 {part.sha256[:_SHA_SHOWN]}"


def request_line(wire: WireForm) -> str:
    """``POST /v1/images/edits, multipart/form-data, content-length``."""
    query = f"?{wire.query}" if wire.query else ""
    words = [f"{wire.method} {wire.path}{query}", wire.media_type or "no body type", wire.framing.value]
    return ", ".join(words)


def other_body(wire: WireForm) -> str | None:
    """The body of a request that is not multipart, in a line; None when it has parts."""
    if wire.parts is not None:
        return None
    if wire.json is not None:
        return wire.json
    if not wire.body_size:
        return "no body"
    return f"{plural(wire.body_size, 'byte')}, sha256 {(wire.body_sha256 or '')[:_SHA_SHOWN]}"


def raw_headers(part: Part) -> tuple[str, ...]:
    """A part's header lines as they were written, Content-Disposition first."""
    lines = [f"Content-Disposition: {part.disposition}"]
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    return (*lines, *(f"{name}: {value}" for name, value in part.headers))
