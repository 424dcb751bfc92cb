"""Times and machine facts of a run, in a file of their own: the report proper must not vary by machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from upload_matrix.judge.cost import summed
from upload_matrix.model.call import CallRecord

SUFFIX = ".run.json"
FORMAT = "upload-matrix run facts"
VERSION = 1
SLOWEST = 20


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What a machine and a clock add to a run.

    ``started`` and ``finished`` are ISO 8601 times, ``seconds`` maps a case's id to its duration.
    ``assets`` maps a shipped picture to the (sha256 in hex, size in bytes) it has on this machine,
    ``packages`` a distribution to its version; ``pillow`` is the image encoder's version, or None.
    ``calls`` are the live calls this run made, with the request ids that a vendor asks for.
    """

    started: str
    finished: str
    seconds: Mapping[str, float]
    platform: str
    python: str
    pillow: str | None
    assets: Mapping[str, tuple[str, int]]
    packages: Mapping[str, str]
    calls: tuple[CallRecord, ...] = ()


def dump_machine(facts: MachineFacts) -> str:
    """The facts as JSON, the slowest cases first; durations in seconds, to the tenth of a millisecond."""
    slowest = sorted(facts.seconds.items(), key=lambda pair: (-pair[1], pair[0]))[:SLOWEST]
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "started": facts.started,
        "finished": facts.finished,
        "cases": len(facts.seconds),
        "seconds": round(sum(facts.seconds.values()), 4),
        "slowest": [{"id": case, "seconds": round(seconds, 4)} for case, seconds in slowest],
        "platform": facts.platform,
        "python": facts.python,
        "pillow": facts.pillow,
        "assets": {
            name: {"sha256": digest, "size": size} for name, (digest, size) in sorted(facts.assets.items())
        },
        "packages": dict(sorted(facts.packages.items())),
    }
    if facts.calls:
        made = summed(facts.calls)
        document["live"] = {
            "requests": made.calls,
            "calls": made.attempts,
            "usd": str(made.money.known),
            "calls_of_unknown_price": made.money.unknown,
            "usd_feared": str(made.feared),
        }
        document["calls"] = [_call(call) for call in facts.calls]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _call(call: CallRecord) -> dict[str, Any]:
    """One live call; what is not known is left out, and a price that is not known is none."""
    document = {
        "target": call.target,
        "model": call.model,
        "wire": call.wire,
        "sample": call.sample + 1,
        "status": call.status,
        "request_id": call.request_id,
        "seconds": None if call.seconds is None else round(call.seconds, 4),
        "attempts": call.attempts,
        "sent": None if call.sent == call.attempts else call.sent,
        "usage": None if call.usage is None else asdict(call.usage),
        "usd": None if call.spent is None else str(call.spent),
        "why": call.why,
    }
    return {key: value for key, value in document.items() if value is not None}
