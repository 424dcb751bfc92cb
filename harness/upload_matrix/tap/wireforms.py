"""From a request to its wire form, while its body comes or when all of it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

from upload_matrix.model.media import bare_type
from upload_matrix.model.wire import Framing, WireForm, canonical_json
from upload_matrix.tap.multipart import PartReader, boundary_of

Headers = tuple[tuple[bytes, bytes], ...]

JSON_LIMIT = 32 * 1024 * 1024
"""Bytes up to which a JSON body is read as such; a longer one counts by its digest alone."""


def header(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header by its lower-case name, or None."""
    return next((value for key, value in headers if key.lower() == name), None)


def framing_of(headers: Headers) -> Framing:
    """How the request said where its body ends."""
    if (header(headers, b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return Framing.CHUNKED
    return Framing.NONE if header(headers, b"content-length") is None else Framing.CONTENT_LENGTH


class FormReader:
    """Fed with a request's body; ``path`` is with its query and without the tap's prefix.

    ``assets`` maps the SHA-256 of a shipped picture to its name.
    """

    def __init__(
        self, method: str, path: str, headers: Headers, assets: Mapping[str, str] | None = None
    ) -> None:
        path, _, query = path.partition("?")
        raw = header(headers, b"content-type")
        content_type = None if raw is None else raw.decode("latin-1")
        media_type = bare_type(content_type)
        self._form = partial(WireForm, method, path, framing_of(headers), media_type, query)
        self._size = 0
        self._fault: str | None = None
        self._parts: PartReader | None = None
        self._json: bytearray | None = None
        if media_type is not None and media_type.startswith("multipart/"):
            boundary = boundary_of(content_type or "")
            if boundary is None:
                self._fault = "not sound multipart: the Content-Type names no boundary"
            else:
                self._parts = PartReader(boundary, assets)
        elif media_type == "application/json":
            self._json = bytearray()
        self._digest = None if self._parts is not None else hashlib.sha256()

    @property
    def held(self) -> int:
        """The bytes of memory that what is kept of the body takes, about."""
        return len(self._json or b"") if self._parts is None else self._parts.held

    def feed(self, data: bytes) -> None:
        """The next bytes of the body."""
        if self._parts is not None:
            self._parts.feed(data)
        if self._digest is None:
            return
        self._size += len(data)
        self._digest.update(data)
        if self._json is not None:
            self._json += data
            if self._size > JSON_LIMIT:
                self._json = None

    def finish(self, broken: str | None, rest: bytes = b"") -> WireForm:
        """The form; ``broken`` says why the body never became complete, ``rest`` is the last of it."""
        if self._parts is not None:
            parts = self._parts.finish(rest)
            return self._form(parts=parts, fault=broken or self._parts.fault)
        self.feed(rest)
        fault = broken or self._fault
        if self._json:
            try:
                return self._form(json=canonical_json(self._json), fault=broken)
            except ValueError as error:
                fault = broken or f"not sound JSON: {error}"
        digest = self._digest.hexdigest() if self._digest is not None and self._size else None
        return self._form(body_size=self._size, body_sha256=digest, fault=fault)


def wire_form(
    method: str,
    path: str,
    headers: Headers,
    body: bytes,
    assets: Mapping[str, str],
    broken: str | None = None,
) -> WireForm:
    """The wire form of a request whose body is all there; see FormReader."""
    return FormReader(method, path, headers, assets).finish(broken, body)
