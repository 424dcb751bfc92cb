"""Asking for permission to spend: what a sender needs of the ledger, and how it is told no.

* HarnessError
  * BudgetExceededError        exit code 4: nothing more is sent
  * ConfigurationError
    * UnknownPriceError        exit code 2: a budget cannot hold where a price is unknown
"""

from __future__ import annotations

from typing import Protocol

from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.money import Money, shown
from upload_matrix.model.usage import Usage


class BudgetExceededError(HarnessError):
    """The next request could go beyond a limit, so it was not sent.

    ``limit`` names it: ``budget`` or ``max_calls``. ``held`` is how many requests of the run are not settled:
    those under way, after which the request may fit into the budget after all, and those of killed
    processes, which stay as they are.
    """

    def __init__(self, limit: str, message: str, *, held: int = 0) -> None:
        self.limit = limit
        self.held = held
        super().__init__(message)


class UnknownPriceError(ConfigurationError):
    """A budget is set, and nobody knows what the request costs."""

    def __init__(self, target: str, model: str | None, budget: Money) -> None:
        super().__init__(
            f"{target}: the price of {model or 'a request that names no model'} is unknown, so a budget of "
            f"{shown(budget)} cannot hold; add it to a price table, say what an unknown call is to count as, "
            "or limit the number of calls instead of money"
        )


class Reservation(Protocol):
    """Room made for one attempt. Settle or release it once; what is never settled counts as spent."""

    def settle(
        self,
        spent: Money | None = None,
        *,
        status: int | None = None,
        request_id: str | None = None,
        seconds: float | None = None,
        usage: Usage | None = None,
        why: str | None = None,
    ) -> Money | None:
        """The attempt is over; returns what it is counted at in USD, None when that is unknown.

        ``spent`` is its cost from usage where that is known. ``status`` is None when no whole answer came.
        """

    def release(self, why: str) -> None:
        """The attempt never left this machine (no connection came about): it counts as nothing."""


class Account(Protocol):
    """Who gives room for requests."""

    def reserve(
        self, target: str, model: str | None, wire: str, worst: Money | None, *, sample: int = 0
    ) -> Reservation:
        """Make durable room for one attempt that may cost ``worst`` USD (None: unknown).

        Call it before the request leaves. Raises BudgetExceededError or UnknownPriceError; then nothing
        may be sent.
        """
