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


def record_modes() -> tuple[str, ...]:
    """The record modes, in pytest-recording's words."""
    return ("none", "once", "new_episodes", "all", "rewrite")
