"""A registry of npm on loopback, with tiny packages made on the spot."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass(frozen=True)
class NpmPackage:
    """One release: a package of one module in CommonJS."""

    name: str
    version: str
    day: str
    code: str = ""
    dependencies: dict[str, str] = field(default_factory=dict)

    def manifest(self) -> dict[str, object]:
        return {
            "name": self.name,
            "version": self.version,
            "main": "index.js",
            "dependencies": self.dependencies,
            # What a sweep has to leave alone.
            "scripts": {"install": "exit 1"},
        }

    def data(self) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for name, text in (("package.json", json.dumps(self.manifest())), ("index.js", self.code)):
                entry = tarfile.TarInfo(f"package/{name}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        return stream.getvalue()


class FakeRegistry:
    """Serves ``packages``; keeps what is asked for."""

    def __init__(self, packages: list[NpmPackage]) -> None:
        self.packages = {(each.name, each.version): (each, each.data()) for each in packages}
        self.asked: list[str] = []

    def __enter__(self) -> FakeRegistry:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = unquote(self.path)
                registry.asked.append(path)
                body = registry.answer(path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body or b"{}")))
                self.end_headers()
                self.wfile.write(body or b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def downloads(self, name: str, version: str) -> int:
        return self.asked.count(f"/{name}/-/{version}.tgz")

    def answer(self, path: str) -> bytes | None:
        name, _, file = path.removeprefix("/").partition("/-/")
        if file:
            return self.packages[name, file.removesuffix(".tgz")][1]
        found = [pair for (known, _), pair in self.packages.items() if known == name]
        return self._page(name, found) if found else None

    def _page(self, name: str, found: list[tuple[NpmPackage, bytes]]) -> bytes:
        versions = {
            each.version: {
                **each.manifest(),
                "dist": {
                    "tarball": f"{self.url}{name}/-/{each.version}.tgz",
                    "integrity": "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode(),
                },
            }
            for each, data in found
        }
        times = {each.version: f"{each.day}T12:00:00.000Z" for each, _ in found}
        newest = found[-1][0].version
        page = {"name": name, "dist-tags": {"latest": newest}, "versions": versions, "time": times}
        return json.dumps(page).encode()
