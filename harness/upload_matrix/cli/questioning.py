"""What ``isolate`` and ``diagnose`` share: opening books and targets, agreeing to calls, writing reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from upload_matrix.answers.answering import Answering, Live, Policy, kept_targets
from upload_matrix.cli.question_desk import Desk
from upload_matrix.cli.question_options import QuestionOptions
from upload_matrix.cli.recording import cassettes_of, paths_of, request_of
from upload_matrix.isolate.asker import Asker
from upload_matrix.judge.cost import summed
from upload_matrix.judge.isolate.notebook import Options
from upload_matrix.judge.isolate.result import bound
from upload_matrix.model.call import CallRecord
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.estimate import estimate_in
from upload_matrix.model.exchange import Captured
from upload_matrix.model.money import shown
from upload_matrix.recordings import RecordMode, guard
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report.costs import calls_made
from upload_matrix.report.registry import write_text
from upload_matrix.run.loading import Loaded, kept_model, load, settings_of
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Patience

BUDGET_EXIT = 4
UNRESOLVED_EXIT = 3

_ROOM = 6
"""Calls beside those of the search: for confirming, and for what the steps around it ask."""

_NOISY = 6
"""Answers that a question takes at most on average, where each is asked until a test is sure."""


@contextmanager
def opened(options: QuestionOptions, label: str) -> Iterator[Desk]:
    """Open books, prices, recordings and targets. Raises ConfigurationError.

    Without ``--matrix`` and a folder ``matrix`` only saved requests and programs can be looked into.
    """
    live = options.live
    paths = paths_of(options.matrices)
    has_matrix = bool(options.matrices) or paths[0].is_dir()
    mode = RecordMode(live.record_mode)
    rules = project_rules(Path.cwd())
    policy = Policy(cassettes_of(live), mode, datetime.now(tz=UTC).date(), rules=rules)
    loaded = _loaded(options, paths, policy.cassettes, has_matrix=has_matrix)
    prices = load_prices([folder / "prices" for folder in loaded.folders])
    limits = live.limits()
    records: list[CallRecord] = []
    with Ledger(limits.ledger) as ledger:
        run = ledger.open_run(
            budget=limits.budget,
            max_calls=limits.max_calls,
            unknown_price_as=limits.unknown_price_as,
            label=label,
        )
        asking = Live(LedgerAccount(ledger, run), prices, Patience(), 1, records.append)
        settings = settings_of([loaded], policy, tables=live.tables(), live=asking)
        aside = replace(policy, recording=False)
        with (
            Answering(policy, settings.targets, settings.profiles, asking) as keeping,
            Answering(aside, settings.targets, settings.profiles, asking) as leaving,
        ):
            try:
                yield Desk(
                    loaded,
                    settings,
                    policy,
                    keeping,
                    None if mode is RecordMode.NONE else leaving,
                    prices,
                    records,
                    options,
                    has_matrix,
                )
            finally:
                if records:
                    say(f"made {calls_made(summed(records))}")


def _loaded(
    options: QuestionOptions, paths: tuple[Path, ...], cassettes: Path, *, has_matrix: bool
) -> Loaded:
    request = request_of(options.live, paths if has_matrix else ())
    if not has_matrix:
        from upload_matrix.run.loading import profiles, targets

        added = {spec.name: spec for spec in options.live.added()}
        return Loaded((), (), {**kept_targets(cassettes), **targets(()), **added}, profiles(()), {})
    return load(replace(request, models=lambda target: kept_model(cassettes, target)))


def most_calls(differences: int, tries: int, options: Options) -> int:
    """A limit on calls where the user gave none: enough for two causes, with their confirmation."""
    questions = tries + 2 * options.reconfirm + bound(differences, 2) + _ROOM
    return questions * (_NOISY if options.trial.repeat else 1)


def agree(desk: Desk, asker: Asker, request: Captured, most: int, what: str) -> None:
    """Say what asking may take, set the limit, and have the user agree where it may cost something.

    Raises ConfigurationError when nobody is there to agree, or a budget cannot hold.
    """
    live = desk.options.live
    most = most if live.max_calls is None else min(most, live.max_calls)
    asker.most = most
    if asker.free:
        return
    estimate = estimate_in(desk.prices, request.wire, asker.target)
    if live.budget is not None and estimate.worst is None and live.unknown_price is None:
        raise ConfigurationError(
            f"--budget {live.budget}: the price of these calls is unknown, so the budget cannot hold; say "
            "what one counts as with --unknown-price USD, or limit calls with --max-calls"
        )
    say(f"{what}: at most {most} calls to {asker.target}; what is recorded is not asked again")
    if estimate.worst is None:
        say("  what they cost is unknown: " + "; ".join(estimate.notes))
    else:
        say(
            f"  a call that is accepted costs about {shown(estimate.expected)}, at most "
            f"{shown(estimate.worst)}: together at most {shown(estimate.worst * most)}; a refused one "
            "usually costs nothing"
        )
    if live.budget is not None:
        say(f"  and not more than the budget of {live.budget} USD")
    if live.yes:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(
            f"{most} calls wait for a word, and nobody is here to give it: --yes makes them, --record-mode "
            "none looks at recordings only"
        )
    if not click.confirm("go on?", default=False, err=True):
        raise ConfigurationError("nothing was sent, as the plan was not agreed to")


def say(line: str) -> None:
    """A line about what goes on; reports have standard output for themselves."""
    click.echo(line, err=True)


def secrets_of(desk: Desk, target: str) -> tuple[str, ...]:
    """The run's own secrets, which no report may hold."""
    return desk.keeping.secrets(target)


def deliver(
    options: QuestionOptions,
    secrets: tuple[str, ...],
    *,
    json: str,
    markdown: str,
    text: str,
    html: Callable[[], str],
) -> None:
    """Print the report and write the file that was asked for; raises CassetteError for one with a secret.

    ``html`` makes the page, which is made only where it is asked for.
    """
    output = None if options.output is None else Path(options.output)
    if output is not None and output.suffix not in (".md", ".json", ".html"):
        raise ConfigurationError(f"-o {output}: a report is written as .md, .json or .html; end the name so")
    forms = {".json": json, ".md": markdown, "": text}
    if output is not None and output.suffix == ".html":
        forms[".html"] = html()
    for each in forms.values():
        guard(each, secrets, "the report")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_text(output, forms[output.suffix])
    click.echo(json if options.as_json else text, nl=not options.as_json)
