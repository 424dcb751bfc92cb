"""``upload-matrix schema``: JSON Schemas for editors and for readers of reports."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument(
    "what",
    type=click.Choice(
        [
            "matrix",
            "report",
            "sweep",
            "gate",
            "plan",
            "ab",
            "isolation",
            "diagnosis",
            "conformance",
            "server",
            "servers",
            "clients",
            "fact",
            "facts-check",
            "registry",
        ]
    ),
    default="matrix",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False),
    help="Whose operations, clients, containers and targets count beside the built-in ones. "
    "[default: matrix, if it is there]",
)
def command(what: str, folder: str | None) -> None:
    """Print the JSON Schema of a matrix file (default), or of JSON that commands write.

    `report` is that of `run`, `sweep` and `gate` are those of `sweep` and of `sweep --baseline`, `plan`
    that of `sweep --plan --json`, `ab` that of `ab`; `isolation` and `diagnosis` are those of
    `isolate --json` and `diagnose --json`, `conformance` and `clients`
    those of `conform client --json` and `conform clients --json`, `server` that of
    `conform server` and `gateway`, `servers` that of `conform servers`; `fact` is that
    of one line of a file of facts, `facts-check` that of `facts check --json`, `registry` that of what
    `facts export` writes, `facts-bundle` that of `facts contribute`.

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

    from upload_matrix.facts.bundle import bundle_schema
    from upload_matrix.facts.read import fact_schema
    from upload_matrix.facts.registry import registry_schema
    from upload_matrix.matrix.schema import json_schema
    from upload_matrix.report.ab_report import ab_schema
    from upload_matrix.report.conformance import conformance_schema
    from upload_matrix.report.diagnosis import diagnosis_schema
    from upload_matrix.report.every_client import clients_schema
    from upload_matrix.report.facts_report import check_schema
    from upload_matrix.report.gate_report import gate_schema
    from upload_matrix.report.isolation import isolation_schema
    from upload_matrix.report.json_report import report_schema
    from upload_matrix.report.plan_report import plan_schema
    from upload_matrix.report.server_report import server_schema, servers_schema
    from upload_matrix.report.sweep_json import sweep_schema
    from upload_matrix.run.loading import catalog, targets

    written = {
        "report": report_schema,
        "sweep": sweep_schema,
        "gate": gate_schema,
        "plan": plan_schema,
        "ab": ab_schema,
        "isolation": isolation_schema,
        "diagnosis": diagnosis_schema,
        "conformance": conformance_schema,
        "server": server_schema,
        "servers": servers_schema,
        "clients": clients_schema,
        "fact": fact_schema,
        "facts-check": check_schema,
        "registry": registry_schema,
        "facts-bundle": bundle_schema,
    }
    if what in written:
        document = written[what]()
    else:
        folders = (Path(folder or "matrix"),)
        document = json_schema(catalog(folders, targets(folders)))
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
