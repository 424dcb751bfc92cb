"""How often a release is tried again when whoever measured it failed: a few times, then it is given up."""

from __future__ import annotations

from collections import Counter

LIMIT = 3
"""Times a release is begun in all before it is given up."""


class Tries:
    """Counts the failures of workers, release by release."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._failed: Counter[str] = Counter()

    def failed(self, release: str, why: str) -> str | None:
        """Note a failure; the sentence with which to give the release up, None to try it again."""
        self._failed[release] += 1
        if self._failed[release] < self._limit:
            return None
        return f"given up: the worker failed {self._failed[release]} times, the last time with {why}"


def words(error: BaseException) -> str:
    """An exception in a few words."""
    return f"{type(error).__name__}: {error}".rstrip(": ")
