"""What a matrix says a case should give, and the failures it knows about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from packaging.specifiers import SpecifierSet

from upload_matrix.model.outcome import OutcomeKind

SDK_VERSION = "sdk_version"
"""The fact whose values are ranges of releases (``<1.76``) rather than words."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``allowed`` (or, negated, forbidden) values of one axis or fact. None stands for "has none"."""

    name: str
    values: tuple[str | None, ...]
    negated: bool = False

    def holds(self, values: Mapping[str, str | None]) -> bool:
        """Whether the value under ``name`` fits; a name that is absent counts as None."""
        value = values.get(self.name)
        if self.name == SDK_VERSION and value is not None:
            ranges = (SpecifierSet(each) for each in self.values if each is not None)
            return any(each.contains(value, prereleases=True) for each in ranges) is not self.negated
        return (value in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Expectation:
    """When all conditions hold, the outcome must be this; fields left None are not compared.

    ``message`` is a part of the server's message. ``line`` is where it stands in the matrix file.
    """

    when: tuple[Condition, ...]
    outcome: OutcomeKind
    status: int | None = None
    code: str | None = None
    message: str | None = None
    line: int = 0

    def __str__(self) -> str:
        words = [self.outcome.value]
        if self.status is not None:
            words.append(str(self.status))
        if self.code is not None:
            words.append(self.code)
        if self.message is not None:
            words.append(f"with “{self.message}”")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A failure the team knows and tolerates until ``expires`` (inclusive); then it is red again."""

    when: tuple[Condition, ...]
    reason: str
    link: str | None = None
    expires: date | None = None
    line: int = 0
