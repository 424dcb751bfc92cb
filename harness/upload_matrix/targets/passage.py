"""One exchange's way over the network: one deadline for all of it, and what got through.

httpcore limits each single read. A server that sends a byte now and then keeps to that for ever, so every
operation here gets at most what is left of the whole exchange's time.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore

_HEAD_KEPT = 128 * 1024
"""Bytes of an answer that are kept to find the end of its head: more than h11 takes for one."""

_PIECE = 256 * 1024
_END = b"\r\n\r\n"


@dataclass(slots=True)
class Passage:
    """``ends`` is the deadline on ``clock``. ``secure_host`` is the server's name when it speaks TLS.

    ``request_left`` says that a byte of the request may have reached the server, ``answer_began`` that one
    of its answer came, ``late`` that the deadline ended it. A proxy's CONNECT and TLS itself do not count.
    ``cause`` is the system's own error behind httpcore's, which httpcore's pool takes off on the way.
    """

    ends: float
    clock: Callable[[], float]
    secure_host: str | None
    request_left: bool = False
    answer_began: bool = False
    late: bool = False
    cause: BaseException | None = None
    received: int = 0
    _heard: bytearray = field(default_factory=bytearray)

    @contextmanager
    def allowing(self, limit: float | None, late: type[Exception]) -> Iterator[float]:
        """The seconds that an operation may take, and a note of how it failed; raises ``late`` for none."""
        left = self.ends - self.clock()
        if left <= 0:
            self.late = True
            raise late("no time is left")
        shortened = limit is None or left < limit
        try:
            yield left if shortened or limit is None else limit
        except httpcore.TimeoutException:
            self.late = shortened
            raise
        except httpcore.NetworkError as error:
            self.cause = error.__cause__
            raise

    def hear(self, data: bytes) -> None:
        """Take note of bytes of the answer."""
        self.answer_began = self.answer_began or bool(data)
        self.received += len(data)
        if len(self._heard) < _HEAD_KEPT:
            self._heard += data

    def surplus(self, length: int) -> int:
        """Bytes that came beyond a body of ``length`` announced bytes, as far as can be told."""
        start = 0
        while (end := self._heard.find(_END, start)) >= 0:
            status = bytes(self._heard[start:end]).split(b" ", 2)[1:2]
            start = end + len(_END)
            if status and not status[0].startswith(b"1"):
                return max(0, self.received - start - length)
        return 0


class TimedBackend(httpcore.NetworkBackend):
    """httpcore's own network, held to a passage's deadline and noted in it."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect. Looking up the name is the system's affair and keeps to its own limits."""
        with self._passage.allowing(timeout, httpcore.ConnectTimeout) as allowed:
            stream = self._inner.connect_tcp(host, port, allowed, local_address, socket_options)
        return _TimedStream(stream, self._passage, carries=self._passage.secure_host is None)


class _TimedStream(httpcore.NetworkStream):
    """``carries``: what goes through here is the request itself, not the setting up of a connection."""

    def __init__(self, inner: httpcore.NetworkStream, passage: Passage, *, carries: bool) -> None:
        self._inner = inner
        self._passage = passage
        self._carries = carries

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._passage.allowing(timeout, httpcore.ReadTimeout) as allowed:
            data = self._inner.read(max_bytes, allowed)
        if self._carries:
            self._passage.hear(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            with self._passage.allowing(timeout, httpcore.WriteTimeout) as allowed:
                # Before it is written: a write that fails may have got some of it through.
                self._passage.request_left = self._passage.request_left or self._carries
                self._inner.write(buffer[start : start + _PIECE], allowed)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with self._passage.allowing(timeout, httpcore.ConnectTimeout) as allowed:
            stream = self._inner.start_tls(ssl_context, server_hostname, allowed)
        return _TimedStream(stream, self._passage, carries=server_hostname == self._passage.secure_host)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
