"""HTTP/1.1 on loopback, bit by bit: a request's body is read as it comes, its answer written as it comes."""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOPBACK = "127.0.0.1"

_HEAD_LIMIT = 64 * 1024
_READ = 64 * 1024
_DRAIN_SECONDS = 1.0
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})


class BrokeOffError(Exception):
    """The client closed its connection, or spoke nonsense, before its request was complete."""


class GoneError(Exception):
    """The client stopped reading its answer."""


@dataclass
class Incoming:
    """A request whose body is still to come. ``head`` is its raw bytes up to and with the blank line.

    ``headers`` keep case and order. ``body`` can be gone through once and raises BrokeOffError.
    """

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    head: bytes
    body: Iterator[bytes]


@dataclass
class Outgoing:
    """An answer to write: its headers as they came, those of the connection aside.

    ``at_once`` sends it in one piece, for a body that is all there. ``cut`` is looked at when ``body`` is at
    its end: True breaks the connection off instead of ending the answer, so that the client learns that it
    is not whole.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: Iterator[bytes]
    reason: bytes = b""
    at_once: bool = False
    cut: Callable[[], bool] = field(default=lambda: False)


class PassingServer:
    """Listens on 127.0.0.1 only, a thread a connection; ``handle`` is called once a request, concurrently.

    ``handle`` is given the request and a function that writes its answer; it goes through the whole body,
    and calls the function once or not at all (the connection is then closed). The function raises GoneError.
    """

    def __init__(
        self, handle: Callable[[Incoming, Callable[[Outgoing], None]], None], *, port: int = 0
    ) -> None:
        self._handle = handle
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._closed = False
        self._listener = socket.create_server((LOOPBACK, port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="upload-matrix-passing", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a trailing slash."""
        return f"http://{LOOPBACK}:{self.port}"

    def close(self, seconds: float = 5.0) -> None:
        """Stop listening, drop every connection, and wait for their threads, at most ``seconds`` in all."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            connections = dict(self._connections)
        # A thread blocked in accept() is not woken by close() alone on Linux.
        for end in (self._listener, *connections):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone
        self._listener.close()
        end_of_patience = time.monotonic() + seconds
        for thread in (self._thread, *connections.values()):
            thread.join(timeout=max(0.0, end_of_patience - time.monotonic()))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._connections[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            # Without it a small answer waits 40 ms for the client's delayed acknowledgement.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Conversation(connection, self._handle).run()
        except OSError:
            return  # the client went away; what it sent so far has been handed on
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            connection.close()


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(
        self, connection: socket.socket, handle: Callable[[Incoming, Callable[[Outgoing], None]], None]
    ) -> None:
        self._connection = connection
        self._handle = handle
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
        self._taken = bytearray()
        self._in_head = True

    def run(self) -> None:
        while True:
            left = self._protocol.trailing_data[0]
            self._taken = bytearray(left)
            self._in_head = True
            try:
                event = self._next_event()
            except h11.RemoteProtocolError as error:
                self._refuse(error)
                return
            if not isinstance(event, h11.Request):
                return
            self._in_head = False
            request = self._incoming(event)
            self._handle(request, self._answer)
            if self._protocol.our_state is not h11.DONE or self._protocol.their_state is not h11.DONE:
                return
            self._protocol.start_next_cycle()

    def _incoming(self, event: h11.Request) -> Incoming:
        end = _HEAD_END.search(self._taken)
        return Incoming(
            method=event.method.decode("ascii"),
            target=event.target.decode("latin-1"),
            headers=tuple(event.headers.raw_items()),
            head=bytes(self._taken[: end.end() if end else len(self._taken)]),
            body=self._body(),
        )

    def _body(self) -> Iterator[bytes]:
        try:
            while not isinstance(part := self._next_event(), h11.EndOfMessage):
                if not isinstance(part, h11.Data):
                    raise BrokeOffError("the client closed the connection before the body was complete")
                yield bytes(part.data)
        except (h11.RemoteProtocolError, OSError) as error:
            raise BrokeOffError(f"the body broke off: {error}") from error

    def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._protocol.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._protocol.they_are_waiting_for_100_continue:
                interim = h11.InformationalResponse(status_code=100, headers=[])
                self._connection.sendall(self._protocol.send(interim) or b"")
            data = self._connection.recv(_READ)
            if self._in_head:
                self._taken += data
            self._protocol.receive_data(data)

    def _answer(self, answer: Outgoing) -> None:
        headers = [(name, value) for name, value in answer.headers if name.lower() not in _HOP]
        head = h11.Response(status_code=answer.status, headers=headers, reason=answer.reason)
        try:
            if answer.at_once:
                events = (head, *(h11.Data(data=piece) for piece in answer.body), h11.EndOfMessage())
                self._connection.sendall(b"".join(self._protocol.send(event) or b"" for event in events))
                return
            self._send(head)
            for piece in answer.body:
                self._send(h11.Data(data=piece))
            if answer.cut():
                self._protocol.send_failed()
                return
            self._send(h11.EndOfMessage())
        except (OSError, h11.LocalProtocolError) as error:
            raise GoneError(f"the answer could not be handed on: {error}") from error

    def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._connection.sendall(self._protocol.send(event) or b"")

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        if self._protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"malformed request: {error}\n".encode()
        self._connection.sendall(
            b"HTTP/1.1 %d Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (error.error_status_hint, len(body), body)
        )
        # Closed with bytes unread, the connection would be reset and the answer lost on the way.
        self._connection.shutdown(socket.SHUT_WR)
        self._connection.settimeout(_DRAIN_SECONDS)
        while self._connection.recv(_READ):
            continue
