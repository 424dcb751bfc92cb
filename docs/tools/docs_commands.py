"""The reference of the command line, from click's own commands: the same words as ``--help``."""

from __future__ import annotations

import inspect
import re
import textwrap
from functools import partial
from typing import TYPE_CHECKING

import click
from docs_markdown import code, fenced, page, prose, table, used
from docs_words import exit_codes

from upload_matrix.cli import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FOLDER = "reference/commands"
_OPENING = (
    "Generated from the command line itself; `--help` behind any command says the same. "
    "[Exit codes](../exit-codes.md) are alike for all."
)


WHEN = {
    "run": (
        "You have a matrix and want to know, in seconds and without a call, whether every upload is still "
        "as it expects: at your desk and in CI."
    ),
    "init": "A project has no matrix yet: it writes one, with a test and a CI workflow.",
    "record": (
        "Answers of a live server are missing, or too old: it says first what they cost, and stays within "
        "your budget."
    ),
    "ab": (
        "You wonder whether one of two ways (handing over, model, target, release) fares better, and "
        "chance must be ruled out."
    ),
    "costs": "Before you pay: what models cost, and what calls have cost so far.",
    "cases": "You need a case's id, or want to see what a matrix comes to before it runs.",
    "serve": "A program of yours is to call a server that answers like the vendor's and costs nothing.",
    "isolate": (
        "You have a request that fails and one that passes, and want the smallest difference between them "
        "that decides."
    ),
    "diagnose": (
        "A call fails and you do not know where to look: file, SDK, model, account, headers or gateway. "
        "It asks one after the other."
    ),
    "sweep": (
        "An SDK got newer, or is about to: in which release did what it sends change, and does that matter?"
    ),
    "inspect": (
        "A program of yours uploads something, and you want to see what it really sends. The first thing "
        "to try."
    ),
    "conform": (
        "You have a client, a server or a gateway to hold against the rules of uploads, in whatever language."
    ),
    "import": (
        "You have a request from elsewhere (a HAR file, a cassette, a curl command) and want to look into "
        "it, or make a case of it."
    ),
    "cassettes": (
        "Recordings have to be looked after: what they hold, whether they are still true, which nobody plays."
    ),
    "environments": "Releases of SDKs take up disk, or have to be built before a train ride.",
    "compare": "Two reports lie before you: what became otherwise between them?",
    "report": "A run is over and you want its report in another format, or several made into one.",
    "site": "Many reports are to be read by many people, in a browser, without a server.",
    "bug-report": (
        "The vendor is at fault, and should get a folder that shows it: words, requests, a program to run."
    ),
    "facts": "You ask what is known of a server, by whom, and how sure it is; or have something to add.",
    "explain": "A word in a report is new to you: a finding, an outcome, a verdict, an exit code, a rule.",
    "completion": "Once, when you set up your shell.",
    "schema": "Your editor is to complete and check the files that you write.",
    "doctor": (
        "Something is odd on this machine alone: which versions, which mime tables, which keys are there."
    ),
}
"""When to use each command; one without an entry here has no page, and the build ends with it."""


def command_pages() -> dict[str, Callable[[], str]]:
    """What makes each page, by the page's name: one of all commands, and one for each of them."""
    context = click.Context(commands, info_name="upload-matrix")
    pages: dict[str, Callable[[], str]] = {f"{_FOLDER}/index.md": _index_page}
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None, name
        pages[f"{_FOLDER}/{name}.md"] = partial(_command_page, name, command)
    return pages


def _index_page() -> str:
    rows = [(f"[`{name}`]({name}.md)", when) for name, when in WHEN.items()]
    return page("Commands", _OPENING, table(("command", "when to use it"), rows))


def _command_page(name: str, command: click.Command) -> str:
    sections = (_section(words, each) for words, each in _with_own((name,), command))
    lines = [line for section in sections for line in section]
    lines += [
        "## Exit codes",
        "",
        "In general; what the text above says of one goes before.",
        "",
        *exit_codes(),
    ]
    return used(page(name, "[All commands](index.md).", lines), WHEN[name])


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


def _section(words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    """A command; one within a group has a heading, the page's own has its title."""
    name = " ".join(words)
    context = click.Context(command, info_name=f"upload-matrix {name}")
    if len(words) > 1:
        yield f"{'#' * len(words)} {name}"
        yield ""
    # Not `get_usage`, which is broken into lines for a terminal.
    yield from fenced(" ".join((context.command_path, *command.collect_usage_pieces(context))), "text")
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
