"""Whose verdict came back through a gateway: the target's, or the gateway's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upload_matrix.model.answer import api_error
from upload_matrix.model.codec import parsed
from upload_matrix.model.hop import Speaker

_TELLING = 12
"""Characters from which on a message says whose it is when it is quoted in another."""


@dataclass(frozen=True, slots=True)
class Said:
    """A status with the body's plain bytes, its Content-Encoding taken off."""

    status: int
    body: bytes


def speaker(answer: Said | None, target: Sequence[Said | None]) -> tuple[Speaker, int | None, str | None]:
    """Who speaks in ``answer``, and in which of the target's answers (its index, None for none).

    ``target`` are the answers to the upstream attempts in order, None where the target was silent; the
    third value says in words what is not plain. Definitions: an equal answer is the target's; one of the
    same status, of the same kind (2xx, 4xx), or one that quotes the target's message is the target's,
    reworded; any other contradicts it and is the gateway's.
    """
    if answer is None:
        return Speaker.NOBODY, None, "the gateway gave no answer"
    if not target:
        return Speaker.GATEWAY, None, f"nothing was forwarded: the {answer.status} is the gateway's own"
    last = next((place for place in reversed(range(len(target))) if target[place] is not None), None)
    for place, said in reversed(tuple(enumerate(target))):
        if said is not None and said.status == answer.status and _same(said.body, answer.body):
            return Speaker.TARGET, place, None
    if last is None:
        return Speaker.GATEWAY, None, f"the target was silent: the {answer.status} is the gateway's own"
    said = target[last]
    assert said is not None
    if said.status == answer.status:
        return Speaker.REWORDED, last, "the gateway wrote the target's answer anew"
    changed = f"the target answered {said.status}, the gateway made {answer.status} of it"
    if said.status // 100 == answer.status // 100 or _quotes(answer.body, said.body):
        return Speaker.REWORDED, last, changed
    return Speaker.GATEWAY, None, changed


def _same(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    try:
        return bool(parsed(one) == parsed(other))
    except ValueError:
        return False


def _quotes(answer: bytes, target: bytes) -> bool:
    """Whether an answer holds the target's message, which is long enough to be nobody else's."""
    message = api_error(target).message or ""
    quoted = api_error(answer).message or ""
    return len(message) >= _TELLING and message in quoted
