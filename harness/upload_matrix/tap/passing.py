"""The passing tap: routes behind an unguessable path, and whoever is told what came over them."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from upload_matrix import vendors
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.tap.forward import Forwarder, Handed, UpstreamError
from upload_matrix.tap.http import (
    LOOPBACK,
    STRAY,
    BrokeOffError,
    GoneError,
    Incoming,
    RawResponse,
    StreamedResponse,
    StreamingServer,
    own_answer,
)
from upload_matrix.tap.server import response_of
from upload_matrix.tap.spool import Spool
from upload_matrix.wire.form import Captured, WireForm
from upload_matrix.wire.read import FormReader

# What is known of a request that passed, and of its answer.


GAVE_UP = "the client stopped waiting before the answer was complete"


@dataclass(frozen=True, slots=True)
class Route:
    """One base URL that programs are given.

    ``name`` is what people know it by, ``root`` the path of the API below the tap's own (``/v1``). Requests
    go to ``forward``, or are answered by ``answerer``. ``vendor`` is the name of whose server it leads to,
    None where that is not known.
    """

    name: str
    root: str
    forward: Forwarder | None = None
    answerer: Callable[[PassingRequest], Answer | NoAnswer] | None = None
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class PassingRequest:
    """A request that came over a route. ``number`` counts from 1 in order of arrival.

    ``head`` is without the tap's own path in its request line; ``wire`` is complete. ``began`` is in seconds
    of a monotonic clock.
    """

    number: int
    route: Route
    head: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: Spool
    wire: WireForm
    complete: bool
    began: float

    @property
    def kept(self) -> bool:
        """Whether the body's bytes are still here."""
        return not self.body.dropped

    def captured(self) -> Captured:
        """The request with its body in memory. Raises LookupError when the body was not kept."""
        return Captured(self.head, self.headers, self.body.read(), self.wire, self.complete)


