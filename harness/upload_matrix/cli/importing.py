"""``upload-matrix import``: other people's recordings as saved requests."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import OPEN
from upload_matrix.cli.options import options

KINDS = ("har", "vcr", "test-proxy", "mitmproxy", "curl", "http")


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--folder",
    "-o",
    type=click.Path(file_okay=False),
    default="matrix",
    show_default=True,
    help="Where the saved requests go.",
)
@click.option("--all", "every", is_flag=True, help="Also requests without a file.")
@click.option(
    "--facts",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write there what the answers show of the files: facts, a JSON object a line.",
)
@click.option("--html", type=click.Path(dir_okay=False), metavar="FILE", help="Write a page about it there.")
@options(OPEN, show={"help": "Open the page; it is FOLDER/NAME-OF-FILE.html unless --html."})
@click.option("--repository", metavar="NAME", help="The public repository it lies in. [default: not public]")
@click.option("--commit", metavar="ID", help="The commit of it that was read.")
@click.option("--licence", metavar="ID", help="The repository's licence.")
@click.pass_context
def command(
    ctx: click.Context,
    kind: str,
    file: str,
    folder: str,
    facts: str | None,
    html: str | None,
    repository: str | None,
    commit: str | None,
    licence: str | None,
    *,
    every: bool,
    show: bool,
) -> None:
    """Make saved requests of a recording, for isolate, diagnose and bug-report.

    KIND `har` is an HTTP Archive, as browsers and proxies write it; `vcr` a cassette of vcrpy or of Ruby's
    VCR, in YAML or JSON; `test-proxy` what Azure's test proxy writes; `mitmproxy` a file of its flows; `curl`
    a command line (files beside it are read, nothing is run); `http` a request as it stood on the wire, which
    its answer may follow. Keys in headers are left out, and a request whose body holds one is not
    saved. What the recorder lost is said beside each request: a verdict on the rest is about another upload.

    A fact holds no contents: what a file was declared as, what its bytes are, and the answer. Of a recording
    that is not public it is a contribution. `facts check FILE` says whether the emulator agrees.

    Exit codes: 0 all uploads are saved, 3 there is none, or one could not be saved.

    \b
    Examples:
      upload-matrix import har session.har --open
      upload-matrix import vcr tests/cassettes/edit.yaml --folder requests
      upload-matrix import vcr edit.yaml --facts edit.jsonl --repository owner/name --licence MIT
      upload-matrix isolate matrix/edit-1.request --target emulator:openai@2025-09
    """
    from pathlib import Path

    from upload_matrix.facts.read import written
    from upload_matrix.files import write_whole
    from upload_matrix.inspect.importing import Published, import_tape, readable
    from upload_matrix.model.errors import Exit

    if facts is None and (repository or commit or licence):
        raise click.UsageError("--repository, --commit and --licence say where --facts come from")
    published = None if facts is None else Published(repository, commit, licence)
    done = import_tape(Path(file), kind, Path(folder), every=every, published=published)
    for line in done.lines:
        click.echo(line)
    if facts is not None:
        write_whole(Path(facts), "".join(written(done.facts)).encode("utf-8"))
        click.echo(f"{len(done.facts):,} facts in {facts}")
    page = Path(html) if html is not None else Path(folder) / f"{Path(file).name}.html" if show else None
    if page is not None:
        from dataclasses import replace

        from upload_matrix.report.html.document_page import page as document_page
        from upload_matrix.report.html.page import GOOD, OPEN, sentence
        from upload_matrix.report.opening import open_page
        from upload_matrix.report.registry import write_text

        page.parent.mkdir(parents=True, exist_ok=True)
        told = document_page(readable(done, Path(file).name), kind="import")
        mood = OPEN if done.left_out or not done.saved else GOOD
        write_text(page, replace(told, headline=sentence(done.result), lead="", mood=mood).chunks())
        said = open_page(page) if show else None
        if said is not None:
            click.echo(said, err=True)
    if not done.saved or done.left_out:
        ctx.exit(Exit.UNRESOLVED)
