"""A program under inspection: the tap is put in its way, it runs, and what passed is given back."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TextIO
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.inspect.calls import Sight, Watcher
from upload_matrix.inspect.gateway import Detour
from upload_matrix.inspect.proxy.intercepting import ProxyTraffic
from upload_matrix.inspect.proxy.setup import ProxyOpened, ProxyOptions, ProxySetup
from upload_matrix.inspect.routes import AnsweredBy, close, detoured, environment, leads, routes, who
from upload_matrix.inspect.there import file_named, files_there
from upload_matrix.inspect.witness import MadeCall, Uncaught, Witness
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.answer import Answer, NoAnswer, Silence, hung_up
from upload_matrix.model.case import Operation
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.hop import Hop
from upload_matrix.recordings.custom import project_rules
from upload_matrix.recordings.redactor import environment_secrets
from upload_matrix.report.wording import plural
from upload_matrix.tap.passing import PassingAnswer, PassingRequest, PassingTap, Route
from upload_matrix.wire.form import Captured

_GRACE_SECONDS = 5.0


def run(argv: Sequence[str], environ: Mapping[str, str], stdout: TextIO | int | None = None) -> int:
    """Run a program to its end; its exit status, negative for the signal that ended it.

    Standard streams are passed through; ``stdout`` takes another's place for its output. Ctrl-C reaches the
    program as it always does, and is its affair; a second one ends it. Raises ConfigurationError when there
    is no such program.
    """
    try:
        # The user's own command line, as a list: no shell reads it.
        process = subprocess.Popen(list(argv), env=dict(environ), stdout=stdout)  # noqa: S603
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{argv[0]}: there is no such program; give its path, or fix PATH"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{argv[0]} cannot be run: {error.strerror or error}") from error
    with _passing_on_termination(process):
        try:
            try:
                return process.wait()
            except KeyboardInterrupt:
                return process.wait()
        except BaseException:
            _end(process)
            raise


@contextmanager
def _passing_on_termination(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """While inside, SIGTERM goes on to the program: what it then still sends is seen to the end."""
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may say what a signal does.
        yield
        return

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        process.send_signal(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def status_words(status: int) -> str:
    """``exit status 3``, ``signal SIGSEGV``: how a program ended, in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"


