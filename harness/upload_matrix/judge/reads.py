"""What a client made of an answer in two runs (see ``ClientReport.read``): whether it changed, in words."""

from __future__ import annotations

_BEFORE = {"returns": "returned", "raises": "raised"}


def changed_read(old: str | None, new: str | None) -> tuple[str, str] | None:
    """Two reads that differ; None when they do not, or when one of them is not known (None or "")."""
    return (old, new) if old and new and old != new else None


def read_sentence(read: tuple[str, str]) -> str:
    """``the client returns A instead of B``, or ``the client raises A where it returned B``."""
    (did, old), (does, new) = (words.split(" ", 1) for words in read)
    instead = f"instead of {old}" if did == does else f"where it {_BEFORE[did]} {old}"
    return f"the client {does} {new} {instead}"
