"""A request made anew from a wire form alone, where the bytes of its files can be had."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from upload_matrix.model.exchange import Captured
from upload_matrix.model.wire import Part, WireForm
from upload_matrix.splice.bodies import multipart
from upload_matrix.splice.headers import body_headers
from upload_matrix.splice.pieces import cut
from upload_matrix.splice.splicer import head_of


def contents_of(*requests: Captured) -> dict[str, bytes]:
    """The content of every part of these requests by its digest (SHA-256 in hex)."""
    pieces = (piece for request in requests for piece in cut(request) or ())
    return {piece.part.sha256: piece.content for piece in pieces}


def rebuilt(
    wire: WireForm,
    content_of: Callable[[Part], bytes | None],
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Captured | None:
    """A sendable request with this wire form, as a recording holds it; None when some bytes cannot be had.

    ``content_of`` gives a file's bytes (from the failing request, or a shipped picture by its ``asset``);
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
        body = wire.json.encode()
    elif wire.body_size:
        return None
    everything = (*headers, *body_headers(content_type, None, wire.framing, len(body)))
    return Captured(head_of(wire, everything), everything, body, wire, complete=True)


def _part(part: Part, content_of: Callable[[Part], bytes | None]) -> bytes | None:
    content = _content(part, content_of)
    if content is None or "<" in (part.filename or ""):
        return None  # a normalised filename: what really stood there is not known
    lines = [f"Content-Disposition: {part.disposition}"]
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    lines += [f"{name}: {value}" for name, value in part.headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def _content(part: Part, content_of: Callable[[Part], bytes | None]) -> bytes | None:
    if part.size == 0:
        return b""
    content = part.text.encode() if part.text is not None and not part.is_file else content_of(part)
    if content is None or part.asset is not None:
        return content
    # A redacted text or other bytes under the same name would be another request.
    return content if hashlib.sha256(content).hexdigest() == part.sha256 else None
