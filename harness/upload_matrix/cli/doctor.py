"""``upload-matrix doctor``: what this machine makes of an upload, before any case runs."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli.options import options

_WHOLE = 10_000
_BESIDE = " " * len("Python       ")
"""Further lines of a value stand below it."""


@click.command("doctor")
@options(JSON)
def command(*, as_json: bool) -> None:
    """Tell interpreter, client versions, mime tables, settings and keys (whether there, never their value).

    The lines about mime types say what a part's Content-Type will be when nobody names one.

    \b
    Example:
      upload-matrix doctor
    """
    import dataclasses
    import json
    import os
    from pathlib import Path

    from upload_matrix.cli.settings import settings
    from upload_matrix.report.grid import aligned, wrapped
    from upload_matrix.report.streams import columns
    from upload_matrix.run.environments import diagnostics_lines, examine
    from upload_matrix.run.loading import targets

    given = settings(os.environ, Path.cwd())
    folders = (Path("matrix").resolve(),)
    found = examine(folders, targets(folders))
    if as_json:
        document = {**dataclasses.asdict(found), "settings": [dataclasses.asdict(each) for each in given]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for line in diagnostics_lines(found):
        # What is no terminal has every line whole: it is searched.
        for piece in wrapped(line, columns(widest=_WHOLE), hanging=_BESIDE):
            click.echo(piece)
    click.echo("Settings: command line, then environment, then pyproject.toml, then the default")
    cells = [(each.name, "-" if each.value is None else str(each.value), each.origin) for each in given]
    for line in aligned(cells, columns(), "  "):
        click.echo(line)
