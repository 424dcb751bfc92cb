"""Asking live servers, for ``record``, ``run`` and ``ab``: capture offline, plan, agree, send."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from upload_matrix.answers.answering import EMULATOR, Answering, Policy
from upload_matrix.answers.given import Given, write_given
from upload_matrix.ask.models import ModelWords, models_of, pick_models
from upload_matrix.ask.options import LiveOptions
from upload_matrix.ask.planning import AnswersWanted, beyond, capture, plan
from upload_matrix.ask.sending import Sent, is_unsent, key, send
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.model.answer import NOT_SENT, Answer, NoAnswer
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.plan import CallRecord, Plan, Planned
from upload_matrix.model.price import parse_money, total
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report.costs import calls_made, so_far
from upload_matrix.report.plan_report import plan_lines
from upload_matrix.report.progress import ProgressLine
from upload_matrix.report.streams import agreed
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural
from upload_matrix.run.loading import Loaded, Request, asks_auto, kept_model, load, settings_of
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live, Patience
from upload_matrix.wire.form import WireForm

DECLINED = "nothing was sent, as the plan was not agreed to"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of asking. ``loaded`` has its models picked; ``answers`` is the file for the replay.

    ``stopped`` says why not everything was sent, and what sends the rest; None when it was. ``calls`` are the
    live calls made.
    """

    loaded: Loaded
    sent: Sent
    calls: tuple[CallRecord, ...]
    stopped: str | None
    answers: Path


