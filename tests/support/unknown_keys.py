"""Whether a schema refuses a key that it does not know, at every level of a document."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any


def _objects(value: Any, free: frozenset[str], path: tuple = ()) -> Iterator[tuple]:
    """Every object whose keys are fixed, by path; ``free`` are the keys of those with names of their own."""
    if isinstance(value, dict):
        if not path or path[-1] not in free:
            yield path
        for key, each in value.items():
            yield from _objects(each, free, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _objects(each, free, (*path, index))


def unknown_keys(document: Any, problems: Callable[[Any], list], *free: str) -> dict[tuple, bool]:
    """By the path of each object, whether ``problems`` finds any in the document with one more key there."""
    found = {}
    for path in _objects(document, frozenset(free)):
        changed = copy.deepcopy(document)
        place = changed
        for step in path:
            place = place[step]
        place["surprise"] = 1
        found[path] = bool(problems(changed))
    return found
