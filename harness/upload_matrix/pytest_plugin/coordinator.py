"""The process that sees every result: gathers them and writes the report when pytest is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from upload_matrix.files import shown
from upload_matrix.judge.outcome import exit_code
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.pytest_plugin.options import usage_error
from upload_matrix.pytest_plugin.state import ACCOUNT_INPUT, ATTRIBUTE, RECORDED_INPUT, State, unpack
from upload_matrix.report import json_report, registry
from upload_matrix.report.green import last_green
from upload_matrix.report.machine import SUFFIX, MachineFacts, dump_machine
from upload_matrix.report.opening import root_from
from upload_matrix.report.streams import WIDEST, columns
from upload_matrix.report.text import summary
from upload_matrix.report.visible import printed
from upload_matrix.run.collect import Collector, with_prices
from upload_matrix.run.environments import machine_facts

NAME = "upload-matrix-coordinator"

RESULT = "upload_matrix_result"
"""The attribute of pytest's report that holds the case's result, in the process that sees every result."""

_PACKAGES = ("upload-matrix", "openai", "httpx", "httpx2", "pillow", "pytest", "pytest-recording", "vcrpy")


class Coordinator:
    """Registered in the main process only, beside the hooks that every process has.

    After the session ``run`` is the finished run, or None when no case ran, and ``written`` the report's
    files.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._collector = Collector()
        self._started = datetime.now(tz=UTC)
        self.run: Run | None = None
        self.written: tuple[Path, ...] = ()
        self.removed: tuple[Path, ...] = ()
        self._unwritten: str | None = None
        self._baseline: Run | None = None

    @property
    def exit_code(self) -> int:
        """What the verdicts of the finished run come to: 0, 1 or 3."""
        return 0 if self.run is None else exit_code(result.verdict for result in self.run.results)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a pytest-xdist worker what was there before any worker recorded something."""
        node.workerinput[RECORDED_INPUT] = sorted(self._state.recorded())
        node.workerinput[ACCOUNT_INPUT] = self._state.account_run()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a finished case off its report, which pytest keeps in memory to the end."""
        attached = report.__dict__.pop(ATTRIBUTE, None)
        if attached is not None:
            record = unpack(attached) if isinstance(attached, str) else attached
            self._collector.add(record)
            report.__dict__[RESULT] = record.result

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Cases that a limit kept from being sent have one reason, and no page each in the terminal."""
        result = report.__dict__.get(RESULT)
        unsent = report.when == "call" and report.failed and result is not None and result.outcome.unsent
        return ("not sent", "-", "NOT SENT") if unsent else None

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Any:
        """When every worker is done: make the run, tidy recordings up, write the report."""
        outcome = yield
        if len(self._collector):
            self.run = self._finished()
            self.removed = self._state.tidy_up(self.run)
            if self._state.options.report is not None:
                try:
                    self._write(self.run, self._state.options.report)
                except ConfigurationError as error:
                    self._unwritten = str(error)
                    session.exitstatus = pytest.ExitCode.USAGE_ERROR
        return outcome

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came out and where the report lies."""
        if self.run is None:
            return
        terminalreporter.section("uploads")
        width = columns() if terminalreporter.isatty else WIDEST
        terminalreporter.write_line(printed(summary(self.run, width, baseline=self._baseline)))
        if self._unwritten is not None:
            terminalreporter.write_line(printed(f"ERROR: the report is not whole: {self._unwritten}"))
        for path in self.written:
            terminalreporter.write_line(printed(f"wrote {shown(path)}"))
        for path in self.removed:
            terminalreporter.write_line(printed(f"removed the unplayed recording {shown(path)}"))

    def _finished(self) -> Run:
        """The run, with what its live answers are priced by."""
        options = self._state.options
        run = replace(
            self._collector.run(self._state.notes()),
            controls=options.controls or None,
            target=options.target,
        )
        try:
            return with_prices(run, self._state.library.paths() or options.matrices)
        except ConfigurationError as error:
            raise usage_error(error) from error

    def _write(self, run: Run, name: str) -> None:
        options = self._state.options
        self._baseline = last_green(run, options.reports / f"{name}{json_report.SUFFIX}")
        self.written = registry.write(
            run,
            options.reports,
            name,
            options.formats,
            baseline=self._baseline,
            root=root_from(options.reports),
        )
        registry.write_text(options.reports / f"{name}{SUFFIX}", (dump_machine(self._facts(run)),))

    def _facts(self, run: Run) -> MachineFacts:
        return machine_facts(
            self._started.isoformat(timespec="microseconds"),
            _PACKAGES,
            seconds={result.id: result.seconds for result in run.results},
            assets=self._collector.assets,
            calls=self._state.given().calls,
        )
