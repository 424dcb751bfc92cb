"""Whether there is room for one more request, and how much of it that takes."""

from __future__ import annotations

import sqlite3
from fractions import Fraction
from math import ceil

from upload_matrix.model.budget import BudgetExceededError, UnknownPriceError
from upload_matrix.model.money import BEYOND, Money, from_nanos, shown, to_nanos


def reservable(
    connection: sqlite3.Connection, run: sqlite3.Row, target: str, model: str | None, worst: Money | None
) -> int | None:
    """Billionths of a dollar to reserve, None when unknown; raises when a limit does not allow it."""
    if run["max_calls"] is not None and run["calls"] >= run["max_calls"]:
        raise BudgetExceededError(
            "max_calls",
            f"{run['calls']} calls were made or are under way, and {run['max_calls']} are allowed",
        )
    if worst is not None:
        amount: int | None = _corrected(connection, run["id"], target, model, to_nanos(worst))
    else:
        amount = run["unknown_price_as"]
    if run["budget"] is None:
        return amount
    if amount is None:
        raise UnknownPriceError(target, model, from_nanos(run["budget"]))
    if run["counted"] + amount > run["budget"]:
        counted, budget = from_nanos(run["counted"]), from_nanos(run["budget"])
        held = f", {shown(from_nanos(run['held']))} of it for requests not settled" if run["held"] else ""
        raise BudgetExceededError(
            "budget",
            f"{shown(counted)} of the budget of {shown(budget)} is spent or reserved{held}; the next request "
            f"may cost {shown(from_nanos(amount))}",
            held=run["open"],
        )
    return amount


def _corrected(connection: sqlite3.Connection, run: str, target: str, model: str | None, worst: int) -> int:
    """``worst``, raised in proportion where this run has seen this model cost more than was reserved.

    A worst case is only as good as its price table. Once a call shows it wrong, the next ones are
    not let through on the same mistake.
    """
    rows = connection.execute(
        "SELECT counted, reserved FROM calls WHERE run = ? AND target = ? AND model IS ?"
        " AND counted > reserved AND reserved > 0",
        (run, target, model),
    )
    raised = ceil(worst * max((Fraction(*row) for row in rows), default=Fraction(1)))
    return min(raised, to_nanos(BEYOND))
