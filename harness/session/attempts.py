"""From an exchange to what a report keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.answer import Answer
from harness.model.result import Attempt

if TYPE_CHECKING:
    from harness.model.exchange import Exchange

_BESIDE = frozenset({"user-agent", "accept", "accept-encoding", "expect"})
"""Request headers worth keeping beside the wire form: what the client says of itself, never a secret.

The SDK's ``x-stainless-*`` telemetry is left out: it names the machine, and would make reports differ.
"""


def attempt_of(exchange: Exchange) -> Attempt:
    """The attempt as a report keeps it: no secret, no per-run value, no body."""
    headers = tuple(
        (name, value.decode("latin-1"))
        for name, value in ((name.decode("latin-1"), value) for name, value in exchange.request.headers)
        if name.lower() in _BESIDE
    )
    wire = exchange.request.wire.digest
    reply = exchange.reply
    if isinstance(reply, Answer):
        return Attempt(wire=wire, status=reply.status, source=reply.source, rule=reply.rule, headers=headers)
    return Attempt(
        wire=wire,
        headers=headers,
        no_answer=reply.says,
        nearest=reply.nearest,
        nearest_differences=reply.differences,
    )
