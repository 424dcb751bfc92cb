"""One attempt of a client: what it sent, byte for byte, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.wire.form import Captured


@dataclass(frozen=True, slots=True)
class Exchange:
    """A captured request with its answer; ``attempt`` counts from 1 within one case."""

    attempt: int
    request: Captured
    reply: Answer | NoAnswer
