"""Which releases to measure next, so that every change between neighbouring releases is found in few.

A release is known by its index, oldest first. What was measured is, by index, a signature per variant; a
variant without one (the release could not be built, the case does not apply) is *silent* there. First the
guard's releases are measured, then, between two that differ, the middle one, until what differs are
neighbours. Silence that begins or ends is halved likewise, so that one release that cannot be built does
not widen what the guard leaves open. How sure the result is, ``certainty`` says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from upload_matrix.model.sweep import Guard

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


def explore(
    count: int, measure: Callable[[tuple[int, ...]], Statements], guard: Guard | None
) -> dict[int, Mapping[str, Hashable]]:
    """Measure batch by batch until nothing is left to find; gives all that was measured.

    Raises ValueError when ``measure`` leaves out a release that it was asked for.
    """
    measured: dict[int, Mapping[str, Hashable]] = {}
    while batch := next_batch(count, measured, guard):
        found = measure(batch)
        left_out = [index for index in batch if index not in found]
        if left_out:
            raise ValueError(f"asked for the releases {batch}, got nothing for {left_out}")
        measured.update(found)
    return dict(sorted(measured.items()))


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
