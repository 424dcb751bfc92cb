"""How a file that this package ships stands in a document: by its name.

Its size and digest vary with the encoder that made it on this machine, so they are left out and, when the
document is read, come back as stand-ins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


def content(size: int, asset: str | None, sha256: str) -> str:
    """What bytes are, as an identity has it: ``empty``, ``asset:NAME`` or ``sha256:HEX``.

    A shipped file counts by name, not by digest, because another Pillow release encodes the same picture
    into other bytes; recordings and reports would otherwise differ by machine.
    """
    if size == 0:
        return "empty"
    return f"asset:{asset}" if asset else f"sha256:{sha256}"


def without(document: dict[str, Any], stand_ins: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` without what varies by machine."""
    return {name: value for name, value in document.items() if name not in stand_ins}


def completed(document: Any, stand_ins: Mapping[str, Any]) -> Any:
    """A document of a shipped file with ``stand_ins`` for what was left out; any other as it is."""
    if isinstance(document, dict) and document.get("asset") is not None and "size" not in document:
        return {**document, **stand_ins}
    return document


def either_schema(
    schema: CoreSchema, handler: GetJsonSchemaHandler, stand_ins: Mapping[str, Any]
) -> dict[str, Any]:
    """The JSON Schema by which either the name is there, or all that it stands for."""
    document = handler(schema)
    found = handler.resolve_ref_schema(document)
    found["required"] = [name for name in found["required"] if name not in stand_ins]
    found["anyOf"] = [{"required": ["asset"]}, {"required": list(stand_ins)}]
    return document
