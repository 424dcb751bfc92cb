"""Running cases: one call each through probe, tap and answer, to a judged result."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from upload_matrix import vendors
from upload_matrix.answers.answering import Answering, Answers, Policy
from upload_matrix.answers.interruptions import NEUTRAL, RETRIES, interrupted
from upload_matrix.assets.pictures import MASK_CONTAINERS
from upload_matrix.assets.studio import SampleFile, Studio
from upload_matrix.environments.interpreters import INSTALLED, THIS, Located, Seat, installed_only
from upload_matrix.environments.probes import ProbeHungError, ProbePool
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.judge.findings import find
from upload_matrix.judge.fix_code import SDK_CALLS
from upload_matrix.judge.outcome import calls_of, decide, judge
from upload_matrix.matrix.bodies import (
    NAMING_CONTAINERS,
    RIGHT,
    BodyFile,
    declared,
    families,
    renamed,
    rendered,
    says_name,
)
from upload_matrix.model.answer import Answer, Exchange, NoAnswer
from upload_matrix.model.case import (
    NODE,
    OWN_PYTHON,
    SDK_VERSION,
    Case,
    ClientDeclaration,
    EarlierCall,
    Encoding,
    FileField,
)
from upload_matrix.model.errors import ConfigurationError, HarnessError, ProbeError, UnavailableError
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import Attempt, CaseResult, Environment
from upload_matrix.recordings import Redactor
from upload_matrix.recordings.redactor import DEFAULT
from upload_matrix.run.environments import SDK, check_installed_sdk
from upload_matrix.run.through import ThroughGateway, live_usage
from upload_matrix.tap.server import Channel, Tap
from upload_matrix.targets.sending import Live
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import Captured, WireForm
from upload_matrix.wire.media import extension, family_of_type

# -- what a report keeps of an exchange --


_BESIDE = frozenset({"user-agent", "accept", "accept-encoding", "expect"})
"""Request headers worth keeping beside the wire form: what the client says of itself, never a secret.

The SDK's ``x-stainless-*`` telemetry is left out: it names the machine, and would make reports differ.
"""


_EXCERPT = 2000
"""Characters of an unreadable answer's body that are kept."""


_OF_THE_CALL = frozenset(
    {"host", "content-length", "authorization", "api-key", "x-api-key", "cookie", "idempotency-key"}
)
"""Request headers whose values are a secret or this call's own."""


def _header(name: str, value: str, redactor: Redactor) -> tuple[str, str]:
    """A header as it may be kept: without a secret, a boundary or what is this call's own."""
    if name.lower() in _OF_THE_CALL:
        return name, "…"
    return name, redactor.text(re.sub(r"(boundary=).*", r"\1…", value))


def attempt_of(
    exchange: Exchange, redactor: Redactor, *, unreadable: bool = False, every_header: bool = False
) -> Attempt:
    """The attempt as a report keeps it: no secret, no per-run value; its wire form is the stored one.

    Of the answer's body only the beginning is kept, and only when the client could not read it. Of the
    headers, those worth it, or with ``every_header`` all, in their order and spelling.
    """
    given = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in exchange.request.headers)
    headers = tuple(
        _header(name, value, redactor) if every_header else (name, value)
        for name, value in given
        if every_header or name.lower() in _BESIDE
    )
    wire = exchange.request.wire.digest
    reply = exchange.reply
    if isinstance(reply, Answer):
        return Attempt(
            wire=wire,
            status=reply.status,
            source=reply.source,
            rule=reply.rule,
            headers=headers,
            answer=redactor.text(reply.body.decode("utf-8", "replace")[: 2 * _EXCERPT])[:_EXCERPT]
            if unreadable
            else None,
            usage=live_usage(reply),
        )
    return Attempt(
        wire=wire,
        headers=headers,
        source=reply.source,
        no_answer=reply.says,
        nearest=reply.nearest,
        nearest_differences=reply.differences,
    )


