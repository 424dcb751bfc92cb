"""The options of every command that may ask live servers, in one place: the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from upload_matrix.cli.shared import mime_table_option, record_modes
from upload_matrix.pytest_plugin.options import Limits
from upload_matrix.targets.spec import TargetSpec

CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """The options' values, under their own names."""

    target: str | None
    base_url: str | None
    key_env: str | None
    key_command: str | None
    headers: tuple[str, ...]
    record_mode: str
    cassettes: str | None
    repeat: int
    budget: str | None
    max_calls: int | None
    unknown_price: str | None
    ledger: str | None
    concurrency: int
    controls: tuple[str, ...]
    yes: bool
    max_cases: int
    mime_tables: tuple[str, ...]
    max_age: int | None = None

    def added(self) -> tuple[TargetSpec, ...]:
        """The target given by its URL, if there is one; raises ConfigurationError."""
        import shlex

        from upload_matrix.model.errors import ConfigurationError
        from upload_matrix.targets.spec import ad_hoc, parse_header

        if self.base_url is None:
            if self.key_env or self.key_command or self.headers:
                raise ConfigurationError("--key-env, --key-command and --header go with --base-url")
            return ()
        if self.target is not None:
            raise ConfigurationError("--base-url and --target: give one of them")
        return (
            ad_hoc(
                self.base_url,
                key_env=self.key_env,
                key_command=tuple(shlex.split(self.key_command or "")),
                headers=[parse_header(text) for text in self.headers],
            ),
        )

    def limits(self) -> Limits:
        """What calls may cost; raises ConfigurationError."""
        from pathlib import Path

        from upload_matrix.model.money import parse_money
        from upload_matrix.pytest_plugin.options import Limits

        return Limits(
            budget=None if self.budget is None else parse_money(self.budget, "--budget"),
            max_calls=self.max_calls,
            unknown_price_as=None
            if self.unknown_price is None
            else parse_money(self.unknown_price, "--unknown-price"),
            ledger=None if self.ledger is None else Path(self.ledger).absolute(),
        )

    def tables(self) -> dict[str, Path]:
        """Mime tables given as files; raises ConfigurationError."""
        from pathlib import Path

        from upload_matrix.run.loading import mime_tables

        return mime_tables(self.mime_tables, Path.cwd())


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--target", metavar="NAME", help="Have this target answer instead of the matrix's own."),
    click.option("--base-url", metavar="URL", help="Have this server answer, which speaks as OpenAI's does."),
    click.option("--key-env", metavar="NAME", help="The variable that holds the key for --base-url."),
    click.option("--key-command", metavar="CMD", help="A program that prints the key for --base-url."),
    click.option(
        "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent to --base-url as well."
    ),
    click.option("--cassettes", type=click.Path(), help="Where recordings lie. [default: cassettes]"),
    click.option("--budget", metavar="USD", help="What the calls may cost together; a hard limit."),
    click.option(
        "--max-calls",
        type=click.IntRange(min=0),
        metavar="N",
        help="How many calls may be made; a hard limit.",
    ),
    click.option(
        "--unknown-price",
        metavar="USD",
        help="What a call of unknown price counts as. Without it a budget refuses such calls.",
    ),
    click.option("--ledger", type=click.Path(), metavar="FILE", help="The books. [default: the user's own]"),
    click.option(
        "--control",
        "controls",
        multiple=True,
        metavar="CASE",
        help="With --repeat: a case known to pass, asked first in every round. Repeatable.",
    ),
    click.option(
        "--max-age",
        type=click.IntRange(min=0),
        metavar="DAYS",
        help="Where requests may be sent: ask anew for live recordings older than this.",
    ),
    click.option("--yes", is_flag=True, help="Send the plan without asking, as in CI."),
    click.option("--max-cases", type=int, default=50_000, show_default=True, help="Refuse a larger matrix."),
    mime_table_option,
)


def _repeat_option(default: int) -> Callable[[Any], Any]:
    return click.option(
        "--repeat",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        metavar="N",
        help="Answers wanted to each request, asked round by round.",
    )


def _concurrency_option(default: int) -> Callable[[Any], Any]:
    return click.option(
        "--concurrency",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help="Requests under way at once, at most; fewer when the server says it is too many.",
    )


def live_options(
    default_mode: str, *, repeat: int = 1, concurrency: int = CONCURRENCY
) -> Callable[[Any], Any]:
    """Put the options on a command, with the defaults it has by itself."""

    def decorate(command: Any) -> Any:
        mode = click.option(
            "--record-mode",
            type=click.Choice(record_modes()),
            default=default_mode,
            show_default=True,
            help="Which requests may be sent, and what is kept; as in pytest-recording.",
        )
        for option in reversed((mode, _repeat_option(repeat), _concurrency_option(concurrency), *_OPTIONS)):
            command = option(command)
        return command

    return decorate
