"""Cases in a test: parameters made of matrices, the fixture's value, and the network guard around them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_recording.network import blocking_context

from upload_matrix.model.case import Case
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, VerdictKind
from upload_matrix.pytest_plugin.options import Options
from upload_matrix.recordings import RecordMode
from upload_matrix.report.streams import WIDEST
from upload_matrix.report.text import explain
from upload_matrix.report.visible import printed
from upload_matrix.run.loading import Loaded, Request, kept_model, load
from upload_matrix.run.session import Session
from upload_matrix.tap.http import LOOPBACK

FIXTURE = "upload_case"
MARKER = "upload"


class Library:
    """Loads matrices once for all test functions. The index of a case is its place in all that was loaded."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._loaded: dict[tuple[Path, ...], tuple[Loaded, int]] = {}
        self._count = 0

    def load(self, paths: tuple[Path, ...]) -> tuple[Loaded, int]:
        """The matrices at ``paths`` and the index of their first case; raises ConfigurationError."""
        if paths not in self._loaded:
            options = self.options
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
                        timeout=options.timeout,
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


class UploadCase:
    """One cell of the matrix in a test.

    ``check()`` runs it and fails the test when it is not as the matrix expects; a known failure is an
    expected failure, an environment that is not here a skip. ``run()`` gives the result to look at.
    """

    def __init__(
        self,
        case: Case,
        session: Session,
        done: Callable[[CaseResult], None],
        following: Case | None = None,
        width: int = WIDEST,
    ) -> None:
        self.case = case
        self._width = width
        self._following = following
        self._session = session
        self._done = done
        self._result: CaseResult | None = None

    def __repr__(self) -> str:
        return f"<upload case {self.case.id}>"

    def run(self) -> CaseResult:
        """Run the case, once; raises ConfigurationError when it cannot be set up."""
        if self._result is None:
            self._result = self._session.run(self.case, self._following)
            self._done(self._result)
        return self._result

    def check(self) -> CaseResult:
        """Run the case and compare it with the matrix's expectation."""
        result = self.run()
        verdict = result.verdict.kind
        if verdict is VerdictKind.AS_EXPECTED:
            return result
        if verdict is VerdictKind.KNOWN_FAILURE:
            pytest.xfail(printed(result.verdict.because or "known failure"))
        if result.outcome.kind is OutcomeKind.UNAVAILABLE:
            pytest.skip(printed(result.outcome.detail or "environment not available"))
        pytest.fail(printed(explain(result, self._session.wires, self._width)), pytrace=False)


_SPARED = frozenset(
    {"vcr", "block_network", "vcr_markers", "vcr_cassette_dir", "record_mode", "disable_recording"}
)


def guarded(options: Options) -> AbstractContextManager[None]:
    """The guard for one case. Loopback stays open: the tap lives there, and nothing leaves by it."""
    replaying = options.recording and options.mode is RecordMode.NONE
    if replaying or (options.block_network and not options.recording):
        return blocking_context(allowed_hosts=[re.escape(LOOPBACK)])
    return nullcontext()


def spare_recording_fixtures(items: Iterable[pytest.Item]) -> None:
    """Take pytest-recording's fixtures off tests with an upload case that do not ask for them."""
    asked: dict[object, frozenset[str]] = {}
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if FIXTURE not in names or next(item.iter_markers("vcr"), None) is not None:
            continue
        function = getattr(item, "function", None)
        if function not in asked:
            asked[function] = frozenset(inspect.signature(function).parameters) if function else frozenset()
        names[:] = [name for name in names if name not in _SPARED or name in asked[function]]
