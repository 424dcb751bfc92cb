"""HTTP/1.1 on loopback, the one server behind every tap. The protocol itself is h11's.

Requests are read as they come, answers written whole or as they come. Whatever is sent here, the server
lives on within bounds: connections, heads and silences have limits, a path is judged before its body is read,
and a body takes memory only as it arrives.
"""

from __future__ import annotations

import hmac
import json
import math
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

import h11

try:
    import resource
except ImportError:  # pragma: no cover - Windows, which counts sockets otherwise
    resource = None  # type: ignore[assignment]


LOOPBACK = "127.0.0.1"

CONNECTIONS = 256
"""How many are served at once, and at most half of the descriptors this process may have."""

_TLS = b"\x16"
"""The first byte of a connection that speaks TLS: a record of the handshake."""
_HEAD_LIMIT = 64 * 1024
_READ = 256 * 1024
_BODY_LIMIT = 1 << 30
"""Bytes of a body that are taken whole; no upload this harness makes comes near."""

_LOOK_SECONDS = 1.0
_NO_ROOM_SECONDS = 0.02
_DRAIN_SECONDS = 1.0
_SETTLE_POLL = 0.0005
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_PER_CONNECTION = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})
_BROKE_OFF = "the client closed the connection before the body was complete"
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class ByteStream(Protocol):
    """A connection's two ways: a socket, or what speaks TLS over one."""

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """As a socket's, as all here."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""

    def settimeout(self, seconds: float | None, /) -> None:
        """How long either may take."""

    def shutdown(self, how: int, /) -> None:
        """No more comes from here, or is taken."""

    def close(self) -> None:
        """Let go of it."""


class BrokeOffError(Exception):
    """The client closed its connection, or spoke nonsense, before its request was complete."""


class GoneError(OSError):
    """The client stopped reading its answer."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it arrived. ``head`` is its raw bytes up to and with the blank line.

    ``target`` is the path with the query, without the server's own token. ``headers`` keep case and order;
    ``body`` is without its framing; ``broken`` says why the body never became complete, None when it did.
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


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """An answer written as it comes: its headers are kept, those of the connection aside.

    ``cut`` is looked at when ``body`` is at its end: True breaks the connection off instead of ending the
    answer, so that the client learns that it is not whole.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: Iterator[bytes]
    reason: bytes = b""
    cut: Callable[[], bool] = field(default=lambda: False)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds: how long a head may take from its first byte, and a client be silent elsewhere."""

    head: float = 30.0
    silent: float = 600.0


def own_answer(status: int, kind: str, message: str) -> RawResponse:
    """An answer of our own, in the shape of the API's errors."""
    document = {"error": {"message": f"upload-matrix: {message}", "type": kind, "param": None, "code": kind}}
    return RawResponse(
        status, (("content-type", "application/json"),), json.dumps(document, ensure_ascii=False).encode()
    )


STRAY = own_answer(404, "upload_matrix_stray", "not a path of this tap")


