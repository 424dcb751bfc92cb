"""What variants cost as rows of one plot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upload_matrix.judge.ab import Ab
from upload_matrix.judge.cost import CostSum
from upload_matrix.judge.run_cost import cost_of_variant, run_cost
from upload_matrix.model.result import Run
from upload_matrix.report.costs import amount, basis, per_call, tokens
from upload_matrix.report.html.plots import place

HOW = (
    "Computed from the usage that live answers report. An answer counts once, whoever reads its recording "
    "since. A request that was turned away counts as nothing; what is not known is said to be, and never "
    "taken for zero."
)


@dataclass(frozen=True, slots=True)
class Spent:
    """One row. ``width`` is the known part of its cost in percent of the dearest row's; ``unknown`` whether
    more was spent than is known. ``shared`` of its ``calls`` answer other variants as well."""

    badge: str
    name: str
    width: float
    unknown: bool
    amount: str
    per_call: str
    calls: int
    shared: int
    tokens: str


@dataclass(frozen=True, slots=True)
class CostRows:
    """Rows with their sum; ``prices`` are sentences about the price lines they are computed by."""

    rows: tuple[Spent, ...]
    total: Spent
    prices: tuple[str, ...]
    more: int = 0


def of_run(run: Run, most: int) -> CostRows | None:
    """The variants of a run, the dearest first and not more than ``most``; None without live usage."""
    found = run_cost(run)
    if found is None:
        return None
    ranked = sorted(found.variants, key=lambda each: -each.cost.money.known)
    rows = _rows(("", each.variant, each.cost, each.shared) for each in ranked[:most])
    return CostRows(
        rows, _row("", "together", found.total, 0, 0), tuple(basis(run.prices)), len(ranked) - len(rows)
    )


def of_ab(ab: Ab, run: Run) -> CostRows | None:
    """A and B; None without live usage."""
    found = run_cost(run)
    if found is None:
        return None
    sides = [
        (badge, side.variant, cost_of_variant(found, side.variant))
        for badge, side in (("A", ab.a), ("B", ab.b))
    ]
    rows = _rows((badge, name, own.cost, own.shared) for badge, name, own in sides if own is not None)
    return CostRows(rows, _row("", "together, with controls", found.total, 0, 0), tuple(basis(run.prices)))


def _rows(found: Iterable[tuple[str, str, CostSum, int]]) -> tuple[Spent, ...]:
    listed = list(found)
    dearest = max((float(cost.money.known) for _, _, cost, _ in listed), default=0.0)
    return tuple(_row(badge, name, cost, shared, dearest) for badge, name, cost, shared in listed)


def _row(badge: str, name: str, cost: CostSum, shared: int, dearest: float) -> Spent:
    return Spent(
        badge=badge,
        name=name,
        width=place(float(cost.money.known), dearest) if dearest else 0.0,
        unknown=cost.money.unknown > 0,
        amount=amount(cost),
        per_call=per_call(cost),
        calls=cost.calls,
        shared=shared,
        tokens=tokens(cost.usage),
    )
