"""Times and machine facts of a run, in a file of their own: the report proper must not vary by machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """

    started: str
    finished: str
    seconds: Mapping[str, float]
    platform: str
    python: str
    pillow: str | None
    assets: Mapping[str, tuple[str, int]]
    packages: Mapping[str, str]


def dump_machine(facts: MachineFacts) -> str:
    """The facts as JSON, the slowest cases first; durations in seconds, to the tenth of a millisecond."""
    slowest = sorted(facts.seconds.items(), key=lambda pair: (-pair[1], pair[0]))[:SLOWEST]
    document = {
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
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
