"""``upload-matrix init``: a commented matrix, a test and a CI workflow for the user's own project."""

from __future__ import annotations

import click


@click.command("init")
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option("--force", is_flag=True, help="Write over files that are there with another content.")
def command(folder: str, *, force: bool) -> None:
    """Write a commented matrix, its recordings, a test file and a CI workflow into FOLDER.

    FOLDER is the project's root, by default this folder. Nothing of yours is written over unless you say
    --force. Afterwards `upload-matrix run` and `pytest` work there, with no key and no network.

    \b
    Examples:
      upload-matrix init
      upload-matrix init ../my-project
      upload-matrix init --force
    """
    from pathlib import Path

    from upload_matrix.report.wording import plural
    from upload_matrix.starter import place

    project = Path(folder)
    placed = place(project, force=force)
    recordings = [path for path in placed.written if path.startswith("cassettes/")]
    for path in placed.written:
        if path not in recordings:
            click.echo(f"wrote {(project / path).as_posix()}")
    if recordings:
        click.echo(f"wrote {(project / 'cassettes').as_posix()}/ ({plural(len(recordings), 'recording')})")
    if placed.kept:
        click.echo(f"kept as the same already: {plural(len(placed.kept), 'file')}")
    click.echo("next: upload-matrix run, or pytest; then make matrix/uploads.yaml your own")
