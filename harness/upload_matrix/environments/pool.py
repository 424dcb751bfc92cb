"""One long-lived probe per environment, started when needed and replaced when it died or hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from upload_matrix.environments.process import Probe, node_command
from upload_matrix.environments.seat import Located, Seat, installed_only
from upload_matrix.model.client import NODE
from upload_matrix.model.errors import HarnessError, ProbeError
from upload_matrix.model.result import Environment


class ProbePool:
    """Probes by seat. Not thread-safe. Use as a context manager.

    ``tables`` maps the name of a mime table to its file, for those that are a file; ``folders`` are
    further folders with ``clients/`` and ``containers/`` of the user's. ``locate`` finds or builds the
    environment of a seat and raises UnavailableError when it cannot be had here.

    ``one_probe`` has one probe serve all mime tables of an environment, which saves starting the client
    anew for each. A client that looked into the table while it was imported would then not notice, so it is
    for many environments, some of which are checked against probes of their own.
    """

    def __init__(
        self,
        tables: Mapping[str, Path],
        folders: tuple[Path, ...] = (),
        locate: Callable[[Seat], Located] = installed_only,
        *,
        one_probe: bool = False,
    ) -> None:
        self._tables = tables
        self._folders = folders
        self._locate = locate
        self._one_probe = one_probe
        self._probes: dict[Seat, Probe] = {}
        self._in_use: dict[Seat, str] = {}
        self._guesses: dict[Seat, Mapping[str, str | None]] = {}
        self._environments: dict[Seat, Environment] = {}

    def __enter__(self) -> ProbePool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all probes."""
        for probe in self._probes.values():
            probe.kill()
        self._probes.clear()

    def warm(self, needed: Iterable[tuple[Seat, tuple[str, ...]]]) -> None:
        """Start probes side by side and let them import clients: pairs of seat and client names."""
        for seat, clients in needed:
            try:
                self._started(seat).warm(clients)
            except HarnessError:
                # The first case that needs this environment meets the same error and reports it.
                self.discard(seat)

    def environment(self, seat: Seat) -> Environment:
        """The environment of a seat, as its probe describes it; raises ProbeError or UnavailableError."""
        if seat not in self._environments:
            try:
                hello = self._probe(seat).hello()
            except ProbeError:
                self.discard(seat)
                raise
            self._environments[seat] = Environment(
                # Named by what the matrix varies; versions stand beside it, so that a report made with
                # another patch release of Python differs in one place only.
                name=seat.name,
                python=hello.get("python") or f"{hello['runtime']} {hello['node']}",
                mime_table=seat.table,
                clients=dict(sorted(hello["versions"].items())),
                guesses=self._guesses.get(seat, hello["guesses"]),
            )
        return self._environments[seat]

    @property
    def warming(self) -> bool:
        """Whether any probe is still importing what ``warm`` asked for."""
        busy = False
        for seat, probe in tuple(self._probes.items()):
            try:
                busy = probe.warming or busy
            except ProbeError:
                # As above: the first case meets it and reports it.
                self.discard(seat)
        return busy

    def send(self, seat: Seat, instruction: dict[str, Any]) -> None:
        """Have one instruction begun; its report is fetched with ``report``, in the same order.

        Raises ProbeDiedError or ProbeError, and UnavailableError before the probe is started.
        """
        try:
            probe = self._probe(seat)
            probe.hello()
            probe.send(instruction)
        except ProbeError:
            self.discard(seat)
            raise

    def report(self, seat: Seat, number: int, seconds: float) -> dict[str, Any]:
        """The report on an instruction that was sent; a probe that died or hung is gone afterwards.

        Raises ProbeDiedError, ProbeHungError or ProbeError.
        """
        try:
            return self._probe(seat).report(number, seconds)
        except ProbeError:
            self.discard(seat)
            raise

    def ask(self, seat: Seat, instruction: dict[str, Any], seconds: float) -> dict[str, Any]:
        """``send`` and ``report`` in one."""
        self.send(seat, instruction)
        return self.report(seat, instruction["id"], seconds)

    def discard(self, seat: Seat) -> None:
        """End the probe of a seat; the next instruction starts a fresh one."""
        probe = self._probes.pop(self._key(seat), None)
        if probe is not None:
            probe.kill()

    def _key(self, seat: Seat) -> Seat:
        """What probes are kept by: without its table, where one serves all of them."""
        return replace(seat, table="") if self._one_probe and seat.runtime != NODE else seat

    def _table(self, seat: Seat) -> str:
        table = self._tables.get(seat.table)
        return seat.table if table is None else str(table)

    def _probe(self, seat: Seat) -> Probe:
        """The seat's probe, its mime table in use."""
        probe = self._started(seat)
        key = self._key(seat)
        if self._in_use[key] != seat.table:
            self._guesses[seat] = probe.use_table(self._table(seat))
            self._in_use[key] = seat.table
        return probe

    def _started(self, seat: Seat) -> Probe:
        key = self._key(seat)
        if key not in self._probes:
            located = self._locate(seat)
            if seat.runtime == NODE:
                # Its packages lie where a Python environment would have its interpreter.
                command = node_command(Path(located.python), self._folders)
                self._probes[key] = Probe(located.python, seat.table, command=command)
            else:
                table = self._table(seat)
                self._probes[key] = Probe(located.python, table, self._folders, located.pythonpath)
            self._in_use[key] = seat.table
        return self._probes[key]
