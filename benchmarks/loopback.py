"""A minimal server on 127.0.0.1 that gives every request the same answer: ``python loopback.py BODY_FILE``.

Raw sockets and no HTTP library, so that it costs next to nothing. Prints its port, then serves until it
is killed, a thread a connection (clients that are not closed keep theirs).
"""

from __future__ import annotations

import re
import socket
import sys
import threading
from pathlib import Path

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def main() -> None:
    body = Path(sys.argv[1]).read_bytes()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection, head + body), daemon=True).start()


def serve(connection: socket.socket, answer: bytes) -> None:
    """Answer the requests of one connection; every one must have a Content-Length."""
    received = bytearray()
    while data := connection.recv(1 << 18):
        received += data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            continue
        length = LENGTH.search(received, 0, end)
        needed = end + 4 + (int(length[1]) if length else 0)
        if len(received) >= needed:
            del received[:needed]
            connection.sendall(answer)


if __name__ == "__main__":
    main()
