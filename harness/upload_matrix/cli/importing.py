"""``upload-matrix import``: other people's recordings as saved requests."""

from __future__ import annotations

import click

KINDS = ("har", "vcr")


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
@click.pass_context
def command(ctx: click.Context, kind: str, file: str, folder: str, *, every: bool) -> None:
    """Make saved requests of a recording, for isolate, diagnose and bug-report.

    KIND `har` is an HTTP Archive, as browsers and proxies write it; `vcr` a cassette of vcrpy or of Ruby's
    VCR, in YAML or JSON. Keys in headers are left out, and a request whose body holds one is not
    saved. What the recorder lost is said beside each request: a verdict on the rest is about another upload.

    Exit codes: 0 all uploads are saved, 3 there is none, or one could not be saved.

    \b
    Examples:
      upload-matrix import har session.har
      upload-matrix import vcr tests/cassettes/edit.yaml --folder requests
      upload-matrix isolate matrix/edit-1.request --target emulator:openai@2025-09
    """
    from pathlib import Path

    from upload_matrix.inspect.importing import import_tape
    from upload_matrix.model.errors import Exit

    done = import_tape(Path(file), kind, Path(folder), every=every)
    for line in done.lines:
        click.echo(line)
    if not done.saved or done.left_out:
        ctx.exit(Exit.UNRESOLVED)
