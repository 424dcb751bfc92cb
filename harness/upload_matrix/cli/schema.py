"""``upload-matrix schema``: JSON Schemas for editors and for readers of reports."""

from __future__ import annotations

from typing import Any

import click

WRITTEN = {
    "report": "report.json_report.RunDocument",
    "sweep": "report.sweep_json.SweepDocument",
    "gate": "report.gate_report.GateDocument",
    "plan": "report.plan_report.PlanDocument",
    "ab": "report.ab_report.AbDocument",
    "isolation": "report.isolation.IsolationDocument",
    "diagnosis": "report.diagnosis.DiagnosisDocument",
    "conformance": "model.conformance.Conformance",
    "server": "model.reception.ServerReport",
    "servers": "model.reception.ServersReport",
    "clients": "model.client_table.MeasuredClients",
    "fact": "facts.fact.Fact",
    "facts-check": "report.facts_report.CheckDocument",
    "registry": "facts.registry.Registry",
    "facts-bundle": "facts.bundle.Bundle",
}
"""JSON that commands write, and the type that is its schema."""


def written_schema(what: str) -> dict[str, Any]:
    """The JSON Schema of what commands write: a key of ``WRITTEN``."""
    from importlib import import_module

    from upload_matrix.model.codec import json_schema

    module, _, kind = WRITTEN[what].rpartition(".")
    return json_schema(
        getattr(import_module(f"upload_matrix.{module}"), kind), "sweep-plan" if what == "plan" else what
    )


@click.command("schema")
@click.argument("what", type=click.Choice(["matrix", *WRITTEN]), default="matrix", metavar="[WHAT]")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False),
    help="Whose operations, clients, containers and targets count beside the built-in ones. "
    "[default: matrix, if it is there]",
)
def command(what: str, folder: str | None) -> None:
    """Print the JSON Schema of a matrix file, or of JSON that commands write.

    \b
    WHAT is one of these, by default matrix:
      matrix                  a matrix file
      report, ab              what `run` and `ab` write
      sweep, gate             what `sweep` writes, and with --baseline
      plan                    what `sweep --plan --json` prints
      isolation, diagnosis    `isolate --json` and `diagnose --json`
      conformance, clients    `conform client --json` and `clients --json`
      server, servers         `conform server`, `gateway` and `servers`
      fact, facts-check       a line of facts; `facts check --json`
      registry, facts-bundle  what `facts export` and `contribute` write

    \b
    Examples:
      upload-matrix schema > matrix.schema.json
      upload-matrix schema report > report.schema.json
      upload-matrix schema gate > gate.schema.json

    \b
    In a matrix, for editors with a YAML language server:
      # yaml-language-server: $schema=matrix.schema.json
    """
    import json
    from pathlib import Path

    if what in WRITTEN:
        document = written_schema(what)
    else:
        from upload_matrix.matrix.schema import json_schema
        from upload_matrix.run.loading import catalog, targets

        folders = (Path(folder or "matrix"),)
        document = json_schema(catalog(folders, targets(folders)))
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
