"""``upload-matrix doctor``: what this machine makes of an upload, before any case runs."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli.options import options


@click.command("doctor")
@options(JSON)
def command(*, as_json: bool) -> None:
    """Tell interpreter, client versions, mime tables, places and keys (whether there, never their value).

    The lines about mime types say what a part's Content-Type will be when nobody names one.

    \b
    Example:
      upload-matrix doctor
    """
    import dataclasses
    import json
    from pathlib import Path

    from upload_matrix.run.environments import diagnostics_lines, examine
    from upload_matrix.run.loading import targets

    folders = (Path("matrix").resolve(),)
    found = examine(folders, targets(folders))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2))
        return
    for line in diagnostics_lines(found):
        click.echo(line)
