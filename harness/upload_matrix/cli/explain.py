"""``upload-matrix explain``: what a word of a report means."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli.completing import words
from upload_matrix.cli.options import options


@click.command("explain")
@click.argument("word", required=False, shell_complete=words)
@options(JSON)
def command(word: str | None, *, as_json: bool) -> None:
    """Say what a word means that a command or a report prints.

    A finding's code, an outcome, a verdict, an exit code, a sign, a suspect and how it stands, a check, the
    rule that decided an emulated answer, as it is printed or as JSON has it. Without a word, all are listed.

    \b
    Examples:
      upload-matrix explain no-filename
      upload-matrix explain ignored
      upload-matrix explain 3
      upload-matrix explain "? undecided"
      upload-matrix explain image-type-gpt
    """
    import json
    from dataclasses import asdict

    from upload_matrix.cli.glossary import entry_page, explained, glossary, glossary_page
    from upload_matrix.report.document import terminal
    from upload_matrix.report.streams import columns

    if as_json:
        found = glossary() if word is None else explained(word)
        entries = [{**asdict(each), "more": dict(each.more)} for each in found]
        click.echo(json.dumps(entries, ensure_ascii=False, indent=2))
    else:
        page = glossary_page() if word is None else entry_page(explained(word))
        click.echo(terminal(page, columns()).removeprefix("\n"), nl=False)
