"""What ``run`` shows of its cases: how far it is, and of cases that fail alike the first one whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

import pytest

from upload_matrix.model.result import CaseResult, VerdictKind
from upload_matrix.pytest_plugin.coordinator import RESULT
from upload_matrix.report.progress import ProgressLine
from upload_matrix.report.visible import printed
from upload_matrix.report.wording import heading, plural

ALIKE = "failed alike"
"""The category of cases whose page would say what the page of an earlier one says."""

_CASES_NAMED = 5


class RunDisplay:
    """A plugin of pytest for one run. Where ``stream`` is a terminal a line counts, and no dots are shown."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._stream = stream
        self._environ = environ
        self._progress: ProgressLine | None = None
        self._done = self._failed = 0
        self._alike: dict[tuple[object, ...], list[CaseResult]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Have pytest say nothing of its own of Ctrl-C: the command does, as all commands do."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter._report_keyboardinterrupt = lambda: None  # noqa: SLF001 - it has no option for that

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin to count."""
        if not session.config.option.collectonly:
            self._progress = ProgressLine("case", len(session.items), self._stream, self._environ)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> Any:
        """Count the case; one that failed as another did has no page of its own."""
        category, letter, word = yield
        result: CaseResult | None = report.__dict__.get(RESULT)
        over = report.when == "call" or not report.passed
        if over and category == "failed" and result is not None and self._is_alike(result):
            category = ALIKE
        if self._progress is None or not self._progress.shown:
            return category, letter, word
        if over:
            self._done += 1
            self._failed += report.failed
            failed = f"{self._failed:,} not as expected" if self._failed else ""
            self._progress.done(self._done, failed)
        return category, "", ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave the line to what follows."""
        if self._progress is not None:
            self._progress.end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the cases that have no page."""
        several = [results for results in self._alike.values() if len(results) > 1]
        if several:
            terminalreporter.section("failed alike")
        for first, *others in several:
            terminalreporter.write_line(printed(f"{plural(len(others), 'case')} as {first.id} above:"))
            for each in others[:_CASES_NAMED]:
                terminalreporter.write_line(printed(f"  {each.id}"))
            if len(others) > _CASES_NAMED:
                terminalreporter.write_line(f"  and {len(others) - _CASES_NAMED:,} more; the report has all")

    def _is_alike(self, result: CaseResult) -> bool:
        """Whether a case failed so before."""
        found = self._alike.setdefault(_way(result), [])
        found.append(result)
        return len(found) > 1


def _way(result: CaseResult) -> tuple[object, ...]:
    """What is the same of cases that fail alike: all that a page says but for the file and its wire form."""
    outcome, verdict = result.outcome, result.verdict
    said = (result.matrix, result.target, heading(outcome), verdict.kind, verdict.expected)
    if verdict.kind is VerdictKind.UNRESOLVED:
        return (*said, tuple(each.name for each in result.client.raised or ()))
    return (*said, outcome.message, outcome.detail, tuple(sorted({each.code for each in result.findings})))