def without_secrets(outcome: Outcome, redactor: Redactor = DEFAULT) -> Outcome:
    """The outcome with keys, ids and signed URLs in the server's words replaced by placeholders."""
    return replace(
        outcome,
        message=None if outcome.message is None else redactor.text(outcome.message),
        detail=None if outcome.detail is None else redactor.text(outcome.detail),
    )


# -- the line of instruction that a case's probe gets --


NO_MASK = "none"


def seat(case: Case, clients: Mapping[str, ClientDeclaration]) -> Seat:
    """The environment a case asks for; the mime table is ``system`` where it makes no difference.

    ``clients`` are what clients say of themselves, by name. A client with a Python of its own runs there,
    unless the case asks for a release of the SDK or an interpreter: then that is what it is about.
    """
    declared = clients.get(client(case), ClientDeclaration())
    runtime, of = declared.runtime, declared.sdk or SDK
    sdk = case.axis("sdk") or INSTALLED
    if runtime == NODE:
        return Seat(sdk=sdk, runtime=NODE, distribution=of if sdk != INSTALLED else SDK)
    table = case.axis("mime_table") or "system"
    python = case.axis("python") or THIS
    if runtime.startswith(OWN_PYTHON) and (sdk, python) == (INSTALLED, THIS):
        return Seat(table, runtime=runtime)
    # What is installed beside the harness is one environment, whichever SDK of it is used.
    return Seat(table, sdk, python, distribution=SDK if (sdk, python) == (INSTALLED, THIS) else of)


def retries(case: Case) -> str:
    """The interruption a case asks for; ``none`` leaves the client's own retries off."""
    return case.axis("retries") or NEUTRAL


def client(case: Case) -> str:
    """The client that makes the call."""
    return case.axis("client") or "openai"


def instruction(case: Case, number: int, studio: Studio, base_url: str, timeout: float) -> dict[str, Any]:
    """What the probe is told; see ``probe.py`` for its form. Raises ConfigurationError."""
    operation = case.operation
    in_json, raw = case.carrier in operation.bodies, operation.encoding is Encoding.RAW
    fields = _body(case, studio) if in_json else {} if raw else dict(case.request)
    # Beside a file that is the body, options stand in the query.
    query = dict(case.request) if raw else {}
    told = query if raw else fields
    # A model may be addressed by the path.
    path = re.sub(r"\{(\w+)\}", lambda word: str(told.pop(word[1], word[0])), operation.path)
    before = case.before
    return {
        **({} if before is None else {"before": _earlier(before, case, studio)}),
        "id": number,
        "client": client(case),
        "call": operation.name,
        "sdk_call": SDK_CALLS.get(operation.name, operation.name),
        "method": operation.method,
        "path": path,
        "encoding": "json" if in_json else operation.encoding.value,
        "query": query,
        "raw": _raw(case, studio) if raw and not in_json else None,
        "base_url": base_url,
        "timeout": timeout,
        "retries": 0 if retries(case) == NEUTRAL else RETRIES,
        "fields": fields,
        "file_in_fields": _in_fields(case, studio) if in_json else None,
        "files": [] if in_json else list(_files(case, studio)),
    }


def _given(case: Case, studio: Studio) -> SampleFile:
    """The file that a case sends."""
    return studio.upload(case.axis("file") or case.axis("image") or "png", case.axis("prepare") or "as-is")


def _in_fields(case: Case, studio: Studio) -> dict[str, Any]:
    given = _given(case, studio)
    return {"path": str(given.path), "name": _name(case, given), "type": given.type}


def _earlier(before: EarlierCall, case: Case, studio: Studio) -> dict[str, Any]:
    """The upload whose answer the call goes on with."""
    operation, upload = before.operation, before.operation.upload
    given = _given(case, studio)
    assert upload is not None, f"{operation.name} was let in as an earlier call without an upload"
    return {
        "call": operation.name,
        "sdk_call": SDK_CALLS.get(operation.name, operation.name),
        "method": operation.method,
        "path": operation.path,
        "encoding": operation.encoding.value,
        "fields": dict(before.fields),
        "files": [_file(upload, before.container, given, given.path.name)],
        "gives": dict(before.gives),
    }


