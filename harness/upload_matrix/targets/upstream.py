"""Forwarding a captured request to a live server, once, byte for byte, with the real key put in here."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import httpcore

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Captured
from upload_matrix.model.wire import Framing
from upload_matrix.targets.addresses import Address, address
from upload_matrix.targets.faults import fault
from upload_matrix.targets.keys import read_base_url, read_key
from upload_matrix.targets.passage import Passage, TimedBackend
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.trust import certificates, proxy_for
from upload_matrix.targets.words import is_confidential

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
class Sent:
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

    def send(self, request: Captured) -> Sent:
        """``ask``, with what else is known of the attempt."""
        began = self._clock()
        goal = address(
            request.wire,
            base_url=self._base_url,
            root=self._spec.root,
            api=self._spec.api,
            query=self._spec.query,
        )
        passage = Passage(began + self._total, self._clock, goal.host if goal.scheme == "https" else None)
        passing = False
        try:
            reply = self._exchange(request, goal, passage)
        except _FAILURES as error:
            proxy = None if self._proxy is None else urlsplit(self._proxy.url).netloc
            found = fault(
                error, passage, host=goal.authority, proxy=proxy, timeout=self._timeout, total=self._total
            )
            passing = found.passing
            reply = self._silence(found.why, found.says)
        return Sent(reply, self._clock() - began, left=passage.request_left, passing=passing)

    def _exchange(self, request: Captured, goal: Address, passage: Passage) -> Answer | NoAnswer:
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
        with self._pool(passage) as pool:
            answer = pool.handle_request(asked)
            try:
                return self._read(answer, passage)
            finally:
                answer.close()

    def _read(self, answer: httpcore.Response, passage: Passage) -> Answer | NoAnswer:
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
        if "transfer-encoding" not in given and "content-length" in given and passage.surplus(size):
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

    def _pool(self, passage: Passage) -> httpcore.ConnectionPool:
        secure = self._certificates if passage.secure_host is not None else None
        if self._proxy is None:
            return httpcore.ConnectionPool(ssl_context=secure, network_backend=TimedBackend(passage))
        return httpcore.HTTPProxy(
            self._proxy.url,
            proxy_auth=self._proxy.login,
            ssl_context=secure,
            network_backend=TimedBackend(passage),
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
