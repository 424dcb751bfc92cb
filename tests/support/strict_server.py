"""A live server that takes a file only as it should be sent, and a recording of a matrix that asks it."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.wire.media import format_of_type
from upload_matrix.wire.read import wire_form


class Strict(BaseHTTPRequestHandler):
    """Takes a file whose declared type is that of its bytes, written as its notation wants it."""

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = tuple((name.encode(), value.encode()) for name, value in self.headers.items())
        form = wire_form("POST", self.path, headers, body, {})
        (upload,) = form.uploads()
        plain = self.path.endswith(("/messages", "/edits")) or b"input_audio" in body
        typed = upload.format in (upload.declared, format_of_type(upload.declared))
        good = typed and (b'"data:' in body) != plain
        told = {"choices": [], "output": [], "object": "response"} if good else {"error": {"message": "no"}}
        answer = json.dumps(told).encode()
        self.send_response(200 if good else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def record_strictly(name: str, matrix: str) -> None:
    """Record a matrix whose target is ``strict``, in the current folder."""
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Strict)
    Thread(target=serving.serve_forever, daemon=True).start()
    Path("targets").mkdir()
    Path("targets/strict.yaml").write_text(
        f"name: strict\nbase_url: http://127.0.0.1:{serving.server_port}/v1\n"
    )
    Path(name).write_text(matrix)
    try:
        done = CliRunner().invoke(commands, ["record", name, "--yes"])
    finally:
        serving.shutdown()
        serving.server_close()
    assert done.exit_code == 0, done.output
