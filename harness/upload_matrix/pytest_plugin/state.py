"""What one pytest process holds for its cases: options, matrices, session, books, and finished cases."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from upload_matrix.answers.answering import EMULATOR, Answering, Policy, recorded_folders
from upload_matrix.answers.given import Given, read_given
from upload_matrix.ask.options import Limits
from upload_matrix.model.case import Case
from upload_matrix.model.codec import decode, encode
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.pytest_plugin.cases import FIXTURE, Library
from upload_matrix.pytest_plugin.options import Options, read
from upload_matrix.recordings import RecordMode
from upload_matrix.report.streams import columns
from upload_matrix.run.collect import Record
from upload_matrix.run.loading import settings_of
from upload_matrix.run.session import Session, Settings
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import WireForm


class Books:
    """The account live calls are booked in. ``run`` is the ledger's run that another process began."""

    def __init__(self, limits: Limits, run: str | None = None) -> None:
        self._limits = limits
        self._run = run
        self._ledger: Ledger | None = None

    def run(self) -> str:
        """The ledger's run, begun now if none was given; raises LedgerError."""
        if self._run is None:
            self._run = self._limits.begin(self._open(), "pytest")
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


ATTRIBUTE = "upload_matrix"


def pack(record: Record) -> str:
    """The record as JSON text."""
    return json.dumps({"seconds": record.result.seconds, "record": encode(record)})


def unpack(text: str) -> Record:
    """The record that ``pack`` wrote."""
    document = json.loads(text)
    record: Record = decode(Record, document["record"])
    # No document keeps the seconds of a case, so they travel beside it.
    return replace(record, result=replace(record.result, seconds=document["seconds"]))


RECORDED_INPUT = "upload_matrix_recorded"
"""Under which a pytest-xdist worker is told which targets had recordings when the run began."""

ACCOUNT_INPUT = "upload_matrix_account"
"""Under which it is told the run of the ledger that all of them spend from; None where nothing is booked."""


