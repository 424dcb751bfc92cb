"""The emulator behind a port: HTTP in, wire form, the profile's answer out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from upload_matrix.engine.emulator.judge import answer
from upload_matrix.engine.tap.http import LoopbackServer, RawRequest, RawResponse
from upload_matrix.engine.tap.wireforms import wire_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from upload_matrix.engine.emulator.profile import Profile


class EmulatorService:
    """Serves one profile on 127.0.0.1. Use as a context manager.

    ``base_url`` is what a client is given (``http://127.0.0.1:PORT/v1``). ``log`` is called with one line
    a request: method, path, status, and the id of the rule that decided. Raises OSError for a taken port.
    """

    def __init__(self, profile: Profile, *, port: int = 0, log: Callable[[str], None] | None = None) -> None:
        self._profile = profile
        self._log = log
        self._ended = threading.Event()
        self._server = LoopbackServer(self._handle, port=port)

    def __enter__(self) -> EmulatorService:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Where the API's root lies."""
        return f"{self._server.url}/v1"

    def close(self) -> None:
        """Stop serving."""
        self._ended.set()
        self._server.close()

    def wait(self) -> None:
        """Block until closed or interrupted."""
        self._ended.wait()

    def _handle(self, request: RawRequest) -> RawResponse:
        wire = wire_form(request.method, request.target, request.headers, request.body, {}, request.broken)
        reply = answer(self._profile, wire)
        if self._log is not None:
            rule = f" {reply.rule}" if reply.rule else ""
            self._log(f"{wire.method} {wire.path} {reply.status}{rule} (emulated)")
        return RawResponse(reply.status, reply.headers, reply.body)
