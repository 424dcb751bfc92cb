"""Tables that hold each value once: a hundred thousand cases share a few answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound="Hashable")

CHUNK = 2048
"""Rows of a table in one block: what a browser unpacks when it first needs one of them."""


class Interned(Generic[K]):
    """Rows by the key that makes them equal, numbered from 0 in the order in which they first came."""

    def __init__(self) -> None:
        self._places: dict[K, int] = {}
        self.rows: list[Any] = []

    def place(self, key: K, row: Callable[[], Any]) -> int:
        """The number of ``key``'s row; ``row`` makes it the first time."""
        known = self._places.get(key)
        if known is None:
            known = self._places[key] = len(self.rows)
            self.rows.append(row())
        return known

    def itself(self, key: K) -> int:
        """The number of the row that is ``key`` itself."""
        return self.place(key, lambda: key)


def chunked(name: str, rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """A table as blocks ``NAME.0``, ``NAME.1``, ... of ``CHUNK`` rows each."""
    for start in range(0, len(rows), CHUNK):
        yield f"{name}.{start // CHUNK}", rows[start : start + CHUNK]
