"""Money on disk: dated price tables, and the ledger that keeps a budget across threads and processes.

Imports ``model`` only. ``account`` is what a sender asks for room, ``ledger`` keeps the books; a sender knows
``model.budget.Account`` and not this room. ``tables`` and ``recipes`` read YAML; import them where needed.
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
