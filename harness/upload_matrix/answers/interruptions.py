"""Scripted first answers: what a client does when its first attempt fails, and what it then sends.

The second attempt and all later ones go to the case's real answerer. The scripted answer is ours, is
marked as such, and is never recorded.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.wire.form import Captured

NEUTRAL = "none"

RETRIES = 2
"""How many times a client may try again in a case that asks for it: the SDK's own default."""

_SOURCE = Source("upload-matrix", Provenance.EMULATED, Supply.SCRIPTED)


@dataclass(frozen=True, slots=True)
class Interruption:
    """What the first attempt gets, and what people read about it."""

    summary: str
    reply: Answer | NoAnswer


def _failing(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    body = {"error": {"message": message, "type": "server_error", "param": None, "code": None}}
    return Answer(
        status, (("content-type", "application/json"), *headers), json.dumps(body).encode(), _SOURCE
    )


INTERRUPTIONS: Mapping[str, Interruption] = {
    "after-500": Interruption(
        "the first attempt gets 500, and the client may try again", _failing(500, "scripted: try again")
    ),
    "after-429": Interruption(
        "the first attempt gets 429 with Retry-After, and the client may try again",
        # Newer SDKs read the first header and need not be waited for; older ones and others read the second.
        _failing(429, "scripted: slow down", ("retry-after-ms", "50"), ("retry-after", "1")),
    ),
    "after-reset": Interruption(
        "the first attempt's connection is reset, and the client may try again",
        NoAnswer(Silence.RESET, "the connection was reset on purpose"),
    ),
}
"""The values of the axis ``retries`` beside ``none``, where a client's own retries are switched off."""


def interrupted(
    name: str, answerer: Callable[[Captured], Answer | NoAnswer]
) -> Callable[[Captured], Answer | NoAnswer]:
    """An answerer for one case whose first attempt is interrupted; ``name`` may be ``none``."""
    if name == NEUTRAL:
        return answerer
    reply = INTERRUPTIONS[name].reply
    lock = threading.Lock()
    first = True

    def answer(request: Captured) -> Answer | NoAnswer:
        nonlocal first
        with lock:
            now, first = first, False
        return reply if now else answerer(request)

    return answer
