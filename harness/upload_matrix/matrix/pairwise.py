"""Rows in which every pair of values occurs that can occur at all, and far fewer of them than a product.

covertable makes the rows of small matrices; it checks constraints value by value, so its work is
bounded. Whatever pairs it leaves, and all pairs of large matrices, are covered greedily (the method of
AETG: Cohen et al., 1997). A pair counts as impossible only when a complete search found no row for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import covertable  # type: ignore[import-untyped]

from upload_matrix.matrix.conditions import Rule
from upload_matrix.matrix.layout import Row
from upload_matrix.matrix.space import Domains, Space
from upload_matrix.model.errors import HarnessError

Choice: TypeAlias = tuple[int, ...]
"""A row as positions of its values in their domains."""

Pair: TypeAlias = tuple[int, int, int, int]
"""An axis and its value, a later axis and its value."""

_COVERTABLE_PAIRS = 5_000
_COVERTABLE_COMPARISONS = 100_000


def pair_count(sizes: Sequence[int]) -> int:
    """The number of pairs of values on two different axes."""
    return sum(first * second for first, second in combinations(sizes, 2))


def pairwise_rows(domains: Sequence[Sequence[str]], forbidden: Sequence[Rule]) -> list[Row]:
    """Rows over ``domains``, none of them forbidden, that hold every possible pair; in product order.

    The same input gives the same rows. Raises TooEntangledError when the rules cannot be decided, and
    HarnessError should the rows not hold what they must.
    """
    space = Space.over(domains, forbidden)
    if len(domains) < 2:
        return [(value,) for position, value in enumerate(domains[0]) if space.solved([1 << position])]
    choices = sorted(set(_choices(space)))
    return [tuple(domains[axis][value] for axis, value in enumerate(choice)) for choice in choices]


def _choices(space: Space) -> Iterator[Choice]:
    missing = set(_all_pairs(space.sizes))
    for choice in _made_by_covertable(space):
        if any(all(bits >> choice[axis] & 1 for axis, bits in clause) for clause in space.clauses):
            raise HarnessError(f"covertable made a row that the matrix excludes: {choice}")
        _cover(choice, missing)
        yield choice
    for pair in _all_pairs(space.sizes):
        if pair not in missing:
            continue
        first, value, second, other = pair
        start = space.everything()
        start[first], start[second] = 1 << value, 1 << other
        if space.solved(start) is None:
            missing.remove(pair)
            continue
        choice = _greedy(space, start, pair, missing)
        _cover(choice, missing)
        if pair in missing:
            raise HarnessError(f"no row was found for the pair {pair}, although there is one")
        yield choice


def _all_pairs(sizes: Sequence[int]) -> Iterator[Pair]:
    for first, second in combinations(range(len(sizes)), 2):
        for value in range(sizes[first]):
            for other in range(sizes[second]):
                yield first, value, second, other


def _cover(choice: Choice, missing: set[Pair]) -> None:
    for first, second in combinations(range(len(choice)), 2):
        missing.discard((first, choice[first], second, choice[second]))


def _greedy(space: Space, domains: Domains, pair: Pair, missing: set[Pair]) -> Choice:
    """A row with ``pair``, taking at each step the value that adds most missing pairs."""
    fixed = {pair[0]: pair[1], pair[2]: pair[3]}
    domains = _propagated(space, domains)
    while len(fixed) < len(domains):
        axis, value = _best(domains, fixed, missing)
        attempt = domains.copy()
        attempt[axis] = 1 << value
        if space.solved(attempt) is None:
            domains[axis] &= ~(1 << value)
        else:
            domains, fixed[axis] = attempt, value
        domains = _propagated(space, domains)
    return tuple(fixed[axis] for axis in range(len(domains)))


def _propagated(space: Space, domains: Domains) -> Domains:
    narrowed = space.propagated(domains)
    if narrowed is None:
        raise HarnessError("the search for a row contradicts itself")
    return narrowed


def _best(domains: Domains, fixed: dict[int, int], missing: set[Pair]) -> tuple[int, int]:
    best, most = (-1, -1), -1
    for axis, domain in enumerate(domains):
        if axis in fixed:
            continue
        for value in range(domain.bit_length()):
            if domain >> value & 1:
                gain = sum(_pair(axis, value, *other) in missing for other in fixed.items())
                if gain > most:
                    best, most = (axis, value), gain
    return best


def _pair(axis: int, value: int, other_axis: int, other: int) -> Pair:
    return (axis, value, other_axis, other) if axis < other_axis else (other_axis, other, axis, value)


class _EnoughError(Exception):
    """covertable has compared often enough."""


def _made_by_covertable(space: Space) -> Iterator[Choice]:
    """covertable's rows; none for a large space, and no more once it has compared too often."""
    if pair_count(space.sizes) > _COVERTABLE_PAIRS:
        return
    comparisons = 0

    def among(value: int, values: set[int]) -> bool:
        nonlocal comparisons
        comparisons += 1
        if comparisons > _COVERTABLE_COMPARISONS:
            raise _EnoughError
        return value in values

    constraints = [
        {
            "operator": "or",
            "conditions": [
                {
                    "operator": "in",
                    "left": axis,
                    "values": [v for v in range(space.sizes[axis]) if not bits >> v & 1],
                }
                for axis, bits in clause
            ],
        }
        for clause in space.clauses
    ]
    factors = [list(range(size)) for size in space.sizes]
    rows: Any = covertable.make_async(factors, constraints=constraints, comparer={"in": among})
    try:
        for row in rows:
            yield tuple(row)
    except _EnoughError:
        return
