"""A reference: the id of a file that was uploaded before, in a JSON body. It carries no bytes."""

from __future__ import annotations

from typing import Any

_KEYS = ("file_id", "file_ids", "input_file_id")


def is_made(document: Any) -> bool:
    """Whether anything in a JSON document refers to an uploaded file by its id."""
    if isinstance(document, dict):
        return any(document.get(key) for key in _KEYS) or any(map(is_made, document.values()))
    return isinstance(document, list) and any(map(is_made, document))
