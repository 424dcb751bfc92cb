"""One attempt of a client: what it sent, byte for byte, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.model.wire import WireForm


@dataclass(frozen=True, slots=True)
class Captured:
    """A request as it arrived.

    ``head`` is the raw request line and headers with their case and order, up to and with the blank
    line; ``body`` the payload after framing was taken off; ``complete`` is False when the client
    broke off. The head's request line carries the tap's path prefix; ``wire.path`` does not.
    """

    head: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    wire: WireForm
    complete: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """A captured request with its answer; ``attempt`` counts from 1 within one case."""

    attempt: int
    request: Captured
    reply: Answer | NoAnswer
