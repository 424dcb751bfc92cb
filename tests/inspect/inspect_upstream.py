"""A server to pass things on to: what it gets is kept by digest, what it says is up to the test."""

import contextlib
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PICTURE = b'{"created": 1, "data": [{"b64_json": "aGVsbG8="}]}'


class Got:
    def __init__(self, handler, body):
        self.method, self.path = handler.command, handler.path
        self.headers = [(name, value) for name, value in handler.headers.items()]
        self.size, self.sha256, self.body = body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)


def json_answer(handler, status=200, body=PICTURE, headers=()):
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


class Upstream:
    """``url`` is its base URL; ``got`` what came. ``answer(handler, number)`` says what it answers."""

    def __init__(self, answer, reads=True, tls=None):
        self.got = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                if reads:
                    outer.got.append(Got(self, self.taken()))
                answer(self, len(outer.got))

            do_GET = do_POST  # noqa: N815 - the name http.server asks for

            def taken(self):
                size, digest, start = 0, hashlib.sha256(), b""
                for piece in self.pieces():
                    size += len(piece)
                    digest.update(piece)
                    if len(start) < 100_000:
                        start += piece
                return size, digest.hexdigest(), start

            def pieces(self):
                if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                    while length := int(self.rfile.readline(), 16):
                        yield self.rfile.read(length)
                        self.rfile.readline()
                    self.rfile.readline()
                    return
                left = int(self.headers.get("Content-Length", 0))
                while left:
                    piece = self.rfile.read(min(left, 65536))
                    if not piece:
                        return
                    left -= len(piece)
                    yield piece

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # What fails in its threads is the client's doing, and the test's to judge.
        self._server.handle_error = lambda *_: None
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.origin = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.origin}/v1"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextlib.contextmanager
def upstream(answer=lambda handler, _: json_answer(handler), reads=True, tls=None):
    server = Upstream(answer, reads, tls)
    try:
        yield server
    finally:
        server.close()
