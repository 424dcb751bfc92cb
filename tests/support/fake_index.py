"""A package index on loopback, with tiny wheels made on the spot."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import secrets
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from packaging.version import Version


@dataclass(frozen=True)
class Wheel:
    """One release: a package with one module, of the distribution's name."""

    name: str
    version: str
    day: str
    code: str = ""
    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    yanked: bool | str = False

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}-py3-none-any.whl"

    def metadata(self) -> str:
        metadata = [f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}"]
        metadata += [f"Requires-Dist: {line}" for line in self.requires]
        metadata += [f"Requires-Python: {self.requires_python}"] if self.requires_python else []
        return "\n".join(metadata) + "\n"

    def data(self) -> bytes:
        info = f"{self.name}-{self.version}.dist-info"
        files = {
            f"{self.name}/__init__.py": f"version = {self.version!r}\n{self.code}\n",
            f"{info}/METADATA": self.metadata(),
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
        files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for path, text in files.items():
                # With a date of its own: by default it is the time, and the same wheel would have two digests.
                archive.writestr(zipfile.ZipInfo(path), text)
        return stream.getvalue()


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


_USES_PROXIES = "import fakedep\nfakedep.connect(proxies=None)"
_USES_NEW = "import fakedep\nfakedep.connect()"

WHEELS = (
    Wheel("fakedep", "1.0", "2022-05-01", "def connect(proxies=None): pass"),
    Wheel("fakedep", "2.0", "2024-05-01", "def connect(): pass"),
    Wheel("fakesdk", "1.0.0", "2023-01-10", _USES_PROXIES, ("fakedep",)),
    Wheel("fakesdk", "1.1.0", "2023-03-01", _USES_PROXIES, ("fakedep", "absent; extra == 'all'")),
    Wheel("fakesdk", "1.2.0", "2023-04-01", _USES_PROXIES, ("fakedep",), yanked="wrong files"),
    Wheel("fakesdk", "2.0.0rc1", "2024-05-20", _USES_NEW, ("fakedep>=2",)),
    Wheel("fakesdk", "2.0.0", "2024-06-01", _USES_NEW, ("fakedep; python_version >= '3'",), ">=3.8"),
    Wheel("fakesdk", "2.1.0", "2024-07-01", "", (), ">=3.99"),
    Wheel("fakesdk", "3.0.0", "2025-01-01", _USES_NEW, ("fakedep>=9",), ">=3.8"),
)


@dataclass
class FakeIndex:
    """Serves ``wheels``; counts what is asked for. ``page`` overrides the answer to a page's request."""

    wheels: list[Wheel] = field(default_factory=lambda: list(WHEELS))
    json: bool = True
    page: tuple[int, str, bytes] | None = None
    asked: list[str] = field(default_factory=list)
    hold: str | None = None
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    # uv keeps pages by address for minutes: a later index on the same port must not be taken for this one.
    root: str = field(default_factory=lambda: f"/{secrets.token_hex(8)}")

    def __enter__(self) -> FakeIndex:
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                index.asked.append(self.path.removeprefix(index.root))
                self.answer(with_body=True)

            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def answer(self, *, with_body: bool) -> None:
                status, kind, body = index.answer(self.path.removeprefix(index.root))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body if with_body else b"")
                except OSError:
                    self.close_connection = True  # a client that was killed while it waited

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            # uv opens many connections at once; with the default of five some would be dropped.
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.root}/simple/"

    def downloads(self, file: str) -> int:
        return self.asked.count(f"/files/{file}")

    def answer(self, path: str) -> tuple[int, str, bytes]:
        if path.startswith("/files/"):
            if path.removeprefix("/files/") == self.hold:
                self.held.set()
                self.go_on.wait(60)
            for wheel in self.wheels:
                if path == f"/files/{wheel.file}":
                    return 200, "application/octet-stream", wheel.data()
                if path == f"/files/{wheel.file}.metadata":
                    return 200, "text/plain", wheel.metadata().encode()
            return 404, "text/plain", b"no such file"
        if self.page is not None:
            return self.page
        name = path.removeprefix("/simple/").strip("/")
        found = [wheel for wheel in self.wheels if wheel.name == name]
        if not found:
            return 404, "text/plain", b"no such page"
        return self._json(name, found) if self.json else self._html(found)

    def _json(self, name: str, wheels: list[Wheel]) -> tuple[int, str, bytes]:
        document = {
            "meta": {"api-version": "1.1"},
            "name": name,
            "versions": sorted({wheel.version for wheel in wheels}, key=Version),
            "files": [
                {
                    "filename": wheel.file,
                    "url": f"{self.root}/files/{wheel.file}",
                    "hashes": {"sha256": hashlib.sha256(wheel.data()).hexdigest()},
                    "size": len(wheel.data()),
                    "upload-time": f"{wheel.day}T12:00:00.000000Z",
                    "yanked": wheel.yanked,
                    "core-metadata": True,
                    **({"requires-python": wheel.requires_python} if wheel.requires_python else {}),
                }
                for wheel in wheels
            ],
        }
        return 200, "application/vnd.pypi.simple.v1+json", json.dumps(document).encode()

    def _html(self, wheels: list[Wheel]) -> tuple[int, str, bytes]:
        lines = ["<!DOCTYPE html><html><body><a name=top></a>"]
        for wheel in wheels:
            python = wheel.requires_python.replace(">", "&gt;") if wheel.requires_python else None
            attributes = f' data-requires-python="{python}"' if python else ""
            attributes += f' data-yanked="{wheel.yanked}"' if wheel.yanked else ""
            lines.append(f'<a href="{self.root}/files/{wheel.file}"{attributes}>{wheel.file}</a><br>')
        return 200, "text/html; charset=utf-8", "\n".join(lines).encode()
