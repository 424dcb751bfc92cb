"""The ledger: what every run may spend, what it reserved and what it spent, in one SQLite file.

Any number of threads and processes may use it at once. A reservation checks the limits and is written in
one transaction that is on the disk before the request leaves, so limits hold whoever asks, and a process
killed at any moment leaves every request that may have left counted at its worst case.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from platformdirs import user_state_dir

from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.plan import AttemptEnd, BudgetExceededError, UnknownPriceError
from upload_matrix.model.price import BEYOND, LARGEST, Money, Total, Usage, from_nanos, shown, to_nanos
from upload_matrix.model.words import ExplainedWord

# The ledger's file: opened, checked and written so that what was committed outlives a crash.


APPLICATION: Final = 0x554D4C47
"""Written into the file's header, so that another program's database is never taken for a ledger."""

FORMAT: Final = 1

# Amounts are billionths of a dollar: integers add up exactly. NULL is an unknown amount.
SCHEMA: Final = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        label TEXT NOT NULL,
        started TEXT NOT NULL,
        budget INTEGER CHECK (budget >= 0),
        max_calls INTEGER CHECK (max_calls >= 0),
        unknown_price_as INTEGER CHECK (unknown_price_as >= 0)
    )""",
    """CREATE TABLE calls (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL REFERENCES runs (id),
        target TEXT NOT NULL,
        model TEXT,
        wire TEXT NOT NULL,
        sample INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released')),
        reserved INTEGER CHECK (reserved >= 0),
        counted INTEGER CHECK (counted >= 0),
        reserved_at TEXT NOT NULL,
        settled_at TEXT,
        status INTEGER,
        request_id TEXT,
        seconds REAL,
        usage TEXT,
        why TEXT
    )""",
    "CREATE INDEX calls_of_run ON calls (run)",
)


class LedgerError(ConfigurationError):
    """The ledger's file cannot be used; the message says why and what to do."""


class Storage:
    """One connection to the file, shared by the threads of this process. Not to be carried over a fork.

    ``wait`` is how long, in seconds, another process may hold the file. It must not lie on a network drive:
    SQLite's write-ahead log needs memory that all its processes share. Raises LedgerError.
    """

    def __init__(self, path: Path, *, wait: float) -> None:
        self._path = path
        self._wait = wait
        self._owner = os.getpid()
        self._turn = threading.Lock()
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._told(), self._alone():
            self._connection: sqlite3.Connection | None = self._open()

    def close(self) -> None:
        """Close the file; again does nothing."""
        with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None and self._owner == os.getpid():
                with self._told(), self._alone():
                    connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that no other process or thread is beside; on the disk when this returns."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One view of the file as of now."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._turn, self._told():
            connection = self._connection
            if self._owner != os.getpid():
                raise HarnessError("a ledger was carried over a fork; open it anew in the new process")
            if connection is None:
                raise HarnessError("the ledger is closed")
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A failed COMMIT (a full disk) may have ended the transaction already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            if self._is_new(connection):
                self._create(connection)
            # FULL: with a write-ahead log, only then is each commit on the disk before it returns.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        if (application, version) == (APPLICATION, FORMAT):
            flaw = _pragma(connection, "quick_check(1)")
            if flaw != "ok":
                raise sqlite3.DatabaseError(str(flaw))
            return False
        if application == APPLICATION:
            raise LedgerError(
                f"{self._path}: a ledger of format {version}, this version knows {FORMAT}; update "
                "upload-matrix, or name another file"
            )
        if application or _pragma(connection, "schema_version"):
            raise LedgerError(f"{self._path}: a database, but no ledger of ours; name another file")
        return True

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
        _sync_folder(self._path.parent)

    def _alone(self) -> FileLock:
        """Opening and closing one at a time: SQLite does not wait for a file that is just being set up."""
        return FileLock(f"{self._path}.lock", timeout=self._wait)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in words that name the file and the way out."""
        try:
            yield
        except (sqlite3.OperationalError, Timeout) as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                message = f"another process has held it for {self._wait:g} seconds; end that one"
            else:
                message = f"cannot be used: {error}; see to the disk and the folder's rights, or name another"
            raise LedgerError(f"ledger {self._path}: {message}") from error
        except sqlite3.DatabaseError as error:
            raise LedgerError(
                f"ledger {self._path}: not sound ({error}); what it counted cannot be trusted. Move it away "
                "with the files beside it (-wal, -shm) to begin a new one, or name another"
            ) from error
        except OSError as error:
            raise LedgerError(f"ledger {self._path}: cannot be used: {error}; name another file") from error


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _sync_folder(folder: Path) -> None:
    """Have the new file's name on the disk as well; Windows has no way to ask for that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# What the ledger holds, as it is read back: runs and their calls.


class CallState(ExplainedWord):
    """What became of a reservation."""

    OPEN = (
        "open",
        "The call is under way, or its process died: nobody knows whether the request left. It counts "
        "as it was reserved.",
    )
    SETTLED = "settled", "The call ended, and is counted at what it cost as far as is known."
    RELEASED = "released", "The call never left this machine; it counts neither as money nor as a call."


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
    state: CallState
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


# Rows of the ledger's tables, and what they say.


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
        state=CallState(row["state"]),
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


# Whether there is room for one more request, and how much of it that takes.


def reservable(
    connection: sqlite3.Connection, run: sqlite3.Row, target: str, model: str | None, worst: Money | None
) -> int | None:
    """Billionths of a dollar to reserve, None when unknown; raises when a limit does not allow it."""
    if run["max_calls"] is not None and run["calls"] >= run["max_calls"]:
        raise BudgetExceededError(
            "max_calls",
            f"calls made or under way: {run['calls']}, allowed: {run['max_calls']}",
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
        """Make room for one attempt; its number, when it is on the disk. See ``model.plan.Account``.

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

    def settle(self, number: int, spent: Money | None, ended: AttemptEnd) -> Money | None:
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
                    ended.status,
                    ended.request_id,
                    ended.seconds,
                    None if ended.usage is None else json.dumps(asdict(ended.usage)),
                    ended.why,
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
    if row is None or row["state"] != CallState.OPEN:
        state = "not in the ledger" if row is None else row["state"]
        raise HarnessError(f"call {number} is {state}: a reservation is settled or released once")
    reserved: int | None = row["reserved"]
    return reserved


# The account of one run: what a sender asks for room before each attempt.


class LedgerReservation:
    """A ``model.plan.Reservation`` in the ledger; ``number`` is the call's there."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self._ledger = ledger
        self.number = number

    def settle(self, spent: Money | None, ended: AttemptEnd) -> Money | None:
        """See ``model.plan.Reservation.settle``."""
        return self._ledger.settle(self.number, spent, ended)

    def release(self, why: str) -> None:
        """See ``model.plan.Reservation.release``."""
        self._ledger.release(self.number, why)


class LedgerAccount:
    """A ``model.plan.Account``: one run of a ledger. Thread-safe; another process makes its own from the
    ledger's path and the run's id."""

    def __init__(self, ledger: Ledger, run: str) -> None:
        self._ledger = ledger
        self.run = run

    def reserve(
        self, target: str, model: str | None, wire: str, worst: Money | None, *, sample: int = 0
    ) -> LedgerReservation:
        """See ``model.plan.Account.reserve``."""
        number = self._ledger.reserve(self.run, target, model, wire, worst, sample=sample)
        return LedgerReservation(self._ledger, number)

    def standing(self) -> RunEntry:
        """Limits, what is counted and what is left."""
        return self._ledger.run(self.run)