class StreamingServer:
    """Listens on 127.0.0.1 only, a thread a connection; ``handle`` is called once a request, concurrently.

    With a ``token``, requests whose path does not begin with it are answered 404 and counted in ``strays``.
    A request that is not HTTP gets 400 and is counted in ``malformed``. Where there is no room for another
    connection, the one whose client has kept us waiting longest is dropped. Closing the server closes all.
    ``proxy`` handles what clients ask of a proxy (CONNECT, or a whole URL as the target) without a token, and
    the connections that begin with TLS, as a request without a method; without it these are like any other.
    """

    def __init__(
        self,
        handle: Callable[[Incoming], None],
        *,
        port: int = 0,
        token: str | None = None,
        patience: ConnectionLimits | None = None,
        proxy: Callable[[Incoming], None] | None = None,
    ) -> None:
        self.handle = handle
        self.proxy = proxy
        self.token = None if token is None else token.encode("ascii")
        self.patience = patience or ConnectionLimits()
        self.malformed = 0
        self.strays = 0
        self._lock = threading.Lock()
        self._conversations: dict[_Conversation, threading.Thread] = {}
        self._closed = False
        # reuse_port off, address reuse on: the default of create_server on POSIX.
        self._listener = socket.create_server((LOOPBACK, port), backlog=1024)
        self._listener.settimeout(_LOOK_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="upload-matrix-tap", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, with the token where there is one, without a trailing slash."""
        origin = f"http://{LOOPBACK}:{self.port}"
        return origin if self.token is None else f"{origin}/{self.token.decode('ascii')}"

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
                    conversations = tuple(self._conversations)
                if any(each.port == mine for each in conversations) and not any(
                    each.port != mine and each.busy() for each in conversations
                ):
                    return
                time.sleep(_SETTLE_POLL)

    def close(self, seconds: float = 0.0) -> None:
        """Stop listening, drop every connection, and wait for their threads, at most ``seconds`` in all."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            conversations = dict(self._conversations)
        # A thread blocked in accept() is not woken by close() alone on Linux.
        _shut(self._listener)
        for conversation in conversations:
            conversation.drop()
        self._listener.close()
        self._thread.join(timeout=5)
        end_of_patience = time.monotonic() + seconds
        for thread in conversations.values():
            thread.join(timeout=max(0.0, end_of_patience - time.monotonic()))

    def count(self, *, malformed: int = 0, strays: int = 0) -> None:
        """Add to what was none of ours."""
        with self._lock:
            self.malformed += malformed
            self.strays += strays

    def _accept(self) -> None:
        looked = time.monotonic()
        while not self._closed:
            now = time.monotonic()
            if now - looked >= _LOOK_SECONDS:
                looked = now
                self._drop_the_overdue(now)
            if len(self._conversations) >= _most_connections() and not self._make_room():
                time.sleep(_NO_ROOM_SECONDS)
                continue
            try:
                connection, peer = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                # The client went away while it queued, or there is no descriptor or memory left for it.
                if not self._closed:
                    self._make_room()
                    time.sleep(_NO_ROOM_SECONDS)
                continue
            self._begin(connection, peer[1])

    def _begin(self, connection: socket.socket, port: int) -> None:
        conversation = _Conversation(connection, port, self)
        thread = threading.Thread(target=self._serve, args=(conversation,), daemon=True)
        with self._lock:
            if self._closed:
                connection.close()
                return
            # Known from here on, not only when its thread gets to run.
            self._conversations[conversation] = thread
        try:
            thread.start()
        except RuntimeError:  # no more threads are to be had
            self._forget(conversation)
            self._make_room()

    def _serve(self, conversation: _Conversation) -> None:
        try:
            conversation.run()
        except OSError:
            return  # the client went away; what it sent so far has been handed on
        finally:
            self._forget(conversation)

    def _forget(self, conversation: _Conversation) -> None:
        with self._lock:
            self._conversations.pop(conversation, None)
        conversation.close()

    def _make_room(self) -> bool:
        """Drop the connection whose client has kept us waiting longest; whether there was one."""
        with self._lock:
            waiting = [each for each in self._conversations if each.waits_since is not None]
            if not waiting:
                return False
            longest = min(waiting, key=lambda each: each.waits_since or 0.0)
            del self._conversations[longest]
        longest.drop()
        return True

    def _drop_the_overdue(self, now: float) -> None:
        with self._lock:
            conversations = tuple(self._conversations)
        for each in conversations:
            since = each.waits_since
            if since is not None and now - since > each.may_wait:
                each.drop()


class LoopbackServer(StreamingServer):
    """As StreamingServer, with whole requests and whole answers."""

    def __init__(
        self,
        handle: Callable[[RawRequest], RawResponse],
        *,
        port: int = 0,
        token: str | None = None,
        patience: ConnectionLimits | None = None,
    ) -> None:
        self._answerer = handle
        super().__init__(self._answer, port=port, token=token, patience=patience)

    def _answer(self, incoming: Incoming) -> None:
        request = incoming.whole()
        response = self._answerer(request)
        if request.broken is None:
            incoming.answer(response)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request whose body is still to come; see RawRequest for the rest.

    Whoever handles it goes through the body and answers once, or not at all: then the connection is closed.
    """

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    head: bytes
    _conversation: _Conversation

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes, once. Raises BrokeOffError."""
        return self._conversation.pieces(at_leisure=False)

    def whole(self) -> RawRequest:
        """The request with its body, or what came of it."""
        body, broken = self._conversation.whole()
        return RawRequest(self.method, self.target, self.headers, self.head, body, broken)

    def answer(self, response: RawResponse) -> None:
        """Write an answer that is all there. Raises GoneError."""
        self._conversation.answer(response)

    def stream(self, response: StreamedResponse) -> None:
        """Write an answer as it comes. Raises GoneError."""
        self._conversation.stream(response)

    def taken_over(self) -> tuple[ByteStream, bytes]:
        """The connection itself, and what came on it after the head: its new owner's from now on."""
        return self._conversation.taken_over()

    def continue_on(self, stream: ByteStream, read: bytes, handle: Callable[[Incoming], None]) -> None:
        """Once this request is handled, read the next ones from ``stream``, after what is ``read`` of it.

        They have no token, and go to ``handle``.
        """
        self._conversation.continue_on(stream, read, handle)

    def rests(self) -> None:
        """Nothing is under way on the connection now: where there is no room, it may be dropped."""
        self._conversation.rests()


class _Conversation:
    """The requests of one connection, one after the other.

    h11 reads heads and chunked bodies. A body of known length is taken past it, and a whole answer is
    written by hand: every further call into the system is a hand-over to a thread that has work to do.

    ``waits_since`` is when the client began to keep us waiting, None while it is we who are at work.
    """

    def __init__(self, connection: socket.socket, port: int, server: StreamingServer) -> None:
        self.port = port
        self.may_wait = server.patience.head
        self.waits_since: float | None = time.monotonic()
        self._socket = connection
        self._connection: ByteStream = connection
        self._handle: Callable[[Incoming], None] | None = None
        """Who takes the requests of a connection that goes on; None as long as it is the server's own."""
        self._server = server
        self._working = False
        self._begin(b"")

    def _begin(self, left: bytes) -> None:
        # A fresh one each time: what is read or written past h11 does not move its state.
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
        self._request: h11.Request | None = None
        self._head = bytearray(left)
        self._after_head = b""
        self._left: bytes | None = None
        """What came beyond the body; None as long as the body is not read to its end."""
        self._stays = False
        self._lingers = False

    def busy(self) -> bool:
        """Whether something the client did is still to be taken in: bytes, an end, or a request at work."""
        if self._working:
            return True
        try:
            return bool(select.select([self._socket], [], [], 0)[0])
        except (OSError, ValueError):
            return False  # closed meanwhile

    def drop(self) -> None:
        """Break the connection off, from another thread."""
        _shut(self._socket)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(OSError):
            self._connection.close()
        self._socket.close()

    def taken_over(self) -> tuple[ByteStream, bytes]:
        """The connection, and what was read of it beyond the head."""
        return self._connection, self._after_head

    def continue_on(self, stream: ByteStream, read: bytes, handle: Callable[[Incoming], None]) -> None:
        """The next requests come from ``stream``."""
        self._connection, self._handle = stream, handle
        self._left, self._stays = read, True

    def rests(self) -> None:
        """It may be dropped, and is never overdue."""
        self._waits(math.inf)

    def run(self) -> None:
        """Serve until the client has had enough, or we have."""
        # Without it a small answer waits 40 ms for the client's delayed acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Blocking for real: with a time limit Python polls, and each poll is a hand-over. The server's own
        # thread looks who is overdue.
        self._connection.settimeout(None)
        left = b""
        if self._server.proxy is not None and self._connection.recv(1, socket.MSG_PEEK) == _TLS:
            self.waits_since = None
            self._server.proxy(Incoming("", "", (), b"", self))
            if not self._stays:
                return
            left = self._left or b""
        while True:
            self._working = bool(left)
            self._begin(left)
            if left:
                self._waits(self._server.patience.head)
                self._protocol.receive_data(left)
            try:
                event = self._next_event()
            except h11.RemoteProtocolError as error:
                self._server.count(malformed=1)
                self._refuse(error)
                return
            if not isinstance(event, h11.Request):
                return
            self.waits_since = None
            self._serve(event)
            if not self._stays:
                if self._lingers:
                    self._linger()
                return
            left = self._left or b""
            self._waits(self._server.patience.silent)

    def _serve(self, event: h11.Request) -> None:
        end = _HEAD_END.search(self._head)
        size = end.end() if end else len(self._head)
        head, self._after_head = bytes(self._head[:size]), bytes(self._head[size:])
        self._request, self._head = event, bytearray()
        handle, target = self._server.handle, _below(event.target, self._server.token)
        if self._handle is not None:
            handle, target = self._handle, event.target
        elif self._server.proxy is not None and _is_for_a_proxy(event):
            handle, target = self._server.proxy, event.target
        if target is None:
            self._server.count(strays=1)
            self.answer(STRAY)
            return
        handle(
            Incoming(
                event.method.decode("ascii"),
                target.decode("latin-1"),
                tuple(event.headers.raw_items()),
                head,
                self,
            )
        )

    def pieces(self, *, at_leisure: bool) -> Iterator[bytes]:
        """The body; ``at_leisure`` waits for large pieces, where nobody does for small ones."""
        if self._left is not None:
            return
        length = self._length()
        try:
            if length is None:
                yield from self._framed_pieces()
            else:
                yield from self._sized_pieces(length, at_leisure=at_leisure)
        except OSError as error:
            raise BrokeOffError(f"the connection broke while the body was read: {error}") from error
        finally:
            self.waits_since = None

    def whole(self) -> tuple[bytes, str | None]:
        """The body, and why it is not complete."""
        length = self._length()
        if length is not None and length > _BODY_LIMIT:
            says = f"a body of {length} bytes is announced, more than {_BODY_LIMIT} are not taken"
            return self._after_head, says
        if length is not None and len(self._after_head) >= length:
            # The usual small request, all there.
            self._left = self._after_head[length:]
            return self._after_head[:length], None
        # Chunks may be tiny, and each an object; pieces of a body of known length are as large as can be.
        chunks, sized, size = bytearray(), list[bytes](), 0
        broken = None
        try:
            for piece in self.pieces(at_leisure=True):
                size += len(piece)
                if size > _BODY_LIMIT:
                    broken = f"the body is longer than {_BODY_LIMIT} bytes, more are not taken"
                    break
                if length is None:
                    chunks += piece
                else:
                    sized.append(piece)
        except BrokeOffError as error:
            broken = str(error)
        return bytes(chunks) if length is None else b"".join(sized), broken

    def _length(self) -> int | None:
        headers = () if self._request is None else self._request.headers
        return next((int(value) for name, value in headers if name == b"content-length"), None)

    def _sized_pieces(self, length: int, *, at_leisure: bool) -> Iterator[bytes]:
        taken = self._after_head
        if taken[:length]:
            yield taken[:length]
        filled = min(len(taken), length)
        if filled < length:
            self._grant_continue()
        while filled < length:
            self._waits(self._server.patience.silent)
            if at_leisure:
                # As much again as came: few calls, and never much more room than the client has filled.
                most = min(length - filled, max(_READ, filled))
                piece = self._connection.recv(most, socket.MSG_WAITALL)
            else:
                piece = self._connection.recv(min(length - filled, _READ))
            if not piece:
                raise BrokeOffError(f"{_BROKE_OFF} (received {filled} bytes, expected {length})")
            filled += len(piece)
            self.waits_since = None
            yield piece
        self._left = taken[length:]

    def _framed_pieces(self) -> Iterator[bytes]:
        """A chunked body, or none at all."""
        try:
            while not isinstance(part := self._next_event(), h11.EndOfMessage):
                if not isinstance(part, h11.Data):
                    raise BrokeOffError(_BROKE_OFF)
                self.waits_since = None
                yield bytes(part.data)
        except h11.RemoteProtocolError as error:
            raise BrokeOffError(f"the body broke off: {error}") from error
        self._left = self._protocol.trailing_data[0]

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
                self._waits(self._server.patience.head)
            if self._request is not None:
                self._waits(self._server.patience.silent)
            data = self._connection.recv(_READ)
            if self._request is None:
                self._head += data
            self._protocol.receive_data(data)

    def _waits(self, seconds: float) -> None:
        """From now on it is the client that is awaited."""
        self.may_wait = seconds
        self.waits_since = time.monotonic()

    def _grant_continue(self) -> None:
        if self._request is not None and self._protocol.they_are_waiting_for_100_continue:
            interim = h11.InformationalResponse(status_code=100, headers=[])
            self._connection.sendall(self._protocol.send(interim) or b"")

    def answer(self, response: RawResponse) -> None:
        """Write an answer that is all there."""
        request = self._request
        if request is None:
            raise RuntimeError("an answer without a request")
        if response.reset:
            # Closing with unsent data discarded sends RST rather than FIN.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if self._left is None and self._bodiless():
            self._left = self._after_head
        stays = self._left is not None and _stays_open(request)
        lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
        lines += [
            # A line break inside would begin a header of its own.
            f"{name}: {' '.join(value.splitlines())}"
            for name, value in response.headers
            if name.lower() not in _PER_CONNECTION
        ]
        lines += [f"Content-Length: {len(response.body)}", *([] if stays else ["Connection: close"]), "", ""]
        head = "\r\n".join(lines).encode("latin-1")
        self._waits(self._server.patience.silent)
        try:
            self._connection.sendall(head if request.method == b"HEAD" else head + response.body)
        except OSError as error:
            raise GoneError(f"the answer could not be handed on: {error}") from error
        self._stays = stays
        self._lingers = self._left is None

    def _bodiless(self) -> bool:
        """Whether the request has no body at all."""
        headers = () if self._request is None else self._request.headers
        length = self._length()
        return not length if length is not None else all(name != b"transfer-encoding" for name, _ in headers)

    def stream(self, answer: StreamedResponse) -> None:
        """Write an answer as it comes."""
        headers = [(name, value) for name, value in answer.headers if name.lower() not in _HOP]
        try:
            self._send(h11.Response(status_code=answer.status, headers=headers, reason=answer.reason))
            for piece in answer.body:
                self._send(h11.Data(data=piece))
            if answer.cut():
                return
            self._send(h11.EndOfMessage())
        except (OSError, h11.LocalProtocolError) as error:
            raise GoneError(f"the answer could not be handed on: {error}") from error
        finally:
            self.waits_since = None
        self._stays = self._left is not None and self._protocol.our_state is h11.DONE

    def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._protocol.send(event)
        if data:
            self._waits(self._server.patience.silent)
            self._connection.sendall(data)
            self.waits_since = None

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        if self._protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"malformed request: {error}\n".encode()
        self._connection.sendall(
            b"HTTP/1.1 %d Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (error.error_status_hint, len(body), body)
        )
        self._linger()

    def _linger(self) -> None:
        """Take for a moment what still comes: closed with bytes unread, the connection would be reset and
        the answer lost on the way."""
        end = time.monotonic() + _DRAIN_SECONDS
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0:
                self._connection.settimeout(left)
                if not self._connection.recv(_READ):
                    return


def _is_for_a_proxy(event: h11.Request) -> bool:
    return event.method == b"CONNECT" or event.target[:7].lower() == b"http://"


def _below(target: bytes, token: bytes | None) -> bytes | None:
    """A target without the token it begins with; None for one that does not."""
    if token is None:
        return target
    found, slash, rest = target.removeprefix(b"/").partition(b"/")
    return slash + rest if hmac.compare_digest(found, token) and slash else None


def _most_connections() -> int:
    if resource is None:
        return CONNECTIONS
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return CONNECTIONS if most == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, most // 2))


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # already gone
        end.shutdown(socket.SHUT_RDWR)


def _stays_open(event: h11.Request) -> bool:
    """Whether the client expects to send its next request on the same connection."""
    words = {
        word.strip().lower()
        for name, value in event.headers
        if name == b"connection"
        for word in value.split(b",")
    }
    return event.http_version == b"1.1" and b"close" not in words
