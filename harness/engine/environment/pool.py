"""One long-lived probe per environment, started when needed and replaced when it died or hangs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.engine.environment.process import Probe, node_command
from harness.engine.environment.seat import Seat, installed_only
from harness.model.client import NODE
from harness.model.errors import HarnessError, ProbeError
from harness.model.result import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.engine.environment.seat import Located


class ProbePool:
    """Probes by seat. Not thread-safe. Use as a context manager.

    ``tables`` maps the name of a mime table to its file, for those that are a file; ``folders`` are
    further folders with ``clients/`` and ``containers/`` of the user's. ``locate`` finds or builds the
    environment of a seat and raises UnavailableError when it cannot be had here.
    """

    def __init__(
        self,
        tables: Mapping[str, Path],
        folders: tuple[Path, ...] = (),
        locate: Callable[[Seat], Located] = installed_only,
    ) -> None:
        self._tables = tables
        self._folders = folders
        self._locate = locate
        self._probes: dict[Seat, Probe] = {}
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
                self._probe(seat).warm(clients)
            except HarnessError:
                # The first case that needs this environment meets the same error and reports it.
                self.discard(seat)

    def environment(self, seat: Seat) -> Environment:
        """The environment of a seat, as its probe describes it; raises ProbeError or UnavailableError."""
        if seat not in self._environments:
            hello = self._probe(seat).hello()
            self._environments[seat] = Environment(
                # Named by what the matrix varies; versions stand beside it, so that a report made with
                # another patch release of Python differs in one place only.
                name=seat.name,
                python=hello.get("python") or f"{hello['runtime']} {hello['node']}",
                mime_table=seat.table,
                clients=dict(sorted(hello["versions"].items())),
                guesses=hello["guesses"],
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
        probe = self._probes.pop(seat, None)
        if probe is not None:
            probe.kill()

    def _probe(self, seat: Seat) -> Probe:
        if seat not in self._probes:
            located = self._locate(seat)
            if seat.runtime == NODE:
                # Its packages lie where a Python environment would have its interpreter.
                command = node_command(Path(located.python), self._folders)
                self._probes[seat] = Probe(located.python, seat.table, command=command)
            else:
                table = self._tables.get(seat.table)
                name = seat.table if table is None else str(table)
                self._probes[seat] = Probe(located.python, name, self._folders, located.pythonpath)
        return self._probes[seat]
