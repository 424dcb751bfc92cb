"""A captured multipart body cut into its parts with their raw bytes, checked against its wire form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from multipart import parse_options_header

from upload_matrix.model.exchange import Captured
from upload_matrix.model.media import sniff
from upload_matrix.model.wire import Part

MANY_PARTS = 64
"""Bodies with more parts stay whole: a Node Buffer becomes a part per byte."""

_PLAIN = re.compile(rb'form-data; name="([^"\\\r\n%]*)"(?:; filename="([^"\\\r\n%]*)")?')
_DISPOSITION = b"content-disposition"
_TYPE = b"content-type"
_TEXT_LIMIT = 4096
"""As in the tap: characters of a text field that its part keeps."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part with the bytes it was made of.

    ``headers`` are its raw header lines as pairs, first ``Content-Disposition``'s value on its own; ``plain``
    says that this value is written ``form-data; name="..."; filename="..."`` with nothing escaped, so that
    name and filename can be put in singly. ``raw`` is the part as it stood on the wire, None for a made one.
    """

    part: Part
    disposition: bytes
    content_type: bytes | None
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes
    raw: bytes | None = None

    @property
    def plain(self) -> bool:
        """Whether name and filename can be exchanged singly."""
        return _PLAIN.fullmatch(self.disposition) is not None

    @property
    def name(self) -> bytes:
        """The field's name as written (only of a plain one)."""
        return _plain(self.disposition)[0]

    @property
    def filename(self) -> bytes | None:
        """The filename as written (only of a plain one)."""
        return _plain(self.disposition)[1]

    def rendered(self) -> bytes:
        """Header lines, blank line and content."""
        if self.raw is not None:
            return self.raw
        lines = [b"Content-Disposition: " + self.disposition]
        if self.content_type is not None:
            lines.append(b"Content-Type: " + self.content_type)
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.content


def disposition(name: bytes, filename: bytes | None) -> bytes:
    """``form-data; name="..."; filename="..."``."""
    given = b"" if filename is None else b'; filename="' + filename + b'"'
    return b'form-data; name="' + name + b'"' + given


def cut(request: Captured) -> tuple[Piece, ...] | None:
    """The parts of a sound multipart request, None when it cannot be cut with every byte accounted for."""
    parts = request.wire.parts
    if parts is None or request.wire.fault is not None or not 0 < len(parts) <= MANY_PARTS:
        return None
    boundary = _boundary(request.headers)
    if boundary is None:
        return None
    first, *raws = (b"\r\n" + request.body).split(b"\r\n--" + boundary)
    # A strict parser read it, so there is no preamble, and each piece but the last begins with CRLF.
    if first or len(raws) != len(parts) + 1:
        return None
    pieces = [_piece(raw[2:], part) for raw, part in zip(raws, parts, strict=False)]
    return tuple(piece for piece in pieces if piece is not None) if None not in pieces else None


def made(
    name: str, filename: str | None, content_type: str | None, content: bytes, *, like: Part | None = None
) -> Piece:
    """A new part; ``like`` has the same bytes (and so the same asset). Raises ValueError for some names.

    What cannot be written plainly would need escaping, on which servers disagree.
    """
    raw = disposition(name.encode(), None if filename is None else filename.encode())
    if _PLAIN.fullmatch(raw) is None:
        raise ValueError(f"cannot be written in a header as it is: {name!r}, {filename!r}")
    text = text_of(content) if filename is None else (None, None)
    part = Part(
        name=name,
        filename=filename,
        content_type=content_type,
        disposition=raw.decode(),
        size=len(content),
        sha256=like.sha256 if like is not None else hashlib.sha256(content).hexdigest(),
        format=sniff(content),
        asset=like.asset if like is not None else None,
        text=text[0],
        characters=text[1],
    )
    return Piece(part, raw, None if content_type is None else content_type.encode(), (), content)


def text_of(content: bytes) -> tuple[str | None, int | None]:
    """A text field's value when short, and its length in characters; (None, None) for other bytes."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, None
    return (text if len(text) <= _TEXT_LIMIT else None), len(text)


def _plain(value: bytes) -> tuple[bytes, bytes | None]:
    match = _PLAIN.fullmatch(value)
    if match is None:
        raise ValueError(f"not plainly written: {value!r}")
    return match[1], match[2]


def _boundary(headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    value = next((value for name, value in headers if name.lower() == _TYPE), None)
    if value is None:
        return None
    found = parse_options_header(value.decode("latin-1"))[1].get("boundary")
    return found.encode("latin-1") if found else None


def _piece(raw: bytes, part: Part) -> Piece | None:
    head, blank, content = raw.partition(b"\r\n\r\n")
    if not blank or hashlib.sha256(content).hexdigest() != part.sha256:
        return None
    lines = [line.partition(b":") for line in head.split(b"\r\n")]
    pairs = [(name.strip(), value.strip()) for name, _, value in lines]
    dispositions = [value for name, value in pairs if name.lower() == _DISPOSITION]
    types = [value for name, value in pairs if name.lower() == _TYPE]
    others = tuple(pair for pair in pairs if pair[0].lower() not in (_DISPOSITION, _TYPE))
    if len(dispositions) != 1 or len(types) > 1 or len(others) != len(part.headers):
        return None
    return Piece(part, dispositions[0], types[0] if types else None, others, content, raw)
