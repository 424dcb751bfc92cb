"""The story of a report's case: run once more, offline, checked against the report; partner and gateway."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.answers.answering import EMULATOR, Policy, emulated_root
from upload_matrix.answers.interruptions import NEUTRAL, RETRIES
from upload_matrix.ask.options import Through, announce, paths_of
from upload_matrix.bugreport.story import Story
from upload_matrix.environments.interpreters import Located, Seat
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.judge.partner import RequestPair, answer_of, answers_behind, frequency, pair
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Supply
from upload_matrix.model.case import SAMPLE, Case, case_id
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.estimate import model_of
from upload_matrix.model.hop import Hop
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, Run, VerdictKind
from upload_matrix.model.story import Call, GatewayTold, KnownCall, Partner
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.custom import project_rules
from upload_matrix.recordings.redactor import redact_text
from upload_matrix.report.streams import say
from upload_matrix.run.loading import Loaded, Request, load, mime_tables, settings_of
from upload_matrix.run.repro import Original
from upload_matrix.run.retrace import Retraced, Retracing
from upload_matrix.run.session import Settings, client, retries, seat
from upload_matrix.run.telling import told_of
from upload_matrix.targets.sending import Live
from upload_matrix.targets.spec import ad_hoc
from upload_matrix.wire.difference import diff
from upload_matrix.wire.form import Captured, WireForm

SHOWN_PORT = 4000
"""Where a reader is told to start the gateway: the port of LiteLLM's documentation."""


def spec_for(result: CaseResult, through: Through, loaded: Loaded) -> GatewaySpec | None:
    """The gateway to take the case through once more, None for a case that took none.

    Raises ConfigurationError when the options do not go with the case.
    """
    spec = through.spec()
    if result.hop is None:
        if spec is not None:
            raise ConfigurationError(f"--through: {result.id} took no gateway in this report; leave it out")
        return None
    if spec is None:
        raise ConfigurationError(
            f"{result.id} took the gateway {result.hop.gateway}: give it here too, with --through, so that "
            "what it forwards can be shown"
        )
    announce(spec, loaded, say, (result.target,))
    return spec


def answers_to(result: CaseResult) -> Callable[[Captured], Answer | NoAnswer]:
    """What answers where no recording and no emulator does: the report's fields."""
    return answers_behind(result) if result.hop is not None else lambda _: answer_of(result)


def check_hop(result: CaseResult, again: Retraced) -> None:
    """Raise ConfigurationError when the gateway does something else now than in the report."""
    then, now = result.hop, again.result.hop
    if then is None and now is None:
        return
    if then is None or now is None:
        raise ConfigurationError(f"{result.id} took no gateway in the report")
    if _read(then) != _read(now):
        raise ConfigurationError(
            f"{result.id}: {now.gateway} does something else with it now than {then.gateway} in the report "
            f"({_few(then)} then, {_few(now)} now): give the same gateway with the same configuration, or "
            "run the matrix again"
        )


def _read(hop: Hop) -> object:
    return [
        (crossing.speaker, [(each.wire, each.status, each.rewritings) for each in crossing.forwarded])
        for crossing in hop.crossings
    ]


def _few(hop: Hop) -> str:
    effects = ", ".join(effect.value for effect in hop.effects) or "unchanged"
    return f"{effects}, forwarded {len(hop.forwarded)} times"


def base_url_of(spec: GatewaySpec, root: str) -> str:
    """Where a reader reaches the gateway. A name, not a number: it stands for the reader's own machine."""
    if spec.url is None:
        return f"http://localhost:{SHOWN_PORT}{root}"
    return spec.url if spec.url.count("/") > 2 else spec.url + root


def gateway_told(
    spec: GatewaySpec, again: Retraced, upstream: str, host: str, kept: Callable[[object], bool]
) -> GatewayTold | None:
    """The hop with its bytes. ``host`` is ``upstream``'s; ``kept`` says if a reply is the answer itself."""
    if again.result.hop is None:
        return None
    forwarded = tuple(told_of(each, host, again.redactor, kept=kept(each.reply)) for each in again.forwarded)
    return GatewayTold(again.result.hop, forwarded, upstream, _command(spec, upstream))


def _command(spec: GatewaySpec, upstream: str) -> str | None:
    """The command line without folders of this machine and without keys."""
    if not spec.command:
        return None
    words = (
        PurePath(word).name if PurePath(word).is_absolute() else word
        for word in spec.words(SHOWN_PORT, upstream)
    )
    return redact_text(shlex.join(words))


BEARER = ("Authorization", "Bearer {key}")

_AGAIN = "run the matrix again here and write the bug report from the new report"


