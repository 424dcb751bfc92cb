"""Which releases to measure next, so that every change between neighbouring releases is found in few.

A release is known by its index, oldest first. What was measured is, by index, a signature per variant; a
variant without one (the release could not be built, the case does not apply) is *silent* there. First the
guard's releases are measured, then, between two that differ, the middle one, until what differs are
neighbours. Silence that begins or ends is halved likewise, so that one release that cannot be built does
not widen what the guard leaves open. How sure the result is, ``certainty`` says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from upload_matrix.model.outcome import UNRESOLVED
from upload_matrix.model.sweep import Guard, Strategy, Sweep

Statements = Mapping[int, Mapping[str, Hashable]]
"""By index of every release that was tried: the signature by variant."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A change: ``before`` and ``after`` are the closest releases that say something and differ.

    Between them, if anything, only releases that were tried and are silent for all these ``variants``
    (once ``next_batch`` has nothing left to ask).
    """

    before: int
    after: int
    variants: tuple[str, ...]


def next_batch(count: int, measured: Statements, guard: Guard | None) -> tuple[int, ...]:
    """The releases, ascending, to measure next; () when there is nothing left to find.

    They may be measured in any order and at once; ask again when all are there, as the choice depends
    on all. ``guard`` None measures every release. Nothing is remembered between two calls, so a sweep
    that was interrupted goes on from what it has.
    """
    first = range(count) if guard is None else guard.points(count)
    missing = tuple(index for index in first if index not in measured)
    if missing:
        return missing
    return tuple(sorted({*_inside_changes(measured), *_beside_silence(measured)}))


def boundaries(measured: Statements) -> tuple[Boundary, ...]:
    """Every change between two releases that say something, oldest first, with all its variants."""
    found: dict[tuple[int, int], list[str]] = {}
    for variant, indices in spoken(measured).items():
        for before, after in pairwise(indices):
            if measured[before][variant] != measured[after][variant]:
                found.setdefault((before, after), []).append(variant)
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(Boundary(before, after, tuple(variants)) for (before, after), variants in ordered)


def spoken(measured: Statements) -> dict[str, list[int]]:
    """Per variant the indices, ascending, of the releases that say something about it."""
    found: dict[str, list[int]] = {}
    for index in sorted(measured):
        for variant in measured[index]:
            found.setdefault(variant, []).append(index)
    return found


def _inside_changes(measured: Statements) -> Iterator[int]:
    """The middle of each unmeasured stretch within a change."""
    tried = sorted(measured)
    for boundary in boundaries(measured):
        # Several stretches only where silent releases stand between.
        start = bisect_right(tried, boundary.before) - 1
        stop = bisect_right(tried, boundary.after)
        yield from _middles(tried[start:stop])


def _beside_silence(measured: Statements) -> Iterator[int]:
    """The middle of each unmeasured stretch at which a variant begins or ends to say something."""
    for before, after in pairwise(sorted(measured)):
        if measured[before].keys() != measured[after].keys():
            yield from _middles([before, after])


def _middles(tried: list[int]) -> Iterator[int]:
    yield from ((before + after) // 2 for before, after in pairwise(tried) if after - before > 1)


# How sure a sweep is: what it did not or could not look at, and which changes may hide there.
#
# A change can be missed only when it comes and goes again between two releases that behave alike, all of it
# among releases that say nothing. So one that lasts longer than the longest such run cannot be missed.


DURATIONS = (1, 2, 4, 8, 16, 32)
"""Lengths of a change, in releases, for which a chance is given, as far as it is not zero."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """What a sweep says nothing about. A stretch is a pair of indices, first and last.

    * ``unlooked``: stretches of releases that were never tried.
    * ``silent``: stretches of releases that were tried and say nothing about any variant.
    * ``first``, ``last``: the first and last release that says anything; None when none does. Nothing
      at all is known of what lies outside.
    * ``partial``: variants about which some release says nothing that says something about another one.
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
    partial: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing can hide: every release was tried, and says something about every variant."""
        return self.tried == self.releases and not self.silent and not self.partial


@dataclass(frozen=True, slots=True)
class Missing:
    """What a sweep does not know though it was asked for: nothing here is left out on purpose by halving.

    ``releases`` were tried and say nothing, those aside that nobody can install; ``untried`` ones were not,
    although every release is in question (those of other shards, say). Of the ``cells`` of all releases that
    say something, ``silent`` ones could not be measured, and ``unread`` ones sent a request of which nobody
    can say how it is judged.
    """

    releases: int
    untried: int
    cells: int
    silent: int
    unread: int

    def __bool__(self) -> bool:
        return bool(self.releases or self.untried or self.silent or self.unread)


def missing(sweep: Sweep) -> Missing:
    """What is missing in a sweep; falsy where nothing is."""
    said = [signatures for signatures in sweep.statements.values() if signatures]
    cells = [cell for result in sweep.results.values() for cell in result.cells.values()]
    unbuildable = sum(result.unbuildable for result in sweep.results.values())
    untried = len(sweep.releases) - len(sweep.statements) if sweep.strategy is Strategy.ALL else 0
    return Missing(
        # With nothing measured at all, that none can be installed is no result.
        releases=len(sweep.statements) - len(said) - (unbuildable if said else 0),
        untried=untried,
        cells=len(said) * len(sweep.variants),
        silent=sum(len(sweep.variants) - len(signatures) for signatures in said),
        unread=sum(cell.signature is not None and cell.outcome.kind in UNRESOLVED for cell in cells),
    )


def certainty(count: int, measured: Statements, variants: Iterable[str] = ()) -> Certainty:
    """Judge what was measured of ``count`` releases; see ``Certainty``.

    ``variants`` are those in question; by default those that any release says something about.
    """
    tried = sorted(measured)
    telling = [index for index in tried if measured[index]]
    unlooked = tuple((a + 1, b - 1) for a, b in pairwise([-1, *tried, count]) if b - a > 1)
    spoken_by = spoken(measured)
    by_variant = list(spoken_by.values())
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
        partial=tuple(
            variant
            for variant in (tuple(variants) or tuple(spoken_by))
            if len(spoken_by.get(variant, ())) < len(telling)
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
