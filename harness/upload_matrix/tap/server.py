"""The tap: keeps cases apart by an unguessable path, captures every attempt and has it answered.

A client is given ``http://127.0.0.1:PORT/TOKEN/NUMBER`` plus the target's own path as its base URL.
TOKEN is new for every tap, NUMBER for every case; a request anywhere else is refused and counted.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.tap.http import STRAY, LoopbackServer, RawRequest, RawResponse, own_answer
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

NO_ANSWER_STATUS = 424
"""What a client is told when there is no answer: Failed Dependency, which no SDK retries on its own."""

_GAVE_UP = "the client stopped waiting before an answer came"

_SETTLE_SECONDS = 2.0
"""How long the end of a case waits for a request that is still being read."""


@dataclass
class Channel:
    """What one case sent and was told, in order of arrival. ``url`` is the client's root.

    ``failure`` is what went wrong on our own side while answering, for the case to report. ``broke_off`` says
    that a request did, ``gave_up`` that its sender did not wait for the answer.
    """

    url: str
    answerer: Callable[[Captured], Answer | NoAnswer]
    failure: Exception | None = None
    broke_off: str = "the request broke off"
    gave_up: str = _GAVE_UP
    _exchanges: list[Exchange] = field(default_factory=list)
    _waiting: dict[int, Captured] = field(default_factory=dict)
    _settled: threading.Condition = field(default_factory=threading.Condition)
    _arrived: int = 0

    @property
    def waiting(self) -> bool:
        """Whether a complete request is still without its answer."""
        with self._settled:
            return bool(self._waiting)

    def exchanges(self) -> tuple[Exchange, ...]:
        """The attempts so far, in order of arrival; one still being answered counts as unanswered."""
        with self._settled:
            unanswered = [
                Exchange(attempt, request, NoAnswer(Silence.UNREACHABLE, self.gave_up))
                for attempt, request in self._waiting.items()
            ]
            return tuple(sorted([*self._exchanges, *unanswered], key=lambda exchange: exchange.attempt))

    def take(self, request: Captured) -> Answer | NoAnswer:
        """Have one attempt answered and remember both."""
        with self._settled:
            self._arrived += 1
            attempt = self._arrived
            self._waiting[attempt] = request
        reply = self._reply(request)
        with self._settled:
            del self._waiting[attempt]
            self._exchanges.append(Exchange(attempt, request, reply))
            self._settled.notify_all()
        return reply

    def _reply(self, request: Captured) -> Answer | NoAnswer:
        if not request.complete:
            return NoAnswer(Silence.INCOMPLETE, request.wire.fault or self.broke_off)
        try:
            return self.answerer(request)
        except Exception as error:  # noqa: BLE001
            # This is a server's thread: raised here it would be lost, so the case's own thread reports it.
            self.failure = error
            return NoAnswer(Silence.BLOCKED, f"the harness failed to answer: {error}")

    def settle(self) -> None:
        """Wait, shortly, until no attempt is being answered."""
        with self._settled:
            self._settled.wait_for(lambda: not self._waiting, timeout=_SETTLE_SECONDS)


class Tap:
    """One loopback server for all cases of a process. Use as a context manager.

    ``assets`` maps the SHA-256 of a shipped picture to its name. Requests outside any open case are strays:
    of another program on this machine, or of a client that came back after its case had ended.
    """

    def __init__(self, assets: Mapping[str, str]) -> None:
        self._assets = assets
        self._channels: dict[str, Channel] = {}
        self._lock = threading.Lock()
        self._number = 0
        self._server = LoopbackServer(self._handle, token=secrets.token_urlsafe(24))

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server."""
        self._server.close()

    @property
    def malformed(self) -> int:
        """How many connections sent something that is not HTTP."""
        return self._server.malformed

    @property
    def strays(self) -> int:
        """How many requests came outside any open case."""
        return self._server.strays

    def open(self, answerer: Callable[[Captured], Answer | NoAnswer]) -> Channel:
        """A channel for one case; its requests are answered by ``answerer`` (called in another thread)."""
        with self._lock:
            self._number += 1
            key = str(self._number)
            channel = Channel(f"{self._server.url}/{key}", answerer)
            self._channels[key] = channel
        return channel

    def settle(self) -> None:
        """Wait, shortly, until everything sent so far has been taken in, also what broke off."""
        self._server.settle()

    def release(self, channel: Channel, *, raised: bool = False) -> tuple[Exchange, ...]:
        """End a case: its path is closed, and what it exchanged is given back.

        ``raised`` says that the client raised: then it may have broken off in the middle of a request
        that is still on its way, and all that arrived is taken in first.
        """
        if raised and not channel.exchanges():
            self._server.settle()
        channel.settle()
        key = channel.url.rpartition("/")[2]
        with self._lock:
            self._channels.pop(key, None)
        return channel.exchanges()

    def _handle(self, request: RawRequest) -> RawResponse:
        key, slash, path = request.target.removeprefix("/").partition("/")
        with self._lock:
            channel = self._channels.get(key)
        if channel is None:
            self._server.count(strays=1)
            return STRAY
        return response_of(channel.take(captured(request, slash + path, self._assets)))


def captured(request: RawRequest, path: str, assets: Mapping[str, str]) -> Captured:
    """A request as it came over ``path``, with its wire form."""
    return Captured(
        head=request.head,
        headers=request.headers,
        body=request.body,
        wire=wire_form(request.method, path, request.headers, request.body, assets, request.broken),
        complete=request.broken is None,
    )


def response_of(reply: Answer | NoAnswer) -> RawResponse:
    """What a client is told.

    Of a redirect it does not learn the place: it would send the upload past the tap to another host.
    """
    if isinstance(reply, NoAnswer):
        if reply.why is Silence.RESET:
            return RawResponse(0, (), b"", reset=True)
        return own_answer(NO_ANSWER_STATUS, f"upload_matrix_{reply.why.value}", reply.says)
    headers = reply.headers
    if 300 <= reply.status < 400:
        headers = tuple((name, value) for name, value in headers if name.lower() != "location")
    return RawResponse(reply.status, headers, reply.body)
