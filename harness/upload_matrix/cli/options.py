"""Options of commands, made of the declarations that they share; what only one command has stands with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from typing import Any

import click

from upload_matrix.ask.declared import (
    CASSETTES,
    GATEWAY,
    JSON,
    LIMITS,
    MATRIX,
    MAX_CASES,
    MIME_TABLE,
    OPEN,
    RECORD_MODE,
    REPEAT,
    SERVER,
    YES,
    Option,
)
from upload_matrix.cli.settings import SettableOption
from upload_matrix.model.setting import KNOWN, RECORD_MODES

Decorator = Callable[[Any], Any]


def option(declared: Option, **changes: Any) -> Decorator:
    """Put a declared option on a command, with what it has otherwise there."""
    declared = replace(declared, **changes)
    settings: dict[str, Any] = {"help": declared.help, "metavar": declared.metavar}
    # A default of the command's own is what the command is for, and many values are another question.
    if declared.name in KNOWN and changes.keys().isdisjoint({"default", "multiple"}):
        settings["cls"] = SettableOption
    if declared.kind is bool:
        settings["is_flag"] = True
    else:
        settings |= {"type": _type(declared), "multiple": declared.multiple}
    if declared.default is not None:
        settings |= {"default": declared.default, "show_default": True}
    return click.option(declared.flag, declared.key, **settings)


def _type(declared: Option) -> Any:
    if declared.choices:
        return click.Choice(declared.choices)
    if declared.kind is PathLike:
        return click.Path()
    return click.IntRange(min=declared.minimum) if declared.minimum is not None else declared.kind


def options(*declared: Option, **changes: dict[str, Any]) -> Decorator:
    """Put declared options on a command in this order; ``changes`` are by the name of their value."""

    def decorate(command: Any) -> Any:
        for each in reversed(declared):
            command = option(each, **changes.get(each.key, {}))(command)
        return command

    return decorate


matrices_argument = click.argument("matrices", nargs=-1, type=click.Path())


output_option = click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Also write FILE.md, FILE.json or FILE.html.",
)


def question_options(command: Any) -> Any:
    """Put on a command what `isolate` and `diagnose` share."""
    first = options(
        *(MATRIX, *SERVER, CASSETTES, RECORD_MODE, REPEAT),
        matrices={"help": "Where cases are looked for; repeatable. [default: matrix]"},
        record_mode={
            "help": "none: only recordings answer, and nothing is sent.",
            # Mode rewrite removes what a whole run did not need.
            "choices": tuple(mode for mode in RECORD_MODES if mode != "rewrite"),
            "default": "new_episodes",
        },
        repeat={
            "help": "auto: ask each question until a sequential test is sure, where answers vary.",
            "choices": ("1", "auto"),
            "default": "1",
            "metavar": None,
            "dest": "ask_each",
        },
    )
    reconfirm = click.option(
        "--reconfirm/--no-reconfirm",
        default=None,
        help="Ask about both ends anew even where they are recorded. [default: live targets only]",
    )
    rest = options(
        *(*LIMITS, YES, MAX_CASES, MIME_TABLE, JSON),
        as_json={"help": "Print the JSON report; all else goes to stderr."},
    )
    return first(reconfirm(rest(output_option(options(OPEN, *GATEWAY)(command)))))
