"""``upload-matrix doctor``: what this machine makes of an upload, before any case runs."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import ASKING, FOLDERS, JSON
from upload_matrix.cli.options import matrices_argument, options

_WHOLE = 10_000
_BESIDE = " " * len("Python       ")
"""Further lines of a value stand below it."""


@click.command("doctor")
@matrices_argument
@options(JSON)
def command(matrices: tuple[str, ...], *, as_json: bool) -> None:
    """Tell interpreter, client versions, mime tables, settings and keys (whether there, never their value).

    The lines about mime types say what a part's Content-Type will be when nobody names one. Settings are
    those of a run of MATRICES (files or folders; by default matrix/), each with its variable or line.

    \b
    Examples:
      upload-matrix doctor
      upload-matrix doctor matrix/mine.yaml --json
    """
    import dataclasses
    import json
    import os
    from dataclasses import replace
    from pathlib import Path

    from upload_matrix.matrix.shape import DEFAULT_TIMEOUT
    from upload_matrix.report.grid import aligned, wrapped
    from upload_matrix.report.streams import columns
    from upload_matrix.run.environments import diagnostics_lines, examine
    from upload_matrix.run.loading import targets
    from upload_matrix.run.settings import ORDER, settings

    asked = tuple(map(Path, matrices or (("matrix",) if Path("matrix").is_dir() else ())))
    # Where nobody says otherwise, folders are called as their options are.
    usual: dict[str, str | int | float | None] = {
        **{each.name: each.default for each in ASKING},
        **{each.name: each.name for each in FOLDERS},
        "timeout": DEFAULT_TIMEOUT,
    }
    given = [
        replace(each, value=usual[each.name]) if each.value is None else each
        for each in settings(os.environ, Path.cwd(), asked, alone=True)
    ]
    folders = (Path("matrix").resolve(),)
    places = {each.name: str(each.value) for each in given if each.name in {every.name for every in FOLDERS}}
    found = examine(folders, targets(folders), {"matrix": "matrix", **places})
    if as_json:
        document = {**dataclasses.asdict(found), "settings": [dataclasses.asdict(each) for each in given]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for line in diagnostics_lines(found):
        # What is no terminal has every line whole: it is searched.
        for piece in wrapped(line, columns(widest=_WHOLE), hanging=_BESIDE):
            click.echo(piece)
    click.echo(f"Settings: {ORDER}")
    cells = [(each.name, "-" if each.value is None else str(each.value), each.origin) for each in given]
    for line in aligned(cells, columns(), "  "):
        click.echo(line)
