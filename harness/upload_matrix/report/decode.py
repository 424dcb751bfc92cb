"""Keys of plain JSON data, each with the type it has to have."""

from __future__ import annotations

from typing import Any, TypeVar

from upload_matrix.model.codec import Document, MalformedError

T = TypeVar("T")


def need(document: Document, key: str, kind: type[T]) -> T:
    """The value under ``key``; raises ``MalformedError`` when it is missing or not a ``kind``."""
    if not isinstance(document, dict):
        raise MalformedError(f"is {type(document).__name__}, not an object with {key!r}")
    if key not in document:
        raise MalformedError(f"has no {key!r}")
    value = document[key]
    if not isinstance(value, kind):
        raise MalformedError(f"{key!r} is {type(value).__name__}, not {kind.__name__}")
    return value


def may(document: Document, key: str, kind: type[T]) -> T | None:
    """The value under ``key``, None when missing or null; raises ``MalformedError`` for another type."""
    absent = isinstance(document, dict) and document.get(key) is None
    return None if absent else need(document, key, kind)


def texts(values: list[Any], what: str) -> tuple[str, ...]:
    """``values`` as a tuple of strings; raises ``MalformedError`` naming ``what`` when one is none."""
    if not all(isinstance(value, str) for value in values):
        raise MalformedError(f"{what!r} holds something that is not a string")
    return tuple(values)
