"""Which combinations of values some forbidden combinations still allow: a complete search.

Values are bits: a domain is an integer whose bit ``v`` says that value ``v`` is still possible. The
search is DPLL (Davis, Logemann, Loveland 1962) on clauses of the form "not all of these".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, TypeAlias

import covertable  # type: ignore[import-untyped]

from upload_matrix.matrix.axes import Rule
from upload_matrix.matrix.shape import Row
from upload_matrix.model.errors import HarnessError

Clause: TypeAlias = tuple[tuple[int, int], ...]
"""Axes, each with the bits of some of its values. No row may have such a value on all of them."""

Domains: TypeAlias = list[int]

MAX_STEPS = 10_000_000
"""Literals one space may look at: some seconds of work, a hundred times what a usual matrix needs."""


def bits(values: Sequence[str], some: Collection[str]) -> int:
    """The bits of ``some`` of the values."""
    return sum(1 << position for position, value in enumerate(values) if value in some)


class TooEntangledError(Exception):
    """The search was given up after MAX_STEPS; deciding this is as hard as satisfiability."""


@dataclass(slots=True)
class Space:
    """``sizes`` gives the number of values per axis; ``steps`` counts the work done."""

    sizes: tuple[int, ...]
    clauses: tuple[Clause, ...]
    steps: int = field(default=0)

    @classmethod
    def over(
        cls,
        values: Sequence[Sequence[str]],
        forbidden: Iterable[Iterable[tuple[int, Collection[str]]]],
    ) -> Space:
        """The space of rows over named ``values`` in which no ``forbidden`` combination occurs."""
        return cls(
            tuple(map(len, values)),
            tuple(tuple((axis, bits(values[axis], some)) for axis, some in rule) for rule in forbidden),
        )

    def everything(self) -> Domains:
        """Domains with every value still possible."""
        return [(1 << size) - 1 for size in self.sizes]

    def solved(self, domains: Domains) -> Domains | None:
        """Domains within ``domains`` of which *every* choice is allowed; None when there is none.

        Raises TooEntangledError when that takes more than MAX_STEPS.
        """
        pending = [domains]
        while pending:
            narrowed = self.propagated(pending.pop())
            if narrowed is None:
                continue
            clause = next((clause for clause in self.clauses if _open(clause, narrowed)), None)
            if clause is None:
                return narrowed
            axis, some = next((axis, some) for axis, some in clause if narrowed[axis] & ~some)
            inside, outside = narrowed.copy(), narrowed
            inside[axis] &= some
            outside[axis] &= ~some
            pending += (inside, outside)
        return None

    def propagated(self, domains: Domains) -> Domains | None:
        """``domains`` without the values that a single clause rules out; None when nothing is left."""
        if not all(domains):
            return None
        domains = domains.copy()
        changed = True
        while changed:
            changed = False
            for clause in self.clauses:
                self.steps += len(clause)
                saving = _saving(clause, domains)
                if saving is None or len(saving) > 1:
                    continue
                if not saving:
                    return None
                axis, some = saving[0]
                domains[axis] &= ~some
                changed = True
            if self.steps > MAX_STEPS:
                raise TooEntangledError
        return domains


def _open(clause: Clause, domains: Domains) -> bool:
    """Whether some choice within the domains would still break the clause."""
    return all(domains[axis] & some for axis, some in clause)


def _saving(clause: Clause, domains: Domains) -> list[tuple[int, int]] | None:
    """The literals that can still keep the clause from breaking; None when it no longer can break."""
    saving = []
    for axis, some in clause:
        if not domains[axis] & some:
            return None
        if domains[axis] & ~some:
            saving.append((axis, some))
    return saving


# Rows in which every pair of values occurs that can occur at all, and far fewer of them than a product.
#
# covertable makes the rows of small matrices; it checks constraints value by value, so its work is bounded.
# Whatever pairs it leaves, and all pairs of large matrices, are covered greedily (the method of AETG: Cohen
# et al., 1997). A pair counts as impossible only when a complete search found no row for it.


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
