"""The proxy itself: what it opens is a request of the tap like any other, all else passes unread."""

from __future__ import annotations

import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.inspect.proxy.authority import Authority
from upload_matrix.inspect.proxy.hello import is_http, is_tls, server_name, speaks_http1, whole
from upload_matrix.inspect.proxy.secured import SecuredStream
from upload_matrix.inspect.proxy.tunnel import break_off, pump, reach, secured
from upload_matrix.inspect.routes import forwarder
from upload_matrix.tap.forward import Forwarder, UpstreamError
from upload_matrix.tap.http import BrokeOffError, ByteStream, Incoming, StreamedResponse, own_answer
from upload_matrix.tap.passing import BAD_GATEWAY_STATUS, PassingTap, Route
from upload_matrix.targets.spec import TargetSpec

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_SILENT = b"x-upload-matrix-silent"
"""A header of CONNECT by which no answer is asked for (see ``node.cjs``)."""

_READ = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_FOR_THE_PROXY = re.compile(rb"(?im)^proxy-[^\r\n]*\r\n")
DISTRUST = "the client does not believe the certificate of this run, and gave the connection up"


class ProxiedServer(NamedTuple):
    """A server as clients address it."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """``https://api.openai.com``, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True, slots=True)
class ProxyTraffic:
    """What came to the proxy, by host; requests that were opened are exchanges of the tap besides.

    ``connections`` is how often a client asked for anything. ``unread`` counts what passed as it was. Of
    hosts that are opened: ``distrusted`` counts connections whose client does not believe the certificate of
    this run, ``silent`` those that brought no request once opened, ``sockets`` WebSockets, which pass as
    they are; ``unreadable`` says what is spoken that is not read here; ``unheard`` are those of ``silent``
    that never brought a request. ``failed``: why none was reached.
    """

    connections: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    distrusted: Mapping[str, int] = field(default_factory=dict)
    silent: Mapping[str, int] = field(default_factory=dict)
    sockets: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    unheard: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        """Whether something went, or was about to go, to a host that is opened, and was not seen."""
        return bool(self.distrusted or self.unreadable or self.unheard)


