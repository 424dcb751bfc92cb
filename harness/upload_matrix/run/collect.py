"""Making the run of its results, whatever order and process they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from upload_matrix.judge.cost import has_live, used_lines
from upload_matrix.model.result import CaseResult, Environment, Run
from upload_matrix.run.loading import extension_folders
from upload_matrix.spending.tables import load_prices
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class Record:
    """One finished case with what is new about it: its place in the matrix, wire forms, environments.

    ``assets`` gives SHA-256 and size in bytes of shipped pictures by recipe, as this machine made them.
    """

    index: int
    result: CaseResult
    wires: Mapping[str, WireForm] = field(default_factory=dict)
    environments: tuple[Environment, ...] = ()
    assets: Mapping[str, tuple[str, int]] = field(default_factory=dict)


class Collector:
    """Takes records in any order and gives the run in matrix order."""

    def __init__(self) -> None:
        self._results: dict[int, CaseResult] = {}
        self._wires: dict[str, WireForm] = {}
        self._environments: dict[str, Environment] = {}
        self.assets: dict[str, tuple[str, int]] = {}

    def __len__(self) -> int:
        return len(self._results)

    def add(self, record: Record) -> None:
        """Take one case; a case that ran twice counts by its last result."""
        self._results[record.index] = record.result
        self._wires.update(record.wires)
        self._environments.update((item.name, item) for item in record.environments)
        self.assets.update(record.assets)

    def results(self) -> tuple[CaseResult, ...]:
        """The results so far, in matrix order."""
        return tuple(result for _, result in sorted(self._results.items()))

    def run(self, notes: tuple[str, ...] = ()) -> Run:
        """All of it, in an order that does not depend on who finished first."""
        results = self.results()
        named = dict.fromkeys(wire for result in results for wire in result.wires)
        return Run(
            matrices=tuple(dict.fromkeys(result.matrix for result in results)),
            results=results,
            wires={digest: self._wires[digest] for digest in named if digest in self._wires},
            environments=tuple(self._environments[name] for name in sorted(self._environments)),
            notes=notes,
        )


PRICES = "prices"
"""The folder beside a matrix that holds the user's own price tables."""


def with_prices(run: Run, matrices: Sequence[Path]) -> Run:
    """The run with the price lines that its live answers are paid by, so that its reports hold them.

    They are of the tables beside ``matrices`` and the built-in ones.

    A run without live answers stays as it is, and no table is read. Raises ConfigurationError for a table
    that is at fault.
    """
    if not has_live(run):
        return run
    table = load_prices([folder / PRICES for folder in extension_folders(matrices)])
    return replace(run, prices=used_lines(run, table))
