"""A request written byte for byte: from parts with their bytes, cut out of a captured one or made anew."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from upload_matrix.model.codec import parsed
from upload_matrix.wire.carriers.embedded import Embedded, decoded, spelt
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.content import Examiner
from upload_matrix.wire.form import Captured, Framing, Headers, WireForm, canonical_text, header
from upload_matrix.wire.json_body import STAND_IN, keys_of, put, value_at
from upload_matrix.wire.read import TEXT_LIMIT, boundary_of
from upload_matrix.wire.upload import Upload

MANY_PARTS = 64
"""Bodies with more parts stay whole: a Node Buffer becomes a part per byte."""

_PLAIN = re.compile(rb'form-data; name="([^"\\\r\n%]*)"(?:; filename="([^"\\\r\n%]*)")?')
_DISPOSITION = b"content-disposition"
_TYPE = b"content-type"


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
    content_type = header(request.headers, b"content-type")
    boundary = None if content_type is None else boundary_of(content_type.decode("latin-1"))
    if boundary is None:
        return None
    first, *raws = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode("latin-1"))
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
    examined = Examiner()
    examined.add(content)
    part = Part(
        name=name,
        filename=filename,
        content_type=content_type,
        disposition=raw.decode(),
        size=len(content),
        sha256=like.sha256 if like is not None else hashlib.sha256(content).hexdigest(),
        format=examined.format,
        asset=like.asset if like is not None else None,
        text=text[0],
        characters=text[1],
        condition=examined.condition(filename) if text[1] is None else None,
    )
    return Piece(part, raw, None if content_type is None else content_type.encode(), (), content)


def text_of(content: bytes) -> tuple[str | None, int | None]:
    """A text field's value when short, and its length in characters; (None, None) for other bytes."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, None
    return (text if len(text) <= TEXT_LIMIT else None), len(text)


def _plain(value: bytes) -> tuple[bytes, bytes | None]:
    match = _PLAIN.fullmatch(value)
    if match is None:
        raise ValueError(f"not plainly written: {value!r}")
    return match[1], match[2]


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


def body_headers(content_type: bytes | None, encoding: bytes | None, framing: Framing, size: int) -> Headers:
    """The headers that say what the body is and where it ends; ``size`` in bytes."""
    found = [(b"Content-Type", content_type)] if content_type is not None else []
    if encoding is not None:
        found.append((b"Content-Encoding", encoding))
    if framing is Framing.CHUNKED:
        found.append((b"Transfer-Encoding", b"chunked"))
    elif framing is Framing.CONTENT_LENGTH:
        found.append((b"Content-Length", b"%d" % size))
    return tuple(found)


def multipart(rendered: Sequence[bytes], media_type: str | None) -> tuple[bytes, bytes]:
    """A body of these parts (headers and content each), and the Content-Type that goes with it.

    Its boundary is in no part, and the same for the same parts, so that crafted requests are the same too.
    """
    digest = hashlib.sha256(b"\0".join(rendered)).hexdigest().encode()
    number = 0
    while any((boundary := b"um-%s-%d" % (digest[:24], number)) in part for part in rendered):
        number += 1
    lines = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in rendered)
    kind = (media_type or "multipart/form-data").encode()
    return b"%s--%s--\r\n" % (lines, boundary), kind + b"; boundary=" + boundary


def head_of(wire: WireForm, headers: Headers) -> bytes:
    """A raw head: request line with the target's own path, the headers, the blank line."""
    target = wire.path + (f"?{wire.query}" if wire.query else "")
    lines = [f"{wire.method} {target} HTTP/1.1".encode("latin-1", "backslashreplace")]
    lines += [name + b": " + held for name, held in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def contents_of(*requests: Captured) -> dict[str, bytes]:
    """The content of every part and every file of these requests by its digest (SHA-256 in hex)."""
    found = {piece.part.sha256: piece.content for request in requests for piece in cut(request) or ()}
    for request in requests:
        if request.wire.embedded:
            document = parsed(request.body)
            for each in request.wire.embedded:
                if each.spelling is not None:
                    text = value_at(document, keys_of(each.place))
                    found[each.sha256] = decoded(text[len(each.prefix or "") :])
        if request.wire.raw is not None and request.wire.body_sha256 is not None:
            found[request.wire.body_sha256] = request.body
    return found


def rebuilt(
    wire: WireForm,
    content_of: Callable[[File], bytes | None],
    headers: Headers = (),
) -> Captured | None:
    """A sendable request with this wire form, as a recording holds it; None when some bytes cannot be had.

    ``content_of`` gives a file's bytes (from the failing request, or a shipped one by its ``asset``);
    text fields have theirs in the form. ``headers`` are the request's own, those of body and framing aside.
    """
    if wire.fault is not None:
        return None
    body, content_type = b"", None if wire.media_type is None else wire.media_type.encode()
    if wire.parts is not None:
        rendered = [_part(part, content_of) for part in wire.parts]
        if None in rendered:
            return None
        body, content_type = multipart([part for part in rendered if part is not None], wire.media_type)
    elif wire.json is not None:
        text = _json(wire, content_of)
        if text is None:
            return None
        body = text.encode("utf-8", "surrogatepass")
    elif wire.body_size:
        held = None if wire.raw is None else content_of(wire.uploads()[0])
        if held is None or hashlib.sha256(held).hexdigest() != wire.body_sha256:
            return None
        body = held
    everything = (*headers, *body_headers(content_type, None, wire.framing, len(body)))
    return Captured(head_of(wire, everything), everything, body, wire, complete=True)


File: TypeAlias = Part | Embedded | Upload
"""What has a digest of its bytes, and the name of the shipped file that they are, if any."""


def _json(wire: WireForm, content_of: Callable[[File], bytes | None]) -> str | None:
    """The document with the texts that were taken out of it; None where one cannot be made."""
    document = copy.deepcopy(wire.document)
    for each in wire.embedded:
        keys = keys_of(each.place)
        if value_at(document, keys) != STAND_IN:
            continue  # it stayed
        content = None if each.spelling is None else b"" if each.size == 0 else content_of(each)
        if content is None or (each.asset is None and hashlib.sha256(content).hexdigest() != each.sha256):
            return None
        document = put(document, keys, (each.prefix or "") + spelt(content, str(each.spelling)))
    return canonical_text(document)


def _part(part: Part, content_of: Callable[[File], bytes | None]) -> bytes | None:
    content = _content(part, content_of)
    if content is None or "<" in (part.filename or ""):
        return None  # a normalised filename: what really stood there is not known
    lines = [f"Content-Disposition: {part.disposition}"]
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    lines += [f"{name}: {value}" for name, value in part.headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def _content(part: Part, content_of: Callable[[File], bytes | None]) -> bytes | None:
    if part.size == 0:
        return b""
    content = part.text.encode() if part.text is not None and not part.is_file else content_of(part)
    if content is None or part.asset is not None:
        return content
    # A redacted text or other bytes under the same name would be another request.
    return content if hashlib.sha256(content).hexdigest() == part.sha256 else None
