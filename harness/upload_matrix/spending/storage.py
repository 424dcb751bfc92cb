"""The ledger's file: opened, checked and written so that what was committed outlives a crash."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from upload_matrix.model.errors import ConfigurationError, HarnessError

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
