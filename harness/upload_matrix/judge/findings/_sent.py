"""What a finding looks at, and the mend most findings share: hand the file over as a tuple."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from upload_matrix.model.case import FileField, Operation
from upload_matrix.model.result import Finding
from upload_matrix.wire.difference import base_name, labels
from upload_matrix.wire.form import Part, WireForm
from upload_matrix.wire.media import (
    GENERIC_TYPES,
    bare_type,
    extension,
    format_of_extension,
    format_of_type,
    preferred_extension,
    preferred_type,
)
from upload_matrix.wire.stable import FILE_DESCRIPTOR_NAME, TEMPORARY_NAME, local_name, stable_filename

DEFAULT_NAMES = frozenset({"-", "blob", "file", "filename", "unknown_file", "untitled", "upload"})
"""Names that clients make up when they know none: httpx2 and openai, browsers, Node, curl on stdin."""


@dataclass(frozen=True, slots=True)
class Family:
    """Some codes with their meaning, and the function that finds them in what was sent."""

    codes: Mapping[str, str]
    check: Callable[[Sent], Iterator[Finding]]


@dataclass(frozen=True)
class Sent:
    """One attempt's wire form, the operation it was meant for, and the attempts before it."""

    form: WireForm
    operation: Operation
    earlier: tuple[WireForm, ...] = ()

    @cached_property
    def labelled(self) -> tuple[tuple[str, Part], ...]:
        """Every part under the name that differences use: ``image``, then ``image#2``."""
        parts = self.form.parts or ()
        return tuple(zip(labels(parts), parts, strict=True))

    def of_field(self, name: str) -> tuple[tuple[str, Part], ...]:
        """The labelled parts of a field, sent as ``name``, ``name[]`` or ``name[0]``."""
        return tuple((label, part) for label, part in self.labelled if base_name(part.name) == name)

    @cached_property
    def uploads(self) -> tuple[tuple[str, Part], ...]:
        """The labelled parts that are files, or were meant to be one and are not plain text."""
        fields = {field.name for field in self.operation.file_fields}
        return tuple(
            (label, part)
            for label, part in self.labelled
            if part.is_file or (base_name(part.name) in fields and not is_text(part))
        )

    def field_of(self, part: Part) -> FileField | None:
        """The operation's file field that a part belongs to, None when it has no such field."""
        return self.operation.file_field(base_name(part.name))

    def position(self, label: str | None) -> int:
        """Where a part or field stands in the body; what is not in the body, or all of it, comes last."""
        for number, (known, part) in enumerate(self.labelled):
            if label in (known, base_name(part.name)):
                return number
        return len(self.labelled) + (label is None)


def is_text(part: Part) -> bool:
    """Whether a part without filename holds text, and not a file whose name was lost."""
    readable = part.text is not None or part.characters is not None
    return not part.is_file and readable and part.format is None and part.size > 0


def is_default(part: Part) -> bool:
    """Whether the filename is one that a client makes up, or the field's own name."""
    return part.filename in DEFAULT_NAMES or part.filename in (part.name, base_name(part.name))


def is_unstable(filename: str) -> bool:
    """Whether the filename differs from run to run: a descriptor's number, a temporary name."""
    stable = stable_filename(filename)
    return FILE_DESCRIPTOR_NAME in stable or TEMPORARY_NAME in stable


def tuple_mend(part: Part) -> str:
    """The Python argument that sends this part well, e.g. ``image=("avatar.webp", data, "image/webp")``.

    The bytes decide type and extension; where they tell nothing, what the name or the type tells does.
    """
    filename = part.filename or ""
    media_format = part.format or format_of_extension(filename) or format_of_type(part.content_type)
    name = base_name(part.name)
    stem, suffix = _stem(part), extension(filename)
    if media_format is not None:
        if format_of_extension(filename) != media_format:
            suffix = preferred_extension(media_format)
        content_type = preferred_type(media_format)
    else:
        generic = bare_type(part.content_type) in GENERIC_TYPES | {None}
        content_type = "TYPE/SUBTYPE" if generic else str(part.content_type)
    return f'{name}=("{stem}{suffix or ".EXTENSION"}", data, "{content_type}")'


def _stem(part: Part) -> str:
    """The filename without its extension, reduced to what every parser reads alike; else the field's name."""
    filename = part.filename
    if filename is None or is_default(part) or is_unstable(filename):
        return base_name(part.name)
    own = local_name(filename)
    filename = filename if own is None else own
    stem = filename[: len(filename) - len(extension(filename))]
    return re.sub(r"[^A-Za-z0-9._ -]+", "-", stem).strip("-. ") or base_name(part.name)
