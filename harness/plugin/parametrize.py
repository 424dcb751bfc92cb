"""From matrices to pytest parameters: loaded once, shared by every test function that asks for cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.matrix import load_matrices
from harness.model.errors import ConfigurationError
from harness.session.vocabulary import catalog, extension_folders, profiles, targets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.engine.targets.spec import TargetSpec
    from harness.matrix import Matrix
    from harness.model.case import Case
    from harness.plugin.options import Options

FIXTURE = "upload_case"
MARKER = "upload"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The matrices of some paths, and where their user's own clients, containers and targets lie."""

    matrices: tuple[Matrix, ...]
    folders: tuple[Path, ...]
    targets: Mapping[str, TargetSpec]
    profiles: Mapping[str, str]
    runtimes: Mapping[str, str]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, matrix by matrix."""
        return tuple(case for matrix in self.matrices for case in matrix.cases)


class Library:
    """Loads matrices once for all test functions. The index of a case is its place in all that was loaded."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loaded: dict[tuple[Path, ...], tuple[Loaded, int]] = {}
        self._count = 0

    def load(self, paths: tuple[Path, ...]) -> tuple[Loaded, int]:
        """The matrices at ``paths`` and the index of their first case; raises ConfigurationError."""
        if paths not in self._loaded:
            self.adopt(paths, load(paths, self._options.max_cases, self._options.target))
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


def load(paths: tuple[Path, ...], max_cases: int, target: str | None) -> Loaded:
    """Load matrices with the vocabulary around them; ``target`` replaces every case's own.

    Raises ConfigurationError.
    """
    folders = extension_folders(paths)
    specs = targets(folders)
    words = catalog(folders, specs)
    if target is not None and target not in words.targets:
        raise ConfigurationError(
            f"no target is called {target!r}; there are {', '.join(words.targets)} (or describe one in "
            "targets/NAME.yaml beside the matrix)"
        )
    matrices = load_matrices(paths, words, max_cases=max_cases)
    if target is not None:
        matrices = tuple(
            replace(matrix, cases=tuple(replace(case, target=target) for case in matrix.cases))
            for matrix in matrices
        )
    runtimes = {name: client.runtime for name, client in words.clients.items()}
    return Loaded(matrices, folders, specs, profiles(folders), runtimes)


def parameters(loaded: Loaded, first: int) -> list[Any]:
    """One ``pytest.param`` a case: its readable id, and its axes as a mark for ``-m``."""
    return [
        pytest.param((index, case), id=case.id, marks=pytest.mark.upload(**case.axes))
        for index, case in enumerate(loaded.cases, first)
    ]