@dataclass(frozen=True, slots=True)
class BugReportOptions:
    """The options' values, under their own names."""

    report: str
    case_id: str | None
    output: str | None
    matrices: tuple[str, ...]
    cassettes: str | None
    template: str | None
    base_url: str | None
    no_zip: bool
    force: bool
    max_cases: int
    mime_tables: tuple[str, ...]
    way: Through = field(default_factory=Through)


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A story with what its repros are measured by and run in.

    ``key_variables`` are environment variables whose values must not be in what is written.
    """

    story: Story
    original: Original
    seat: Seat
    locate: Callable[[Seat], Located]
    key_variables: tuple[str, ...]


def story_of(
    options: BugReportOptions, run: Run, result: CaseResult, facts: Mapping[str, object]
) -> FoundCall:
    """Tell the story of a failing case. ``facts`` are those of the ``.run.json``, empty when not there.

    Raises ConfigurationError when the case cannot be found, or does now something else than it did then.
    """
    loaded = _load(options, run, result)
    settings = replace(settings_for(options, loaded), through=spec_for(result, options.way, loaded))
    case = _case(loaded, result)
    with Retracing(settings) as retracing:
        again = retracing.run(case, answers_to(result))
        _check_same(run, result, again)
        # Of a call that a gateway changed and that passed all the same there is no better one to show.
        near = None if result.outcome.kind is OutcomeKind.ACCEPTED else pair(run, result)
        passing = None if near is None else _passing_again(options, run, near, retracing)
    beside = None if near is None else _partner(near, passing, _host(settings, result))
    found = CaseAgain(run, result, case, again, settings, lambda reply: _kept(result, reply))
    return story_again(found, facts, beside)


def _upstream(settings: Settings, result: CaseResult) -> str:
    target = settings.targets.get(result.target)
    return vendors.usual().base_url if target is None else target.base_url


def _host(settings: Settings, result: CaseResult) -> str:
    upstream = _upstream(settings, result)
    if settings.through is not None:
        upstream = base_url_of(settings.through, urlsplit(upstream).path)
    return urlsplit(upstream).netloc


@dataclass(frozen=True, slots=True)
class CaseAgain:
    """A ``case`` that did ``again`` what ``result`` says; ``run`` tells how often, and where.

    ``kept`` says whether a reply is the answer itself, and not put together from a report's fields.
    """

    run: Run
    result: CaseResult
    case: Case
    again: Retraced
    settings: Settings
    kept: Callable[[object], bool]


def story_again(found: CaseAgain, facts: Mapping[str, object], partner: Partner | None = None) -> FoundCall:
    """The story of a case that was run again; ``facts`` are those of the ``.run.json``."""
    run, result, again, settings, kept = found.run, found.result, found.again, found.settings, found.kept
    gateway = settings.through
    target = settings.targets.get(result.target)
    upstream = _upstream(settings, result)
    root = emulated_root(result.target) if result.target.startswith(EMULATOR) else again.root
    base_url = upstream if gateway is None else base_url_of(gateway, root)
    host = urlsplit(base_url).netloc
    attempts = tuple(told_of(each, host, again.redactor, kept=kept(each.reply)) for each in again.exchanges)
    call = Call(
        client=client(found.case),
        operation=found.case.operation,
        fields=found.case.request,
        files=again.files,
        retries=0 if retries(found.case) == NEUTRAL else RETRIES,
        timeout=settings.timeouts[found.case.matrix],
        guess=again.guess,
    )
    environments = {each.name: each for each in run.environments}
    story = Story(
        id=result.id,
        target=result.target,
        base_url=base_url,
        root=root,
        outcome=result.outcome,
        said=result.client,
        told=attempts,
        call=call,
        # A failure that the matrix expects is not what should happen.
        expected=result.verdict.expected if result.verdict.kind is VerdictKind.UNEXPECTED else None,
        axes=result.axes,
        findings=result.findings,
        environment=environments.get(result.environment, again.environment),
        platform=_text(facts.get("platform")),
        started=_text(facts.get("started")),
        partner=partner,
        frequency=frequency(run, result),
        calls=tuple(_calls(facts, result, again)),
        key_header=BEARER if target is None or gateway is not None else target.key_header,
        gateway=None
        if gateway is None
        else gateway_told(gateway, again, upstream, urlsplit(upstream).netloc, kept),
    )
    original = Original(
        wires=tuple(each.request.wire for each in again.exchanges),
        replies=tuple(each.reply for each in again.exchanges),
        said=result.client,
        assets=again.assets,
        root=root,
    )
    named = {spec.key_env for spec in settings.targets.values() if spec.key_env}
    named |= {gateway.key_env} if gateway is not None and gateway.key_env else set()
    variables = tuple(sorted({*named, *vendors.usual().variables.keys}))
    return FoundCall(story, original, seat(found.case, settings.clients), settings.locate, variables)


def _load(options: BugReportOptions, run: Run, result: CaseResult) -> Loaded:
    sent = [run.wires[each.wire] for each in result.attempts if each.wire in run.wires]
    return load_for(options, model_of(sent[-1]) if sent else result.axes.get("model"))


def load_for(options: BugReportOptions, model: str | None) -> Loaded:
    """The matrices that the options name; ``model`` is what ``auto`` stands for."""
    key = vendors.usual().variables.key
    added = () if options.base_url is None else (ad_hoc(options.base_url, key_env=key),)
    paths = paths_of(options.matrices)
    return load(Request(paths, options.max_cases, added=added, models=lambda _: model or "auto"))


def settings_for(options: BugReportOptions, loaded: Loaded) -> Settings:
    """Settings to run a case by once more, offline."""
    today = datetime.now(tz=UTC).date()
    policy = Policy(
        Path(options.cassettes or "cassettes"), RecordMode.NONE, today, rules=project_rules(Path.cwd())
    )
    tables = mime_tables(options.mime_tables, Path.cwd())
    return settings_of((loaded,), policy, tables=tables, live=Live())


def _case(loaded: Loaded, result: CaseResult) -> Case:
    axes = {name: value for name, value in result.axes.items() if name != SAMPLE}
    wanted = {result.id, case_id(result.matrix, axes)}
    case = next((each for each in loaded.cases if each.id in wanted), None)
    if case is None:
        names = ", ".join(sorted(matrix.name for matrix in loaded.matrices)) or "none"
        raise ConfigurationError(
            f"no matrix here has the case {result.id}; there are {names}: give the one it comes from with "
            "--matrix PATH"
        )
    # The report may have been made with --target.
    return replace(case, target=result.target, axes={**case.axes, **_sample(result)})


def _sample(result: CaseResult) -> dict[str, str]:
    return {SAMPLE: result.axes[SAMPLE]} if SAMPLE in result.axes else {}


def _check_same(run: Run, result: CaseResult, again: Retraced) -> None:
    """A report of a request that is not the one that was answered would be no evidence."""
    before = [run.wires[each.wire] for each in result.attempts if each.wire in run.wires]
    after = again.stored
    differences = _differences(before, after)
    if differences:
        raise ConfigurationError(
            f"{result.id} sends something else now than in the report: {'; '.join(differences)}. If the run "
            f"was given --mime-table, give it here too; with another SDK or machine, {_AGAIN}"
        )
    old, new = result.outcome, again.result.outcome
    if (old.kind, old.status, old.code) != (new.kind, new.status, new.code):
        raise ConfigurationError(f"{result.id} was {old} in the report and is {new} now: {_AGAIN}")
    check_hop(result, again)


def _differences(before: Sequence[WireForm], after: Sequence[WireForm]) -> list[str]:
    if len(before) != len(after):
        return [f"{len(after)} requests instead of {len(before)}"]
    return [str(delta) for old, new in zip(before, after, strict=True) for delta in diff(old, new)]


def _kept(result: CaseResult, reply: object) -> bool:
    """Whether a reply is the answer itself. One that was forwarded and not recorded is put together anew."""
    behind = () if result.hop is None else result.hop.forwarded
    made = [*(each.source for each in result.attempts[-1:]), *(each.source for each in behind)]
    if not isinstance(reply, Answer) or reply.source.supply is Supply.SCRIPTED:
        return True
    return not any(reply.source is source for source in made)


def _partner(near: RequestPair, again: Retraced | str | None, host: str) -> Partner:
    """``again`` is the passing case as it ran here, or why it did not."""
    source = near.passing.attempts[-1].source
    emulated = source is not None and source.provenance is Provenance.EMULATED
    found = Partner(near.passing.id, near.passing.outcome, near.axes, near.deltas, emulated=emulated)
    if not isinstance(again, Retraced):
        return replace(found, note=again)
    last = again.exchanges[-1]
    return replace(found, told=told_of(last, host, again.redactor, kept=_kept(near.passing, last.reply)))


def _passing_again(
    options: BugReportOptions, run: Run, near: RequestPair, retracing: Retracing
) -> Retraced | str:
    try:
        case = _case(_load(options, run, near.passing), near.passing)
        again = retracing.run(case, answers_to(near.passing))
        _check_same(run, near.passing, again)
    except HarnessError as error:
        # The failure can be told without it; the reader is told why it is not here.
        return f"Its request could not be made again here: {error}"
    return again


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _calls(facts: Mapping[str, object], result: CaseResult, again: Retraced) -> list[KnownCall]:
    """Live calls of the case's requests, as the ``.run.json`` lists them under ``calls``."""
    # A call is noted under the form as it was sent, a report keeps the one without secrets.
    wires = {each.wire for each in result.attempts}
    wires |= {each.request.wire.digest for each in again.exchanges}
    listed = facts.get("calls")
    found = []
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or each.get("wire") not in wires:
            continue
        if each.get("target") != result.target or not isinstance(each.get("request_id"), str):
            continue
        status, seconds = each.get("status"), each.get("seconds")
        found.append(
            KnownCall(
                each["request_id"],
                status if isinstance(status, int) else None,
                _text(each.get("at")),
                float(seconds) if isinstance(seconds, int | float) else None,
            )
        )
    return found
