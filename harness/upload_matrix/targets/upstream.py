"""Forwarding a captured request to a live server, once, byte for byte, with the real key put in here."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from upload_matrix.model.answer import BROKE, CLOSED, Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.keys import read_base_url, read_key
from upload_matrix.targets.spec import (
    ENV_PROXY,
    NO_PROXY,
    Address,
    TargetSpec,
    address,
    is_confidential,
    is_loopback,
)
from upload_matrix.wire.form import Captured, Framing

# Which proxy leads to a target, and whose certificates are believed on the way.


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: ``url`` without credentials, ``login`` the user's name and password, if any."""

    url: str
    login: tuple[str, str] | None = None


def proxy_for(spec: TargetSpec, base_url: str) -> Proxy | None:
    """The proxy that requests to ``base_url`` go through; None for none. Loopback never has one.

    With ``env`` the system's settings count (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, and what macOS
    and Windows have besides). Raises ConfigurationError for a proxy that is not HTTP's.
    """
    if spec.proxy == NO_PROXY or is_loopback(base_url):
        return None
    if spec.proxy != ENV_PROXY:
        return _proxy(spec.proxy, f"target {spec.name}: proxy")
    parts = urlsplit(base_url)
    known = getproxies()
    url = known.get(parts.scheme) or known.get("all")
    if not url or proxy_bypass(parts.netloc):
        return None
    return _proxy(url if "//" in url else f"http://{url}", "the environment's proxy")


def certificates(spec: TargetSpec) -> ssl.SSLContext:
    """Whose certificates are believed: the system's and certifi's, those of a path, or anybody's.

    Raises ConfigurationError when the path holds no certificates.
    """
    if spec.verify is False:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if spec.verify is True:
        return httpcore.default_ssl_context()
    try:
        if spec.verify.is_dir():
            return ssl.create_default_context(capath=str(spec.verify))
        return ssl.create_default_context(cafile=str(spec.verify))
    except OSError as error:
        raise ConfigurationError(
            f"target {spec.name}: verify: {spec.verify} holds no certificates that can be read; give a file "
            "in PEM form, or a folder prepared by 'openssl rehash'"
        ) from error


def _proxy(url: str, what: str) -> Proxy:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{what}: only HTTP proxies are supported, not {parts.scheme or 'this'}; give one such as "
            "http://proxy:3128, or `proxy: none` in the target's file"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return Proxy(f"{parts.scheme}://{host}:{port}", login)


# One exchange's way over the network: one deadline for all of it, and what got through.
#
# httpcore limits each single read. A server that sends a byte now and then keeps to that for ever, so every
# operation here gets at most what is left of the whole exchange's time.


_HEAD_KEPT = 128 * 1024
"""Bytes of an answer that are kept to find the end of its head: more than h11 takes for one."""

_PIECE = 256 * 1024
_END = b"\r\n\r\n"


@dataclass(slots=True)
class NetworkExchange:
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
    """httpcore's own network, held to a exchange's deadline and noted in it."""

    def __init__(self, exchange: NetworkExchange) -> None:
        self._exchange = exchange
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
        with self._exchange.allowing(timeout, httpcore.ConnectTimeout) as allowed:
            stream = self._inner.connect_tcp(host, port, allowed, local_address, socket_options)
        return _TimedStream(stream, self._exchange, carries=self._exchange.secure_host is None)


