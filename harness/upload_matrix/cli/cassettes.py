"""``upload-matrix cassettes``: what is recorded, whether it still holds, and what may go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from upload_matrix.cli.cassette_care import Wishes
from upload_matrix.model.call import CallRecord

KINDS = ("orphaned", "unplayed", "leftover", "expired", "unsound", "unredacted", "emulated")

_cassettes = click.option(
    "--cassettes", type=click.Path(), default="cassettes", show_default=True, help="Where recordings lie."
)
_targets = click.option("--target", "targets", multiple=True, metavar="NAME", help="Only of these targets.")
_json = click.option("--json", "as_json", is_flag=True, help="The same as JSON.")


def _limits(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.argument("matrices", nargs=-1, type=click.Path()),
            _cassettes,
            _targets,
            click.option(
                "--report",
                "reports",
                multiple=True,
                type=click.Path(),
                metavar="FILE",
                help="JSON of a run: recordings of its targets that no case of it asked for are unplayed.",
            ),
            click.option(
                "--max-age", type=click.IntRange(0), metavar="DAYS", help="How old a live recording may be."
            ),
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


@click.group("cassettes")
def command() -> None:
    """Look after recordings: list them, check them, prune what is left over.

    \b
    Examples:
      upload-matrix cassettes list
      upload-matrix cassettes check --max-age 90 --report reports/latest.json
      upload-matrix cassettes prune --report reports/latest.json --yes
    """


@command.command("list")
@_cassettes
@_targets
@_json
def list_(cassettes: str, targets: tuple[str, ...], *, as_json: bool) -> None:
    """A line a file: the request, how it was answered, by whom, when.

    \b
    Example:
      upload-matrix cassettes list --target openai
    """
    from upload_matrix.cli import cassette_care as care

    chosen = care.found(Path(cassettes), targets)
    if as_json:
        click.echo(care.list_json(chosen, _today()))
        return
    for line in care.list_lines(chosen, _today()):
        click.echo(line)


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
@click.option("--max-calls", type=click.IntRange(0), help="With --verify: send at most this many requests.")
@click.option("--budget", metavar="USD", help="With --verify: what the calls may cost together.")
@click.option("--ledger", type=click.Path(), metavar="FILE", help="The books. [default: the user's own]")
@_json
@click.pass_context
def check(
    ctx: click.Context,
    /,
    *,
    expired: str,
    strict: bool,
    verify: bool,
    max_calls: int | None,
    budget: str | None,
    ledger: str | None,
    as_json: bool,
    **options: Any,
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
    from upload_matrix.cli import cassette_care as care

    if (max_calls is not None or budget is not None) and not verify:
        raise click.UsageError("--max-calls and --budget limit what --verify sends; give --verify too.")
    wishes = _wishes(options)
    looked = care.look(wishes)
    code = care.verdict(looked, expired=expired, strict=strict)
    extra: dict[str, Any] = {"rerecord": list(care.rerecord(looked))} if expired == "rerecord" else {}
    if verify:
        verified, code = _verify(wishes, Spending(max_calls, budget, ledger), code, as_json=as_json)
        extra["verified"] = verified
    if not as_json:
        for line in care.check_lines(looked, expired=expired):
            click.echo(line)
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
@click.option("--yes", is_flag=True, help="Delete. Without it nothing is deleted.")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted; what happens without --yes.")
@_json
def prune(*, kinds: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Delete recordings that nothing needs: no matrix has them, no run played them, a killed run left them.

    \b
    Examples:
      upload-matrix cassettes prune --report reports/latest.json
      upload-matrix cassettes prune --report reports/latest.json --yes
      upload-matrix cassettes prune --kind expired --max-age 180 --yes
    """
    import json

    from upload_matrix.cli import cassette_care as care
    from upload_matrix.recordings.care import Trouble

    if yes and dry_run:
        raise click.UsageError("--yes deletes and --dry-run does not; give one of them.")
    looked = care.look(_wishes(options))
    chosen, stay = care.select(looked, map(Trouble, kinds))
    if yes:
        care.prune(chosen)
    if as_json:
        click.echo(
            json.dumps({"deleted": yes, "files": care.complaints_json(chosen)}, ensure_ascii=False, indent=1)
        )
        return
    for complaint in chosen:
        verb = "deleted" if yes else "would delete"
        click.echo(f"{verb} {complaint.entry.path}: {complaint.trouble}")
    for words in looked.unchecked:
        click.echo(f"not checked: {words}")
    if stay:
        click.echo(
            f"{stay} orphaned answers of real servers stay; name them with --kind orphaned to delete them"
        )
    click.echo(f"{len(chosen)} files" + ("" if yes or not chosen else "; delete them with --yes"))


