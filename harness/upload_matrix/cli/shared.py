"""Options that several commands share."""

from __future__ import annotations

import click

mime_table_option = click.option(
    "--mime-table",
    "mime_tables",
    multiple=True,
    metavar="NAME=FILE",
    help="Read the mime table NAME (system, builtin) from a mime.types FILE, so that a run does not "
    "depend on this machine.",
)


fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(["regression", "change"]),
    default="regression",
    show_default=True,
    help="Which changes are red (exit code 1): what was accepted and no longer is, or any change at all. "
    "What cannot be decided is 3 in any case.",
)


def record_modes() -> tuple[str, ...]:
    """The record modes, in pytest-recording's words."""
    return ("none", "once", "new_episodes", "all", "rewrite")