def _name(case: Case, given: SampleFile) -> str | None:
    """The name that the file goes by. Raises ConfigurationError where the call says none of its own."""
    word = case.axis("filename") or RIGHT
    if word == RIGHT:
        return given.path.name
    body = case.operation.bodies.get(case.carrier)
    if not (
        (case.axis("container") or "handle") in NAMING_CONTAINERS
        if body is None
        else says_name(body, family_of_type(given.type))
    ):
        says = f"the name is the file's own there, so `filename` has to be `{RIGHT}`"
        raise ConfigurationError(f"{case.id}: {says}")
    return renamed(given.path.name, word)


def _raw(case: Case, studio: Studio) -> dict[str, Any]:
    """The file that is the body, and the type that goes with it."""
    given = _given(case, studio)
    return {"path": str(given.path), "type": declared(given.type, case.axis("declared_type") or RIGHT)}


def _body(case: Case, studio: Studio) -> dict[str, Any]:
    """The JSON body with the case's file in it."""
    given = _given(case, studio)
    needed = vendors.vendor_of(case.operation.name).needed.get(case.operation.name, {})
    fields: dict[str, Any] = {name: int(text) if text.isdigit() else text for name, text in needed.items()}
    fields |= case.request
    if case.operation.encoding is Encoding.RAW:
        fields = {}
    template = case.operation.bodies[case.carrier]
    if family_of_type(given.type) not in families(template):
        raise ConfigurationError(
            f"{case.id}: {given.path.name} is {given.type}, and {case.operation.name} has no place for that"
        )
    return rendered(
        template,
        BodyFile(None, _name(case, given), given.type, given.word),
        declared(given.type, case.axis("declared_type") or RIGHT),
        fields,
        () if case.before is None else tuple(case.before.gives),
    )


def _files(case: Case, studio: Studio) -> list[dict[str, Any]]:
    upload = case.operation.upload
    if upload is None:
        return []
    given = _given(case, studio)
    files = [_file(upload, case.axis("container") or "handle", given, _name(case, given))]
    mask = case.axis("mask") or NO_MASK
    field = case.operation.file_field("mask")
    if mask != NO_MASK and field is not None:
        mask_file = studio.mask()
        files.append(_file(field, MASK_CONTAINERS[mask], mask_file, mask_file.path.name))
    return files


def _file(field: FileField, container: str, upload: SampleFile, name: str | None) -> dict[str, Any]:
    return {
        "field": field.name,
        "repeatable": field.repeatable,
        "container": container,
        "path": str(upload.path),
        "name": name,
        "type": upload.type,
        "companion": str(upload.companion),
    }


def facts(case: Case, studio: Studio, environment: Environment) -> dict[str, str | None]:
    """What the environment makes of this case's file before anything is sent: ``guess`` of ``catalog.FACTS``.

    The SDK's release is the environment's own and not told again with each result.
    """
    if case.operation.upload is None:
        return {}
    return {"guess": environment.guesses.get(extension(_name(case, _given(case, studio)) or ""))}


WARM_AT_ONCE = 4
"""Probes that are started ahead of the first case."""

GRACE_SECONDS = 5.0
"""How much longer than the client's own time limit the harness waits before it calls a probe hung."""


MESSAGE_LIMIT = 4000
"""Characters of a client's words that a report keeps, cut when they are clean: half a key looks like none."""

