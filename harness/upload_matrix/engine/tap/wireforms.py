"""From a request as it arrived to its wire form."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from upload_matrix.engine.tap.multipart import boundary_of, read_parts
from upload_matrix.model.media import bare_type
from upload_matrix.model.wire import Framing, WireForm, canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = tuple[tuple[bytes, bytes], ...]


def header(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header by its lower-case name, or None."""
    return next((value for key, value in headers if key.lower() == name), None)


def framing_of(headers: Headers) -> Framing:
    """How the request said where its body ends."""
    if (header(headers, b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return Framing.CHUNKED
    return Framing.NONE if header(headers, b"content-length") is None else Framing.CONTENT_LENGTH


def wire_form(
    method: str,
    path: str,
    headers: Headers,
    body: bytes,
    assets: Mapping[str, str],
    broken: str | None = None,
) -> WireForm:
    """The wire form of a request; ``path`` without the tap's prefix, ``broken`` says why it broke off.

    ``assets`` maps the SHA-256 of a shipped picture to its name.
    """
    path, _, query = path.partition("?")
    framing = framing_of(headers)
    raw_type = header(headers, b"content-type")
    content_type = None if raw_type is None else raw_type.decode("latin-1")
    media_type = bare_type(content_type)
    if media_type is not None and media_type.startswith("multipart/"):
        boundary = boundary_of(content_type or "")
        if boundary is not None:
            parts, fault = read_parts(body, boundary, assets)
            return WireForm(method, path, framing, media_type, query, parts=parts, fault=broken or fault)
        broken = broken or "not sound multipart: the Content-Type names no boundary"
    elif media_type == "application/json" and body:
        try:
            return WireForm(method, path, framing, media_type, query, json=canonical_json(body), fault=broken)
        except ValueError as error:
            broken = broken or f"not sound JSON: {error}"
    digest = hashlib.sha256(body).hexdigest() if body else None
    return WireForm(
        method, path, framing, media_type, query, body_size=len(body), body_sha256=digest, fault=broken
    )
