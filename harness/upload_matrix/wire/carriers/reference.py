"""A reference: the id of a file uploaded before, or an address, in a JSON body. It carries no bytes."""

from __future__ import annotations

import re
from typing import Any

_KEYS = ("file_id", "file_ids", "input_file_id")
_ADDRESS = re.compile(r"(?:https?|gs|s3)://", re.IGNORECASE)


def is_made(document: Any) -> bool:
    """Whether anything in a JSON document refers to an uploaded file by its id."""
    if isinstance(document, dict):
        return any(document.get(key) for key in _KEYS) or any(map(is_made, document.values()))
    return isinstance(document, list) and any(map(is_made, document))


def names_a_file(place: str, value: str | None) -> bool:
    """Whether a value at a place stands for a file that lies elsewhere, by an id or an address.

    What that file is, the request does not tell: two such values differ in more than can be seen.
    """
    last = place.rpartition(".")[2].partition("[")[0]
    return value is not None and (last in _KEYS or _ADDRESS.match(value) is not None)
