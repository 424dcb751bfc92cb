"""The carrier that browsers made: a form of parts (RFC 7578), each with a name and headers of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import (
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from upload_matrix.wire.carriers import shipped
from upload_matrix.wire.content import Remark
from upload_matrix.wire.media import (
    FORMAT_TYPES,
    GENERIC_TYPES,
    bare_type,
    family_of_type,
    fits_extension,
    format_of_extension,
    format_of_type,
    preferred_extension,
    preferred_type,
)
from upload_matrix.wire.stable import stable_disposition, stable_filename
from upload_matrix.wire.upload import Upload

_INDEX = re.compile(r"\[\d*\]")

ASSET_SIZE = 1
"""Size in bytes that a shipped picture has after reading: not empty, and not the encoder's business."""

_SHIPPED = {"size": ASSET_SIZE, "sha256": ""}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body.

    ``disposition`` is the Content-Disposition value as it was written (decoded as UTF-8, undecodable bytes
    as backslash escapes): servers disagree on quoting, so how a name was written matters beside what it
    says. In both, the tap puts ``stable_filename`` in the place of a filename that is the machine's own, so
    that no report carries somebody's folders. ``size`` is in bytes, ``sha256`` in hex. ``format`` is what
    the first bytes say (see ``media.sniff``). ``condition`` is what
    they say beside. ``asset`` names the shipped picture whose bytes these are
    exactly; ``text`` is the value of a part without filename that is short UTF-8, ``characters`` its length
    at any size.
    """

    name: str
    filename: str | None
    content_type: str | None
    disposition: str
    size: int
    sha256: str
    format: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    asset: str | None = None
    text: str | None = None
    characters: int | None = None
    condition: Remark | None = None

    @model_serializer(mode="wrap")
    def _as_document(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        return shipped.without(document, _SHIPPED) if self.asset and self.size else document

    @model_validator(mode="before")
    @classmethod
    def _of_document(cls, document: Any) -> Any:
        return shipped.completed(document, _SHIPPED)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return shipped.either_schema(schema, handler, _SHIPPED)

    @property
    def is_file(self) -> bool:
        """Whether a server would read this part as a file: it carries a filename."""
        return self.filename is not None

    @property
    def other_headers(self) -> str | None:
        """Its further headers as one text; None where it has none."""
        return "; ".join(f"{name}: {value}" for name, value in self.headers) or None

    @property
    def content(self) -> str:
        """What the bytes are, as ``shipped.content`` says it."""
        return shipped.content(self.size, self.asset, self.sha256)

    @property
    def is_upload(self) -> bool:
        """Whether it is a file, read as one or not: a filename, bytes that are no text, or a file's type.

        Where a program forgets the filename, the part is an upload all the same.
        """
        if self.is_file or "filename*=" in self.disposition:
            return True
        if self.size == 0:
            return False
        family = family_of_type(self.content_type)
        typed = family != "document" or format_of_type(self.content_type) is not None
        return self.format is not None or self.characters is None or typed

    def identity(self) -> dict[str, Any]:
        """The fields that make two parts the same, as plain data in a fixed order."""
        filename, disposition = self.filename, self.disposition
        if filename is not None and (stable := stable_filename(filename)) != filename:
            filename, disposition = stable, stable_disposition(disposition, filename)
        return {
            "name": self.name,
            "filename": filename,
            "content_type": self.content_type,
            "disposition": disposition,
            "headers": [list(pair) for pair in self.headers],
            "content": self.content,
            "format": self.format,
        }


def uploads(parts: Iterable[Part]) -> Iterator[Upload]:
    """The files among the parts, whether a server would read them as files or not."""
    parts = tuple(parts)
    return (
        upload_of(label, part) for label, part in zip(labels(parts), parts, strict=True) if part.is_upload
    )


def upload_of(label: str, part: Part) -> Upload:
    """A part as an upload."""
    return Upload(
        place=label,
        carrier="multipart",
        name=part.name,
        filename=part.filename,
        declared=part.content_type,
        format=part.format,
        condition=part.condition,
        size=part.size,
        sha256=part.sha256,
        asset=part.asset,
        written=part.disposition,
    )


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Each name as a label of its own: ``image``, then ``image#2`` for a second one."""
    names = tuple(names)
    if len(set(names)) == len(names):
        return names
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(found)


def labels(parts: Iterable[Part]) -> tuple[str, ...]:
    """How the parts of a body are told apart, wherever a difference or a finding names one."""
    return numbered(part.name for part in parts)


def base_name(name: str) -> str:
    """``image`` of ``image``, ``image[]`` and ``image[0]``; of a label with its element likewise."""
    return _INDEX.sub("", name, count=1) if "[" in name else name


def media_format(part: Part) -> str | None:
    """What the part is: its bytes decide, then its filename, then its type; None when nothing tells."""
    return part.format or format_of_extension(part.filename or "") or format_of_type(part.content_type)


def better_type(part: Part) -> str | None:
    """The Content-Type that fits, None when the part's own is as good as can be told."""
    known = media_format(part)
    if known is None or (bare_type(part.content_type) or "") in FORMAT_TYPES[known]:
        return None
    said = bare_type(part.content_type)
    # A specific type that merely is not in our tables may be right.
    wrong = said is None or said in GENERIC_TYPES or format_of_type(said) is not None
    return preferred_type(known) if wrong else None


def better_filename(part: Part) -> str | None:
    """The filename that fits, None when the part's own is as good as can be told."""
    known = media_format(part)
    if known is None or fits_extension(known, part.filename or ""):
        return None
    stem = part.name.partition("[")[0] or "file"
    return f"{stem}{preferred_extension(known)}"
