"""What a client announces before TLS: read, and left where it is."""

from __future__ import annotations

from upload_matrix.tap.http import ByteStream

_HANDSHAKE = 0x16
_SERVER_NAME = 0
_ALPN = 16
_LONGEST = 1 << 17
_READ = 64 * 1024
_HTTP = (b"http/1.1", b"http/1.0")


def is_tls(start: bytes) -> bool:
    """Whether a connection that begins so speaks TLS."""
    return start[:1] == bytes((_HANDSHAKE,))


def is_http(start: bytes) -> bool:
    """Whether it speaks HTTP/1 in the clear; an HTTP/2 that was agreed on before is none."""
    method = start.partition(b" ")[0]
    return method.isalpha() and method.isupper() and not start.startswith(b"PRI ")


def speaks_http1(hello: bytes) -> bool:
    """Whether a client that says ``hello`` takes HTTP/1.1; one that names no protocol does."""
    names = _protocols(hello)
    return not names or any(name in _HTTP for name in names)


def whole(connection: ByteStream, start: bytes) -> bytes:
    """``start`` with what is missing of the client's hello; as far as it came."""
    taken = start
    while len(taken) < _LONGEST and _message(taken) is None:
        data = connection.recv(_READ)
        if not data:
            break
        taken += data
    return taken


def _message(taken: bytes) -> bytes | None:
    """The hello's own bytes out of the records around it; None as long as some are missing."""
    message, rest = b"", taken
    while len(rest) >= 5 and rest[0] == _HANDSHAKE:
        size = int.from_bytes(rest[3:5], "big")
        if len(rest) < 5 + size:
            return None
        message, rest = message + rest[5 : 5 + size], rest[5 + size :]
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
            return message
    # What is no record of a handshake is for TLS itself to complain of.
    return None if len(rest) < 5 else message


def server_name(hello: bytes) -> str | None:
    """The server that a hello is for (RFC 6066); None where it names none."""
    names = _extensions(hello).get(_SERVER_NAME, b"")
    # A list of one: its length, the kind of name, the name with its length.
    name = names[5 : 5 + int.from_bytes(names[3:5], "big")]
    return name.decode("ascii") if name and name.isascii() else None


def _protocols(hello: bytes) -> tuple[bytes, ...]:
    """The protocols above TLS that a hello names (RFC 7301), none where it names none."""
    return tuple(_prefixed(_extensions(hello).get(_ALPN, b"")[2:]))


def _extensions(hello: bytes) -> dict[int, bytes]:
    """What a hello says besides what every one does (RFC 8446, 4.1.2), by number."""
    message = _message(hello) or b""
    found: dict[int, bytes] = {}
    try:
        at = 4 + 2 + 32
        at += 1 + message[at]
        at += 2 + int.from_bytes(message[at : at + 2], "big")
        at += 1 + message[at]
    except IndexError:
        return found
    at += 2
    while at + 4 <= len(message):
        size = int.from_bytes(message[at + 2 : at + 4], "big")
        found[int.from_bytes(message[at : at + 2], "big")] = message[at + 4 : at + 4 + size]
        at += 4 + size
    return found


def _prefixed(data: bytes) -> list[bytes]:
    names = []
    while data:
        names.append(data[1 : 1 + data[0]])
        data = data[1 + data[0] :]
    return names
