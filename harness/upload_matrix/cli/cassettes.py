"""``upload-matrix cassettes``: what is recorded, whether it still holds, and what may go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from upload_matrix.ask.declared import (
    BUDGET,
    CASSETTES,
    DRY_RUN,
    JSON,
    LEDGER,
    MAX_AGE,
    MAX_CALLS,
    TARGET,
    YES,
)
from upload_matrix.cli import Group
from upload_matrix.cli.options import matrices_argument, options
from upload_matrix.report.streams import print_lines

KINDS = ("orphaned", "unplayed", "leftover", "expired", "unsound", "unredacted", "emulated")

_of_targets = {"help": "Only of these targets.", "multiple": True, "dest": "targets"}


def _limits(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            matrices_argument,
            options(CASSETTES, TARGET, target=_of_targets),
            click.option(
                "--report",
                "reports",
                multiple=True,
                type=click.Path(),
                metavar="FILE",
                help="JSON of a run: recordings of its targets that no case of it asked for are unplayed.",
            ),
            options(MAX_AGE, max_age={"help": "How old a live recording may be."}),
            click.option("--expect-live", is_flag=True, help="Emulated answers are wrong here."),
            click.option(
                "--redact",
                type=click.Path(),
                metavar="FILE",
                help="Patterns of your own. [default: redact.yaml, if it is there]",
            ),
        )
    ):
        command = option(command)
    return command


@click.group("cassettes", cls=Group)
def command() -> None:
    """Look after recordings: list them, check them, prune what is left over.

    \b
    Examples:
      upload-matrix cassettes list
      upload-matrix cassettes check --max-age 90 --report reports/latest.json
      upload-matrix cassettes prune --report reports/latest.json --yes
    """


@command.command("list")
@options(CASSETTES, TARGET, JSON, target=_of_targets)
def list_(cassettes: str | None, targets: tuple[str, ...], *, as_json: bool) -> None:
    """A line a file: the request, how it was answered, by whom, when.

    \b
    Example:
      upload-matrix cassettes list --target openai
    """
    from pathlib import Path

    from upload_matrix.ask import cassette_care as care

    chosen = care.found(Path(cassettes or "cassettes"), targets)
    if as_json:
        click.echo(care.list_json(chosen, care.today()))
        return
    print_lines(care.list_lines(chosen, care.today()))


@command.command("check")
@_limits
@click.option(
    "--expired",
    type=click.Choice(["fail", "warn", "rerecord"]),
    default="fail",
    show_default=True,
    help="What a recording over --max-age is: an error, a warning, or something to list for recording.",
)
@click.option("--strict", is_flag=True, help="Orphaned, unplayed and leftover files are errors too.")
@click.option(
    "--verify", is_flag=True, help="SENDS: ask the targets again, and compare. Live targets cost money."
)
@options(
    *(MAX_CALLS, BUDGET, LEDGER),
    max_calls={"help": "With --verify: send at most this many requests."},
    budget={"help": "With --verify: what the calls may cost together."},
)
@options(JSON)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    *,
    expired: str,
    strict: bool,
    verify: bool,
    as_json: bool,
    **values: Any,
) -> None:
    """Say what is wrong with recordings: unsound, unredacted, too old, emulated, orphaned, unplayed.

    MATRICES say which targets and operations are in use; by default those in matrix/. With --verify every
    recorded request is sent again; status, error fields and the shape of the JSON are compared, values
    and pictures are not. Exit code 1 when something is wrong or has drifted, 3 when a recording was not
    verified (no usable answer, no case that sends it) or there is none to check, 4 when stopped by the
    budget.

    \b
    Examples:
      upload-matrix cassettes check --max-age 90 --expired warn
      upload-matrix cassettes check --expect-live --target openai
      upload-matrix cassettes check --verify --max-calls 20
    """
    from upload_matrix.ask import cassette_care as care
    from upload_matrix.ask.cassette_verify import ask_again
    from upload_matrix.ask.options import LiveOptions

    limits = {name: values.pop(name) for name in ("max_calls", "budget", "ledger")}
    if (limits["max_calls"] is not None or limits["budget"] is not None) and not verify:
        raise click.UsageError("--max-calls and --budget limit what --verify sends; give --verify too.")
    wishes = care.Wishes.of(values)
    looked = care.look(wishes)
    code = care.verdict(looked, expired=expired, strict=strict)
    extra: dict[str, Any] = {"rerecord": list(care.rerecord(looked))} if expired == "rerecord" else {}
    if verify:
        asked = ask_again(wishes, LiveOptions(**limits))
        code = asked.exit_code(code)
        extra["verified"] = asked.document()
        if not as_json:
            print_lines(asked.lines())
    if not as_json:
        print_lines(care.check_lines(looked, expired=expired))
    if as_json:
        click.echo(care.check_json(looked, extra))
    ctx.exit(code)


@command.command("prune")
@_limits
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="What to delete; repeatable. [default: orphaned, unplayed, leftover]",
)
@options(
    *(YES, DRY_RUN),
    yes={"help": "Delete. Without it nothing is deleted."},
    dry_run={"help": "Only say what would be deleted; what happens without --yes."},
)
@options(JSON)
def prune(*, kinds: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool, **values: Any) -> None:
    """Delete recordings that nothing needs: no matrix has them, no run played them, a killed run left them.

    \b
    Examples:
      upload-matrix cassettes prune --report reports/latest.json
      upload-matrix cassettes prune --report reports/latest.json --yes
      upload-matrix cassettes prune --kind expired --max-age 180 --yes
    """
    import json

    from upload_matrix.ask import cassette_care as care
    from upload_matrix.recordings.care import Trouble
    from upload_matrix.report.wording import plural

    if yes and dry_run:
        raise click.UsageError("--yes deletes and --dry-run does not; give one of them.")
    looked = care.look(care.Wishes.of(values))
    chosen, stay = care.select(looked, map(Trouble, kinds))
    if yes:
        care.prune(chosen)
    if as_json:
        click.echo(
            json.dumps({"deleted": yes, "files": care.complaints_json(chosen)}, ensure_ascii=False, indent=1)
        )
        return
    verb = "deleted" if yes else "would delete"
    print_lines(f"{verb} {complaint.entry.path}: {complaint.trouble}" for complaint in chosen)
    print_lines(f"not checked: {words}" for words in looked.unchecked)
    if stay:
        click.echo(f"orphaned answers of real servers that stay: {stay}; --kind orphaned deletes them, too")
    click.echo(plural(len(chosen), "file") + ("" if yes or not chosen else "; delete them with --yes"))
