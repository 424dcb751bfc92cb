"""The two shapes that the published schemas are made of."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def object_of(required: Schema, optional: Schema | None = None) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    """An array of ``items``."""
    return {"type": "array", "items": items}
