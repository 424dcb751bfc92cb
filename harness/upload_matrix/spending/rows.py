"""Rows of the ledger's tables, and what they say."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.money import Money, Total, from_nanos
from upload_matrix.model.usage import Usage
from upload_matrix.spending.entries import CallEntry, RunEntry, State

_RUN = """SELECT runs.*,
    COUNT(CASE WHEN state != 'released' THEN 1 END) AS calls,
    COUNT(CASE WHEN state = 'open' THEN 1 END) AS open,
    COALESCE(SUM(counted), 0) AS counted,
    COUNT(CASE WHEN state != 'released' AND counted IS NULL THEN 1 END) AS unknown,
    COALESCE(SUM(CASE WHEN state = 'open' THEN counted END), 0) AS held,
    COUNT(CASE WHEN state = 'open' AND counted IS NULL THEN 1 END) AS held_unknown
    FROM runs LEFT JOIN calls ON calls.run = runs.id"""


def standing(connection: sqlite3.Connection, run: str) -> sqlite3.Row:
    """A run with its sums; raises ConfigurationError when there is none of that id."""
    row: sqlite3.Row | None = connection.execute(
        f"{_RUN} WHERE runs.id = ? GROUP BY runs.id", (run,)
    ).fetchone()
    if row is None:
        raise ConfigurationError(f"the ledger holds no run {run!r}; begin one, or name another ledger")
    return row


def all_runs(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every run with its sums, the oldest first."""
    return connection.execute(f"{_RUN} GROUP BY runs.id ORDER BY runs.rowid").fetchall()


def run_entry(row: sqlite3.Row) -> RunEntry:
    """A row of ``standing`` or ``all_runs``."""
    return RunEntry(
        id=row["id"],
        label=row["label"],
        started=row["started"],
        budget=_money(row["budget"]),
        max_calls=row["max_calls"],
        unknown_price_as=_money(row["unknown_price_as"]),
        calls=row["calls"],
        open=row["open"],
        counted=Total(from_nanos(row["counted"]), row["unknown"]),
        held=Total(from_nanos(row["held"]), row["held_unknown"]),
    )


def call_entry(row: sqlite3.Row) -> CallEntry:
    """A row of ``calls``."""
    usage: dict[str, Any] | None = None if row["usage"] is None else json.loads(row["usage"])
    return CallEntry(
        number=row["number"],
        target=row["target"],
        model=row["model"],
        wire=row["wire"],
        sample=row["sample"],
        state=State(row["state"]),
        reserved=_money(row["reserved"]),
        counted=_money(row["counted"]),
        reserved_at=row["reserved_at"],
        settled_at=row["settled_at"],
        status=row["status"],
        request_id=row["request_id"],
        seconds=row["seconds"],
        usage=None if usage is None else Usage(**usage),
        why=row["why"],
    )


def _money(nanos: int | None) -> Money | None:
    return None if nanos is None else from_nanos(nanos)
