"""The tap: keeps cases apart by an unguessable path, captures every attempt and has it answered.

A client is given ``http://127.0.0.1:PORT/TOKEN/NUMBER`` plus the target's own path as its base URL.
TOKEN is new for every tap, NUMBER for every case; a request anywhere else is refused and counted.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from upload_matrix.engine.tap.http import LoopbackServer, RawRequest, RawResponse
from upload_matrix.engine.tap.wireforms import wire_form
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.exchange import Captured, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_ANSWER_STATUS = 424
"""What a client is told when there is no answer: Failed Dependency, which no SDK retries on its own."""

_GAVE_UP = "the client stopped waiting before an answer came"

_SETTLE_SECONDS = 2.0
"""How long the end of a case waits for a request that is still being read."""


@dataclass
class Channel:
    """What one case sent and was told, in order of arrival. ``url`` is the client's root.

    ``failure`` is what went wrong on our own side while answering, for the case to report.
    """

    url: str
    answerer: Callable[[Captured], Answer | NoAnswer]
    failure: Exception | None = None
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
                Exchange(attempt, request, NoAnswer(Silence.UNREACHABLE, _GAVE_UP))
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
            return NoAnswer(Silence.INCOMPLETE, request.wire.fault or "the request broke off")
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

    ``assets`` maps the SHA-256 of a shipped picture to its name. ``strays`` counts requests outside any
    open case: another program on this machine, or a client that came back after its case had ended.
    """

    def __init__(self, assets: Mapping[str, str]) -> None:
        self._assets = assets
        self._token = secrets.token_urlsafe(24)
        self._channels: dict[str, Channel] = {}
        self._lock = threading.Lock()
        self._number = 0
        self.strays = 0
        self._server = LoopbackServer(self._handle)

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

    def open(self, answerer: Callable[[Captured], Answer | NoAnswer]) -> Channel:
        """A channel for one case; its requests are answered by ``answerer`` (called in another thread)."""
        with self._lock:
            self._number += 1
            key = str(self._number)
            channel = Channel(f"{self._server.url}/{self._token}/{key}", answerer)
            self._channels[key] = channel
        return channel

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
        _, _, rest = request.target.partition("/")
        token, _, rest = rest.partition("/")
        key, slash, path = rest.partition("/")
        known = hmac.compare_digest(token.encode("latin-1"), self._token.encode("ascii"))
        with self._lock:
            channel = self._channels.get(key) if known else None
            if channel is None:
                self.strays += 1
        if channel is None:
            return _error(404, "upload_matrix_stray", "not a path of this tap")
        captured = Captured(
            head=request.head,
            headers=request.headers,
            body=request.body,
            wire=wire_form(
                request.method, slash + path, request.headers, request.body, self._assets, request.broken
            ),
            complete=request.broken is None,
        )
        reply = channel.take(captured)
        if isinstance(reply, NoAnswer) and reply.why is Silence.RESET:
            return RawResponse(0, (), b"", reset=True)
        if isinstance(reply, NoAnswer):
            return _error(NO_ANSWER_STATUS, f"upload_matrix_{reply.why.value}", reply.says)
        return RawResponse(reply.status, _kept_here(reply), reply.body)


def _kept_here(reply: Answer) -> tuple[tuple[str, str], ...]:
    """The answer's headers, but of a redirect the place it points to: a client that follows redirects
    would send the upload past the tap to another host."""
    if not 300 <= reply.status < 400:
        return reply.headers
    return tuple((name, value) for name, value in reply.headers if name.lower() != "location")


def _error(status: int, kind: str, message: str) -> RawResponse:
    document = {"error": {"message": f"upload-matrix: {message}", "type": kind, "param": None, "code": kind}}
    return RawResponse(
        status, (("content-type", "application/json"),), json.dumps(document, ensure_ascii=False).encode()
    )
