"""The reference of the command line, from click's own commands: the same words as ``--help``."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import TYPE_CHECKING

import click
from docs_markdown import code, fenced, page, prose, table

from upload_matrix.cli import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = (
    "Generated from the command line itself; `--help` behind any command says the same. "
    "Exit codes: see [there](exit-codes.md)."
)


def commands_page() -> str:
    """Every command with its arguments, options and examples."""
    return page("Commands", _OPENING, _all())


def every_command() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands with the words that name them; a group comes before its own."""
    context = click.Context(commands, info_name="upload-matrix")
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None, name
        yield from _with_own((name,), command)


def _with_own(
    words: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _with_own((*words, name), inner)


def _all() -> Iterator[str]:
    for words, command in every_command():
        name = " ".join(words)
        context = click.Context(command, info_name=f"upload-matrix {name}")
        yield f"{'#' * (len(words) + 1)} {name}"
        yield ""
        yield from fenced(" ".join(command.get_usage(context).removeprefix("Usage: ").split()), "text")
        yield from _help(command)
        yield from _options(command, context)


def _help(command: click.Command) -> Iterator[str]:
    """The help text: paragraphs as prose, what click was told to leave alone (``\\b``) as a block."""
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        before, *kept = re.split(r"^\s*\x08\n", block, flags=re.MULTILINE)
        if before.strip():
            yield from (prose(before), "")
        for text in kept:
            head, _, rest = text.partition("\n")
            if head.strip().endswith(":") and rest:
                yield from (head.strip(), "")
                yield from fenced(textwrap.dedent(rest), "sh" if "xample" in head else "text")
            else:
                yield from fenced(textwrap.dedent(text), "text")


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = [
        (code(record[0]), prose(record[1]))
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context)) is not None and "--help" not in record[0]
    ]
    if rows:
        yield from table(("option", "what it does"), rows)
