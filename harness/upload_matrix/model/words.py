"""Words that a report prints, each with the sentence that explains it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Self


class ExplainedWord(StrEnum):
    """A member is written with its meaning: ``ACCEPTED = "accepted", "The server answered 2xx."``.

    A third text says what to do about it, where that is not the same for every member.
    """

    means: str
    then: str

    def __new__(cls, word: str, means: str = "", then: str = "") -> Self:
        """The word itself is what it equals and how it is written."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.means = means
        member.then = then
        return member


class ExplainedNumber(IntEnum):
    """The same for a number: ``USAGE = 2, "What the user can fix."``."""

    means: str
    then: str

    def __new__(cls, number: int, means: str = "", then: str = "") -> Self:
        """The number itself is what it equals."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.means = means
        member.then = then
        return member
