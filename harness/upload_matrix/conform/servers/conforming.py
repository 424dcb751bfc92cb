"""What ``conform server`` and ``conform gateway`` do: agree where it may cost something, ask, tell, write."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.ask.options import LiveOptions
from upload_matrix.ask.recording import DECLINED
from upload_matrix.conform.certify import expected_failures
from upload_matrix.conform.conforming import ReportFiles, report_files
from upload_matrix.conform.servers.gateway import CHECKS_OF_GATEWAY, checks_of_gateway, through
from upload_matrix.conform.servers.known import known
from upload_matrix.conform.servers.scenarios import Scenario, asking, request, scenarios
from upload_matrix.conform.servers.server import RECEIVED, Revive, checks_of_server, measured, receiver
from upload_matrix.emulator.profile import OWN_ROOT
from upload_matrix.files import hint
from upload_matrix.gateway.gateway import Gateway, behind_url, lasting_token
from upload_matrix.gateway.spec import GatewaySpec, parse_gateway
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.estimate import estimate_in
from upload_matrix.model.plan import BudgetExceededError
from upload_matrix.model.price import PriceTable, shown
from upload_matrix.model.reception import MeasuredUpload, Reception, ServerReport
from upload_matrix.report import registry
from upload_matrix.report.conformance import gate_lines
from upload_matrix.report.server_report import sentence, upload_line
from upload_matrix.report.streams import agreed, print_lines, say
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural
from upload_matrix.spending import LedgerAccount
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live, Patience, Sender
from upload_matrix.targets.spec import TargetSpec, is_loopback, parse_header
from upload_matrix.wire.form import Captured

WRONG_KEY = "upload-matrix-wrong-key"
"""What is sent as the key where the scenario is that it is wrong."""


@dataclass(frozen=True, slots=True)
class ServerQuestions:
    """What is asked, and where the answer goes; the commands' options under their own names.

    ``models`` are ``MODEL`` or ``CALL=MODEL``, ``calls`` the operations that are asked about, all for none.
    """

    calls: tuple[str, ...] = ()
    scenario_names: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    seconds: float = 60.0
    expected: str | None = None
    as_json: bool = False
    junit: str | None = None
    badge: str | None = None
    output: str | None = None
    show: bool = False

    def chosen(self, kind: str) -> tuple[Scenario, ...]:
        """The scenarios for this kind of subject, each call's control too. Raises ConfigurationError."""
        every = [each for each in scenarios() if each.only in (None, kind)]
        _check_known("--call", self.calls, {each.call for each in every})
        _check_known(
            "--scenario", self.scenario_names, {word for each in every for word in (each.id, each.name)}
        )
        names = set(self.scenario_names)
        asked = [
            each
            for each in every
            if (not self.calls or each.call in self.calls)
            and (not names or each.is_control or not names.isdisjoint((each.id, each.name)))
        ]
        wanted = {each.call for each in asked if not names or not names.isdisjoint((each.id, each.name))}
        return tuple(each for each in asked if each.call in wanted)

    def files(self) -> ReportFiles:
        """The files to write. Raises ConfigurationError."""
        return report_files(
            registry.SERVER, (self.output,), junit=self.junit, badge=self.badge, show=self.show
        )

    def model(self) -> Callable[[Scenario], str | None]:
        """Which model a scenario is sent for, None: the usual one. Raises ConfigurationError."""
        given: dict[str, str] = {}
        calls = {each.call for each in scenarios()}
        for text in self.models:
            call, equals, model = text.partition("=")
            if equals and call in calls:
                given[call] = model
            else:
                given[""] = text
        return lambda scenario: given.get(scenario.call, given.get(""))


def _check_known(option: str, words: Iterable[str], names: set[str]) -> None:
    for word in words:
        if word not in names:
            raise ConfigurationError(f"{option} {word}: there is no such; {hint(word, sorted(names))}")


# -- a server --


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """A server at ``url``; ``live`` has how its key is had, and what asking it may cost."""

    url: str
    live: LiveOptions
    questions: ServerQuestions = field(default_factory=ServerQuestions)


