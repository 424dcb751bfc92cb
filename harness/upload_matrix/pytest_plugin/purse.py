"""The books of one run, as far as a pytest process has to do with them: opened when first needed."""

from __future__ import annotations

from upload_matrix.pytest_plugin.options import Limits
from upload_matrix.spending import Ledger, LedgerAccount


class Purse:
    """The account live calls are booked in. ``run`` is the ledger's run that another process began."""

    def __init__(self, limits: Limits, run: str | None = None) -> None:
        self._limits = limits
        self._run = run
        self._ledger: Ledger | None = None

    def run(self) -> str:
        """The ledger's run, begun now if none was given; raises LedgerError."""
        if self._run is None:
            limits = self._limits
            self._run = self._open().open_run(
                budget=limits.budget,
                max_calls=limits.max_calls,
                unknown_price_as=limits.unknown_price_as,
                label="pytest",
            )
        return self._run

    def account(self) -> LedgerAccount:
        """Who gives room for calls; raises LedgerError."""
        return LedgerAccount(self._open(), self.run())

    def close(self) -> None:
        """Close the file."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def _open(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger(self._limits.ledger)
        return self._ledger
