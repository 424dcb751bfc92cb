"""How the parts of a body are told apart: the labels that differences and findings use."""

from __future__ import annotations

import re
from collections import Counter

from upload_matrix.model.wire import Part

_INDEX = re.compile(r"\[\d*\]")


def labels(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """A label per part as in ``model.wirediff``: ``image``, then ``image#2`` for a second one."""
    seen: Counter[str] = Counter()
    found = []
    for part in parts:
        seen[part.name] += 1
        found.append(part.name if seen[part.name] == 1 else f"{part.name}#{seen[part.name]}")
    return tuple(found)


def base_name(name: str) -> str:
    """``image`` of ``image``, ``image[]`` and ``image[0]``; of a label with its element likewise."""
    return _INDEX.sub("", name, count=1)