def is_live(loaded: Loaded) -> bool:
    """Whether any case is meant for a server that may cost something."""
    return any(not case.target.startswith(EMULATOR) for case in loaded.cases)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a recording goes: ``select`` leaves cases out, or puts others in their place; ``looked`` is called
    with the plan before it is shown; ``through`` is a gateway in between."""

    dry_run: bool = False
    select: Callable[[Sequence[Case]], Sequence[Case]] = lambda cases: cases
    looked: Callable[[Plan], None] = lambda _: None
    through: GatewaySpec | None = None


@contextmanager
def prepared(
    options: LiveOptions,
    request: Request,
    folder: Path,
    say: Callable[[str], None],
    manner: Manner,
) -> Iterator[Recorded | None]:
    """Capture, plan, agree and send; gives None after a dry run. ``folder`` is for what the replay needs.

    Raises ConfigurationError for what the user can fix, among it a plan that nobody is there to agree to.
    """
    mode = RecordMode(options.record_mode)
    cassettes = options.folder()
    today = datetime.now(tz=UTC).date()
    policy = Policy(cassettes, mode, today, rules=project_rules(Path.cwd()))
    loaded = load(request)
    limits = options.limits()
    calls: list[CallRecord] = []
    prices = load_prices([folder / "prices" for folder in loaded.folders])
    with limits.account("record") as account:
        live = Live(
            account=account,
            prices=prices,
            patience=Patience(),
            concurrency=options.concurrency,
            told=calls.append,
        )
        tables = options.tables()
        settings = settings_of([loaded], policy, tables=tables, live=live, through=manner.through)
        with Answering(policy, settings.targets, settings.profiles, live) as answering:
            words = models_of(loaded, answering, settings.targets, mode)
            loaded = _with_models(loaded, request, words, cassettes, mode)
            cases = manner.select(loaded.cases)
            if not cases:
                raise ConfigurationError("no case is left to send; see `upload-matrix cases`")
            wanted = AnswersWanted(
                mode,
                options.repeat,
                _controls(options.controls, cases),
                None if options.max_age is None else today - timedelta(days=options.max_age),
            )
            found, sent = Plan((), {}), Sent()
            going_on = tuple(case for case in cases if case.before is not None)
            # What goes on from an answer is known when that answer has come.
            for now in (cases, going_on) if going_on else (cases,):
                captures = beyond(capture(settings, answering, now), found)
                more = plan(captures, answering, prices, wanted)
                manner.looked(more)
                for line in plan_lines(more, len(now)):
                    say(line)
                for line in words.warnings(more, today):
                    say(line)
                _check_prices(more, options)
                if going_on and now is cases:
                    say(f"{plural(len(going_on), 'case')} may go on from such an answer, and be planned then")
                if manner.dry_run:
                    yield None
                    return
                _agree(more, options)
                progress = ProgressLine("request", len(more.sending()), sys.stderr, os.environ)
                done = send(
                    more,
                    answering,
                    concurrency=options.concurrency,
                    told=partial(_tell, say, progress, calls),
                    ending=partial(
                        say, "ending: what is under way is waited for and kept; Ctrl-C again leaves it"
                    ),
                )
                progress.end()
                found = Plan((*found.wanted, *more.wanted), {**found.silent, **more.silent})
                sent = sent.with_more(done)
                if sent.interrupted:
                    raise KeyboardInterrupt(_interrupted(len(found.sending()), sent))
                if sent.stopped is not None:
                    break
            complete = len(cases) == len(loaded.cases) and all(map(Path.is_dir, request.paths))
            for path in _tidied(found, sent, answering, mode, complete=complete):
                say(f"removed the unplayed recording {visible(str(path))}")
            if found.total().calls:
                say(f"made {calls_made(calls)}")
        answers = folder / "answers.json"
        passing = {key: reply for key, reply in sent.replies.items() if _passing(reply)}
        write_given(answers, Given(passing, tuple(calls), _note(found, sent)))
        yield Recorded(loaded, sent, tuple(calls), _stopped(found, sent, options), answers)


def _tidied(
    found: Plan, sent: Sent, answering: Answering, mode: RecordMode, *, complete: bool
) -> tuple[Path, ...]:
    """Remove what mode ``rewrite`` leaves over: only when all cases of whole folders were sent."""
    if mode is not RecordMode.REWRITE or sent.stopped is not None or found.silent:
        return ()
    played: dict[str, list[WireForm]] = {}
    for wanted in found.wanted:
        played.setdefault(wanted.target, []).append(wanted.request.wire)
    return answering.tidy_up(played, complete=complete)


def _note(found: Plan, sent: Sent) -> str | None:
    """What a reader of the report must know when not all was sent."""
    if sent.stopped is None:
        return None
    return f"stopped by the budget: {sent.unsent} of {len(found.sending())} requests were not sent"


def _stopped(found: Plan, sent: Sent, options: LiveOptions) -> str | None:
    """One paragraph: how far it went, which limit ended it, and with which value it goes on."""
    if sent.stopped is None:
        return None
    unsent = [item for item in found.sending() if is_unsent(sent.replies.get(key(item)))]
    cases = {case for item in unsent for case in item.wanted.cases}
    worst = total(item.wanted.estimate.worst for item in unsent)
    if worst.unknown and options.unknown_price is not None:
        worst = total([worst.known, *[parse_money(options.unknown_price, "--unknown-price")] * worst.unknown])
    ways = []
    if options.budget is not None:
        # Two digits after the point, rounded up: a limit is typed by hand.
        ways.append(f"--budget {worst.known.quantize(Decimal('0.01'), ROUND_CEILING)}")
    if options.max_calls is not None:
        ways.append(f"--max-calls {len(unsent)}")
    return (
        f"stopped by the budget: {len(unsent)} of {plural(len(found.sending()), 'request')} not sent, "
        f"{plural(len(cases), 'case')} without an answer: {sent.stopped.removeprefix(NOT_SENT)}. What was "
        f"answered is kept and not asked again: the same command with {' '.join(ways)} sends the rest"
    )


def _interrupted(planned: int, sent: Sent) -> str:
    left = planned - sent.unsent
    kept = "was sent, and its answer is kept" if left == 1 else "were sent, and their answers are kept"
    return f"stopped before the end: {left} of {plural(planned, 'request')} {kept}; run it again to go on"


def _passing(reply: Answer | NoAnswer) -> bool:
    """Whether no recording keeps it."""
    return isinstance(reply, NoAnswer) or says_nothing(reply.status)


def _with_models(
    loaded: Loaded, request: Request, words: ModelWords, cassettes: Path, mode: RecordMode
) -> Loaded:
    """The matrices again, with ``model: auto`` replaced by what was picked, now or when recording."""
    if not any(map(asks_auto, loaded.cases)):
        return loaded
    picked = pick_models(loaded, words, cassettes, mode)
    kept = partial(kept_model, cassettes)
    return load(replace(request, models=lambda target: picked.get(target) or kept(target)))


def _controls(named: Sequence[str], cases: Sequence[Case]) -> frozenset[str]:
    known = {case.id for case in cases}
    for name in named:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ConfigurationError(f"--control {name}: there is no such case.{hint}")
    if named:
        return frozenset(named)
    return frozenset(case.id for case in cases if case.operation.upload is None)


def _check_prices(found: Plan, options: LiveOptions) -> None:
    unknown = found.total().worst.unknown
    if options.budget is not None and unknown and options.unknown_price is None:
        raise ConfigurationError(
            f"--budget {options.budget}: the price of {unknown} of the calls is unknown, so the budget "
            "cannot hold; add it in prices/NAME.yaml beside the matrix, say what such a call counts as with "
            "--unknown-price USD, or limit calls with --max-calls"
        )


def _agree(found: Plan, options: LiveOptions) -> None:
    """Have the user agree to what costs something; raises ConfigurationError where they do not."""
    calls = found.total().calls
    if calls and not options.yes:
        ways = "--yes sends them, --dry-run only looks, --record-mode none replays what is recorded"
        if not agreed(plural(calls, "call"), f"send {calls}?", ways):
            raise ConfigurationError(DECLINED)


def _tell(
    say: Callable[[str], None],
    progress: ProgressLine,
    calls: Sequence[CallRecord],
    planned: Planned,
    reply: Answer | NoAnswer,
    left: int,
) -> None:
    """Say how it goes: a line a call, on a terminal only of those without an answer to the upload."""
    wanted = planned.wanted
    spent = so_far(calls)
    progress.done(progress.of - left, spent)
    if wanted.free:
        return
    if is_unsent(reply):
        return
    what = reply.says if isinstance(reply, NoAnswer) else str(reply.status)
    again = f" ({planned.sample + 1})" if planned.sample else ""
    if progress.shown and not _passing(reply):
        return
    told = ", ".join(filter(None, (what, f"{left} left", spent)))
    progress.above(say, visible(f"  {wanted.target} {wanted.wire}{again}: {told}"))