class InterceptingProxy:
    """Opens the hosts of known vendors and those that fit one of ``named``; give ``serve`` to a PassingTap.

    ``route`` makes the route to an origin, asked once for each. Where ``sends`` is False nothing that is
    opened leaves this machine, whatever it speaks. ``note`` is told of what cannot be opened.
    """

    def __init__(
        self,
        authority: Authority,
        named: Sequence[str],
        route: Callable[[str], Route],
        *,
        sends: bool,
        note: Callable[[str], None],
    ) -> None:
        self._authority = authority
        self._named = tuple(named)
        self._route = route
        self._sends = sends
        self._note = note
        self._lock = threading.Lock()
        self._routes: dict[str, Route] = {}
        self._relays: dict[str, Forwarder] = {}
        self._servers: set[ByteStream] = set()
        self._connections = 0
        self._unread, self._distrusted, self._sockets = Counter[str](), Counter[str](), Counter[str]()
        self._opened, self._used = Counter[str](), Counter[str]()
        self._unreadable: dict[str, str] = {}
        self._failed: dict[str, str] = {}

    def _opens(self, tap: PassingTap, place: ProxiedServer) -> bool:
        """Whether what goes to a server is looked at; the tap itself looks at what it gets."""
        if place._replace(scheme="http").origin == tap.address:
            return False
        named = any(vendors.is_host(place.host, each) for each in self._named)
        return named or vendors.owner_of(place.host) is not None

    def routes(self) -> tuple[Route, ...]:
        """Those that were taken so far."""
        with self._lock:
            return tuple(self._routes.values())

    def traffic(self) -> ProxyTraffic:
        """What came so far."""
        with self._lock:
            return ProxyTraffic(
                self._connections,
                dict(self._unread),
                dict(self._distrusted),
                dict(self._opened - self._used),
                dict(self._sockets),
                dict(self._unreadable),
                tuple(sorted(self._opened.keys() - self._used.keys())),
                dict(self._failed),
            )

    def close(self) -> None:
        """Break off what is still being passed on."""
        with self._lock:
            relays, servers = tuple(self._relays.values()), tuple(self._servers)
        for relay in relays:
            relay.close()
        for server in servers:
            break_off(server)

    def serve(self, tap: PassingTap, incoming: Incoming) -> None:
        """A request to a proxy, or a connection that begins with TLS at once."""
        if not incoming.method:
            with suppress(OSError):
                self._connect_by_name(tap, incoming)
            return
        place = _place(incoming)
        with self._lock:
            self._connections += 1
        try:
            if place is None:
                incoming.answer(own_answer(400, "upload_matrix_proxy", "no address of a server"))
            elif incoming.method == "CONNECT":
                self._connect(tap, incoming, place)
            elif self._opens(tap, place):
                self._let_through(tap, place, incoming)
            else:
                self._relay(incoming, place)
        except OSError:
            return  # the client went away, or the server of what passes unread

    # -- a connection --

    def _connect(self, tap: PassingTap, incoming: Incoming, place: ProxiedServer) -> None:
        if not self._opens(tap, place):
            self._tunnel(incoming, place)
            return
        connection, start = incoming.taken_over()
        incoming.rests()
        if not any(name.lower() == _SILENT for name, _ in incoming.headers):
            connection.sendall(_ESTABLISHED)
        start = start or connection.recv(_READ)
        if is_tls(start):
            self._agree(tap, incoming, place, whole(connection, start))
        elif is_http(start):
            plain = place._replace(scheme="http")
            self._continue(tap, incoming, connection, start, partial(self._let_through, tap, plain))
        elif start:
            self._unreadable_connection(tap, incoming, place, start, "no HTTP")

    def _connect_by_name(self, tap: PassingTap, incoming: Incoming) -> None:
        """A connection that was led here by its address: the server is the one that TLS names."""
        connection, _ = incoming.taken_over()
        incoming.rests()
        start = whole(connection, b"")
        name = server_name(start)
        with self._lock:
            self._connections += 1
        if name is None:
            return
        place = ProxiedServer("https", name.lower(), _PORTS["https"])
        if self._opens(tap, place):
            self._agree(tap, incoming, place, start)
        else:
            server = reach(place.host, place.port)
            self._passes(place)
            self._carry(incoming, connection, server, start)

    def _agree(self, tap: PassingTap, incoming: Incoming, place: ProxiedServer, hello: bytes) -> None:
        if speaks_http1(hello):
            self._open(tap, incoming, incoming.taken_over()[0], hello, place)
        else:
            self._unreadable_connection(tap, incoming, place, hello, "HTTP/2 alone (gRPC does)")

    def _open(
        self, tap: PassingTap, incoming: Incoming, connection: ByteStream, start: bytes, place: ProxiedServer
    ) -> None:
        context = self._authority.context(server_name(start) or place.host)
        stream = SecuredStream(connection, context, read=start)
        try:
            stream.handshake()
        except ssl.SSLError as error:
            if "ALERT" not in (error.reason or ""):
                self._note_unreadable(
                    tap, place, f"TLS that is not spoken here ({error.reason})", "was ended"
                )
                return
            with self._lock:
                self._distrusted[place.host] += 1
                first = self._distrusted[place.host] == 1
            if first:
                tap.aside(lambda: self._note(f"{place.host}: {DISTRUST}"))
            return
        except EOFError:
            with self._lock:
                self._opened[place.host] += 1
            return
        with self._lock:
            self._opened[place.host] += 1
        used = False

        def handle(request: Incoming) -> None:
            nonlocal used
            if not used:
                used = True
                with self._lock:
                    self._used[place.host] += 1
            self._let_through(tap, place._replace(scheme="https"), request)

        self._continue(tap, incoming, stream, b"", handle)

    def _continue(
        self,
        tap: PassingTap,
        incoming: Incoming,
        stream: ByteStream,
        start: bytes,
        handle: Callable[[Incoming], None],
    ) -> None:
        def careful(request: Incoming) -> None:
            with suppress(OSError):  # the client went away
                handle(request)

        incoming.continue_on(stream, start, partial(tap.guarded, careful))

    def _unreadable_connection(
        self, tap: PassingTap, incoming: Incoming, place: ProxiedServer, start: bytes, speaks: str
    ) -> None:
        became = "passes unread" if self._sends else "was ended, as nothing may be sent"
        self._note_unreadable(tap, place, speaks, became)
        if self._sends:
            connection, _ = incoming.taken_over()
            self._carry(incoming, connection, reach(place.host, place.port), start)

    def _note_unreadable(self, tap: PassingTap, place: ProxiedServer, speaks: str, became: str) -> None:
        with self._lock:
            known = place.host in self._unreadable
            self._unreadable.setdefault(place.host, speaks)
        if not known:
            tap.aside(lambda: self._note(f"a connection to {place.host} speaks {speaks}, and {became}"))

    # -- a request that is opened --

    def _let_through(self, tap: PassingTap, place: ProxiedServer, incoming: Incoming) -> None:
        origin = place.origin
        with self._lock:
            route = self._routes.get(origin)
            if route is None:
                route = self._routes[origin] = self._route(origin)
        if _upgrades(incoming) and route.forward is not None:
            self._upgrade(incoming, place)
            return
        tap.let_through(route, incoming, _rooted(_path(incoming), route), origin)

    def _upgrade(self, incoming: Incoming, place: ProxiedServer) -> None:
        """A WebSocket: its messages are no requests, and pass as they are."""
        with self._lock:
            self._sockets[place.host] += 1
        try:
            server = reach(place.host, place.port, place.scheme)
            if place.scheme == "https":
                server = secured(server, place.host, TargetSpec(place.host, place.origin))
        except OSError as error:
            self._unreached(incoming, place, error)
            return
        connection, left = incoming.taken_over()
        self._carry(incoming, connection, server, _head(incoming) + left)

    # -- what passes unread --

    def _tunnel(self, incoming: Incoming, place: ProxiedServer) -> None:
        try:
            server = reach(place.host, place.port)
        except OSError as error:
            self._unreached(incoming, place, error)
            return
        self._passes(place)
        connection, left = incoming.taken_over()
        connection.sendall(_ESTABLISHED)
        self._carry(incoming, connection, server, left)

    def _carry(self, incoming: Incoming, client: ByteStream, server: ByteStream, start: bytes) -> None:
        with self._lock:
            self._servers.add(server)
        try:
            server.sendall(start)
            pump(client, server, incoming.rests)
        finally:
            with self._lock:
                self._servers.discard(server)
            server.close()

    def _relay(self, incoming: Incoming, place: ProxiedServer) -> None:
        """A request in the clear."""
        if _upgrades(incoming):
            self._upgrade(incoming, place)
            return
        with self._lock:
            if place.origin not in self._relays:
                self._relays[place.origin] = forwarder(place.origin)
            relay = self._relays[place.origin]
        pieces, begun = incoming.pieces(), False
        try:
            with relay.send(incoming.method, _path(incoming), incoming.headers, pieces) as handed:
                self._passes(place)
                for _ in pieces:
                    continue
                begun = True
                incoming.stream(StreamedResponse(handed.status, handed.headers, handed.body, handed.reason))
        except UpstreamError as error:
            if begun:
                return  # the client is cut off as well: its connection is closed without the rest
            for _ in pieces:
                continue
            self._unreached(incoming, place, error)
        except BrokeOffError:
            return

    def _passes(self, place: ProxiedServer) -> None:
        with self._lock:
            self._unread[place.host] += 1

    def _unreached(self, incoming: Incoming, place: ProxiedServer, error: Exception) -> None:
        with self._lock:
            self._failed.setdefault(place.host, str(error))
        incoming.answer(
            own_answer(BAD_GATEWAY_STATUS, "upload_matrix_unreachable", f"{place.origin}: {error}")
        )


