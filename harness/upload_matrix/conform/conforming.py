"""What ``conform client`` does: run, tell, write, and end with the exit code that says how it went."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from upload_matrix.conform.certify import certify, expected_failures
from upload_matrix.conform.scenario import chosen, scenarios
from upload_matrix.conform.trial import TestedProgram
from upload_matrix.model.conformance import Conformance, ConformanceRun, gate
from upload_matrix.model.errors import Exit
from upload_matrix.report import registry
from upload_matrix.report.conformance import gate_lines, run_line, sentence
from upload_matrix.report.visible import visible


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
    outputs = outputs_of(registry.CONFORMANCE, wanted.output, wanted.junit, wanted.badge)
    program = TestedProgram(wanted.command_line, dict(os.environ), seconds=wanted.seconds)
    conformance = certify(
        " ".join(wanted.command_line),
        program,
        found,
        containers,
        lambda each: click.echo(visible(run_line(each)), err=True),
    )
    conformance = replace(conformance, expected=expected)
    for path, form in outputs:
        registry.write_text(path, form.render(conformance))
    return tell(conformance, as_json=wanted.as_json)


def tell(conformance: Conformance, *, as_json: bool = False) -> int:
    """Say how it went, and give the exit code."""
    gated = gate(conformance)
    if as_json:
        (report,) = registry.find(["json"], registry.CONFORMANCE)
        click.echo(report.render(conformance), nl=False)
    for line in (*gate_lines(gated), sentence(conformance)):
        click.echo(visible(line), err=as_json)
    if not conformance.measured:
        return Exit.UNRESOLVED
    if gated.failures or gated.stale:
        return Exit.WRONG
    return Exit.UNRESOLVED if gated.undecided else Exit.OK


def outputs_of(
    kind: str, output: str | None, junit: str | None = None, badge: str | None = None
) -> Sequence[tuple[Path, registry.Report]]:
    """The files to write, with what to write there; an ending that says nothing is an error beforehand."""
    found = [] if output is None else [(Path(output), registry.by_ending(Path(output), kind))]
    for path, form in ((junit, "junit"), (badge, "badge")):
        if path is not None:
            (report,) = registry.find([form], kind)
            found.append((Path(path), report))
    return found