class _TimedStream(httpcore.NetworkStream):
    """``carries``: what goes through here is the request itself, not the setting up of a connection."""

    def __init__(self, inner: httpcore.NetworkStream, exchange: NetworkExchange, *, carries: bool) -> None:
        self._inner = inner
        self._exchange = exchange
        self._carries = carries

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._exchange.allowing(timeout, httpcore.ReadTimeout) as allowed:
            data = self._inner.read(max_bytes, allowed)
        if self._carries:
            self._exchange.hear(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            with self._exchange.allowing(timeout, httpcore.WriteTimeout) as allowed:
                # Before it is written: a write that fails may have got some of it through.
                self._exchange.request_left = self._exchange.request_left or self._carries
                self._inner.write(buffer[start : start + _PIECE], allowed)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with self._exchange.allowing(timeout, httpcore.ConnectTimeout) as allowed:
            stream = self._inner.start_tls(ssl_context, server_hostname, allowed)
        return _TimedStream(stream, self._exchange, carries=server_hostname == self._exchange.secure_host)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


# What a failure on the network means: in a word, in a sentence, and whether another try makes sense. Pure.
#
# Sentences hold what was configured, never what was measured, so that two runs say the same.


_NO_SUCH_NAME = frozenset(
    number for word in ("EAI_NONAME", "EAI_NODATA") if (number := getattr(socket, word, None)) is not None
)

_SOURCE_LINE = re.compile(r"\s*\(_ssl\.c:\d+\)")


class Fault(NamedTuple):
    """``passing``: another try may go otherwise."""

    why: Silence
    says: str
    passing: bool = True


def fault(
    error: Exception, exchange: NetworkExchange, *, host: str, proxy: str | None, timeout: float, total: float
) -> Fault:
    """Read what httpcore raised for an exchange with ``host``, by way of ``proxy``.

    ``timeout`` are the seconds a server may be silent, ``total`` those of the whole exchange.
    """
    cause = exchange.cause
    nearest = host if proxy is None else f"the proxy {proxy}"
    if exchange.late:
        return Fault(_kind(exchange), f"not complete within {total:g} s")
    if isinstance(cause, ssl.SSLCertVerificationError):
        says = f"the certificate of {host} is not trusted: {cause.verify_message}; see `verify` in targets"
        return Fault(Silence.UNREACHABLE, says, passing=False)
    if isinstance(cause, ssl.SSLError) and not exchange.request_left:
        return Fault(Silence.UNREACHABLE, f"no TLS connection to {host}: {_words(cause)}")
    if isinstance(cause, socket.gaierror):
        known = cause.errno not in _NO_SUCH_NAME
        return Fault(
            Silence.UNREACHABLE, f"the name of {nearest} was not found: {cause.strerror}", passing=known
        )
    if isinstance(error, httpcore.ProxyError):
        # A refusal such as 403 or 407 stays one; a proxy in trouble says 5xx.
        return Fault(Silence.UNREACHABLE, f"{nearest} refused: {error}", passing=str(error).startswith("5"))
    if isinstance(error, httpcore.ConnectTimeout):
        return Fault(Silence.UNREACHABLE, f"no connection to {nearest} within {timeout:g} s")
    if isinstance(error, httpcore.ConnectError):
        return Fault(Silence.UNREACHABLE, f"no connection to {nearest}: {_words(cause or error)}")
    if isinstance(error, httpcore.TimeoutException):
        return Fault(_kind(exchange), f"nothing came for {timeout:g} s")
    if isinstance(error, httpcore.LocalProtocolError):
        # Ours or the user's: such a request can never be sent.
        return Fault(Silence.UNREACHABLE, f"the request cannot be sent as it is: {error}", passing=False)
    if isinstance(error, httpcore.RemoteProtocolError):
        if not exchange.answer_began:
            return Fault(Silence.UNREACHABLE, CLOSED)
        return Fault(_kind(exchange), f"the answer is not sound HTTP: {error}")
    return Fault(_kind(exchange), f"{BROKE}: {_words(cause or error)}")


def _kind(exchange: NetworkExchange) -> Silence:
    return Silence.BROKEN if exchange.answer_began else Silence.UNREACHABLE


def _words(error: BaseException) -> str:
    """An error's own words, without the place in the interpreter's source that differs by build."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _SOURCE_LINE.sub("", text) or type(error).__name__


PROVENANCE_HEADER = "x-upload-matrix-provenance"
"""Set by our own emulator on every answer, so that one behind a base URL never passes for live."""

TOTAL = 5
"""How many times its silence limit an exchange may take in all, where nothing else is said."""

_OURS = frozenset(
    {b"host", b"authorization", b"api-key", b"connection", b"content-length", b"transfer-encoding"}
)
"""Headers of the client that are replaced: addressing, the dummy key, and framing (which is kept in kind)."""

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})

_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class ForwardedRequest:
    """One attempt. ``seconds`` is what it took; ``left`` says that the request may have reached the server.

    ``passing`` tells of a failure (a NoAnswer) that another try may go otherwise.
    """

    reply: Answer | NoAnswer
    seconds: float
    left: bool = True
    passing: bool = False


class Upstream:
    """Forwards to one target. Thread-safe. ``secrets`` are the values that must never be written.

    ``timeout`` are the seconds a server may be silent, ``total`` those an exchange may take in all. Each
    request has a connection of its own: on one that was kept, a server that closed it meanwhile cannot be
    told from one that took the request and died, and the second may have been paid for. A redirect is
    passed on as it is; the key goes to the target's own host and nowhere else.

    Raises ConfigurationError when the key, the URL, the proxy or the certificates cannot be had.
    """

    def __init__(
        self,
        spec: TargetSpec,
        *,
        timeout: float,
        total: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if spec.unkept_headers:
            raise ConfigurationError(
                f"target {spec.name}: it was asked with {', '.join(spec.unkept_headers)}, whose values are "
                f"not kept; give it again with --base-url {spec.base_url} --header 'NAME: VALUE'"
            )
        self._spec = spec
        self._key = read_key(spec)
        self._base_url = read_base_url(spec)
        self._proxy = proxy_for(spec, self._base_url)
        self._timeout = timeout
        self._total = total if total is not None else TOTAL * timeout
        self._clock = clock
        if self._base_url.startswith("https:"):
            # Read now, so that certificates that are none are the user's fault, not each request's.
            _ = self._certificates

    @property
    def spec(self) -> TargetSpec:
        """Whom this asks."""
        return self._spec

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere: the key, the proxy's password, confidential headers."""
        password = self._proxy.login[1] if self._proxy and self._proxy.login else ""
        headers = [value for name, value in self._spec.headers if is_confidential(name)]
        return tuple(filter(None, (self._key, password, *headers)))

    def close(self) -> None:
        """Nothing stays open between requests."""

    def ask(self, request: Captured) -> Answer | NoAnswer:
        """Send the request on and give back what came, or why nothing did."""
        return self.send(request).reply

    def send(self, request: Captured) -> ForwardedRequest:
        """``ask``, with what else is known of the attempt."""
        began = self._clock()
        goal = address(
            request.wire,
            base_url=self._base_url,
            root=self._spec.root,
            api=self._spec.api,
            query=self._spec.query,
        )
        exchange = NetworkExchange(
            began + self._total, self._clock, goal.host if goal.scheme == "https" else None
        )
        passing = False
        try:
            reply = self._forwarded(request, goal, exchange)
        except _FAILURES as error:
            proxy = None if self._proxy is None else urlsplit(self._proxy.url).netloc
            found = fault(
                error, exchange, host=goal.authority, proxy=proxy, timeout=self._timeout, total=self._total
            )
            passing = found.passing
            reply = self._silence(found.why, found.says)
        return ForwardedRequest(reply, self._clock() - began, left=exchange.request_left, passing=passing)

    def _forwarded(self, request: Captured, goal: Address, exchange: NetworkExchange) -> Answer | NoAnswer:
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        asked = httpcore.Request(
            request.wire.method,
            httpcore.URL(
                scheme=goal.scheme.encode(),
                host=goal.host.encode(),
                port=goal.port,
                target=goal.target.encode("latin-1"),
            ),
            headers=self._headers(request, goal),
            content=_content(request),
            extensions={"timeout": limits},
        )
        with self._pool(exchange) as pool:
            answer = pool.handle_request(asked)
            try:
                return self._read(answer, exchange)
            finally:
                answer.close()

    def _read(self, answer: httpcore.Response, exchange: NetworkExchange) -> Answer | NoAnswer:
        pieces, size, most = [], 0, self._spec.max_answer
        # Raw, not decoded: what the client gets is what the server sent.
        for piece in answer.iter_stream():
            size += len(piece)
            if size > most:
                return self._silence(
                    Silence.BROKEN,
                    f"the answer ({answer.status}) is longer than {most} bytes and was given up; "
                    "`max_answer_mib` in the target's file takes more",
                )
            pieces.append(piece)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)
        given = {name.lower(): value for name, value in reversed(headers)}
        if "transfer-encoding" not in given and "content-length" in given and exchange.surplus(size):
            # Which of the two is wrong, the length or the body, nobody can tell.
            return self._silence(
                Silence.BROKEN, f"the answer ({answer.status}) announced {size} bytes and sent more"
            )
        emulated = given.get(PROVENANCE_HEADER) == Provenance.EMULATED.value
        source = Source(
            target=self._spec.name,
            provenance=Provenance.EMULATED if emulated else self._spec.provenance,
            supply=Supply.FORWARDED,
            profile=given.get("x-upload-matrix-profile") if emulated else None,
        )
        rule = given.get("x-upload-matrix-rule") if emulated else None
        kept = tuple((name, value) for name, value in headers if name.lower() not in _HOP)
        return Answer(answer.status, kept, b"".join(pieces), source, rule)

    def _silence(self, why: Silence, says: str) -> NoAnswer:
        for secret in self.secrets:
            says = says.replace(secret, "[secret]")
        return NoAnswer(why, f"{self._spec.name} gave no answer: {says}")

    def _pool(self, exchange: NetworkExchange) -> httpcore.ConnectionPool:
        secure = self._certificates if exchange.secure_host is not None else None
        if self._proxy is None:
            return httpcore.ConnectionPool(ssl_context=secure, network_backend=TimedBackend(exchange))
        return httpcore.HTTPProxy(
            self._proxy.url,
            proxy_auth=self._proxy.login,
            ssl_context=secure,
            network_backend=TimedBackend(exchange),
        )

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        return certificates(self._spec)

    def _headers(self, request: Captured, goal: Address) -> list[tuple[bytes, bytes]]:
        """The client's own, in their order and spelling, with what is ours in place of the client's."""
        added = [(name.encode(), value.encode()) for name, value in self._spec.headers]
        if self._key:
            name, template = self._spec.key_header
            added.insert(0, (name.encode(), template.replace("{key}", self._key).encode()))
        replaced = _OURS | {name.lower() for name, _ in added}
        framing = {
            Framing.CONTENT_LENGTH: [(b"Content-Length", str(len(request.body)).encode())],
            Framing.CHUNKED: [(b"Transfer-Encoding", b"chunked")],
            Framing.NONE: [],
        }[request.wire.framing]
        return [
            (b"Host", goal.authority.encode()),
            *((name, value) for name, value in request.headers if name.lower() not in replaced),
            *added,
            (b"Connection", b"close"),
            *framing,
        ]


def _content(request: Captured) -> bytes | Iterator[bytes] | None:
    """The body in the framing the client used, a piece at a time where it is chunked."""
    if request.wire.framing is Framing.CHUNKED:
        body = request.body
        return (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
    return request.body if request.wire.framing is Framing.CONTENT_LENGTH else None
