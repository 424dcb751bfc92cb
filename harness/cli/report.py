"""``upload-matrix report``: another view of a JSON report that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command("report")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "form", default="markdown", show_default=True, help="json, markdown, junit...")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write here instead of printing.")
@click.option("--max-bytes", type=int, help="Shorten Markdown to this size, at section borders.")
def command(file: str, form: str, output: str | None, max_bytes: int | None) -> None:
    """Render a JSON report again, in any format. JSON is the truth; the others are views of it.

    \b
    Examples:
      upload-matrix report reports/latest.json
      upload-matrix report reports/latest.json --max-bytes 1000000 >> "$GITHUB_STEP_SUMMARY"
      upload-matrix report reports/latest.json --format junit -o junit.xml
    """
    from pathlib import Path

    from harness.reports import markdown, registry
    from harness.reports.json_report import load

    run = load(Path(file).read_text("utf-8"), file)
    (wanted,) = registry.find([form])
    if max_bytes is not None and form == markdown.NAME:
        chunks: Iterable[str] = (markdown.render(run, max_bytes=max_bytes),)
    else:
        chunks = wanted.chunks(run)
    if output is None:
        for chunk in chunks:
            click.echo(chunk, nl=False)
    else:
        registry.write_text(Path(output), chunks)
