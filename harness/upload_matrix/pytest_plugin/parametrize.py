"""From matrices to pytest parameters: loaded once, shared by every test function that asks for cases."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from upload_matrix.pytest_plugin.options import Options
from upload_matrix.run.loading import Loaded, Request, kept_model, load

FIXTURE = "upload_case"
MARKER = "upload"


class Library:
    """Loads matrices once for all test functions. The index of a case is its place in all that was loaded."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loaded: dict[tuple[Path, ...], tuple[Loaded, int]] = {}
        self._count = 0

    def load(self, paths: tuple[Path, ...]) -> tuple[Loaded, int]:
        """The matrices at ``paths`` and the index of their first case; raises ConfigurationError."""
        if paths not in self._loaded:
            options = self._options
            self.adopt(
                paths,
                load(
                    Request(
                        paths,
                        options.max_cases,
                        options.target,
                        added=options.added,
                        repeat=options.repeat,
                        cassettes=options.cassettes,
                        models=partial(kept_model, options.cassettes),
                    )
                ),
            )
        return self._loaded[paths]

    def adopt(self, paths: tuple[Path, ...], loaded: Loaded) -> None:
        """Take what was loaded already."""
        self._loaded[paths] = (loaded, self._count)
        self._count += len(loaded.cases)

    def paths(self) -> tuple[Path, ...]:
        """Every path that was loaded."""
        return tuple(path for paths in self._loaded for path in paths)

    def all(self) -> tuple[Loaded, ...]:
        """Everything loaded so far, in order."""
        return tuple(loaded for loaded, _ in self._loaded.values())


def parameters(loaded: Loaded, first: int) -> list[Any]:
    """One ``pytest.param`` a case: its readable id, and its axes as a mark for ``-m``."""
    return [
        pytest.param((index, case), id=case.id, marks=pytest.mark.upload(**case.axes))
        for index, case in enumerate(loaded.cases, first)
    ]
