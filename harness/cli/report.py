"""``upload-matrix report``: another view of a JSON report that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@click.command("report")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "form", default="markdown", show_default=True, help="json, markdown, html...")
@click.option("--merge", is_flag=True, help="Make one of several sweeps (shards).")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write here instead of printing.")
@click.option("--max-bytes", type=int, help="Shorten Markdown to this size, at section borders.")
def command(
    files: tuple[str, ...], form: str, *, merge: bool, output: str | None, max_bytes: int | None
) -> None:
    """Render a JSON report again, in any format: of a run, a sweep or its gate. JSON is the truth.

    \b
    Examples:
      upload-matrix report reports/latest.json
      upload-matrix report reports/latest.json --max-bytes 1000000 >> "$GITHUB_STEP_SUMMARY"
      upload-matrix report reports/latest.json --format junit -o junit.xml
      upload-matrix report reports/latest.json --format html -o report.html
      upload-matrix report reports/sweep.gate.json --max-bytes 60000 -o issue.md
      upload-matrix report --merge reports/part*.json --format json -o reports/sweep.json
    """
    from pathlib import Path

    from harness.model.errors import ConfigurationError
    from harness.reports import gate_json, registry, sweep_json

    texts = [(Path(file).read_text("utf-8"), file) for file in files]
    if any(_says(sweep_json.FORMAT, text) for text, _ in texts):
        chunks = _sweep(texts, form, max_bytes, merge=merge)
    elif len(texts) == 1 and _says(gate_json.FORMAT, texts[0][0]):
        chunks = _gate(*texts[0], form, max_bytes)
    elif merge or len(texts) > 1:
        raise ConfigurationError("--merge takes the JSON of several sweeps; of runs, give one file")
    else:
        chunks = _run(*texts[0], form, max_bytes)
    if output is None:
        for chunk in chunks:
            click.echo(chunk, nl=False)
    else:
        registry.write_text(Path(output), chunks)


def _says(form: str, text: str) -> bool:
    # The format stands in the first lines; a report may be large and is read in full only once.
    return f'"{form}"' in text[:200]


def _run(text: str, name: str, form: str, max_bytes: int | None) -> Iterable[str]:
    from harness.reports import markdown, registry
    from harness.reports.json_report import load

    run = load(text, name)
    (wanted,) = registry.find([form])
    if max_bytes is not None and form == markdown.NAME:
        return (markdown.render(run, max_bytes=max_bytes),)
    return wanted.chunks(run)


def _sweep(
    texts: Sequence[tuple[str, str]], form: str, max_bytes: int | None, *, merge: bool
) -> Iterable[str]:
    from harness.analysis.merge import merge as merged
    from harness.model.errors import ConfigurationError
    from harness.reports import sweep_json, sweep_markdown

    sweeps = [sweep_json.load(text, name) for text, name in texts]
    if len(sweeps) > 1 and not merge:
        raise ConfigurationError("several sweeps make one report with --merge")
    sweep = merged(sweeps)
    if form == "json":
        return sweep_json.chunks(sweep)
    if form == "markdown":
        return (sweep_markdown.render(sweep, max_bytes=max_bytes),)
    if form == "html":
        from harness.reports.html import sweep_page

        return sweep_page.page(sweep).chunks()
    raise ConfigurationError(f"a sweep has no {form!r} form; there are html, json and markdown")


def _gate(text: str, name: str, form: str, max_bytes: int | None) -> Iterable[str]:
    from harness.model.errors import ConfigurationError
    from harness.reports import gate_json, gate_markdown

    gate = gate_json.load(text, name)
    if form == "json":
        return gate_json.chunks(gate)
    if form == "markdown":
        return (gate_markdown.render(gate, max_bytes=max_bytes),)
    raise ConfigurationError(f"a gate's result has no {form!r} form; there are json and markdown")
