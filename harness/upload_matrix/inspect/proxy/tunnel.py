"""What passes unread: a connection to a server, by way of another proxy where there is one, byte for byte."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from upload_matrix.inspect.proxy.secured import SecuredStream
from upload_matrix.tap.forward import CONNECT_SECONDS
from upload_matrix.tap.http import ByteStream
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.upstream import certificates, proxy_for

_READ = 64 * 1024
_HEAD = 64 * 1024


def reach(host: str, port: int, scheme: str = "https") -> ByteStream:
    """A connection to a server. Raises OSError; ConfigurationError for a proxy that is not HTTP's."""
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    url = f"{scheme}://{authority}"
    spec = TargetSpec(authority, url)
    proxy = proxy_for(spec, url)
    if proxy is None:
        return _connected(host, port)
    parts = urlsplit(proxy.url)
    stream: ByteStream = _connected(parts.hostname or "", parts.port or 80)
    try:
        if parts.scheme == "https":
            stream = secured(stream, parts.hostname or "", spec)
        _tunnelled(stream, authority, proxy.login)
        stream.settimeout(None)
    except BaseException:
        stream.close()
        raise
    return stream


def _tunnelled(stream: ByteStream, authority: str, login: tuple[str, str] | None) -> None:
    """Ask another proxy for a connection."""
    own = ""
    if login is not None:
        given = base64.b64encode(":".join(login).encode()).decode()
        own = f"Proxy-Authorization: Basic {given}\r\n"
    stream.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{own}\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # One by one: what comes after is not this function's.
        piece = stream.recv(1)
        if not piece or len(head) > _HEAD:
            raise ConnectionError("the environment's proxy gave no answer")
        head += piece
    status = head.split(b"\r\n", 1)[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        raise ConnectionError(f"the environment's proxy answered {status}")


def secured(below: ByteStream, host: str, spec: TargetSpec) -> SecuredStream:
    """TLS with a server, whose certificate is checked. Raises OSError."""
    stream = SecuredStream(below, certificates(spec), host=host)
    try:
        stream.handshake()
    except EOFError as error:
        raise ConnectionError(str(error)) from error
    return stream


def _connected(host: str, port: int) -> socket.socket:
    connection = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(None)
    return connection


def pump(client: ByteStream, server: ByteStream, rests: Callable[[], None]) -> None:
    """Carry bytes both ways until both sides are at their end.

    ``rests`` is called at its begin, and when something passed.
    """
    rests()
    back = threading.Thread(target=_carry, args=(server, client, rests), daemon=True)
    back.start()
    _carry(client, server, rests)
    back.join()


def break_off(stream: ByteStream) -> None:
    """End a connection at once, whoever reads or writes it."""
    while isinstance(stream, SecuredStream):
        stream = stream.below
    with suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)


def _carry(source: ByteStream, sink: ByteStream, rests: Callable[[], None]) -> None:
    try:
        while data := source.recv(_READ):
            sink.sendall(data)
            rests()
    except OSError:
        # Cut off: then it is on the other side too, in both directions.
        break_off(source)
        break_off(sink)
        return
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
