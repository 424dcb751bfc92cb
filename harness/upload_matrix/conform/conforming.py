"""What ``conform client`` does: run, tell, write, and end with the exit code that says how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from upload_matrix.conform.certify import certify, expected_failures
from upload_matrix.conform.scenario import chosen, scenarios
from upload_matrix.conform.trial import TestedProgram
from upload_matrix.model.conformance import AMISS, CheckMark, Conformance, ConformanceRun, gate
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.report import registry
from upload_matrix.report.conformance import gate_lines, run_line, sentence
from upload_matrix.report.opening import open_page
from upload_matrix.report.streams import print_lines, say
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import explain_hint

PAGE = "html"
"""The format that ``--open`` opens."""


@dataclass(frozen=True, slots=True)
class ConformOptions:
    """The command's options, under their own names."""

    command_line: tuple[str, ...]
    scenario_names: tuple[str, ...] = ()
    scenario_files: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    seconds: float = 120.0
    expected: str | None = None
    as_json: bool = False
    junit: str | None = None
    badge: str | None = None
    output: str | None = None
    show: bool = False


def run(wanted: ConformOptions) -> int:
    """Put the command through the scenarios; the exit code. Raises ConfigurationError."""
    found = chosen(scenarios(map(Path, wanted.scenario_files)), wanted.scenario_names)
    containers = wanted.containers or ("",)
    ids = [
        f"{ConformanceRun(each.name, (), container).name}/{check}"
        for container in containers
        for each in found
        for check, _ in each.checks
    ]
    expected = () if wanted.expected is None else expected_failures(Path(wanted.expected), ids)
    files = report_files(
        registry.CONFORMANCE, (wanted.output,), junit=wanted.junit, badge=wanted.badge, show=wanted.show
    )
    program = TestedProgram(wanted.command_line, dict(os.environ), seconds=wanted.seconds)
    conformance = certify(
        " ".join(wanted.command_line),
        program,
        found,
        containers,
        lambda each: click.echo(visible(run_line(each)), err=True),
    )
    conformance = replace(conformance, expected=expected)
    files.write(conformance)
    return tell(conformance, as_json=wanted.as_json)


def tell(conformance: Conformance, *, as_json: bool = False) -> int:
    """Say how it went, and give the exit code."""
    gated = gate(conformance)
    if as_json:
        (report,) = registry.find(["json"], registry.CONFORMANCE)
        click.echo(report.render(conformance), nl=False)
    amiss = [check for run in conformance.runs for check in run.checks if check.mark in AMISS]
    failed = [check.name for check in amiss if check.mark is CheckMark.FAILED]
    hint = [explain_hint((failed or [amiss[0].mark])[0])] if amiss else []
    lines = map(visible, (*gate_lines(gated), sentence(conformance), *hint))
    print_lines(lines, sys.stderr if as_json else sys.stdout)
    if not conformance.measured:
        return Exit.UNRESOLVED
    if gated.failures or gated.stale:
        return Exit.WRONG
    return Exit.UNRESOLVED if gated.undecided else Exit.OK


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Files that a command writes, each with what is written there; ``show`` opens the page among them."""

    files: tuple[tuple[Path, registry.Report], ...]
    show: bool = False

    def write(self, subject: Any) -> None:
        """Write them all, and say where a page that cannot be opened lies; raises OSError."""
        for path, form in self.files:
            registry.write_text(path, form.render(subject))
        for path, form in self.files:
            said = open_page(path) if self.show and form.name == PAGE else None
            if said is not None:
                say(said)


def report_files(
    kind: str,
    outputs: Iterable[str | None],
    *,
    junit: str | None = None,
    badge: str | None = None,
    show: bool = False,
) -> ReportFiles:
    """The files to write; an ending that says nothing, and no page to open, are errors beforehand.

    Raises ConfigurationError.
    """
    paths = [Path(output) for output in outputs if output is not None]
    found = [(path, registry.by_ending(path, kind)) for path in paths]
    for name, form in ((junit, "junit"), (badge, "badge")):
        if name is not None:
            (report,) = registry.find([form], kind)
            found.append((Path(name), report))
    if show and all(form.name != PAGE for _, form in found):
        raise ConfigurationError("--open: there is no page to open; name one with -o FILE.html")
    return ReportFiles(tuple(found), show)
