"""Money on disk: dated price tables, and the ledger that keeps a budget across threads and processes.

``ledger`` keeps the books; a sender knows its ``model.plan.Account`` and not this room. ``tables`` reads
prices and recipes.
"""

from __future__ import annotations

from upload_matrix.spending.ledger import (
    CallEntry,
    CallState,
    Ledger,
    LedgerAccount,
    LedgerError,
    RunEntry,
    default_ledger_path,
)

__all__ = [
    "CallEntry",
    "CallState",
    "Ledger",
    "LedgerAccount",
    "LedgerError",
    "RunEntry",
    "default_ledger_path",
]