TAP_PLACE = "<tap>"
UPLOADS_PLACE = "<uploads>"
"""What stands for the tap's address and the folder of uploads in a client's words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a session needs to be told. ``timeouts`` are seconds a case may take, by matrix.

    ``tables`` are mime tables that are files, by name; ``files`` the user's own files, by name; ``endings``
    are extensions that environments are to be asked about; ``folders`` hold further clients and containers,
    ``clients`` are what clients say of themselves, and ``shown`` are the distributions whose versions a
    report has; ``locate`` finds or builds environments; ``one_probe`` has one probe serve all mime tables of
    an environment (see ProbePool); ``live`` says how live servers are asked; ``through`` is a gateway that
    every call is to take; ``every_header`` has all request headers kept.
    """

    policy: Policy
    targets: Mapping[str, TargetSpec]
    profiles: Mapping[str, str]
    timeouts: Mapping[str, float]
    tables: Mapping[str, Path] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    endings: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    clients: Mapping[str, ClientDeclaration] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    locate: Callable[[Seat], Located] = installed_only
    one_probe: bool = False
    live: Live = field(default_factory=Live)
    through: GatewaySpec | None = None
    every_header: bool = False


@dataclass(frozen=True, slots=True)
class _Called:
    """What a call gave: the client's word, or how it never came to one."""

    report: ClientReport | None
    died: str | None = None
    hung: bool = False
    waiting: bool = False
    unavailable: str | None = None


@dataclass(slots=True)
class _Begun:
    """A case whose instruction is on its way. ``failed`` is set when it never got there."""

    case: Case
    channel: Channel
    place: Seat
    timeout: float
    at: float
    number: int = 0
    environment: Environment | None = None
    files: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, str | None] = field(default_factory=dict)
    sdk: str | None = None
    failed: _Called | None = None
    way: ThroughGateway | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """A case's ``result``, and what no report keeps: its exchanges with every byte, the files of its
    instruction, the names of shipped ones by their SHA-256, and its way through the gateway.

    ``environment`` is None where it is not here.
    """

    result: CaseResult
    exchanges: tuple[Exchange, ...]
    files: Sequence[Mapping[str, Any]]
    assets: Mapping[str, str]
    environment: Environment | None
    way: ThroughGateway | None


def as_shown(environment: Environment, settings: Settings) -> Environment:
    """Of what is installed, only what the run's clients are made of: other packages change nothing."""
    clients = {name: version for name, version in environment.clients.items() if name in settings.shown}
    return replace(environment, clients=clients)


