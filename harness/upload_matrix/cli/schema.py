"""``upload-matrix schema``: JSON Schemas for editors and for readers of reports."""

from __future__ import annotations

import click

WRITTEN = {
    "report": "report.json_report.report_schema",
    "sweep": "report.sweep_json.sweep_schema",
    "gate": "report.gate_report.gate_schema",
    "plan": "report.plan_report.plan_schema",
    "ab": "report.ab_report.ab_schema",
    "isolation": "report.isolation.isolation_schema",
    "diagnosis": "report.diagnosis.diagnosis_schema",
    "conformance": "report.conformance.conformance_schema",
    "server": "report.server_report.server_schema",
    "servers": "report.server_report.servers_schema",
    "clients": "report.every_client.clients_schema",
    "fact": "facts.read.fact_schema",
    "facts-check": "report.facts_report.check_schema",
    "registry": "facts.registry.registry_schema",
    "facts-bundle": "facts.bundle.bundle_schema",
}
"""JSON that commands write, and the function that has its schema."""


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
    import importlib
    import json
    from pathlib import Path

    if what in WRITTEN:
        module, _, name = WRITTEN[what].rpartition(".")
        document = getattr(importlib.import_module(f"upload_matrix.{module}"), name)()
    else:
        from upload_matrix.matrix.schema import json_schema
        from upload_matrix.run.loading import catalog, targets

        folders = (Path(folder or "matrix"),)
        document = json_schema(catalog(folders, targets(folders)))
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
