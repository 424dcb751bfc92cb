"""Reading a multipart body into parts, strictly: what deviates is said, not smoothed over."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from upload_matrix.model.media import sniff
from upload_matrix.model.wire import Part, stable_disposition, stable_filename

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_LIMIT = 4096
"""Characters of a text field that are kept in the wire form; longer ones by digest and length only."""

_HEADER_LIMIT = 64 * 1024
_HEADER_COUNT = 32
_PART_COUNT = 10_000


def boundary_of(content_type: str) -> str | None:
    """The boundary that a Content-Type names, or None."""
    boundary = parse_options_header(content_type)[1].get("boundary")
    return boundary or None


def read_parts(body: bytes, boundary: str, assets: Mapping[str, str]) -> tuple[tuple[Part, ...], str | None]:
    """The parts of ``body`` and, when it is not sound multipart, why (the parts read so far are kept).

    ``assets`` maps the SHA-256 of a shipped picture to its name.
    """
    parts: list[Part] = []
    try:
        parser = PushMultipartParser(
            boundary,
            max_header_size=_HEADER_LIMIT,
            max_header_count=_HEADER_COUNT,
            max_segment_count=_PART_COUNT,
            # Any byte decodes as latin-1, so a header in another encoding is captured, not refused.
            header_charset="latin-1",
            strict=True,
        )
        segment: MultipartSegment | None = None
        pieces: list[bytes | bytearray] = []
        with parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, pieces = event, []
                elif event is not None:
                    pieces.append(event)
                elif segment is not None:
                    parts.append(_part(segment, b"".join(pieces), assets))
                    segment = None
    except MultipartError as error:
        return tuple(parts), f"not sound multipart: {error}"
    return tuple(parts), None


def _part(segment: MultipartSegment, content: bytes, assets: Mapping[str, str]) -> Part:
    digest = hashlib.sha256(content).hexdigest()
    filename = None if segment.filename is None else _decoded(segment.filename)
    disposition = _decoded(segment.header("Content-Disposition") or "")
    text, characters = (None, None) if filename is not None else _text(content)
    return Part(
        name=_decoded(segment.name or ""),
        filename=None if filename is None else stable_filename(filename),
        content_type=_optional(segment.header("Content-Type")),
        disposition=disposition if filename is None else stable_disposition(disposition, filename),
        size=len(content),
        sha256=digest,
        format=sniff(content),
        headers=tuple(
            (name, _decoded(value))
            for name, value in segment.headerlist
            if name not in ("Content-Type", "Content-Disposition")
        ),
        asset=assets.get(digest),
        text=text,
        characters=characters,
    )


def _decoded(latin: str) -> str:
    """A header value, carried as latin-1, as the UTF-8 it most likely is."""
    return latin if latin.isascii() else latin.encode("latin-1").decode("utf-8", "backslashreplace")


def _optional(latin: str | None) -> str | None:
    return None if latin is None else _decoded(latin)


def _text(content: bytes) -> tuple[str | None, int | None]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, None
    return (text if len(text) <= TEXT_LIMIT else None), len(text)
