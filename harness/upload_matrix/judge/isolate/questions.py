"""Questions: a request between the two ends, and why it is asked about."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from upload_matrix.judge.isolate.votes import Reply
from upload_matrix.wire.difference import Change


class Purpose(StrEnum):
    """What a question is for."""

    FAILING = "failing"
    """Does the failing request still fail?"""
    PASSING = "passing"
    """Does the passing request still pass?"""
    CONTROL = "control"
    """The passing request again, in between."""
    SEARCH = "search"
    """Do so many changes suffice to fail?"""
    SUFFICIENT = "sufficient"
    """Does what was found so far suffice?"""
    MINIMAL = "minimal"
    """Does it still, with one of them taken back?"""
    NECESSARY = "necessary"
    """Does the failing request pass once they are taken back?"""
    NEXT_FAILURE = "next_failure"
    """Of what kind is the failure that is left?"""


@dataclass(frozen=True, slots=True)
class Question:
    """What comes of the passing request with ``kept`` changes made (by ``where``)?

    ``key`` tells requests apart, ``sample`` says how many answers this request has had: with a recording of
    several, number ``sample`` is the one that was not used yet.
    """

    kept: frozenset[str]
    key: str
    purpose: Purpose
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was answered."""

    question: Question
    reply: Reply


class Hybrids(Protocol):
    """All requests between two; ``upload_matrix.splice`` has the real ones."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All that differs."""

    def key(self, kept: AbstractSet[str]) -> str | None:
        """What tells such a request from others on the wire; None for one that must not be built."""
