"""``upload-matrix compare``: what changed between two reports."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import FAIL_ON, JSON, OPEN
from upload_matrix.cli.options import options


@click.command("compare")
@click.argument("old", type=click.Path(exists=True, dir_okay=False))
@click.argument("new", type=click.Path(exists=True, dir_okay=False))
@options(JSON, as_json={"help": "The comparison as JSON."})
@click.option("--html", type=click.Path(dir_okay=False), help="Write the comparison as a page here, too.")
@options(OPEN, FAIL_ON, show={"help": "Open the page; it is written beside NEW unless --html."})
@click.pass_context
def command(
    ctx: click.Context, old: str, new: str, *, as_json: bool, html: str | None, show: bool, fail_on: str
) -> None:
    """Compare two JSON reports: added, removed, changed and unchanged cases.

    What was sent (the wire) and what came of it (the verdict) are told apart: an SDK release may change
    one without the other, and an edited expectation changes neither. Exit code 1 when a case regressed (or
    changed at all, with --fail-on change), 3 when not every case of OLD could be compared: it is not in
    NEW, or nothing could be found out about it. The first line says what.

    \b
    Examples:
      upload-matrix compare reports/baseline.json reports/latest.json
      upload-matrix compare reports/baseline.json reports/latest.json --html changes.html --open
    """
    from pathlib import Path

    from upload_matrix.files import read_text
    from upload_matrix.judge.compare import FailOn, compare
    from upload_matrix.report.compare_text import render, to_json
    from upload_matrix.report.json_report import load
    from upload_matrix.report.streams import columns, print_lines

    before, after = (load(read_text(Path(path)), path) for path in (old, new))
    comparison = compare(before, after, FailOn(fail_on))
    if as_json:
        click.echo(to_json(comparison), nl=False)
    else:
        print_lines(render(comparison, columns()).splitlines())
    page = Path(html) if html is not None else Path(new).with_suffix(".compared.html") if show else None
    if page is not None:
        from upload_matrix.report.html import comparison_page
        from upload_matrix.report.opening import open_page
        from upload_matrix.report.registry import write_text

        # Reports of two folders are often of one name.
        told = 2 if Path(old).name == Path(new).name else 1
        title = " and ".join("/".join(Path(each).parts[-told:]) for each in (old, new))
        write_text(page, comparison_page.render(before, after, title=title, fail_on=FailOn(fail_on)))
        said = open_page(page) if show else None
        if said is not None:
            click.echo(said, err=True)
    ctx.exit(comparison.exit_code)
