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
_BODY_LIMIT = 1 << 30
"""Bytes of a body that are taken; no upload this harness makes comes near."""

_DRAIN_SECONDS = 1.0
_SETTLE_POLL = 0.0005
_PER_CONNECTION = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_BROKE_OFF = "the client closed the connection before the body was complete"


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
            # Blocking for real: with a time limit Python polls, and each poll is a hand-over.
            connection.settimeout(None)
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
    """The requests of one connection, one after the other.

    h11 reads heads and chunked bodies. A body of known length is taken in one call, and the answer is
    written by hand: every further call into the system is a hand-over to a thread that has work to do.
    """

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
        self._taken = bytearray()
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
        left = b""
        while True:
            self._working = bool(left)
            # A fresh one each time: what is read or written past h11 does not move its state.
            self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
            self._taken = bytearray(left)
            if left:
                self._protocol.receive_data(left)
            try:
                event = self._next_event()
            except h11.RemoteProtocolError as error:
                self._malformed()
                self._refuse(error)
                return
            if not isinstance(event, h11.Request):
                return
            request, left = self._read(event)
            response = self._handle(request)
            if request.broken is not None:
                return
            if response.reset:
                # Closing with unsent data discarded sends RST rather than FIN.
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            stays = _stays_open(event)
            self._answer(response, stays=stays, body=request.method != "HEAD")
            if not stays:
                return

    def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._protocol.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._grant_continue()
            if not self._working:
                # Looked at before it is taken: at no moment is it neither readable nor being worked on.
                self._connection.recv(1, socket.MSG_PEEK)
                self._working = True
            data = self._connection.recv(_READ)
            self._taken += data
            self._protocol.receive_data(data)

    def _grant_continue(self) -> None:
        if self._protocol.they_are_waiting_for_100_continue:
            interim = h11.InformationalResponse(status_code=100, headers=[])
            self._connection.sendall(self._protocol.send(interim) or b"")

    def _read(self, event: h11.Request) -> tuple[RawRequest, bytes]:
        """The request that ``event`` begins, and what was taken from the connection beyond it."""
        end = self._taken.find(b"\r\n\r\n") + 4
        head = bytes(self._taken[:end])
        length = next((value for name, value in event.headers if name == b"content-length"), None)
        try:
            if length is not None:
                body, left, broken = self._sized_body(int(length), bytes(self._taken[end:]))
            else:
                body, left, broken = self._framed_body()
        except OSError as error:
            body, left, broken = b"", b"", f"the connection broke while the body was read: {error}"
        request = RawRequest(
            method=event.method.decode("ascii"),
            target=event.target.decode("latin-1"),
            headers=tuple(event.headers.raw_items()),
            head=head,
            body=body,
            broken=broken,
        )
        return request, left

    def _sized_body(self, length: int, taken: bytes) -> tuple[bytes, bytes, str | None]:
        if len(taken) >= length:
            return taken[:length], taken[length:], None
        if length > _BODY_LIMIT:
            return taken, b"", f"a body of {length} bytes is announced, more than {_BODY_LIMIT} are not taken"
        self._grant_continue()
        body = bytearray(length)
        body[: len(taken)] = taken
        view, filled = memoryview(body), len(taken)
        while filled < length:
            received = self._connection.recv_into(view[filled:], length - filled, socket.MSG_WAITALL)
            if not received:
                view.release()
                return bytes(body[:filled]), b"", f"{_BROKE_OFF} (received {filled} bytes, expected {length})"
            filled += received
        view.release()
        return bytes(body), b"", None

    def _framed_body(self) -> tuple[bytes, bytes, str | None]:
        """A chunked body, or none at all."""
        pieces: list[bytes] = []
        broken = None
        try:
            while not isinstance(part := self._next_event(), h11.EndOfMessage):
                if not isinstance(part, h11.Data):
                    broken = _BROKE_OFF
                    break
                pieces.append(bytes(part.data))
        except h11.RemoteProtocolError as error:
            broken = f"the body broke off: {error}"
        return b"".join(pieces), self._protocol.trailing_data[0], broken

    def _answer(self, response: RawResponse, *, stays: bool, body: bool) -> None:
        reason = HTTPStatus(response.status).phrase if response.status in _PHRASES else ""
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        lines += [
            # A line break inside would begin a header of its own.
            f"{name}: {' '.join(value.splitlines())}"
            for name, value in response.headers
            if name.lower() not in _PER_CONNECTION
        ]
        lines += [f"Content-Length: {len(response.body)}", *([] if stays else ["Connection: close"]), "", ""]
        head = "\r\n".join(lines).encode("latin-1")
        self._connection.sendall(head + response.body if body else head)

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


_PHRASES = frozenset(status.value for status in HTTPStatus)


def _stays_open(event: h11.Request) -> bool:
    """Whether the client expects to send its next request on the same connection."""
    words = {
        word.strip().lower()
        for name, value in event.headers
        if name == b"connection"
        for word in value.split(b",")
    }
    return event.http_version == b"1.1" and b"close" not in words
