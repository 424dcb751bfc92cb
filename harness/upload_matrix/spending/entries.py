"""What the ledger holds, as it is read back: runs and their calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from upload_matrix.model.money import Money, Total
from upload_matrix.model.usage import Usage


class State(StrEnum):
    """What became of a reservation."""

    OPEN = "open"
    """Under way, or its process died: nobody knows whether the request left. Counts as it was reserved."""
    SETTLED = "settled"
    RELEASED = "released"
    """It never left this machine; counts neither as money nor as a call."""


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One attempt. ``reserved`` and ``counted`` are USD, None where the price is unknown.

    ``counted`` is what it takes from the budget: while open what was reserved, afterwards what it cost as
    far as is known. Times are ISO 8601 in UTC, ``seconds`` is the time to its answer.
    """

    number: int
    target: str
    model: str | None
    wire: str
    sample: int
    state: State
    reserved: Money | None
    counted: Money | None
    reserved_at: str
    settled_at: str | None = None
    status: int | None = None
    request_id: str | None = None
    seconds: float | None = None
    usage: Usage | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run with its limits and where it stands: ``calls`` made or under way, ``open`` of them not settled.

    ``counted`` is the sum of what its calls count as, ``held`` the part of that which is not settled.
    """

    id: str
    label: str
    started: str
    budget: Money | None
    max_calls: int | None
    unknown_price_as: Money | None
    calls: int
    open: int
    counted: Total
    held: Total

    @property
    def money_left(self) -> Money | None:
        """USD that may still be reserved; None without a budget."""
        return None if self.budget is None else max(self.budget - self.counted.known, self.budget * 0)

    @property
    def calls_left(self) -> int | None:
        """Calls that may still be made; None without a limit."""
        return None if self.max_calls is None else max(self.max_calls - self.calls, 0)
