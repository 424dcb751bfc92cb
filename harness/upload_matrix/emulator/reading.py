"""A request as the rules look at it: operation, text fields and file parts, worked out once.

Nothing here decodes a file: a wire form holds no file bytes, so what needs them (an image's dimensions, an
alpha channel, the length of a recording) is not judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import WireForm

Encoding = Literal["multipart", "json", "other"]
ModelState = Literal["live", "retired", "unknown", "unsupported", "missing"]


class Text(NamedTuple):
    """A text field's value (None when too long for the wire form to keep it) and length in characters."""

    value: str | None
    length: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules may ask about a request.

    ``operation`` is None for an unknown path. ``model`` is the body's, else Azure's deployment, else the
    profile's default for the operation, else None; ``families`` are the profile's families it is in.
    ``items`` counts the images of a JSON edit. ``unknown_fields`` are text fields that the operation does not
    have.
    """

    wire: WireForm
    operation: str | None
    method_fits: bool
    encoding: Encoding
    model: str | None
    model_state: ModelState
    families: frozenset[str]
    fields: Mapping[str, Text]
    parts_by_name: Mapping[str, tuple[Part, ...]]
    items: int
    unknown_fields: tuple[str, ...] = ()

    def parts(self, name: str) -> tuple[Part, ...]:
        """The parts of a field, sent as ``name`` or as an array of it, in their order."""
        return self.parts_by_name.get(name, ())

    @property
    def streams(self) -> bool:
        """Whether events are asked for, of a model that has them."""
        return self.value("stream").lower() in ("true", "1") and "streams" in self.families

    def value(self, name: str, default: str = "") -> str:
        """A text field's value, ``default`` when it is absent or too long to have been kept."""
        text = self.fields.get(name)
        return default if text is None or text.value is None else text.value


def items(document: Any) -> int:
    """How many images a JSON edit names."""
    images = document.get("images") if isinstance(document, dict) else None
    return len(images) if isinstance(images, list) else 0


def json_fields(document: Any) -> dict[str, Text]:
    """JSON null counts as absent, and what is not text by its JSON spelling: ``2``, ``true``."""
    fields = {}
    for name, value in document.items() if isinstance(document, dict) else ():
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            fields[name] = Text(text, len(text))
    return fields


def part_fields(parts: tuple[Part, ...]) -> dict[str, Text]:
    """The first text part of each name: a part with a filename is a file, whatever its name."""
    fields: dict[str, Text] = {}
    for part in parts:
        if not part.is_file and part.name not in fields:
            length = part.characters if part.characters is not None else len(part.text or "")
            fields[part.name] = Text(part.text, length)
    return fields
