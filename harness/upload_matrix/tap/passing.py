"""The passing tap: routes behind an unguessable path, and whoever is told what came over them."""

from __future__ import annotations

import secrets
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from upload_matrix.tap.http import STRAY, Incoming, StreamingServer
from upload_matrix.tap.passage import Passage
from upload_matrix.tap.records import Passed, Route, Told
from upload_matrix.tap.spool import Spool

KEPT = 1 << 30
"""Bytes of bodies that are kept in all; what comes after has its wire form alone."""

_SETTLE_SECONDS = 2.0
_CLOSE_SECONDS = 5.0


@dataclass
class _Books:
    """What several threads write down, and in what order."""

    lock: threading.Condition = field(default_factory=threading.Condition)
    arrived: int = 0
    open: int = 0
    size: int = 0


class PassingTap:
    """One loopback server for all routes. Use as a context manager, which removes kept bodies at its end.

    ``sent`` is called when a request is complete, before its answer; ``told`` when the answer is. Both are
    called in the connections' threads, one at a time. ``kept`` bytes of bodies are kept in all.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        sent: Callable[[Passed], None] = lambda _: None,
        told: Callable[[Passed, Told], None] = lambda *_: None,
        port: int = 0,
        kept: int = KEPT,
    ) -> None:
        self._routes = {str(number): route for number, route in enumerate(routes, 1)}
        self._sent = sent
        self._told = told
        self._keep = kept
        self._books = _Books()
        self._telling = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="upload-matrix-")
        self.failure: Exception | None = None
        """What went wrong on our own side, in a thread that could not say so."""
        try:
            self._server = StreamingServer(self._handle, port=port, token=secrets.token_urlsafe(24))
        except OSError:
            self._folder.cleanup()
            raise

    def __enter__(self) -> PassingTap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def strays(self) -> int:
        """Requests outside of any route: another program, or a URL without its unguessable path."""
        return self._server.strays

    def url(self, route: Route) -> str:
        """The base URL of a route."""
        number = next(number for number, each in self._routes.items() if each is route)
        return f"{self._server.url}/{number}{route.root}"

    def settle(self, seconds: float = _SETTLE_SECONDS) -> None:
        """Wait until no request is under way, at most ``seconds``."""
        with self._books.lock:
            self._books.lock.wait_for(lambda: not self._books.open, timeout=seconds)

    def stop(self) -> None:
        """Serve no more; what was kept stays."""
        self._server.close(_CLOSE_SECONDS)

    def close(self) -> None:
        """Stop, and remove what was kept."""
        self.stop()
        self._folder.cleanup()

    def _handle(self, incoming: Incoming) -> None:
        key, slash, path = incoming.target.removeprefix("/").partition("/")
        route = self._routes.get(key) if slash else None
        if route is None:
            self._server.count(strays=1)
            incoming.answer(STRAY)
            return
        with self._books.lock:
            self._books.arrived += 1
            self._books.open += 1
            number = self._books.arrived
        try:
            Passage(self, route, number, slash + path, incoming).run()
        except Exception as error:  # noqa: BLE001
            # This is a connection's thread: raised here it would be lost, so whoever runs the tap reports it.
            self.failure = self.failure or error
        finally:
            with self._books.lock:
                self._books.open -= 1
                self._books.lock.notify_all()

    def spool(self) -> Spool:
        """A new body."""
        return Spool(Path(self._folder.name))

    def has_sent(self, passed: Passed) -> None:
        """A request is complete."""
        with self._telling:
            self._sent(passed)

    def has_told(self, passed: Passed, told: Told) -> None:
        """An answer is; bodies beyond what may be kept are given up."""
        with self._books.lock:
            for body in (passed.body, told.body):
                self._books.size += body.size
                if self._books.size > self._keep:
                    body.drop()
        with self._telling:
            self._told(passed, told)
