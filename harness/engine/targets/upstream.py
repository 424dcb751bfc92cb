"""Forwarding a captured request to a live server, byte for byte, with the real key put in here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx

from harness.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from harness.model.errors import ConfigurationError
from harness.model.wire import Framing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.engine.targets.spec import TargetSpec
    from harness.model.exchange import Captured

PROVENANCE_HEADER = "x-upload-matrix-provenance"
"""Set by our own emulator on every answer, so that one behind a base URL never passes for live."""

_OURS = frozenset(
    {b"host", b"authorization", b"api-key", b"connection", b"content-length", b"transfer-encoding"}
)
"""Headers of the client that are replaced: addressing, the dummy key, and framing (which is kept in kind)."""

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})

_CHUNK = 64 * 1024


class Upstream:
    """Forwards to one target. Thread-safe. ``secrets`` are the values that must never be written."""

    def __init__(self, spec: TargetSpec, *, timeout: float) -> None:
        self._spec = spec
        self._key = os.environ.get(spec.key_env, "") if spec.key_env else ""
        if spec.key_env and not self._key:
            raise ConfigurationError(
                f"target {spec.name}: the variable {spec.key_env} holds no key; set it, or replay "
                "recordings with --record-mode none"
            )
        self._client = httpx.Client(timeout=timeout, follow_redirects=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, for the write gate of the cassettes."""
        return (self._key,) if self._key else ()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, request: Captured) -> Answer | NoAnswer:
        """Send the request on and give back what came, or why nothing did."""
        wire = request.wire
        url = self._spec.origin + wire.path + (f"?{wire.query}" if wire.query else "")
        try:
            with self._client.stream(
                wire.method, url, headers=self._headers(request), content=self._content(request)
            ) as answer:
                # Raw, not decoded: what the client gets is what the server sent.
                body = b"".join(answer.iter_raw())
        except httpx.HTTPError as error:
            return NoAnswer(
                Silence.UNREACHABLE, f"{self._spec.name} gave no answer: {type(error).__name__}: {error}"
            )
        headers = tuple(
            (name, value) for name, value in answer.headers.multi_items() if name.lower() not in _HOP
        )
        emulated = answer.headers.get(PROVENANCE_HEADER) == Provenance.EMULATED.value
        source = Source(
            target=self._spec.name,
            provenance=Provenance.EMULATED if emulated else self._spec.provenance,
            supply=Supply.FORWARDED,
            profile=answer.headers.get("x-upload-matrix-profile") if emulated else None,
        )
        rule = answer.headers.get("x-upload-matrix-rule") if emulated else None
        return Answer(answer.status_code, headers, body, source, rule)

    def _headers(self, request: Captured) -> list[tuple[bytes, bytes]]:
        kept = [(name, value) for name, value in request.headers if name.lower() not in _OURS]
        if self._key:
            name, template = self._spec.key_header
            kept.append((name.encode(), template.replace("{key}", self._key).encode()))
        kept.extend((name.encode(), value.encode()) for name, value in self._spec.headers)
        return kept

    @staticmethod
    def _content(request: Captured) -> bytes | Iterator[bytes] | None:
        """The body in the framing the client used: an iterator makes httpx send it chunked."""
        if request.wire.framing is Framing.CHUNKED:
            body = request.body
            return (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
        return request.body if request.wire.framing is Framing.CONTENT_LENGTH else None
