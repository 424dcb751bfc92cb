"""``upload-matrix site``: a small static site over many reports."""

from __future__ import annotations

import click


@click.command("site")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("-o", "--output", default="site", show_default=True, help="The site's folder.")
@click.option("--title", default="Upload compatibility", show_default=True, help="What the index is called.")
@click.option("--open", "show", is_flag=True, help="Open its index when it is built.")
def command(paths: tuple[str, ...], output: str, title: str, *, show: bool) -> None:
    """Build a static site over many JSON reports: every matrix with its history, every run, every sweep.

    PATHS are folders, searched to any depth, and files; `reports` unless given. Runs are put in order by the
    time in the `.run.json` beside them, else by a day in their name, else by name. Files of an earlier build
    that are no longer needed are removed; a folder that holds anything else is refused.

    \b
    Examples:
      upload-matrix site
      upload-matrix site reports/ nightly/ -o public/ --title "Uploads to the image API"
      upload-matrix site downloaded-artifacts/ --open
    """
    import webbrowser
    from pathlib import Path

    from upload_matrix.site.build import build

    folder = Path(output)
    built = build([Path(path) for path in paths or ("reports",)], folder, title=title)
    for line in built.skipped:
        click.echo(f"skipped {line}", err=True)
    index = folder / "index.html"
    click.echo(f"{built.reports} reports, {built.matrices} matrices, {len(built.files)} files: {index}")
    if show and not webbrowser.open(index.absolute().as_uri()):
        click.echo(f"no browser could be started here; open {index}", err=True)
