"""A recipe: a way to get a picture, as the calls it takes; two of them can be set side by side."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from upload_matrix.model.money import Money
from upload_matrix.model.usage import Usage


class Basis(StrEnum):
    """Where a call's tokens come from."""

    REPORTED = "reported"
    """Somebody published the usage of such a call."""
    PUBLISHED = "published"
    """The vendor's own counts."""
    ASSUMED = "assumed"
    """Ours, so that there is a number at all."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RecipeCall:
    """One call: ``usage`` is None and ``basis`` unknown where nobody said how many tokens it takes."""

    step: str
    operation: str
    model: str | None
    usage: Usage | None
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """``reported`` is the cost in USD that ``source`` gives for the whole, None when it gives none."""

    name: str
    says: str
    calls: tuple[RecipeCall, ...]
    reported: Money | None
    source: str
