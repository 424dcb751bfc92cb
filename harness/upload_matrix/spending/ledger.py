"""The ledger: what every run may spend, what it reserved and what it spent, in one SQLite file.

Any number of threads and processes may use it at once. A reservation checks the limits and is written in
one transaction that is on the disk before the request leaves, so limits hold whoever asks, and a process
killed at any moment leaves every request that may have left counted at its worst case.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_state_dir

from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.money import LARGEST, Money, from_nanos, to_nanos
from upload_matrix.model.usage import Usage
from upload_matrix.spending.entries import CallEntry, RunEntry, State
from upload_matrix.spending.limits import reservable
from upload_matrix.spending.rows import all_runs, call_entry, run_entry, standing
from upload_matrix.spending.storage import Storage


def default_ledger_path() -> Path:
    """``ledger.sqlite`` in the user's state folder for upload-matrix."""
    return Path(user_state_dir("upload-matrix", appauthor=False)) / "ledger.sqlite"


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """The books in the file ``path``, made if it is not there; use as a context manager. Thread-safe.

    ``wait`` is how long, in seconds, another process may hold the file before LedgerError is raised. A new
    process opens its own; a fork cannot go on with its parent's.
    """

    def __init__(
        self, path: Path | None = None, *, wait: float = 60.0, now: Callable[[], datetime] = _now
    ) -> None:
        self.path = path or default_ledger_path()
        self._now = now
        self._storage = Storage(self.path, wait=wait)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; reservations that are open stay so, and count."""
        self._storage.close()

    def open_run(
        self,
        *,
        budget: Money | None = None,
        max_calls: int | None = None,
        unknown_price_as: Money | None = None,
        label: str = "",
    ) -> str:
        """Begin a run and return its id, which other processes may use to spend from the same budget.

        ``budget`` in USD and ``max_calls`` are limits for all of them together, None for no limit.
        ``unknown_price_as`` is what a call of unknown price counts as; without it such a call is refused
        where there is a budget. Raises ConfigurationError for an amount or number that is none.
        """
        for name, amount in (("budget", budget), ("unknown_price_as", unknown_price_as)):
            if amount is not None and not (amount.is_finite() and 0 <= amount <= LARGEST):
                raise ConfigurationError(f"{name}: {amount} is no amount; give USD from 0 to {LARGEST}")
        if max_calls is not None and not 0 <= max_calls < 2**31:
            raise ConfigurationError(f"max_calls: {max_calls} is no number of calls; give 0 or more")
        run = secrets.token_hex(8)
        limits = (None if amount is None else to_nanos(amount) for amount in (budget, unknown_price_as))
        with self._storage.writing() as connection:
            connection.execute(
                "INSERT INTO runs (id, label, started, max_calls, budget, unknown_price_as)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (run, label, self._time(), max_calls, *limits),
            )
        return run

    def reserve(
        self, run: str, target: str, model: str | None, wire: str, worst: Money | None, *, sample: int = 0
    ) -> int:
        """Make room for one attempt; its number, when it is on the disk. See ``model.budget.Account``.

        Raises BudgetExceededError, UnknownPriceError, LedgerError; ConfigurationError for an unknown run.
        """
        with self._storage.writing() as connection:
            reserved = reservable(connection, standing(connection, run), target, model, worst)
            cursor = connection.execute(
                "INSERT INTO calls (run, target, model, wire, sample, state, reserved, counted, reserved_at)"
                " VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?)",
                (run, target, model, wire, sample, reserved, reserved, self._time()),
            )
            return int(cursor.lastrowid or 0)

    def settle(
        self,
        number: int,
        spent: Money | None = None,
        *,
        status: int | None = None,
        request_id: str | None = None,
        seconds: float | None = None,
        usage: Usage | None = None,
        why: str | None = None,
    ) -> Money | None:
        """Note how an attempt ended; what it counts as, None when unknown.

        That is ``spent``, what it cost (see ``price.spent_on``); where nobody says, what was reserved: it may
        have been served to the end. Raises HarnessError when it was settled or released before.
        """
        with self._storage.writing() as connection:
            reserved = _open_reservation(connection, number)
            counted = from_nanos(reserved) if spent is None and reserved is not None else spent
            connection.execute(
                "UPDATE calls SET state = 'settled', counted = ?, settled_at = ?, status = ?, request_id = ?,"
                " seconds = ?, usage = ?, why = ? WHERE number = ?",
                (
                    None if counted is None else to_nanos(counted),
                    self._time(),
                    status,
                    request_id,
                    seconds,
                    None if usage is None else json.dumps(asdict(usage)),
                    why,
                    number,
                ),
            )
        return counted

    def release(self, number: int, why: str) -> None:
        """Note that an attempt never left this machine. Raises HarnessError as ``settle`` does."""
        with self._storage.writing() as connection:
            _open_reservation(connection, number)
            connection.execute(
                "UPDATE calls SET state = 'released', counted = 0, settled_at = ?, why = ? WHERE number = ?",
                (self._time(), why, number),
            )

    def run(self, run: str) -> RunEntry:
        """Where a run stands; raises ConfigurationError when there is none of that id."""
        with self._storage.reading() as connection:
            return run_entry(standing(connection, run))

    def runs(self) -> tuple[RunEntry, ...]:
        """Every run, the oldest first."""
        with self._storage.reading() as connection:
            return tuple(run_entry(row) for row in all_runs(connection))

    def calls(self, run: str) -> tuple[CallEntry, ...]:
        """A run's attempts in the order they were reserved; raises ConfigurationError for an unknown run."""
        with self._storage.reading() as connection:
            standing(connection, run)
            rows = connection.execute("SELECT * FROM calls WHERE run = ? ORDER BY number", (run,)).fetchall()
        return tuple(call_entry(row) for row in rows)

    def _time(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="milliseconds")


def _open_reservation(connection: sqlite3.Connection, number: int) -> int | None:
    """What an open attempt reserved; raises HarnessError when it is not open."""
    row = connection.execute("SELECT state, reserved FROM calls WHERE number = ?", (number,)).fetchone()
    if row is None or row["state"] != State.OPEN:
        state = "not in the ledger" if row is None else row["state"]
        raise HarnessError(f"call {number} is {state}: a reservation is settled or released once")
    reserved: int | None = row["reserved"]
    return reserved