@dataclass(frozen=True, slots=True)
class Spending:
    """What asking again may take, as the user gave it."""

    max_calls: int | None
    budget: str | None
    ledger: str | None


def _verify(
    wishes: Wishes, spending: Spending, code: int, *, as_json: bool
) -> tuple[list[dict[str, Any]], int]:
    from dataclasses import asdict

    from upload_matrix.answers.answering import Live
    from upload_matrix.cli import cassette_care as care
    from upload_matrix.cli.cassette_verify import Compared, verify_all
    from upload_matrix.cli.recording import BUDGET_EXIT
    from upload_matrix.judge.cost import summed
    from upload_matrix.model.errors import ConfigurationError
    from upload_matrix.model.money import parse_money
    from upload_matrix.report.costs import calls_made
    from upload_matrix.report.wording import plural
    from upload_matrix.spending import Ledger, LedgerAccount
    from upload_matrix.spending.tables import load_prices

    loaded = care.matrices_of(wishes.matrices, wishes.cassettes)
    if loaded is None:
        raise ConfigurationError("--verify runs cases to know what to send: name a matrix, or make matrix/")
    budget = None if spending.budget is None else parse_money(spending.budget, "--budget")
    prices = load_prices([folder / "prices" for folder in loaded.folders])
    live = Live()
    with ExitStack() as opened:
        calls: list[CallRecord] = []
        if any(each.target and not each.emulated for each in care.found(wishes.cassettes, wishes.targets)):
            path = None if spending.ledger is None else Path(spending.ledger)
            books = opened.enter_context(Ledger(path))
            run = books.open_run(budget=budget, label="verify")
            live = Live(account=LedgerAccount(books, run), prices=prices, told=calls.append)
        found = list(
            verify_all(
                loaded,
                wishes.cassettes,
                wishes.today,
                redactor=care.redactor(wishes.redact),
                targets=wishes.targets,
                max_calls=spending.max_calls,
                live=live,
            )
        )
    kinds = [verified.compared for verified in found]
    if not as_json:
        done = kinds.count(Compared.SAME) + kinds.count(Compared.DRIFTED)
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in Compared if kind in kinds)
        click.echo(
            f"verified {done or 'nothing'} of {plural(len(kinds), 'recorded request')}: {counts or 'none'}"
        )
        for verified in found:
            if verified.compared is not Compared.SAME:
                click.echo(str(verified))
        if calls:
            click.echo(f"made {calls_made(summed(calls))}")
    if Compared.DRIFTED in kinds:
        code = care.BAD
    elif Compared.UNSENT in kinds:
        code = code or BUDGET_EXIT
    elif kinds.count(Compared.SAME) < len(kinds) or not kinds:
        code = code or care.UNRESOLVED
    return [{**asdict(verified), "compared": verified.compared.value} for verified in found], code


def _wishes(options: dict[str, Any]) -> Wishes:
    from upload_matrix.cli.cassette_care import Wishes

    redact = options["redact"]
    return Wishes(
        cassettes=Path(options["cassettes"]),
        today=_today(),
        matrices=tuple(map(Path, options["matrices"])),
        reports=tuple(map(Path, options["reports"])),
        targets=options["targets"],
        redact=None if redact is None else Path(redact),
        max_age=options["max_age"],
        expect_live=options["expect_live"],
    )


def _today() -> Any:
    from datetime import UTC, datetime

    return datetime.now(tz=UTC).date()
