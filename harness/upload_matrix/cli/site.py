"""``upload-matrix site``: a small static site over many reports."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import OPEN
from upload_matrix.cli.options import options


@click.command("site")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("-o", "--output", default="site", show_default=True, help="The site's folder.")
@click.option("--title", default="Upload compatibility", show_default=True, help="What the index is called.")
@options(OPEN, show={"help": "Open its index when it is built."})
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
    from pathlib import Path

    from upload_matrix.report.opening import open_page
    from upload_matrix.report.wording import plural
    from upload_matrix.site.build import build

    folder = Path(output)
    built = build([Path(path) for path in paths or ("reports",)], folder, title=title)
    index = folder / "index.html"
    counts = [(built.reports, "report", "reports"), (built.matrices, "matrix", "matrices")]
    counts += [(len(built.files), "file", "files")]
    said = ", ".join(f"{number:,} {one if number == 1 else many}" for number, one, many in counts)
    left_out = f"; {plural(len(built.skipped), 'JSON file')} left out" if built.skipped else ""
    click.echo(f"{said}: {index}{left_out}")
    for line in built.skipped:
        click.echo(f"left out {line}", err=True)
    unopened = open_page(index) if show else None
    if unopened is not None:
        click.echo(unopened, err=True)
