"""The emulator behind a port: HTTP in, wire form, the profile's answer out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import OWN_ROOT, Profile, root_of
from upload_matrix.tap.http import BrokeOffError, Incoming, RawResponse, StreamingServer, own_answer
from upload_matrix.wire.read import FormReader

_HELD = 256 * 1024 * 1024
"""Bytes that what is kept of all bodies under way may take; anybody on this machine may send some."""

_LARGE = 1024 * 1024


class EmulatorService:
    """Serves one profile on 127.0.0.1. Use as a context manager.

    ``base_url`` is what a client is given (``http://127.0.0.1:PORT/v1``). ``log`` is called with one line
    a request: method, path, status, and the id of the rule that decided; ``requests`` counts
    them. Raises OSError for a taken port.
    """

    def __init__(self, profile: Profile, *, port: int = 0, log: Callable[[str], None] | None = None) -> None:
        self._profile = profile
        self._log = log
        self._ended = threading.Event()
        self.requests = 0
        self._judging = threading.Lock()
        self._counting = threading.Lock()
        self._held = 0
        self._server = StreamingServer(self._handle, port=port)

    def __enter__(self) -> EmulatorService:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Where the API's root lies."""
        return f"{self._server.url}{root_of(self._profile.name) if self._profile.vendor else OWN_ROOT}"

    def close(self) -> None:
        """Stop serving."""
        self._ended.set()
        self._server.close()

    def wait(self) -> None:
        """Block until closed or interrupted."""
        self._ended.wait()

    def _handle(self, incoming: Incoming) -> None:
        try:
            response = self._judged(incoming)
        except BrokeOffError:
            return  # nobody is left to be told
        incoming.answer(response)

    def _judged(self, incoming: Incoming) -> RawResponse:
        form = FormReader(incoming.method, incoming.target, incoming.headers)
        held = 0
        try:
            for piece in incoming.pieces():
                form.feed(piece)
                more, held = form.held - held, form.held
                if more and self._hold(more) > _HELD:
                    return own_answer(503, "upload_matrix_busy", "too many bodies at once")
            # Large ones one at a time: what they are taken apart into is several times their size.
            with self._judging if held > _LARGE else nullcontext():
                wire = form.finish(None)
                reply = answer(self._profile, wire)
        finally:
            self._hold(-held)
        with self._counting:
            self.requests += 1
        if self._log is not None:
            rule = f" {reply.rule}" if reply.rule else ""
            with suppress(OSError):  # whoever read the lines went away
                self._log(f"{wire.method} {wire.path} {reply.status}{rule} (emulated)")
        disputed = reply.source.disputed
        said = () if disputed is None else (("x-upload-matrix-disputed", disputed.says),)
        return RawResponse(reply.status, (*reply.headers, *said), reply.body)

    def _hold(self, more: int) -> int:
        with self._counting:
            self._held += more
            return self._held
