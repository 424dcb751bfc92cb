"""Handing a request on to the real server while it is still coming in, and the answer back as it comes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from upload_matrix.model.answer import BROKE, CLOSED

# httpcore's own network, whose connections can be broken off by another thread.


class Backend(httpcore.NetworkBackend):
    """Remembers every connection that is open."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self._lock = threading.Lock()
        self._open: set[_Stream] = set()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self)

    def abort(self) -> None:
        """Break every connection off: closing alone does not wake a thread that waits for bytes."""
        with self._lock:
            streams = tuple(self._open)
        for stream in streams:
            stream.abort()

    def opened(self, stream: _Stream) -> None:
        """A connection is there."""
        with self._lock:
            self._open.add(stream)

    def closed(self, stream: _Stream) -> None:
        """It is gone, or another stands for it."""
        with self._lock:
            self._open.discard(stream)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, backend: Backend) -> None:
        self._inner = inner
        self._backend = backend
        backend.opened(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._backend.closed(self)
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, timeout)
        self._backend.closed(self)
        return _Stream(secured, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def abort(self) -> None:
        try:
            self._inner.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # already gone


CONNECT_SECONDS = 30.0
_LISTENING_SECONDS = 2.0
SILENT_SECONDS = 3600.0
"""How long a server may be silent: the program's own patience ends sooner, and is what counts."""

_OURS = frozenset(
    {b"host", b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"upgrade"}
)
"""Headers of one connection, and the tap's address. Everything else goes on as it was sent, the key too."""

_PORTS = {"http": 80, "https": 443}

_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


class UpstreamError(Exception):
    """The server gave no answer, or broke it off; says why."""


@dataclass(frozen=True, slots=True)
class Handed:
    """An answer that has begun: ``body`` raises UpstreamError where it breaks off."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    reason: bytes
    body: Iterator[bytes]


class Forwarder:
    """Hands on to one origin (``https://api.openai.com``, without a path). Thread-safe.

    ``proxy`` is the URL of an HTTP proxy with its login; ``trust`` says whose certificates are believed,
    None for the usual. A request has a connection of its own: on one that was kept, a server that closed it
    meanwhile cannot be told from one that took the request and died. Redirects are handed back as they are.
    """

    def __init__(
        self,
        origin: str,
        *,
        proxy: tuple[str, tuple[str, str] | None] | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(origin)
        self._scheme = parts.scheme.encode()
        self._host = (parts.hostname or "").encode()
        self._port = parts.port
        self._authority = parts.netloc.encode()
        self.origin = origin
        nearest = parts if proxy is None else urlsplit(proxy[0])
        self._nearest = nearest.hostname or "", nearest.port or _PORTS.get(nearest.scheme, 80)
        self._backend = Backend()
        if proxy is None:
            self._pool: httpcore.ConnectionPool = httpcore.ConnectionPool(
                ssl_context=trust,
                max_connections=None,
                max_keepalive_connections=0,
                network_backend=self._backend,
            )
        else:
            url, login = proxy
            self._pool = httpcore.HTTPProxy(
                url,
                proxy_auth=login,
                ssl_context=trust,
                max_connections=None,
                max_keepalive_connections=0,
                network_backend=self._backend,
            )

    def close(self) -> None:
        """Close every connection; who waits for an answer is told that it broke off."""
        self._backend.abort()
        self._pool.close()

    @contextmanager
    def send(
        self, method: str, path: str, headers: Iterable[tuple[bytes, bytes]], body: Iterator[bytes]
    ) -> Generator[Handed, None, None]:
        """Send a request and give its answer once that has begun. Framing is kept as the headers say.

        Raises UpstreamError when no answer comes, and whatever ``body`` raises. A server may answer before
        it has the whole body; then the rest of ``body`` is not gone through.
        """
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=self._scheme, host=self._host, port=self._port, target=path.encode("latin-1")
            ),
            headers=[
                (b"Host", self._authority),
                *((name, value) for name, value in headers if name.lower() not in _OURS),
            ],
            content=body,
            extensions={
                "timeout": {
                    "connect": CONNECT_SECONDS,
                    "read": SILENT_SECONDS,
                    "write": SILENT_SECONDS,
                    "pool": None,
                }
            },
        )
        try:
            answer = self._pool.handle_request(request)
        except _FAILURES as error:
            raise UpstreamError(self._words(error)) from error
        try:
            yield Handed(
                answer.status,
                tuple(answer.headers),
                answer.extensions.get("reason_phrase", b""),
                self._stream(answer),
            )
        finally:
            answer.close()

    def _stream(self, answer: httpcore.Response) -> Iterator[bytes]:
        try:
            # Raw, not decoded: the program gets what the server sent.
            yield from answer.iter_stream()
        except _FAILURES as error:
            raise UpstreamError(f"the answer ({answer.status}) broke off: {self._words(error)}") from error

    def _words(self, error: Exception) -> str:
        words = str(error) or type(error).__name__
        if isinstance(error, httpcore.RemoteProtocolError) and "without sending" in words:
            words = CLOSED
        elif isinstance(error, httpcore.ReadError | httpcore.WriteError):
            words = f"{BROKE}: {words}"
        return f"{self.origin}: {words}"

    def is_listening(self) -> bool:
        """Whether the origin, or the proxy before it, takes a connection now."""
        host, port = self._nearest
        try:
            with socket.create_connection((host, port), timeout=_LISTENING_SECONDS):
                return True
        except OSError:
            return False