class Session:
    """One process's (or thread's) share of a run. Not thread-safe. Use as a context manager.

    ``answering`` may be shared with other sessions; then it outlives this one. ``wires`` are the wire
    forms seen so far, by digest.
    """

    def __init__(self, settings: Settings, answering: Answers | None = None) -> None:
        self._settings = settings
        self._studio = Studio(settings.files)
        self._probes = ProbePool(
            settings.tables,
            settings.folders,
            settings.locate,
            one_probe=settings.one_probe,
            endings=settings.endings,
        )
        self._tap = Tap(self._studio.assets)
        self._own_answering = answering is None
        self.answering: Answers = answering or Answering(
            settings.policy, settings.targets, settings.profiles, settings.live
        )
        self._gateway = None if settings.through is None else self._behind(settings.through)
        self._numbers = itertools.count(1)
        self._environments: dict[str, Environment] = {}
        self._ahead: _Begun | None = None
        self.wires: dict[str, WireForm] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End probes, gateway, tap and connections, remove the pictures."""
        self._probes.close()
        if self._gateway is not None:
            self._gateway.close()
        self._tap.close()
        if self._own_answering:
            self.answering.close()
        self._studio.close()

    def warm(self, cases: Iterable[Case]) -> None:
        """Start the probes that ``cases`` need, side by side, before the first of them runs.

        A gateway is started too. Raises ConfigurationError when it cannot be, or when the installed SDK
        cannot make a single call.
        """
        cases = tuple(cases)
        needed: dict[Seat, dict[str, None]] = {}
        for case in cases:
            needed.setdefault(seat(case, self._settings.clients), {})[client(case)] = None
        of_sdk = {name for name, declared in self._settings.clients.items() if SDK in declared.needs}
        if any(place.beside and of_sdk.intersection(needed[place]) for place in needed):
            check_installed_sdk()
        # More than a few at once would compete for the same cores; the rest start when their turn comes.
        first = islice(needed.items(), WARM_AT_ONCE)
        self._probes.warm((place, tuple(clients)) for place, clients in first)
        if self._gateway is not None:
            for target in dict.fromkeys(case.target for case in cases):
                self._gateway.start(self.answering.root(target))

    @property
    def every_header(self) -> bool:
        """Whether all request headers are kept."""
        return self._settings.every_header

    def read_ahead(self, cases: int) -> None:
        """Read the recordings that ``cases`` cases may need, while the probes are busy starting."""
        self.answering.read_ahead(cases, while_=lambda: self._probes.warming)

    def leave(self, place: Seat) -> None:
        """Be done with an environment: end its probe, and forget what stands in ``environments``."""
        self._probes.discard(place)
        self._environments.pop(place.name, None)

    def environments(self) -> tuple[Environment, ...]:
        """The environments that cases ran in so far, by name."""
        return tuple(self._environments[name] for name in sorted(self._environments))

    def assets(self) -> Mapping[str, tuple[str, int]]:
        """SHA-256 and size in bytes of every shipped picture used, by recipe."""
        digests = {recipe: digest for digest, recipe in self._studio.assets.items()}
        return {recipe: (digests[recipe], size) for recipe, size in sorted(self._studio.sizes.items())}

    def run(self, case: Case, following: Case | None = None) -> CaseResult:
        """Run one case. Never raises for what a client, probe or server does: that is its outcome.

        ``following`` is the case that will be run next, if that is known. Where its answer costs
        nothing, its call is begun before this one's result is worked out: so the client works on one
        core while this process judges and reports on another. Raises ConfigurationError when a case
        cannot be set up (no key, a file that is no picture).
        """
        return self.ran(case, following).result

    def ran(self, case: Case, following: Case | None = None) -> Ran:
        """``run``, and everything that was seen of it."""
        begun = self._ahead if self._ahead is not None and self._ahead.case is case else self._begin(case)
        self._ahead = None
        called = self._called(begun)
        raised = called.report is not None and bool(called.report.raised)
        captured = self._tap.release(begun.channel, raised=raised)
        exchanges = tuple(map(self._kept, captured))
        if following is not None and self.answering.free(following.target):
            self._ahead = self._begin(following)
        redactor = self.answering.redactor(case.target)
        calls = calls_of(case, exchanges)
        outcome = _outcome(called, calls[-1][1], begun.channel, redactor, case.canary)
        if case.before is not None:
            outcome = replace(outcome, at=calls[-1][0].name)
        for exchange in exchanges:
            self.wires.setdefault(exchange.request.wire.digest, exchange.request.wire)
        for digest, wire in {} if begun.way is None else begun.way.wires.items():
            self.wires.setdefault(digest, wire)
        result = CaseResult(
            id=case.id,
            matrix=case.matrix,
            axes=case.axes,
            target=case.target,
            environment=begun.place.name,
            outcome=outcome,
            verdict=judge(
                case, outcome, {**begun.facts, SDK_VERSION: begun.sdk}, today=self._settings.policy.today
            ),
            client=called.report or ClientReport(),
            attempts=tuple(
                attempt_of(
                    exchange,
                    redactor,
                    unreadable=outcome.kind is OutcomeKind.UNPARSED,
                    every_header=self._settings.every_header,
                )
                for exchange in exchanges
            ),
            findings=tuple(
                finding
                for operation, made in calls
                for finding in find([exchange.request.wire for exchange in made], operation)
            ),
            facts=begun.facts,
            seconds=time.perf_counter() - begun.at,
            hop=None if begun.way is None else begun.way.hop(captured),
        )
        return Ran(result, captured, begun.files, self._studio.assets, begun.environment, begun.way)

    def _kept(self, exchange: Exchange) -> Exchange:
        """The exchange with its request in the form that may be kept: reports hold no secret either."""
        wire = self.answering.stored(exchange.request.wire)
        return replace(exchange, request=replace(exchange.request, wire=wire))

    def _begin(self, case: Case) -> _Begun:
        """Send a case's instruction; what keeps it from being sent is kept for its result."""
        answerer = interrupted(retries(case), self.answering.answerer(case.target, case.sample))
        way = self._way(case, answerer)
        channel = self._tap.open(answerer if way is None else way.answer)
        place = seat(case, self._settings.clients)
        timeout = self._settings.timeouts[case.matrix]
        begun = _Begun(case, channel, place, timeout, time.perf_counter(), way=way)
        try:
            environment = as_shown(self._probes.environment(place), self._settings)
            begun.environment = self._environments[environment.name] = environment
            begun.facts = facts(case, self._studio, environment)
            begun.sdk = environment.clients.get(self._sdk(case))
            begun.number = next(self._numbers)
            base_url = channel.url + self.answering.root(case.target)
            order = instruction(case, begun.number, self._studio, base_url, begun.timeout)
            begun.files = order["files"]
            self._probes.send(place, order)
        except ProbeError as error:
            begun.failed = _Called(None, died=str(error))
        except UnavailableError as error:
            begun.failed = _Called(None, unavailable=str(error))
        return begun

    def _sdk(self, case: Case) -> str:
        """The distribution whose release the case's ``sdk`` is."""
        return self._settings.clients.get(client(case), ClientDeclaration()).sdk or SDK

    def _behind(self, spec: GatewaySpec) -> Gateway:
        hidden = {target.key_env for target in self._settings.targets.values() if target.key_env}
        return Gateway(spec, self._studio.assets, hidden=hidden)

    def _way(self, case: Case, answerer: Callable[[Captured], Answer | NoAnswer]) -> ThroughGateway | None:
        """The case's way through the gateway; an interruption is then the target's, behind it."""
        if self._gateway is None:
            return None
        self._gateway.start(self.answering.root(case.target))
        return ThroughGateway(self._gateway, case, answerer, self.answering)

    def _called(self, begun: _Begun) -> _Called:
        """Wait for what the client has to say."""
        if begun.failed is not None:
            return begun.failed
        try:
            report = self._probes.report(begun.place, begun.number, begun.timeout + GRACE_SECONDS)
        except ProbeHungError:
            return _Called(None, hung=True, waiting=begun.channel.waiting)
        except ProbeError as error:
            return _Called(None, died=str(error))
        if "unavailable" in report:
            return _Called(None, unavailable=report["unavailable"])
        if "broken" in report:
            return _Called(None, died=f"the client could not be used: {report['broken']}")
        # This run's own paths and addresses would make two equal runs differ.
        own = {begun.channel.url: TAP_PLACE, str(self._studio.folder): UPLOADS_PLACE}
        return _Called(_client_report(report, own, self.answering.redactor(begun.case.target)))


