"""``upload-matrix doctor``: what this machine makes of an upload, before any case runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from upload_matrix.run.environments import Diagnostics


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def command(*, as_json: bool) -> None:
    """Tell interpreter, client versions, mime tables, places and keys (whether there, never their value).

    The lines about mime types say what a part's Content-Type will be when nobody names one.

    \b
    Example:
      upload-matrix doctor
    """
    import dataclasses
    import json
    from pathlib import Path

    from upload_matrix.run.environments import examine
    from upload_matrix.run.loading import targets

    folders = (Path("matrix").resolve(),)
    found = examine(folders, targets(folders))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Diagnostics) -> Iterator[str]:
    yield f"Python       {found.python} at {found.executable}"
    yield f"Machine      {found.platform}"
    yield "Clients      " + _versions(found.clients)
    yield "Packages     " + _versions(found.packages)
    yield "Mime files   " + (", ".join(found.mime_files) or "none: only Python's own table is known here")
    yield ""
    yield "A part's Content-Type, when nobody names one, by the file's extension:"
    tables = tuple(found.guesses)
    yield "  " + "".join(f"{name:<28}" for name in ("extension", *tables)).rstrip()
    for extension in next(iter(found.guesses.values())):
        guesses = [found.guesses[table][extension] or "(none: octet-stream)" for table in tables]
        yield "  " + "".join(f"{word:<28}" for word in (extension, *guesses)).rstrip()
    yield ""
    for name, (path, exists) in found.folders.items():
        yield f"{name.capitalize():<12} {path}{'' if exists else ' (not there)'}"
    for target, (variable, present) in found.keys.items():
        yield f"Key          {target}: {variable} is {'set' if present else 'not set'}"


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items()) or "none installed"
