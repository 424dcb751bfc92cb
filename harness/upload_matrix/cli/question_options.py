"""The options of ``isolate`` and ``diagnose``: those of every command that asks, but for repeating."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from upload_matrix.cli.live_options import LiveOptions
from upload_matrix.cli.shared import mime_table_option
from upload_matrix.cli.through_options import Through, through_options

ONCE, AUTO = "1", "auto"

MODES = ("none", "once", "new_episodes", "all")
"""The record modes but ``rewrite``, which removes what a whole run did not need."""


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """The options' values. ``live`` are those that every asking command has."""

    live: LiveOptions
    matrices: tuple[str, ...]
    repeat: bool
    reconfirm: bool | None
    as_json: bool
    output: str | None
    way: Through = field(default_factory=Through)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> QuestionOptions:
        """From click's values."""
        from upload_matrix.cli.live_options import LiveOptions

        names = (
            *("target", "base_url", "key_env", "key_command", "headers", "record_mode", "cassettes"),
            *("budget", "max_calls", "unknown_price", "ledger", "yes", "max_cases", "mime_tables"),
        )
        live = LiveOptions(**{name: given[name] for name in names}, repeat=1, concurrency=1, controls=())
        return cls(
            live,
            given["matrices"],
            given["repeat"] == AUTO,
            given["reconfirm"],
            given["as_json"],
            given["output"],
            Through.of(given),
        )


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--matrix",
        "matrices",
        multiple=True,
        type=click.Path(),
        metavar="PATH",
        help="Where cases are looked for; repeatable. [default: matrix]",
    ),
    click.option("--target", metavar="NAME", help="Have this target answer, as emulator:openai-2026-02."),
    click.option("--base-url", metavar="URL", help="Have this server answer, which speaks as OpenAI's does."),
    click.option("--key-env", metavar="NAME", help="The variable that holds the key for --base-url."),
    click.option("--key-command", metavar="CMD", help="A program that prints the key for --base-url."),
    click.option(
        "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent to --base-url as well."
    ),
    click.option("--cassettes", type=click.Path(), help="Where recordings lie. [default: cassettes]"),
    click.option(
        "--record-mode",
        type=click.Choice(MODES),
        default="new_episodes",
        show_default=True,
        help="none: only recordings answer, and nothing is sent.",
    ),
    click.option(
        "--repeat",
        type=click.Choice((ONCE, AUTO)),
        default=ONCE,
        show_default=True,
        help="auto: ask each question until a sequential test is sure, where answers vary.",
    ),
    click.option(
        "--reconfirm/--no-reconfirm",
        default=None,
        help="Ask about both ends anew even where they are recorded. [default: live targets only]",
    ),
    click.option("--budget", metavar="USD", help="What the calls may cost together; a hard limit."),
    click.option(
        "--max-calls",
        type=click.IntRange(min=0),
        metavar="N",
        help="How many calls may be made; a hard limit.",
    ),
    click.option("--unknown-price", metavar="USD", help="What a call of unknown price counts as."),
    click.option("--ledger", type=click.Path(), metavar="FILE", help="The books. [default: the user's own]"),
    click.option("--yes", is_flag=True, help="Make the calls without asking, as in CI."),
    click.option("--max-cases", type=int, default=50_000, show_default=True, help="Refuse a larger matrix."),
    mime_table_option,
    click.option("--json", "as_json", is_flag=True, help="Print the JSON report; all else goes to stderr."),
    click.option(
        "-o",
        "output",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="Also write FILE.md, FILE.json or FILE.html.",
    ),
)


def question_options(command: Any) -> Any:
    """Put the options on a command."""
    command = through_options(command)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