def run_server(options: ServerOptions) -> int:
    """Ask the server; the exit code. Raises ConfigurationError."""
    asked = options.questions
    wanted, model = asked.chosen("server"), asked.model()
    (spec,) = replace(options.live, base_url=options.url).added()
    # Before anything is sent: a name that is wrong is no reason to pay.
    files, expected = asked.files(), _expected(asked, wanted)
    if not is_loopback(spec.base_url):
        _agree(options.live, spec, wanted, model)
    report = server_report(spec, wanted, model, options.live, seconds=asked.seconds, told=_tell_upload)
    return _deliver(replace(report, expected=expected), asked, files)


def server_report(
    spec: TargetSpec,
    wanted: Sequence[Scenario],
    model: Callable[[Scenario], str | None],
    live: LiveOptions,
    *,
    seconds: float,
    told: Callable[[MeasuredUpload], None] = lambda _: None,
    revive: Revive = lambda: False,
) -> ServerReport:
    """Everything that is asked of a server, within the limits. Raises ConfigurationError."""
    stopped: list[str] = []
    emulated = False
    wrong = replace(spec, key_env=None, key_command=(), headers=(*spec.headers, _bearer(WRONG_KEY)))
    with _account(live, spec) as account:
        asking_it = Live(account, load_prices(), Patience(attempts=1), 1)
        right_key = Sender(_keyed(spec), timeout=seconds, live=asking_it)
        wrong_key = Sender(wrong, timeout=seconds, live=asking_it)

        def ask(sent: Captured, scenario: Scenario) -> Answer | NoAnswer:
            nonlocal emulated
            if stopped:
                return NoAnswer(Silence.BUDGET, f"not sent: {stopped[0]}")
            try:
                reply = (wrong_key if scenario.wrong_key else right_key).ask(sent)
            except BudgetExceededError as error:
                stopped.append(str(error))
                return NoAnswer(Silence.BUDGET, f"not sent: {error}")
            emulated = emulated or (
                isinstance(reply, Answer) and reply.source.provenance is Provenance.EMULATED
            )
            return reply

        uploads = []
        for each in measured(wanted, receiver(ask, spec.root, model), checks_of_server, revive):
            uploads.append(each)
            told(each)
    return ServerReport(
        subject=spec.name,
        kind="server",
        emulated=emulated,
        stopped=next(iter(stopped), None),
        uploads=tuple(uploads),
    )


def _account(live: LiveOptions, spec: TargetSpec) -> AbstractContextManager[LedgerAccount | None]:
    """The books; none for a server of this machine that no limit is set for."""
    limited = live.budget is not None or live.max_calls is not None
    if is_loopback(spec.base_url) and not limited:
        return nullcontext()
    return live.limits().account("conform server")


def _keyed(spec: TargetSpec) -> TargetSpec:
    """A server on this machine that wants no key is sent a dummy, as clients do."""
    if spec.key_env or spec.key_command or any(name.lower() == "authorization" for name, _ in spec.headers):
        return spec
    return replace(spec, headers=(*spec.headers, _bearer("upload-matrix-dummy")))


