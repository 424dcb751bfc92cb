"""``upload-matrix environments``: what the store of environments holds; building ahead, and cleaning up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from upload_matrix.ask.declared import DRY_RUN, JSON, OFFLINE, PRE, PYTHON, YANKED
from upload_matrix.cli import Group, Unresolved
from upload_matrix.cli.options import options
from upload_matrix.report.streams import print_lines

_AGES = {"d": "days", "h": "hours", "m": "minutes"}

store_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--store",
    "root",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Where environments are kept; by default in the user's cache folder.",
)


@click.group("environments", cls=Group)
def command() -> None:
    """Environments that SDK releases run in: list, prune, build ahead.

    They are built when a run needs them and kept for the next; nothing here has to be called.

    \b
    Examples:
      upload-matrix environments list
      upload-matrix environments prune --help
    """


@command.command("list")
@store_option
@options(JSON, as_json={"help": "Everything known of each, as JSON."})
def list_environments(root: str | None, *, as_json: bool) -> None:
    """What is kept, how it was built, its size and when it was last used."""
    import dataclasses
    import json

    from upload_matrix.report.wording import plural

    store = _store(root)
    entries = store.list()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(entry) for entry in entries], default=str, indent=1))
        return
    print_lines(map(_line, sorted(entries, key=_in_order)))
    click.echo(
        f"{plural(len(entries), 'entry')}, {_size(sum(entry.size for entry in entries))} in {store.root}",
        err=True,
    )


@command.command("prune")
@store_option
@click.option("--older-than", metavar="AGE", help="Only what was not used for AGE: 30d, 12h, 90m.")
@click.option("--all", "everything", is_flag=True, help="Whatever its age.")
@options(DRY_RUN, dry_run={"help": "Only say what would be removed."})
def prune(root: str | None, *, older_than: str | None, everything: bool, dry_run: bool) -> None:
    """Remove environments; they are built again when needed.

    \b
    Examples:
      upload-matrix environments prune --older-than 30d
      upload-matrix environments prune --all --dry-run
    """
    from upload_matrix.report.wording import plural

    if everything == (older_than is not None):
        raise click.UsageError("say which: --older-than AGE (30d), or --all")
    age = _age(older_than) if older_than is not None else None
    removed = _store(root).prune(age, dry_run=dry_run)
    print_lines(map(_line, sorted(removed, key=_in_order)))
    word = "would be removed" if dry_run else "removed"
    size = _size(sum(entry.size for entry in removed))
    click.echo(f"{plural(len(removed), 'entry')}, {size} {word}", err=True)


@command.command("build")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@store_option
@options(PYTHON)
@click.option(
    "--way",
    type=click.Choice(["overlay", "real", "contemporary"]),
    default="overlay",
    show_default=True,
    help="Shared dependencies, its own of today, or its own as of the release's day.",
)
@click.option("--distribution", default="openai", show_default=True, help="The package on the index.")
@click.option("--index", metavar="URL", help="A package index in place of the configured one.")
@options(PRE, YANKED, OFFLINE)
def build(
    specs: tuple[str, ...],
    *,
    root: str | None,
    python: str,
    way: str,
    distribution: str,
    **where: Any,
) -> None:
    """Build environments ahead, and repair those that are damaged.

    SPEC is a version, a range, latest, latest:5 or all.

    \b
    Examples:
      upload-matrix environments build 1.109.1 latest
      upload-matrix environments build '>=2,<4' --python 3.13 --way real
    """
    from upload_matrix.environments.kept import Blueprint, Built, Way
    from upload_matrix.environments.releases import select
    from upload_matrix.model.errors import UnavailableError

    store = _store(root, index=where["index"], offline=where["offline"])
    interpreter = store.interpreters.find(python)
    published = store.releases.releases(distribution)
    taken = {name: where[name] for name in ("pre", "yanked")}
    selection = select(specs, published, python=interpreter.version, **taken)
    for left in selection.left_out:
        click.echo(f"left out     {distribution} {left.release.version}: {left.reason}", err=True)

    if not selection.chosen:
        raise Unresolved(f"nothing was built: {', '.join(specs)} means only releases that are left out")

    def said(blueprint: Blueprint, result: Built | UnavailableError) -> None:
        click.echo(
            f"built        {blueprint.what}" if isinstance(result, Built) else f"unavailable  {result}"
        )

    results = store.build_many(
        [
            Blueprint(python, release.version, Way(way), distribution, release.date)
            for release in selection.chosen
        ],
        said,
        thorough=True,
    )
    missing = sum(isinstance(result, UnavailableError) for result in results.values())
    if missing:
        raise Unresolved(f"{missing} of {len(results)} environments could not be built")


def _in_order(entry: Any) -> list[Any]:
    """Release 0.9.0 stands before 0.10.0."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", entry.what)]


def _line(entry: Any) -> str:
    """A kept environment (``environments.kept.Stored``) in a line."""
    way = "broken" if not entry.complete else (entry.way or "shared")
    return f"{way:<12} {entry.python:<8} {_size(entry.size):>9}  {entry.used:%Y-%m-%d %H:%M}  {entry.what}"


def _size(size: int) -> str:
    """``12.3 MB``, in powers of ten."""
    return f"{size / 1e6:.1f} MB"


def _store(root: str | None, **options: Any) -> Any:
    """The store in ``root``, or the user's own; typed as Any, because annotations would need its import."""
    from pathlib import Path

    from upload_matrix.environments.store import EnvironmentStore

    return EnvironmentStore(Path(root) if root else None, **options)


def _age(text: str) -> Any:
    """A ``timedelta``; raises click.BadParameter."""
    from datetime import timedelta

    found = re.fullmatch(r"([0-9]+)([dhm])", text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no age: write 30d, 12h or 90m", param_hint="--older-than")
    return timedelta(**{_AGES[found[2]]: int(found[1])})
