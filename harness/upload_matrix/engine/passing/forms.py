"""The wire form of a request, made while its body passes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from upload_matrix.engine.passing.parts import PartReader, boundary_of
from upload_matrix.model.media import bare_type
from upload_matrix.model.wire import Framing, WireForm, canonical_json

if TYPE_CHECKING:
    from upload_matrix.engine.passing.spool import Spool

Headers = tuple[tuple[bytes, bytes], ...]

JSON_LIMIT = 32 * 1024 * 1024
"""Bytes up to which a JSON body is read as such; a longer one counts by its digest alone."""


def header(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header by its lower-case name, or None."""
    return next((value for key, value in headers if key.lower() == name), None)


class FormReader:
    """Fed with a request's body; ``path`` is with its query and without the tap's prefix."""

    def __init__(self, method: str, path: str, headers: Headers) -> None:
        self._method = method
        self._path, _, self._query = path.partition("?")
        self._framing = _framing(headers)
        raw = header(headers, b"content-type")
        content_type = None if raw is None else raw.decode("latin-1")
        self._media_type = bare_type(content_type)
        self._digest = hashlib.sha256()
        self._size = 0
        self._fault: str | None = None
        self._parts: PartReader | None = None
        if self._media_type is not None and self._media_type.startswith("multipart/"):
            boundary = boundary_of(content_type or "")
            if boundary is None:
                self._fault = "not sound multipart: the Content-Type names no boundary"
            else:
                self._parts = PartReader(boundary)

    def feed(self, data: bytes | bytearray) -> None:
        """The next bytes of the body."""
        self._size += len(data)
        if self._parts is None:
            self._digest.update(data)
        else:
            self._parts.feed(data)

    def finish(self, body: Spool, broken: str | None) -> WireForm:
        """The form; ``broken`` says why the body never became complete."""
        if self._parts is not None:
            parts = self._parts.finish()
            return WireForm(
                self._method,
                self._path,
                self._framing,
                self._media_type,
                self._query,
                parts=parts,
                fault=broken or self._parts.fault,
            )
        fault = broken or self._fault
        if self._media_type == "application/json" and 0 < self._size <= JSON_LIMIT:
            try:
                text = canonical_json(body.read())
            except ValueError as error:
                fault = fault or f"not sound JSON: {error}"
            else:
                return WireForm(
                    self._method,
                    self._path,
                    self._framing,
                    self._media_type,
                    self._query,
                    json=text,
                    fault=fault,
                )
        return WireForm(
            self._method,
            self._path,
            self._framing,
            self._media_type,
            self._query,
            body_size=self._size,
            body_sha256=self._digest.hexdigest() if self._size else None,
            fault=fault,
        )


def _framing(headers: Headers) -> Framing:
    if (header(headers, b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return Framing.CHUNKED
    return Framing.NONE if header(headers, b"content-length") is None else Framing.CONTENT_LENGTH