def _bearer(key: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {key}"


def _agree(
    live: LiveOptions, spec: TargetSpec, wanted: Sequence[Scenario], model: Callable[[Scenario], str | None]
) -> None:
    """Say what would be sent, and what that may cost; have the user agree. Raises ConfigurationError."""
    prices: PriceTable = load_prices()
    sent = [request(asking(each, model(each)), spec.root) for each in wanted]
    size = sum(len(each.body) for each in sent)
    rejected = sum(found is not None and not found.taken for found in map(known, wanted))
    calls = ", ".join(dict.fromkeys(each.call for each in wanted))
    say(
        f"{plural(len(sent), 'call')} to {urlsplit(spec.base_url).netloc}, {size:,} bytes in all: {calls}; "
        f"{rejected:,} of them should be rejected, which usually costs nothing. A call that is not taken as "
        "its document has it is made once; it is made again after each answer that says trouble"
    )
    worst = [estimate_in(prices, each.wire, spec.name).worst for each in sent]
    priced = [each for each in worst if each is not None]
    if len(priced) == len(worst):
        say(f"  if all are accepted they cost at most {shown(sum(priced[1:], priced[0]))}")
    else:
        say(f"  what they cost is unknown of {plural(len(worst) - len(priced), 'call')}")
        if live.budget is not None and live.unknown_price is None:
            raise ConfigurationError(
                f"--budget {live.budget}: the price of these calls is unknown, so the budget cannot hold; "
                "say what one counts as with --unknown-price USD, or limit calls with --max-calls"
            )
    if live.yes:
        return
    if not agreed(plural(len(sent), "call"), "go on?", "--yes makes them"):
        raise ConfigurationError(DECLINED)


# -- a gateway --


@dataclass(frozen=True, slots=True)
class GatewayQuestions:
    """A gateway, as ``--through`` has it: a command, or the URL of one that runs already."""

    gateway: str
    behind_port: int | None = None
    key_env: str | None = None
    client_headers: tuple[str, ...] = field(default=(), repr=False)
    questions: ServerQuestions = field(default_factory=ServerQuestions)


def run_gateway(options: GatewayQuestions) -> int:
    """Have everything pass the gateway; the exit code. Raises ConfigurationError."""
    asked = options.questions
    wanted, model = asked.chosen("gateway"), asked.model()
    spec = parse_gateway(
        options.gateway, behind_port=options.behind_port, key_env=options.key_env, option="conform gateway"
    )
    spec = replace(spec, headers=tuple(map(parse_header, options.client_headers)))
    files, expected = asked.files(), _expected(asked, wanted, CHECKS_OF_GATEWAY)
    if spec.url is not None:
        say(f"{spec.name} must forward to {behind_url(spec.behind_port, OWN_ROOT, lasting_token())}")
    report = gateway_report(spec, wanted, model, seconds=asked.seconds, told=_tell_upload)
    return _deliver(replace(report, expected=expected), asked, files)


def gateway_report(
    spec: GatewaySpec,
    wanted: Sequence[Scenario],
    model: Callable[[Scenario], str | None],
    *,
    seconds: float,
    told: Callable[[MeasuredUpload], None] = lambda _: None,
) -> ServerReport:
    """Everything that passes a gateway, which is started and ended. Raises ConfigurationError."""
    gateway = Gateway(spec, {}, patience=seconds)
    try:
        gateway.start(OWN_ROOT)
        uploads = []
        for each in measured(wanted, through(gateway, spec.secrets, model), checks_of_gateway):
            uploads.append(each)
            told(each)
    finally:
        gateway.close()
    return ServerReport(subject=spec.name, kind="gateway", emulated=True, uploads=tuple(uploads))


# -- telling --


def _tell_upload(upload: MeasuredUpload) -> None:
    if upload.checks or upload.reception is not Reception.NOT_OFFERED:
        say(visible(upload_line(upload)))


def _expected(
    asked: ServerQuestions, wanted: Sequence[Scenario], checks: Sequence[str] = (RECEIVED,)
) -> tuple[str, ...]:
    if asked.expected is None:
        return ()
    return expected_failures(
        Path(asked.expected), [f"{each.id}/{check}" for each in wanted for check in checks]
    )


def _deliver(report: ServerReport, asked: ServerQuestions, files: ReportFiles) -> int:
    files.write(report)
    if asked.as_json:
        (as_json,) = registry.find(["json"], registry.SERVER)
        sys.stdout.write(as_json.render(report))
    lines = map(visible, (*gate_lines(report.gated), sentence(report)))
    print_lines(lines, sys.stderr if asked.as_json else sys.stdout)
    return exit_code(report)


def exit_code(report: ServerReport) -> int:
    """0 as it should be, or as expected; 1 for what is not; 3 where nothing is known; 4 at a limit."""
    gated = report.gated
    if report.stopped is not None:
        return Exit.BUDGET
    if report.measured and (gated.failures or gated.stale):
        return Exit.WRONG
    return Exit.UNRESOLVED if gated.undecided or not report.measured else Exit.OK
