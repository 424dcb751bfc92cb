"""What a sweep would do, as far as that is known before anything is built or measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outlook:
    """``releases`` are in question; ``first`` are measured in any case, all of them unless it halves.

    ``resume`` of them are measured already, by an interrupted sweep. ``kept`` is how many of the
    environments for ``first`` are there, None where that is not known: real ones are resolved anew every
    day, and with ``elsewhere`` the machines of a cluster build their own. ``known`` and ``new`` are
    releases that the baseline has and has not, None without a baseline.
    """

    distribution: str
    python: str
    way: str
    releases: int
    first: int
    variants: int
    kept: int | None = None
    elsewhere: bool = False
    resume: int = 0
    known: int | None = None
    new: tuple[str, ...] | None = None

    @property
    def cells(self) -> int:
        """Cells of the releases that are measured in any case."""
        return self.first * self.variants

    @property
    def most_cells(self) -> int:
        """Cells if every release comes to be measured."""
        return self.releases * self.variants
