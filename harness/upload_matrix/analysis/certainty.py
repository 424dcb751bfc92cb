"""How sure a bisecting sweep is: what it did not look at, and which changes may hide there.

A change can be missed only when it comes and goes again between two releases that behave alike, all of
it among releases that say nothing. So one that lasts longer than the longest such run cannot be missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from upload_matrix.analysis.bisect import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upload_matrix.analysis.bisect import Statements

DURATIONS = (1, 2, 4, 8, 16, 32)
"""Lengths of a change, in releases, for which a chance is given, as far as it is not zero."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """What a sweep says nothing about. A stretch is a pair of indices, first and last.

    * ``unlooked``: stretches of releases that were never tried.
    * ``silent``: stretches of releases that were tried and say nothing about any variant.
    * ``first``, ``last``: the first and last release that says anything; None when none does. Nothing
      at all is known of what lies outside.
    * ``longest_unlooked``: releases in the longest of ``unlooked``.
    * ``longest_blind``: the longest run of releases, over all variants, that say nothing about a variant
      between two that do. A change that lasts longer than this cannot have been missed.
    * ``chances``: (duration, chance) pairs: how likely a change of that many releases is missed, when it
      begins at a place chosen at random, for the variant least looked at. No statement about how likely
      such a change is.
    """

    releases: int
    tried: int
    unlooked: tuple[tuple[int, int], ...]
    silent: tuple[tuple[int, int], ...]
    first: int | None
    last: int | None
    longest_unlooked: int
    longest_blind: int
    chances: tuple[tuple[int, float], ...]

    @property
    def complete(self) -> bool:
        """Whether nothing can hide: every release was tried, none is silent between two that are not."""
        return self.tried == self.releases and self.longest_blind == 0


def certainty(count: int, measured: Statements) -> Certainty:
    """Judge what was measured of ``count`` releases; see ``Certainty``."""
    tried = sorted(measured)
    telling = [index for index in tried if measured[index]]
    unlooked = tuple((a + 1, b - 1) for a, b in pairwise([-1, *tried, count]) if b - a > 1)
    by_variant = list(spoken(measured).values())
    longest = max((max(_runs(indices), default=0) for indices in by_variant), default=0)
    return Certainty(
        releases=count,
        tried=len(tried),
        unlooked=unlooked,
        silent=_stretches(index for index in tried if not measured[index]),
        first=telling[0] if telling else None,
        last=telling[-1] if telling else None,
        longest_unlooked=max((last - first + 1 for first, last in unlooked), default=0),
        longest_blind=longest,
        chances=tuple(
            (duration, max(_chance(indices, duration) for indices in by_variant))
            for duration in DURATIONS
            if duration <= longest
        ),
    )


def _runs(spoken_at: Sequence[int]) -> list[int]:
    """The lengths of the silent runs between releases that say something."""
    return [after - before - 1 for before, after in pairwise(spoken_at)]


def _chance(spoken_at: Sequence[int], duration: int) -> float:
    """The share of places for a change of ``duration`` releases at which nobody would see it."""
    places = spoken_at[-1] - spoken_at[0] + 2 - duration
    hidden = sum(max(0, run - duration + 1) for run in _runs(spoken_at))
    return hidden / places if places > 0 else 0.0


def _stretches(indices: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending indices as runs of neighbours."""
    runs = (
        [index for _, index in run]
        for _, run in groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])
    )
    return tuple((run[0], run[-1]) for run in runs)