@dataclass(frozen=True, slots=True)
class InspectSettings:
    """How to inspect.

    ``profile`` is the emulator's, a built-in name or a file. ``upstream`` is the base URL to pass requests
    on to in place of the one the program's variables name; ``variables`` are further ones to point at the
    tap, as ``NAME`` or ``NAME=URL``. ``operations`` has the calls to know, None for the built-in ones.
    ``stdout`` takes the place of the program's standard output. ``port`` 0 is a free one. ``through`` is a
    gateway to put in between (see ``gateway``). ``witness`` has the running program itself tell which of its
    lines made a request and what it raised, where it is written in a language that can (see ``witness``).
    ``proxy`` puts an intercepting proxy in the program's way besides (see ``proxy``).
    """

    answers: AnsweredBy = AnsweredBy.SERVER
    profile: str = field(default_factory=lambda: vendors.usual().profile)
    upstream: str | None = None
    variables: tuple[str, ...] = ()
    operations: Mapping[str, Operation] | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stdout: TextIO | int | None = None
    port: int = 0
    through: GatewaySpec | None = None
    witness: bool = True
    proxy: ProxyOptions | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known once the tap listens: the URL each variable is given, and who answers there.

    ``gateway`` is the name of what stands in between, ``forwards_to`` where that has to forward to. ``proxy``
    is the intercepting one, where there is one.
    """

    urls: Mapping[str, str]
    upstreams: Mapping[str, str]
    gateway: str | None = None
    forwards_to: str | None = None
    proxy: ProxyOpened | None = None


class Listener:
    """Is told of an inspection while it goes; every method may be left as it is.

    Called one at a time, from threads of the tap: what takes long holds up the program's answers.
    """

    def opened(self, opened: Opened) -> None:
        """The tap listens; the program is about to start."""

    def sent(self, sight: Sight) -> None:
        """A request is complete, and not answered yet."""

    def told(self, sight: Sight, told: PassingAnswer) -> None:
        """It is answered."""

    def crossed(self, sight: Sight, hop: Hop) -> None:
        """What the gateway made of it, where there is one; after ``told``."""

    def note(self, text: str) -> None:
        """Something else worth a line."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """One request with its answer. Bodies are read from where they are kept, each time anew."""

    sight: Sight
    told: PassingAnswer
    hop: Hop | None = None

    def captured(self) -> Captured:
        """The request, byte for byte; raises LookupError when its body was not kept."""
        return self.sight.passed.captured()

    def reply(self) -> Answer | NoAnswer:
        """What the program was told; raises LookupError when its body was not kept."""
        return self.told.reply()


class Inspection:
    """What came of it: ``exchanges`` in order of arrival, and how the program ended.

    Use as a context manager: at its end the bodies that were kept are removed. ``exit_status`` is negative
    for the signal that ended the program, None when none was run. ``strays`` counts requests that came to
    the tap without its unguessable path. ``secrets`` are the keys in the program's environment. ``raised``
    are the errors that the program did not catch, as far as it could be watched. ``traffic`` is what came to
    the intercepting proxy, None without one. ``past`` are the calls that the program made and whose requests
    did not arrive here, as far as it could be watched.
    """

    def __init__(
        self,
        tap: PassingTap,
        exchanges: tuple[Inspected, ...],
        opened: Opened,
        exit_status: int | None,
        secrets: tuple[str, ...] = (),
        raised: tuple[Uncaught, ...] = (),
        traffic: ProxyTraffic | None = None,
        past: tuple[MadeCall, ...] = (),
    ) -> None:
        self._tap = tap
        self.exchanges = exchanges
        self.opened = opened
        self.exit_status = exit_status
        self.secrets = secrets
        self.strays = tap.strays
        self.raised = raised
        self.traffic = traffic
        self.past = past

    def __enter__(self) -> Inspection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uploads(self) -> tuple[Inspected, ...]:
        """The exchanges that carry files, or should."""
        return tuple(each for each in self.exchanges if each.sight.is_upload)

    def close(self) -> None:
        """Remove the bodies."""
        self._tap.close()


def inspect_command(
    argv: Sequence[str],
    settings: InspectSettings | None = None,
    listener: Listener | None = None,
    wait: Callable[[], object] | None = None,
) -> Inspection:
    """Run ``argv`` with the tap in its way; with ``wait`` in its place no program is run, but that awaited.

    Raises ConfigurationError for a program, a URL, a profile or a port that is not to be had.
    """
    settings = settings or InspectSettings()
    if settings.proxy is not None and settings.through is not None:
        raise ConfigurationError(
            "--proxy and --through: a gateway stands in for one base URL, which the program has to be given"
        )
    found = leads(settings.environ, settings.upstream, settings.variables)
    operations = settings.operations or load_operations()
    detour = None
    if settings.through is not None:
        detour = Detour(
            settings.through, found, settings.answers, settings.profile, settings.environ, operations
        )
    through = settings.through
    secrets = (*environment_secrets(settings.environ), *(() if through is None else through.secrets))
    rules = project_rules(Path.cwd())
    watcher = Watcher(operations, secrets, rules, files_there, file_named(argv))
    witness = Witness()
    ledger = _Ledger(watcher, listener or Listener(), {} if detour is None else detour.hops, witness)
    opened_routes = (
        routes(found, settings.answers, settings.profile)
        if detour is None
        else detoured(found, detour.root, detour.answer)
    )
    ledger.led = opened_routes
    setup = None
    try:
        if settings.proxy is not None:
            setup = _proxy(settings, ledger.listener)
        forwards_to = None if detour is None else detour.start()
        tap = _tap(opened_routes, ledger, settings.port, setup)
        try:
            opened = Opened(
                {lead.name: tap.url(route) for lead, route in zip(found, opened_routes, strict=True)},
                {lead.name: who(lead, settings.answers, settings.profile) for lead in found},
                None if detour is None else detour.name,
                forwards_to,
                None if setup is None else setup.opened(tap.address, argv),
            )
            ledger.listener.opened(opened)
            status = None
            if wait is None:
                # A gateway is not shown the program's key, so a dummy will do for that too.
                sends = settings.answers is AnsweredBy.SERVER and detour is None
                environ = environment(settings.environ, opened.urls, sends=sends)
                if settings.witness:
                    environ = witness.environment(environ)
                if setup is not None:
                    environ = setup.environment(environ, tap.address, loads=settings.witness)
                    argv = setup.command(argv, tap.address)
                status = run(argv, environ, settings.stdout)
            else:
                wait()
            tap.settle()
            raised = witness.raised()
            past = tuple(made for made in witness.past() if not _leads_here(made, opened.urls.values()))
            if setup is not None:
                opened = replace(opened, upstreams={**opened.upstreams, **setup.upstreams()})
        except BaseException:
            close(opened_routes)
            tap.close()
            raise
    finally:
        witness.close()
        close(opened_routes)
        if setup is not None:
            close(setup.proxy.routes())
            setup.close()
        if detour is not None:
            detour.close()
    tap.stop()
    if tap.failure is not None:
        tap.close()
        raise HarnessError(f"inspecting failed: {tap.failure!r}") from tap.failure
    traffic = None if setup is None else setup.proxy.traffic()
    return Inspection(tap, ledger.exchanges(), opened, status, secrets, raised, traffic, past)


def _proxy(settings: InspectSettings, listener: Listener) -> ProxySetup:
    upstream = None if settings.upstream is None else leads({}, settings.upstream)[0].upstream
    return ProxySetup(
        settings.proxy or ProxyOptions(), settings.answers, settings.profile, upstream, listener.note
    )


def _tap(opened: Sequence[Route], ledger: _Ledger, port: int, setup: ProxySetup | None) -> PassingTap:
    proxy = None if setup is None else setup.proxy.serve
    try:
        return PassingTap(opened, sent=ledger.sent, told=ledger.told, port=port, proxy=proxy)
    except OSError as error:
        raise ConfigurationError(
            f"--port {port}: {error.strerror or error}; choose another, or leave it out for a free one"
        ) from error


_OF_THE_REQUEST = frozenset({400, 415, 422})
"""Statuses by which a server rejects what a request holds, and not who sends it or where to."""


def _leads_here(made: MadeCall, urls: Iterable[str]) -> bool:
    """Whether a call was made to the tap, whose request can fail before it is sent."""
    return any(urlsplit(made.url).path.startswith(urlsplit(url).path) for url in urls)


class _Ledger:
    """What passed so far, and whoever is told of it. ``led`` are the routes that variables lead over."""

    def __init__(
        self, watcher: Watcher, listener: Listener, hops: Mapping[int, Hop], witness: Witness
    ) -> None:
        self.listener = listener
        self.led: tuple[Route, ...] = ()
        self._witness = witness
        self._hops = hops
        self._watcher = watcher
        self._sights: dict[int, Sight] = {}
        self._told: dict[int, PassingAnswer] = {}

    def sent(self, passed: PassingRequest) -> None:
        made = self._witness.call(passed.wire.method, passed.wire.path)
        sight = self._watcher.see(passed, made)
        self._sights[passed.number] = sight
        self.listener.sent(sight)

    def told(self, passed: PassingRequest, told: PassingAnswer) -> None:
        self._told[passed.number] = told
        sight = self._watcher.hear(passed, told)
        self.listener.told(sight, told)
        unexplained = told.status in _OF_THE_REQUEST and not sight.faults
        if sight.is_upload and sight.operation is not None and unexplained:
            # diagnose leads a program by its variables alone.
            by_variable = passed.route in self.led
            how = "diagnose` in place of `inspect`" if by_variable else "isolate`, of what --save keeps,"
            self.listener.note(
                f"upload #{sight.number} was rejected, and nothing looks wrong with it: "
                f"`upload-matrix {how} asks what decides"
            )
        hop = self._hops.get(passed.number)
        if hop is not None:
            self.listener.crossed(sight, hop)
        if sight.is_upload and passed.complete:
            for words in _hung_up(passed, told, hop):
                self.listener.note(
                    sight.redactor.text(f"upload #{sight.number} ({_uploads(passed)}): {words}")
                )

    def exchanges(self) -> tuple[Inspected, ...]:
        return tuple(
            Inspected(sight, self._told.get(number) or _unanswered(sight), self._hops.get(number))
            for number, sight in sorted(self._sights.items())
        )


def _uploads(passed: PassingRequest) -> str:
    """The files of a request in words: ``file`: voice.wav, 36 bytes of wav``."""
    found = [
        f"`{each.place}`: {each.filename or 'no filename'}, {plural(each.size, 'byte')}"
        f"{f' of {each.format}' if each.format else ''}"
        for each in passed.wire.uploads()[:_FEW]
    ]
    return "; ".join(found) or "without a file"


_FEW = 4


def _hung_up(passed: PassingRequest, told: PassingAnswer, hop: Hop | None) -> Iterator[str]:
    """Who took a request and hung up on it: the server, a gateway's target, or the gateway."""
    dies = "as one does that dies of an upload, or cuts it off"
    silent = told.silence is not None and hung_up(told.silence.says)
    if hop is None:
        forward = passed.route.forward
        if silent and forward is not None:
            still = "takes connections still" if forward.is_listening() else "takes no connection any more"
            yield f"the server hung up on it without a whole answer, {dies}; it {still}"
        return
    behind = sum(each.no_answer is not None and hung_up(each.no_answer) for each in hop.forwarded)
    if behind:
        times = f" {behind} times" if behind > 1 else ""
        yield f"the server behind {hop.gateway} hung up{times} on what was forwarded of it, {dies}"
    elif silent:
        reached = "it" if hop.forwarded else "nothing"
        yield f"{hop.gateway} hung up on it without a whole answer, {dies}; it had forwarded {reached}"


def _unanswered(sight: Sight) -> PassingAnswer:
    silence = NoAnswer(Silence.UNREACHABLE, "the program ended before an answer came")
    return PassingAnswer(None, (), sight.passed.body, None, silence=silence)