def _outcome(
    called: _Called,
    exchanges: Sequence[Exchange],
    channel: Channel,
    redactor: Redactor,
    canary: str | None,
) -> Outcome:
    if channel.failure is not None:
        return _our_failure(channel.failure, redactor)
    if called.unavailable is not None:
        return Outcome(OutcomeKind.UNAVAILABLE, detail=called.unavailable)
    outcome = decide(
        called.report,
        exchanges,
        died=called.died,
        hung=called.hung,
        waiting=called.waiting,
        canary=canary,
    )
    return without_secrets(outcome, redactor)


def _client_report(report: Mapping[str, Any], own: Mapping[str, str], redactor: Redactor) -> ClientReport:
    def cleaned(text: str) -> str:
        for mine, place in own.items():
            text = text.replace(mine, place)
        return redactor.text(text)[:MESSAGE_LIMIT]

    body = report.get("body")
    return ClientReport(
        returned=report.get("returned"),
        raised=tuple(Raised(item["name"], cleaned(item["message"])) for item in report.get("raised", ())),
        status=report.get("status"),
        body=None if body is None else cleaned(body),
    )


def _our_failure(error: Exception, redactor: Redactor) -> Outcome:
    words = str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    return Outcome(OutcomeKind.HARNESS_ERROR, detail=redactor.text(words))