class State:
    """Made when pytest is configured; the session is made when the first case needs it."""

    def __init__(
        self,
        options: Options,
        today: date,
        recorded: frozenset[str] | None,
        worker: bool,
        books: Books | None = None,
    ) -> None:
        self.options = options
        self.library = Library(options)
        self.worker = worker
        # As wide as the terminal is now: while a test runs, pytest has another stream in its place.
        self.width = columns()
        self._today = today
        self._recorded = recorded
        self.following: Case | None = None
        self._books = books or Books(options.limits)
        self._session: Session | None = None
        self._finished: dict[str, Record] = {}
        self._told_wires: set[str] = set()
        self._told_environments: set[str] = set()

    @classmethod
    def of(cls, config: pytest.Config, today: date) -> State:
        """The state of this process; a worker of pytest-xdist takes the coordinator's decisions."""
        given = getattr(config, "workerinput", None)
        if given is None:
            return cls(read(config), today, None, worker=False)
        options = read(config)
        books = Books(options.limits, given[ACCOUNT_INPUT])
        return cls(options, today, frozenset(given[RECORDED_INPUT]), worker=True, books=books)

    def heed(self, config: pytest.Config, paths: tuple[Path, ...]) -> None:
        """Take the settings of the matrices that tests name, up to ``paths``.

        Raises ConfigurationError, pytest.UsageError.
        """
        options = read(config, tuple(dict.fromkeys((*self.library.paths(), *paths))))
        if options == self.options:
            return
        if self.worker:
            raise ConfigurationError(
                "settings of a matrix that a mark names are unknown to the main process of pytest-xdist; "
                "put them into pyproject.toml, or name the matrix with --upload-matrix"
            )
        self.options = self.library.options = options
        self._books = Books(options.limits)

    def account_run(self) -> str | None:
        """The run of the ledger that live calls are booked in; None when nothing can be sent."""
        return self._books.run() if self._sends else None

    @property
    def _sends(self) -> bool:
        return self.options.mode is not RecordMode.NONE or not self.options.recording

    def session(self) -> Session:
        """The session of this process."""
        if self._session is None:
            self._session = Session(self._settings())
        return self._session

    def close(self) -> None:
        """End the session, if there was one."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self._books.close()

    def prepare(self, items: Iterable[pytest.Item]) -> None:
        """Check that every case can be answered, and start the probes; raises ConfigurationError."""
        cases = [case for _, case in map(parameter, items) if case is not None]
        if not cases:
            return
        session = self.session()
        for target in dict.fromkeys(case.target for case in cases):
            session.answering.answerer(target)
        session.warm(cases)
        session.read_ahead(len(cases))
        # What was collected stays to the end; looking through it again and again would slow long runs.
        gc.collect()
        gc.freeze()

    def follow(self, item: pytest.Item | None) -> None:
        """Note the test that comes after the current one."""
        self.following = None if item is None else parameter(item)[1]

    def done(self, item: pytest.Item, index: int, result: CaseResult) -> None:
        """Take a finished case, to be attached to its test's report."""
        session = self.session()
        new = {digest: session.wires[digest] for digest in result.wires if digest not in self._told_wires}
        self._told_wires.update(new)
        environments = tuple(
            item for item in session.environments() if item.name not in self._told_environments
        )
        self._told_environments.update(item.name for item in environments)
        assets = session.assets() if new else {}
        self._finished[item.nodeid] = Record(index, result, new, environments, assets)

    def attachment(self, item: pytest.Item) -> Record | str | None:
        """The finished case of a test, in the form its report can carry; None when it ran none."""
        record = self._finished.pop(item.nodeid, None)
        return pack(record) if record is not None and self.worker else record

    def recorded(self) -> frozenset[str]:
        """Which targets' folders hold recordings now; asked once, before any worker starts."""
        return recorded_folders(self.options.cassettes)

    def tidy_up(self, run: Run) -> tuple[Path, ...]:
        """Remove recordings that a complete ``rewrite`` left over; what was removed.

        Recordings are shared by all matrices that name their target. So a run is complete, and may call
        a recording left over, only when whole folders of matrices were run to the last case.
        """
        options = self.options
        if options.mode is not RecordMode.REWRITE or not options.recording:
            return ()
        if not self.library.all():
            # The coordinator of pytest-xdist collects nothing itself.
            self.library.load(options.matrices)
        expected = sum(len(loaded.cases) for loaded in self.library.all())
        complete = len(run.results) == expected and all(map(Path.is_dir, self.library.paths()))
        played: dict[str, list[WireForm]] = {}
        for result in run.results:
            wires = played.setdefault(result.target, [])
            wires.extend(run.wires[wire] for wire in result.asked)
        with Answering(self._policy(), self._targets(), self._profiles()) as answering:
            return answering.tidy_up(played, complete=complete)

    def given(self) -> Given:
        """What asking live servers left for this run."""
        path = self.options.given
        return Given() if path is None else read_given(path)

    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how this run was asked for."""
        notes = []
        if self.options.target is not None:
            notes.append(f"every case asks {self.options.target} in place of its matrix's own target")
        if self.options.through is not None:
            notes.append(f"every call took the gateway {self.options.through.name}")
        given = self.given()
        notes += [given.note] if given.note is not None else []
        notes += [f"mime table {name} is {path.name}" for name, path in sorted(self.options.tables.items())]
        return tuple(notes)

    def _policy(self) -> Policy:
        options = self.options
        return Policy(
            cassettes=options.cassettes,
            mode=options.mode,
            today=self._today,
            recording=options.recording,
            recorded=self._recorded,
            blocked=options.block_network and not options.recording,
            given=options.given,
            rules=options.rules,
        )

    def _targets(self) -> Mapping[str, TargetSpec]:
        return {name: spec for each in self.library.all() for name, spec in each.targets.items()}

    def _profiles(self) -> Mapping[str, str]:
        return {name: path for each in self.library.all() for name, path in each.profiles.items()}

    def _settings(self) -> Settings:
        loaded = self.library.all()
        targets = {case.target for each in loaded for case in each.cases}
        live = Live()
        # Books are kept where something may be sent at all: replaying opens no ledger.
        if self._sends and not all(target.startswith(EMULATOR) for target in targets):
            folders = [folder / "prices" for each in loaded for folder in each.folders]
            live = Live(account=self._books.account(), prices=load_prices(folders))
        return settings_of(
            loaded, self._policy(), tables=self.options.tables, live=live, through=self.options.through
        )


def parameter(item: pytest.Item) -> tuple[int, Case | None]:
    """The case of a test item with its index; (-1, None) for a test without one."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or FIXTURE not in callspec.params:
        return -1, None
    index, case = callspec.params[FIXTURE]
    return index, case
