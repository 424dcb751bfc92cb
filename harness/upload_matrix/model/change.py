"""A change: one thing in which a failing request differs from a passing one, and that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What a change is about; the first group lies within one part, the second in the whole request."""

    CONTENT_TYPE = "content_type"
    FILENAME = "filename"
    NAME = "name"
    """The part's field name, also ``image`` against ``image[]``."""
    CONTENT = "content"
    FIELD = "field"
    """The value of a text field, in a multipart or a JSON body alike."""
    PRESENCE = "presence"
    """A part that one of the two lacks."""
    PART_HEADER = "part_header"
    DISPOSITION = "disposition"
    """How ``Content-Disposition`` is written, where it says the same."""

    ORDER = "order"
    FRAMING = "framing"
    MEDIA_TYPE = "media_type"
    BODY = "body"
    """The whole body with its Content-Type, where it cannot be taken apart."""
    QUERY = "query"
    PATH = "path"
    METHOD = "method"
    HEADER = "header"
    """A header of the request."""


@dataclass(frozen=True, slots=True)
class Change:
    """``where`` names it, in the words of ``model.wirediff``, and is unique within a comparison.

    ``passing`` and ``failing`` are its values on either side, None for "has none". ``part`` is the label of
    the part it lies in. ``requires`` are the changes (by ``where``) without which it cannot be made.
    """

    where: str
    kind: ChangeKind
    passing: str | None
    failing: str | None
    part: str | None = None
    requires: frozenset[str] = frozenset()

    def __str__(self) -> str:
        shown = ("(none)" if value is None else value for value in (self.passing, self.failing))
        return f"{self.where}: {' -> '.join(shown)}"


def closure(wanted: Iterable[str], changes: Sequence[Change]) -> frozenset[str]:
    """``wanted`` with all that these changes require, directly or not."""
    requires = {change.where: change.requires for change in changes}
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        where = waiting.pop()
        if where not in found:
            found.add(where)
            waiting.extend(requires[where])
    return frozenset(found)


def without(removed: Collection[str], changes: Sequence[Change]) -> frozenset[str]:
    """All of ``changes`` but ``removed`` and what requires one of them, directly or not."""
    gone = set(removed)
    grew = True
    while grew:
        dependent = {change.where for change in changes if not gone.isdisjoint(change.requires)} - gone
        gone |= dependent
        grew = bool(dependent)
    return frozenset(change.where for change in changes if change.where not in gone)
