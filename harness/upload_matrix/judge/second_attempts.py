"""What a client sends when its first attempt has failed: the same again, something else, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upload_matrix.model.result import CaseResult
from upload_matrix.wire.difference import diff
from upload_matrix.wire.form import WireForm

SAME = "the same"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Again:
    """What came after an interruption (``after-500``): ``SAME``, ``NOTHING``, or in words what differs."""

    interruption: str
    how: str


def second_attempt(interruption: str, result: CaseResult, wires: Mapping[str, WireForm]) -> Again:
    """What followed the first attempt of a case (one at least) whose first attempt was made to fail."""
    first, *later = (attempt.wire for attempt in result.attempts)
    if not later:
        return Again(interruption, NOTHING)
    other = next((digest for digest in later if digest != first), None)
    if other is None:
        return Again(interruption, SAME)
    if first not in wires or other not in wires:
        return Again(interruption, f"wire form {other} after {first}")
    return Again(interruption, "; ".join(map(str, diff(wires[first], wires[other]))))
