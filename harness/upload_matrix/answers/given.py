"""What asking live servers leaves for the run that replays: answers no recording keeps, and the calls made.

A 503, silence, or a request that was not sent is handed over in a file; without it, a request that a server
in trouble did not answer would look unrecorded.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.model.codec import decode, encode
from upload_matrix.model.plan import CallRecord

Key = tuple[str, str, int]
"""Target, digest of the stored wire form, sample."""


@dataclass(frozen=True, slots=True)
class Given:
    """``replies`` by key, the live ``calls`` in the order they ended, and ``note`` for the report."""

    replies: Mapping[Key, Answer | NoAnswer] = field(default_factory=dict)
    calls: tuple[CallRecord, ...] = ()
    note: str | None = None


def write_given(path: Path, given: Given) -> None:
    """Write it to a file of this run's own; it is for reading back, not for people."""
    document = {
        "replies": [[*key, _encode(reply)] for key, reply in sorted(given.replies.items())],
        "calls": [encode(call) for call in given.calls],
        "note": given.note,
    }
    path.write_text(json.dumps(document), "utf-8")


def read_given(path: Path) -> Given:
    """What ``write_given`` wrote."""
    document = json.loads(path.read_text("utf-8"))
    return Given(
        {(target, wire, sample): _decode(reply) for target, wire, sample, reply in document["replies"]},
        tuple(decode(CallRecord, call) for call in document["calls"]),
        document["note"],
    )


def _encode(reply: Answer | NoAnswer) -> dict[str, Any]:
    if isinstance(reply, NoAnswer):
        return {"silence": encode(reply)}
    body = base64.b64encode(reply.body).decode()
    return {"answer": encode(replace(reply, body=b"")), "body": body}


def _decode(document: dict[str, Any]) -> Answer | NoAnswer:
    if "silence" in document:
        silence: NoAnswer = decode(NoAnswer, document["silence"])
        return silence
    answer: Answer = decode(Answer, {**document["answer"], "body": base64.b64decode(document["body"])})
    return answer
