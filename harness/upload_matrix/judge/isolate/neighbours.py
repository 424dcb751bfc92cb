"""Where no passing request is given: the nearest one among recordings."""

from __future__ import annotations

from collections.abc import Iterable

from upload_matrix.model.answer import Answer
from upload_matrix.wire.difference import by_nearness
from upload_matrix.wire.form import WireForm


def nearest_passing(failing: WireForm, recordings: Iterable[tuple[WireForm, Answer]]) -> tuple[WireForm, ...]:
    """The accepted forms for the same method and path, the one with the fewest differences first.

    Several, because the bytes of the nearest may not be at hand. Equally near ones stand by digest.
    """
    passing = {
        wire.digest: wire
        for wire, answer in recordings
        if 200 <= answer.status < 300 and (wire.method, wire.path) == (failing.method, failing.path)
    }
    return tuple(wire for wire, _ in by_nearness(failing, passing.values()))
