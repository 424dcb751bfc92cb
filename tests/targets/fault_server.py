"""A loopback server that misbehaves as told, a connection at a time, and knows what it was sent."""

import json
import socket
import ssl
import struct
import threading
from contextlib import suppress
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("loopback.pem")
"""Self-signed for localhost and 127.0.0.1, valid for a hundred years; its key is no secret."""

PACE = 0.02
"""Seconds between the bytes of a slow server."""


class FaultServer:
    """Each connection is served by the next of ``script``, the last one serving all further ones."""

    def __init__(self, *script, secure=False):
        self.requests = []
        self.connections = 0
        self.ended = threading.Event()
        self._script = script
        self._secure = None
        if secure:
            self._secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._secure.load_cert_chain(CERTIFICATE)
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def base_url(self):
        return f"{'https' if self._secure else 'http'}://127.0.0.1:{self.port}/v1"

    def close(self):
        self.ended.set()
        # Wakes the thread in accept(); not everywhere is a listener shut down.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._thread, *self._threads):
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            behave = self._script[min(self.connections, len(self._script) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection, behave), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection, behave):
        try:
            connection.settimeout(10)
            if self._secure:
                connection = self._secure.wrap_socket(connection, server_side=True)
            behave(self, connection)
        except OSError:
            pass  # the client went away, which is what many of these are about
        finally:
            connection.close()

    def read(self, connection):
        """Take the whole request in and keep it."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += _received(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        if b"transfer-encoding: chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += _received(connection)
        else:
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            while len(body) < length:
                body += _received(connection)
        self.requests.append((head, body))


def _received(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError("the client went away")
    return data


def _head(status, headers, length):
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers)]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def says(status, body=b"", headers=(), announced=None):
    """Answer; ``announced`` is the Content-Length when it is to be wrong. A dict is sent as JSON."""
    if isinstance(body, dict):
        body, headers = json.dumps(body).encode(), (("Content-Type", "application/json"), *headers)

    def behave(server, connection):
        server.read(connection)
        connection.sendall(_head(status, headers, len(body) if announced is None else announced) + body)

    return behave


def error(status, code=None, headers=(), **fields):
    body = {
        "message": "said by the test",
        "type": "invalid_request_error",
        "param": None,
        "code": code,
        **fields,
    }
    return says(status, {"error": body}, headers)


def reset(after=b""):
    """Break the connection hard once the request is in and ``after`` is out."""

    def behave(server, connection):
        server.read(connection)
        connection.sendall(after)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def reset_unread(server, connection):
    """Break the connection before the request is read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs_up(server, connection):
    """Take the request and close without a word."""
    server.read(connection)


def stalls(after=b""):
    """Take the request, send ``after``, then nothing until the client goes."""

    def behave(server, connection):
        server.read(connection)
        connection.sendall(after)
        connection.recv(1)

    return behave


def drips(begin):
    """Send ``begin``, then a byte now and then for as long as the client listens."""

    def behave(server, connection):
        server.read(connection)
        connection.sendall(begin)
        while not server.ended.wait(PACE):
            connection.sendall(b"x")

    return behave


def floods(size):
    """Answer with ``size`` bytes, a MiB at a time, as far as the client takes them."""
    piece = b"x" * (1024 * 1024)

    def behave(server, connection):
        server.read(connection)
        connection.sendall(_head(200, (), size))
        for _ in range(size // len(piece)):
            connection.sendall(piece)

    return behave


PART_OF_ANSWER = b"HTTP/1.1 200 Said\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
"""The head of an answer and the first of its 1000 bytes."""