def _place(incoming: Incoming) -> ProxiedServer | None:
    """The server that a request to a proxy is for; None where its target names none."""
    connects = incoming.method == "CONNECT"
    try:
        parts = urlsplit(f"//{incoming.target}" if connects else incoming.target)
        port = parts.port
    except ValueError:
        return None
    scheme = "https" if connects else parts.scheme.lower()
    host = (parts.hostname or "").removesuffix(".")
    if not host or not host.isascii() or scheme not in _PORTS:
        return None
    return ProxiedServer(scheme, host, port or _PORTS[scheme])


def _path(incoming: Incoming) -> str:
    """The target without scheme and host, where it has them."""
    if incoming.target.startswith("/"):
        return incoming.target
    parts = urlsplit(incoming.target)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _rooted(path: str, route: Route) -> str:
    """A path below the root of where a route leads, in place of the vendor's own root."""
    if not route.root:
        return path
    vendor = vendors.serving(route.vendor or "") or vendors.usual()
    own = next((root for root in vendor.roots if path.startswith(f"{root}/")), "")
    return route.root + path.removeprefix(own)


def _head(incoming: Incoming) -> bytes:
    """The head as the server is to have it."""
    method, _, rest = incoming.head.split(b" ", 2)
    return _FOR_THE_PROXY.sub(b"", b" ".join((method, _path(incoming).encode("latin-1"), rest)))


def _upgrades(incoming: Incoming) -> bool:
    """Whether a request asks for a WebSocket."""
    return any(
        name.lower() == b"upgrade" and value.strip().lower() == b"websocket"
        for name, value in incoming.headers
    )
