"""Answers of this run that no recording keeps (a 503, no answer, not sent), as a file for other processes.

They are handed from the step that asks to the run that replays: without them, a request that a server in
trouble did not answer would look unrecorded.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Key = tuple[str, str, int]
"""Target, digest of the stored wire form, sample."""


def write_given(path: Path, replies: Mapping[Key, Answer | NoAnswer]) -> None:
    """Write the replies to a file of this run's own; it is for reading back, not for people."""
    path.write_text(json.dumps([[*key, _encode(reply)] for key, reply in sorted(replies.items())]), "utf-8")


def read_given(path: Path) -> dict[Key, Answer | NoAnswer]:
    """What ``write_given`` wrote."""
    document = json.loads(path.read_text("utf-8"))
    return {(target, wire, sample): _decode(reply) for target, wire, sample, reply in document}


def _encode(reply: Answer | NoAnswer) -> dict[str, Any]:
    if isinstance(reply, NoAnswer):
        return {"silence": asdict(reply)}
    return {"answer": {**asdict(reply), "body": base64.b64encode(reply.body).decode()}}


def _decode(document: dict[str, Any]) -> Answer | NoAnswer:
    if "silence" in document:
        silence = document["silence"]
        return NoAnswer(
            Silence(silence["why"]), silence["says"], silence["nearest"], tuple(silence["differences"])
        )
    answer = document["answer"]
    source = answer["source"]
    return Answer(
        answer["status"],
        tuple((name, value) for name, value in answer["headers"]),
        base64.b64decode(answer["body"]),
        Source(
            source["target"],
            Provenance(source["provenance"]),
            Supply(source["supply"]),
            source["profile"],
            source["recorded_on"],
        ),
        answer["rule"],
    )
