"""The purse of one run: what a sender asks for room before each attempt."""

from __future__ import annotations

from upload_matrix.model.money import Money
from upload_matrix.model.usage import Usage
from upload_matrix.spending.entries import RunEntry
from upload_matrix.spending.ledger import Ledger


class LedgerReservation:
    """A ``model.budget.Reservation`` in the ledger; ``number`` is the call's there."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self._ledger = ledger
        self.number = number

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
        """See ``model.budget.Reservation.settle``."""
        return self._ledger.settle(
            self.number, spent, status=status, request_id=request_id, seconds=seconds, usage=usage, why=why
        )

    def release(self, why: str) -> None:
        """See ``model.budget.Reservation.release``."""
        self._ledger.release(self.number, why)


class LedgerAccount:
    """A ``model.budget.Account``: one run of a ledger. Thread-safe; another process makes its own from the
    ledger's path and the run's id."""

    def __init__(self, ledger: Ledger, run: str) -> None:
        self._ledger = ledger
        self.run = run

    def reserve(
        self, target: str, model: str | None, wire: str, worst: Money | None, *, sample: int = 0
    ) -> LedgerReservation:
        """See ``model.budget.Account.reserve``."""
        number = self._ledger.reserve(self.run, target, model, wire, worst, sample=sample)
        return LedgerReservation(self._ledger, number)

    def standing(self) -> RunEntry:
        """Limits, what is counted and what is left."""
        return self._ledger.run(self.run)
