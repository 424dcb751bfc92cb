"""One long-lived probe per environment, started when needed and replaced when it died or hangs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from harness.engine.environment.process import Probe
from harness.model.errors import ProbeError
from harness.model.result import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class ProbePool:
    """Probes by mime table. Not thread-safe. Use as a context manager.

    ``tables`` maps the name of a mime table to its file, for those that are a file; ``folders`` are
    further folders with ``clients/`` and ``containers/`` of the user's.
    """

    def __init__(
        self, tables: Mapping[str, Path], folders: tuple[Path, ...] = (), python: str | None = None
    ) -> None:
        self._tables = tables
        self._folders = folders
        self._python = python or sys.executable
        self._probes: dict[str, Probe] = {}
        self._environments: dict[str, Environment] = {}

    def __enter__(self) -> ProbePool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all probes."""
        for probe in self._probes.values():
            probe.kill()
        self._probes.clear()

    def warm(self, needed: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Start probes side by side and let them import clients: pairs of mime table and client names."""
        for table, clients in needed:
            try:
                self._probe(table).send({"warm": list(clients)})
            except ProbeError:
                # The first case that needs this environment meets the same error and reports it.
                self.discard(table)

    def environment(self, table: str) -> Environment:
        """The environment with this mime table, as its probe describes it; raises ProbeError."""
        if table not in self._environments:
            hello = self._probe(table).hello()
            self._environments[table] = Environment(
                # Named by what the matrix varies; versions stand beside it, so that a report made with
                # another patch release of Python differs in one place only.
                name=table,
                python=hello["python"],
                mime_table=table,
                clients=dict(sorted(hello["versions"].items())),
                guesses=hello["guesses"],
            )
        return self._environments[table]

    def ask(self, table: str, instruction: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Have one instruction carried out; a probe that died or hung is gone afterwards.

        Raises ProbeDiedError, ProbeHungError or ProbeError.
        """
        try:
            return self._probe(table).ask(instruction, seconds)
        except ProbeError:
            self.discard(table)
            raise

    def discard(self, table: str) -> None:
        """End the probe of a table; the next instruction starts a fresh one."""
        probe = self._probes.pop(table, None)
        if probe is not None:
            probe.kill()

    def _probe(self, table: str) -> Probe:
        if table not in self._probes:
            path = self._tables.get(table)
            self._probes[table] = Probe(self._python, str(path) if path is not None else table, self._folders)
        return self._probes[table]
