"""Bars of outcomes: how much of a run came out which way, as pieces of 100."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.site.stories import Snapshot

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: where it begins and how long it is, of ``WHOLE``, with what it stands for."""

    kind: OutcomeKind
    number: int
    start: float
    length: float


def pieces(snapshot: Snapshot) -> tuple[Piece, ...]:
    """The bar of one run; () when no case ran."""
    total = sum(number for _, number in snapshot.outcomes)
    found: list[Piece] = []
    start = 0.0
    for kind, number in snapshot.outcomes:
        length = round(WHOLE * number / total, 2)
        found.append(Piece(kind, number, round(start, 2), length))
        start += length
    return tuple(found)
