"""HTTP/1.1 on loopback: connections into raw requests, and answers back. The protocol itself is h11's."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"

_HEAD_LIMIT = 64 * 1024
_READ = 256 * 1024
_IDLE_SECONDS = 300.0
_SETTLE_POLL = 0.0005
_PER_CONNECTION = frozenset({b"connection", b"transfer-encoding", b"content-length", b"keep-alive"})


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it arrived. ``head`` is its raw bytes up to and with the blank line.

    ``headers`` keep case and order; ``body`` is without its framing; ``broken`` says why the body never
    became complete, None when it did.
    """

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    head: bytes
    body: bytes
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer to write: headers as given, with the connection's own framing put in place of theirs.

    ``reset`` has the connection broken instead, hard, without an answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    reset: bool = False


class LoopbackServer:
    """Listens on 127.0.0.1 only, a thread a connection; ``handle`` is called once a request, concurrently.

    A request that is not HTTP gets 400 and is counted in ``malformed``; the server goes on. Closing it
    closes every connection.
    """

    def __init__(self, handle: Callable[[RawRequest], RawResponse], *, port: int = 0) -> None:
        self._handle = handle
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._conversations: dict[int, _Conversation] = {}
        self._closed = False
        self.malformed = 0
        # reuse_port off, address reuse on: the default of create_server on POSIX.
        self._listener = socket.create_server((LOOPBACK, port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="upload-matrix-tap", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a trailing slash."""
        return f"http://{LOOPBACK}:{self.port}"

    def settle(self, seconds: float = 2.0) -> None:
        """Wait until everything sent before this call has been taken in, at most ``seconds``.

        A client that breaks off closes its connection and raises at once, maybe before the server has
        looked at it. Connections are accepted in order, so one of our own marks the end of those before.
        """
        deadline = time.monotonic() + seconds
        with socket.create_connection((LOOPBACK, self.port), timeout=seconds) as marker:
            mine = marker.getsockname()[1]
            while time.monotonic() < deadline:
                with self._lock:
                    conversations = dict(self._conversations)
                if mine in conversations and not any(
                    port != mine and conversation.busy() for port, conversation in conversations.items()
                ):
                    return
                time.sleep(_SETTLE_POLL)

    def close(self) -> None:
        """Stop listening and drop every connection."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            connections = tuple(self._connections)
        # A thread blocked in accept() is not woken by close() alone on Linux.
        for end in (self._listener, *connections):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone
        self._listener.close()
        self._thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._connections.add(connection)
                # Known from here on, not only when its thread gets to run.
                conversation = _Conversation(connection, self._handle, self._count_malformed)
                self._conversations[peer[1]] = conversation
            threading.Thread(
                target=self._serve, args=(connection, conversation, peer[1]), daemon=True
            ).start()

    def _serve(self, connection: socket.socket, conversation: _Conversation, port: int) -> None:
        try:
            # Without it a small answer waits 40 ms for the client's delayed acknowledgement.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(_IDLE_SECONDS)
            conversation.run()
        except OSError:
            return  # the client went away; what it sent so far has been handed on
        finally:
            with self._lock:
                self._connections.discard(connection)
                self._conversations.pop(port, None)
            connection.close()

    def _count_malformed(self) -> None:
        with self._lock:
            self.malformed += 1


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(
        self,
        connection: socket.socket,
        handle: Callable[[RawRequest], RawResponse],
        malformed: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._handle = handle
        self._malformed = malformed
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
        self._head = bytearray()
        self._working = False

    def busy(self) -> bool:
        """Whether something the client did is still to be taken in: bytes, an end, or a request at work."""
        if self._working:
            return True
        try:
            return bool(select.select([self._connection], [], [], 0)[0])
        except (OSError, ValueError):
            return False  # closed meanwhile

    def run(self) -> None:
        while True:
            self._working = False
            # What h11 already holds belongs to the next request's head (pipelining).
            self._head = bytearray(self._protocol.trailing_data[0])
            try:
                event = self._next_event()
            except h11.RemoteProtocolError as error:
                self._malformed()
                self._refuse(error)
                return
            if not isinstance(event, h11.Request):
                return
            request = self._read(event)
            response = self._handle(request)
            if request.broken is not None:
                return
            if response.reset:
                # Closing with unsent data discarded sends RST rather than FIN.
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            self._answer(response)
            if self._protocol.our_state is not h11.DONE or self._protocol.their_state is not h11.DONE:
                return
            self._protocol.start_next_cycle()

    def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._protocol.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._protocol.they_are_waiting_for_100_continue:
                self._connection.sendall(
                    self._protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b""
                )
            # Looked at before it is taken: so at no moment is it neither readable nor being worked on.
            self._connection.recv(1, socket.MSG_PEEK)
            self._working = True
            data = self._connection.recv(_READ)
            if self._protocol.their_state is h11.IDLE:
                self._head += data
            self._protocol.receive_data(data)

    def _read(self, event: h11.Request) -> RawRequest:
        end = self._head.find(b"\r\n\r\n")
        head = bytes(self._head[: end + 4] if end >= 0 else self._head)
        self._head = bytearray()
        pieces: list[bytes] = []
        broken = None
        try:
            while True:
                part = self._next_event()
                if isinstance(part, h11.Data):
                    pieces.append(bytes(part.data))
                elif isinstance(part, h11.EndOfMessage):
                    break
                else:
                    broken = "the client closed the connection before the body was complete"
                    break
        except h11.RemoteProtocolError as error:
            broken = f"the body broke off: {error}"
        except OSError as error:
            broken = f"the connection broke while the body was read: {error}"
        return RawRequest(
            method=event.method.decode("ascii"),
            target=event.target.decode("latin-1"),
            headers=tuple(event.headers.raw_items()),
            head=head,
            body=b"".join(pieces),
            broken=broken,
        )

    def _answer(self, response: RawResponse) -> None:
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in response.headers
            if name.lower().encode("latin-1") not in _PER_CONNECTION
        ]
        headers.append((b"Content-Length", b"%d" % len(response.body)))
        reason = HTTPStatus(response.status).phrase if response.status in _PHRASES else ""
        send = self._protocol.send
        self._connection.sendall(
            b"".join(
                piece or b""
                for piece in (
                    send(
                        h11.Response(
                            status_code=response.status, headers=headers, reason=reason.encode("ascii")
                        )
                    ),
                    send(h11.Data(data=response.body)) if response.body else b"",
                    send(h11.EndOfMessage()),
                )
            )
        )

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        if self._protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"malformed request: {error}\n".encode()
        self._connection.sendall(
            b"HTTP/1.1 %d Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (error.error_status_hint, len(body), body)
        )


_PHRASES = frozenset(status.value for status in HTTPStatus)
