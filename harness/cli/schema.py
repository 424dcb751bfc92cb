"""``upload-matrix schema``: JSON Schemas for editors and for readers of reports."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("what", type=click.Choice(["matrix", "report"]), default="matrix")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False),
    default="matrix",
    show_default=True,
    help="Whose operations, clients, containers and targets count beside the built-in ones.",
)
def command(what: str, folder: str) -> None:
    """Print the JSON Schema of a matrix file (default) or of a JSON report.

    \b
    Examples:
      upload-matrix schema > matrix.schema.json
      upload-matrix schema report > report.schema.json
    \b
    In a matrix, for editors with a YAML language server:
      # yaml-language-server: $schema=matrix.schema.json
    """
    import json
    from pathlib import Path

    from harness.matrix.schema import json_schema
    from harness.reports.schema import report_schema
    from harness.session.vocabulary import catalog, targets

    if what == "report":
        document = report_schema()
    else:
        folders = (Path(folder),)
        document = json_schema(catalog(folders, targets(folders)))
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
