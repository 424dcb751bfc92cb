"""A request as the rules look at it: operation, text fields and file parts, worked out once.

Nothing here decodes a file: a wire form holds no file bytes, so what needs them (an image's dimensions, an
alpha channel, the length of a recording) is not judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import unquote

from upload_matrix.wire.form import Part, WireForm

# Which operation a request's path and method mean, below either of the vendor's two API roots.
#
# ``/v1/images/edits`` (and ``/openai/v1/...``) is the public root;
# ``/openai/deployments/NAME/images/edits`` is Azure's, where the deployment stands in for the model when
# the body names none.


_ROOT = re.compile(r"(?:/openai)?/v1(?P<public>/.*)|/openai/deployments/(?P<name>[^/]+)(?P<azure>/.*)")

ROUTES: Final[dict[str, tuple[str, str]]] = {
    "/images/edits": ("images.edit", "POST"),
    "/images/generations": ("images.generate", "POST"),
    "/images/variations": ("images.variations", "POST"),
    "/audio/transcriptions": ("audio.transcriptions", "POST"),
    "/files": ("files.create", "POST"),
    "/models": ("models.list", "GET"),
}
"""Per path below the root: the operation's name and the one method it answers to."""

OPERATIONS: Final[tuple[str, ...]] = tuple(operation for operation, _ in ROUTES.values())


class Route(NamedTuple):
    """What a path means; ``operation`` is None for a path that is none of ours."""

    operation: str | None
    method: str | None
    deployment: str | None


def find(path: str) -> Route:
    """The route of ``path``, which starts at the target's root and is without its query."""
    match = _ROOT.fullmatch(path)
    if match is None:
        return Route(None, None, None)
    operation, method = ROUTES.get(match["public"] or match["azure"], (None, None))
    return Route(operation, method, unquote(match["name"]) if match["name"] else None)


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
    ``items`` counts the images of a JSON edit.
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

    def parts(self, name: str) -> tuple[Part, ...]:
        """The parts of a field, sent as ``name`` or as the array ``name[]``, in their order."""
        return self.parts_by_name.get(name, ())

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
