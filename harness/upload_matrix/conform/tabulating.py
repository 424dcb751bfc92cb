"""What ``conform clients`` does: measure, tell while it goes, write the table, hold it against another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from upload_matrix.conform.client import ClientProgram, clients, named_clients
from upload_matrix.conform.conforming import report_files
from upload_matrix.conform.measuring import measured
from upload_matrix.conform.scenario import chosen, scenarios
from upload_matrix.files import read_text
from upload_matrix.model.client_table import MeasuredClients
from upload_matrix.model.errors import Exit
from upload_matrix.report import every_client, registry
from upload_matrix.report.document import terminal
from upload_matrix.report.every_client import changes, readable
from upload_matrix.report.streams import columns
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural


@dataclass(frozen=True, slots=True)
class ClientTableOptions:
    """The command's options, under their own names."""

    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    scenario_names: tuple[str, ...] = ()
    scenario_files: tuple[str, ...] = ()
    jobs: int | None = None
    seconds: float = 30.0
    installs: bool = False
    lists: bool = False
    baseline: str | None = None
    as_json: bool = False
    outputs: tuple[str, ...] = ()
    show: bool = False


def run(wanted: ClientTableOptions) -> int:
    """Measure the clients and write the table; the exit code. Raises ConfigurationError."""
    found = named_clients(clients(map(Path, wanted.folders)), wanted.names)
    if wanted.lists:
        for each in found:
            click.echo(visible(f"{each.name}: {each.title} ({', '.join(each.containers)})"))
        return Exit.OK
    writing = report_files(registry.CLIENTS, wanted.outputs, show=wanted.show)
    before = None
    if wanted.baseline is not None:
        before = every_client.load(read_text(Path(wanted.baseline)), wanted.baseline)
    table = _measured(wanted, found)
    writing.write(table)
    if wanted.as_json:
        (form,) = registry.find(["json"], registry.CLIENTS)
        click.echo(form.render(table), nl=False)
    elif not writing.files:
        click.echo(terminal(readable(table), columns()), nl=False)
    return _told(table, before)


def _measured(wanted: ClientTableOptions, found: tuple[ClientProgram, ...]) -> MeasuredClients:
    return measured(
        found,
        chosen(scenarios(map(Path, wanted.scenario_files)), wanted.scenario_names),
        jobs=wanted.jobs or os.cpu_count() or 1,
        seconds=wanted.seconds,
        installs=wanted.installs,
        say=lambda text: click.echo(visible(text), err=True),
    )


def _told(table: MeasuredClients, before: MeasuredClients | None) -> int:
    for line in _summary(table):
        click.echo(visible(line), err=True)
    if before is not None:
        changed = changes(before, table)
        for line in changed:
            click.echo(visible(f"✗ {line}"), err=True)
        if changed:
            return Exit.WRONG
    return Exit.OK if all(each.runs for each in table.clients) else Exit.UNRESOLVED


def _summary(table: MeasuredClients) -> Iterator[str]:
    done = [each for each in table.clients if each.runs]
    yield f"{plural(len(done), 'client')} measured"
    for each in table.clients:
        if not each.runs:
            yield f"? {each.name} is not measured here: {each.unavailable}"
