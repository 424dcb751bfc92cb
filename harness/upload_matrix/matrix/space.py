"""Which combinations of values some forbidden combinations still allow: a complete search.

Values are bits: a domain is an integer whose bit ``v`` says that value ``v`` is still possible. The
search is DPLL (Davis, Logemann, Loveland 1962) on clauses of the form "not all of these".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

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
