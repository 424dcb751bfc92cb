"""httpcore's own network, whose connections can be broken off by another thread."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any

import httpcore


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
