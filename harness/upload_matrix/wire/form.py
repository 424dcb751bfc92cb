"""The wire form: what stood on the wire, in a form that two requests can be compared by.

A server judges the wire, not the SDK, so this is the unit everything else is keyed on: recordings are
looked up by it, SDK versions that send the same form share one answer, and a diagnosis is a difference
between two forms. The boundary, authentication and the SDK's telemetry headers are kept beside it (in
the exchange), never in it, because they differ between two calls that a server treats alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

from upload_matrix.model.codec import parsed
from upload_matrix.wire.carriers import embedded, multipart, raw, reference
from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.carriers.multipart import Part, base_name
from upload_matrix.wire.carriers.raw import RawFile
from upload_matrix.wire.upload import Upload

DIGEST_LENGTH = 16
"""Hex digits of a wire form's name: 64 bits, plenty for the forms one project meets."""

Digest = Annotated[str, Field(pattern=f"^[0-9a-f]{{{DIGEST_LENGTH}}}$")]
"""A wire form's name."""


class Framing(StrEnum):
    """How the request said where its body ends."""

    CONTENT_LENGTH = "content-length"
    CHUNKED = "chunked"
    NONE = "none"


@dataclass(frozen=True)
class WireForm:
    """The canonical request.

    ``path`` starts at the target's root (``/v1/images/edits``) and ``query`` is without its ``?``.
    Exactly one of three kinds of body: ``parts`` for multipart, ``json`` (canonical text) for a JSON
    body, otherwise ``body_size`` and ``body_sha256``. ``body_text`` is the
    beginning of it where that is text, ``raw`` what is known of it where it is a file. ``embedded`` are the
    texts that were taken out of ``json``, files for the most part. ``upload_headers`` are those that belong
    to an upload in several steps, by lower-case name. ``fault`` says why a body is not what its
    Content-Type claims, or that the request broke off.
    """

    method: str
    path: str
    framing: Framing
    media_type: str | None = None
    query: str = ""
    parts: tuple[Part, ...] | None = None
    json: str | None = None
    body_size: int = 0
    body_sha256: str | None = None
    body_text: str | None = None
    fault: str | None = None
    embedded: tuple[Embedded, ...] = ()
    raw: RawFile | None = None
    upload_headers: tuple[tuple[str, str], ...] = ()

    def identity(self) -> dict[str, Any]:
        """The fields that make two requests the same, as plain data in a fixed order."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "media_type": self.media_type,
            "framing": self.framing.value,
            "parts": None if self.parts is None else [part.identity() for part in self.parts],
            "json": self.json,
            "body": self.body_content,
            "fault": self.fault,
            # Each only where there is one: what is without has the name that it always had.
            **({"embedded": [each.identity() for each in self.embedded]} if self.embedded else {}),
            **({"headers": [list(pair) for pair in self.upload_headers]} if self.upload_headers else {}),
        }

    @property
    def body_content(self) -> str | None:
        """What counts of a body that is neither form nor JSON: its digest, a shipped file by name."""
        return self.body_sha256 if self.raw is None else self.raw.content(self.body_sha256)

    @cached_property
    def digest(self) -> str:
        """The form's name: the first hex digits of the SHA-256 of its identity as compact JSON."""
        text = json.dumps(self.identity(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]

    def uploads(self) -> tuple[Upload, ...]:
        """The files in the request, whatever carries them, in the order in which they stand."""
        return (
            *multipart.uploads(self.parts or ()),
            *embedded.uploads(self.embedded),
            *raw.uploads(self.raw, self.media_type, self.body_size, self.body_sha256 or ""),
        )

    @cached_property
    def document(self) -> Any:
        """The JSON body as plain data, not to be changed; None for any other body."""
        return None if self.json is None else parsed(self.json)

    def refers_to_files(self) -> bool:
        """Whether the body names files that were uploaded before."""
        return self.json is not None and reference.is_made(self.document)

    def field(self, name: str) -> str | None:
        """The first value of a text field, in a multipart or a JSON body alike; None when absent."""
        if self.json is not None:
            document = self.document
            value = document.get(name) if isinstance(document, dict) else None
            return value if value is None or isinstance(value, str) else json.dumps(value)
        return next((part.text for part in self.parts or () if part.name == name and not part.is_file), None)

    def parts_named(self, name: str) -> tuple[Part, ...]:
        """The parts of a field, whether sent as ``name`` or as an array (``name[]``, ``name[0]``)."""
        return tuple(part for part in self.parts or () if name in (part.name, base_name(part.name)))


def canonical_json(data: bytes | bytearray) -> str:
    """``data`` as JSON with sorted keys and no spaces.

    Raises ValueError when it is not JSON, or when an object has a name twice: which one counts is up to the
    server (RFC 8259, section 4), so it is not the same as with either alone.
    """
    return canonical_text(parsed(data, each_name_once))


def canonical_text(document: Any) -> str:
    """A JSON value with sorted keys and no spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of these pairs; raises ValueError where a name is there twice."""
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("an object has a name twice")
    return document


def _as_named(forms: Mapping[str, WireForm]) -> Mapping[str, WireForm]:
    for digest, form in forms.items():
        if form.digest != digest:
            raise ValueError(f"{digest} is really {form.digest}: it was changed by hand or by another tool")
    return forms


WireForms: TypeAlias = Annotated[Mapping[Digest, WireForm], AfterValidator(_as_named)]
"""Forms by their digests; a document whose form is not the one that its digest names is rejected."""


Headers = tuple[tuple[bytes, bytes], ...]


def header(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header by its lower-case name, or None."""
    return next((value for key, value in headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Captured:
    """A request as it arrived.

    ``head`` is the raw request line and headers with their case and order, up to and with the blank
    line; ``body`` the payload after framing was taken off; ``complete`` is False when the client
    broke off. The head's request line carries the tap's path prefix; ``wire.path`` does not.
    """

    head: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    wire: WireForm
    complete: bool