@dataclass(frozen=True, slots=True)
class PassingAnswer:
    """What a request was told: ``status`` and ``headers`` of an answer whose ``body`` lies in a spool.

    ``silence`` instead when there was no whole answer; ``status`` may be there all the same, of one that
    began. ``seconds`` from the request's last byte to the answer's last.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: Spool
    source: Source | None
    rule: str | None = None
    silence: NoAnswer | None = None
    seconds: float = 0.0

    def reply(self) -> Answer | NoAnswer:
        """The answer with its body in memory. Raises LookupError when the body was not kept."""
        if self.silence is not None or self.status is None or self.source is None:
            return self.silence or NoAnswer(Silence.UNREACHABLE, GAVE_UP)
        return Answer(self.status, self.headers, self.body.read(), self.source, self.rule)


# One request on its way through, and its answer on the way back.


BAD_GATEWAY_STATUS = 502
"""What it is told when the server could not be reached. It may try again, as it would have without us."""


class PassingRecords(Protocol):
    """Who keeps what passes."""

    def spool(self) -> Spool:
        """A new body."""

    def has_sent(self, passed: PassingRequest) -> None:
        """A request is complete."""

    def has_told(self, passed: PassingRequest, told: PassingAnswer) -> None:
        """Its answer is."""


class PassingExchange:
    """A request that has begun to come in over a route; ``path`` is without the tap's own part.

    ``base`` is that part as a URL, which takes the server's place in an address to go on uploading to.
    """

    def __init__(
        self, records: PassingRecords, route: Route, number: int, path: str, incoming: Incoming, base: str
    ) -> None:
        self._records = records
        self._route = route
        self._number = number
        self._path = path
        method, _, rest = incoming.head.split(b" ", 2)
        self._head = b" ".join((method, path.encode("latin-1"), rest))
        self._incoming = incoming
        self._body = records.spool()
        self._answer_body = records.spool()
        self._base = base
        self._form = FormReader(incoming.method, self._path, incoming.headers)
        self._passed: PassingRequest | None = None
        self._began = time.monotonic()
        self._asked = self._began

    def run(self) -> None:
        """Let it through, and tell the records."""
        chunks = self._chunks()
        try:
            if self._route.forward is None:
                told = self._answered_here(chunks)
            else:
                told = self._forwarded(chunks, self._route.forward)
        except BrokeOffError as error:
            silence = NoAnswer(Silence.INCOMPLETE, str(error))
            told = self._silent(silence)
        self._answer_body.finish()
        if self._passed is not None:
            self._records.has_told(self._passed, told)

    def _chunks(self) -> Iterator[bytes]:
        """The body as it comes, noted on its way; at its end the request is known."""
        try:
            for piece in self._incoming.pieces():
                self._form.feed(piece)
                self._body.write(piece)
                yield piece
        except BrokeOffError as error:
            self._complete(str(error))
            raise
        self._complete(None)

    def _complete(self, broken: str | None) -> None:
        self._body.finish()
        self._asked = time.monotonic()
        self._passed = PassingRequest(
            number=self._number,
            route=self._route,
            head=self._head,
            headers=self._incoming.headers,
            body=self._body,
            wire=self._form.finish(broken),
            complete=broken is None,
            began=self._began,
        )
        self._records.has_sent(self._passed)

    def _forwarded(self, chunks: Iterator[bytes], forward: Forwarder) -> PassingAnswer:
        try:
            with forward.send(self._incoming.method, self._path, self._incoming.headers, chunks) as handed:
                # A server may answer before it has everything; the rest is still evidence.
                for _ in chunks:
                    continue
                return self._hand_back(handed)
        except UpstreamError as error:
            for _ in chunks:
                continue
            message = f"no answer: {error}"
            self._say(own_answer(BAD_GATEWAY_STATUS, "upload_matrix_unreachable", message))
            return self._silent(NoAnswer(Silence.UNREACHABLE, message))

    def _hand_back(self, handed: Handed) -> PassingAnswer:
        broken: list[str] = []

        def body() -> Iterator[bytes]:
            try:
                for piece in handed.body:
                    self._answer_body.write(piece)
                    yield piece
            except UpstreamError as error:
                broken.append(str(error))

        answer = StreamedResponse(
            handed.status, self._onward(handed.headers), body(), handed.reason, cut=lambda: bool(broken)
        )
        headers = _texts(handed.headers)
        silence = None
        try:
            self._incoming.stream(answer)
        except GoneError:
            silence = NoAnswer(Silence.UNREACHABLE, GAVE_UP)
        if broken:
            silence = NoAnswer(Silence.BROKEN, broken[0])
        return self._with(handed.status, headers, self._source(headers), silence=silence)

    def _onward(self, headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[bytes, bytes], ...]:
        """The answer's headers, with an upload's next step led through the tap too."""
        names = vendors.upload_url_headers()
        return tuple(
            (name, self._through(value)) if name.decode("latin-1").lower() in names else (name, value)
            for name, value in headers
        )

    def _through(self, url: bytes) -> bytes:
        parts = urlsplit(url.decode("latin-1"))
        origin = "" if self._route.forward is None else self._route.forward.origin
        if f"{parts.scheme}://{parts.netloc}" != origin:
            return url  # another server's, which this route does not lead to
        return f"{self._base}{urlunsplit(('', '', parts.path, parts.query, ''))}".encode("latin-1")

    def _answered_here(self, chunks: Iterator[bytes]) -> PassingAnswer:
        for _ in chunks:
            continue
        passed, answerer = self._passed, self._route.answerer
        if passed is None or answerer is None:
            raise RuntimeError(f"the route {self._route.name} has nobody to answer")
        reply = answerer(passed)
        if isinstance(reply, NoAnswer):
            self._say(response_of(reply))
            return self._silent(reply)
        self._answer_body.write(reply.body)
        gone = self._say(response_of(reply))
        return self._with(reply.status, reply.headers, reply.source, reply.rule, silence=gone)

    def _say(self, response: RawResponse) -> NoAnswer | None:
        try:
            self._incoming.answer(response)
        except GoneError:
            return NoAnswer(Silence.UNREACHABLE, GAVE_UP)
        return None

    def _silent(self, silence: NoAnswer) -> PassingAnswer:
        return self._with(None, (), None, silence=silence)

    def _with(
        self,
        status: int | None,
        headers: tuple[tuple[str, str], ...],
        source: Source | None,
        rule: str | None = None,
        silence: NoAnswer | None = None,
    ) -> PassingAnswer:
        seconds = time.monotonic() - self._asked
        return PassingAnswer(status, headers, self._answer_body, source, rule, silence, seconds)

    def _source(self, headers: tuple[tuple[str, str], ...]) -> Source:
        """Who spoke: our own emulator behind a URL says that it is one."""
        given = {name.lower(): value for name, value in headers}
        emulated = given.get("x-upload-matrix-provenance") == Provenance.EMULATED.value
        return Source(
            target=self._route.name if self._route.forward is None else self._route.forward.origin,
            provenance=Provenance.EMULATED if emulated else Provenance.LIVE,
            supply=Supply.FORWARDED,
            profile=given.get("x-upload-matrix-profile") if emulated else None,
        )


def _texts(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


KEPT = 1 << 30
"""Bytes of bodies that are kept in all; what comes after has its wire form alone."""

_SETTLE_SECONDS = 2.0
_CLOSE_SECONDS = 5.0


@dataclass
class _Books:
    """What several threads write down, and in what order."""

    lock: threading.Condition = field(default_factory=threading.Condition)
    arrived: int = 0
    open: int = 0
    size: int = 0


class PassingTap:
    """One loopback server for all routes. Use as a context manager, which removes kept bodies at its end.

    ``sent`` is called when a request is complete, before its answer; ``told`` when the answer is. Both are
    called in the connections' threads, one at a time. ``kept`` bytes of bodies are kept in all. ``proxy`` is
    given what clients ask of a proxy at this address; it has requests let through by ``let_through``.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        sent: Callable[[PassingRequest], None] = lambda _: None,
        told: Callable[[PassingRequest, PassingAnswer], None] = lambda *_: None,
        port: int = 0,
        kept: int = KEPT,
        proxy: Callable[[PassingTap, Incoming], None] | None = None,
    ) -> None:
        self._routes = {str(number): route for number, route in enumerate(routes, 1)}
        self._sent = sent
        self._told = told
        self._keep = kept
        self._books = _Books()
        self._telling = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="upload-matrix-")
        self.failure: Exception | None = None
        """What went wrong on our own side, in a thread that could not say so."""
        try:
            self._server = StreamingServer(
                self._handle,
                port=port,
                token=secrets.token_urlsafe(24),
                proxy=None if proxy is None else partial(self.guarded, partial(proxy, self)),
            )
        except OSError:
            self._folder.cleanup()
            raise

    def __enter__(self) -> PassingTap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def strays(self) -> int:
        """Requests outside of any route: another program, or a URL without its unguessable path."""
        return self._server.strays

    def url(self, route: Route) -> str:
        """The base URL of a route."""
        number = next(number for number, each in self._routes.items() if each is route)
        return f"{self._server.url}/{number}{route.root}"

    @property
    def address(self) -> str:
        """Where it listens, without its unguessable path: what a proxy's clients are given."""
        return f"http://{LOOPBACK}:{self._server.port}"

    def aside(self, job: Callable[[], None]) -> None:
        """Do something in a connection's thread when nothing is being told."""
        with self._telling:
            job()

    def settle(self, seconds: float = _SETTLE_SECONDS) -> None:
        """Wait until no request is under way, at most ``seconds``."""
        with self._books.lock:
            self._books.lock.wait_for(lambda: not self._books.open, timeout=seconds)

    def stop(self) -> None:
        """Serve no more; what was kept stays."""
        self._server.close(_CLOSE_SECONDS)

    def close(self) -> None:
        """Stop, and remove what was kept."""
        self.stop()
        self._folder.cleanup()

    def _handle(self, incoming: Incoming) -> None:
        key, slash, path = incoming.target.removeprefix("/").partition("/")
        route = self._routes.get(key) if slash else None
        if route is None:
            self._server.count(strays=1)
            incoming.answer(STRAY)
            return
        base = f"{self._server.url}/{key}"
        # A program may put its base URL before the path of an address that we led through here already.
        self.let_through(route, incoming, (slash + path).removeprefix(urlsplit(base).path), base)

    def let_through(self, route: Route, incoming: Incoming, path: str, base: str) -> None:
        """Let a request for ``path`` at ``base`` through over ``route``, and have it told of."""
        with self._books.lock:
            self._books.arrived += 1
            self._books.open += 1
            number = self._books.arrived
        try:
            self.guarded(PassingExchange(self, route, number, path, incoming, base).run)
        finally:
            with self._books.lock:
                self._books.open -= 1
                self._books.lock.notify_all()

    def guarded(self, job: Callable[..., None], *given: Incoming) -> None:
        """Do a job of a connection's thread; what goes wrong on our own side is noted."""
        try:
            job(*given)
        except Exception as error:  # noqa: BLE001
            # This is a connection's thread: raised here it would be lost, so whoever runs the tap reports it.
            self.failure = self.failure or error

    def spool(self) -> Spool:
        """A new body."""
        return Spool(Path(self._folder.name))

    def has_sent(self, passed: PassingRequest) -> None:
        """A request is complete."""
        with self._telling:
            self._sent(passed)

    def has_told(self, passed: PassingRequest, told: PassingAnswer) -> None:
        """An answer is; bodies beyond what may be kept are given up."""
        with self._books.lock:
            for body in (passed.body, told.body):
                self._books.size += body.size
                if self._books.size > self._keep:
                    body.drop()
        with self._telling:
            self._told(passed, told)
