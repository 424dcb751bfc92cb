"""In which order changes are suspected, and where a search is best cut in two."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from upload_matrix.wire.difference import Change, ChangeKind

LIKELIHOOD: Mapping[ChangeKind, float] = {
    # The field report's cause, and most of the public reports listed in the emulator's profiles.
    ChangeKind.CONTENT_TYPE: 10,
    ChangeKind.FILENAME: 6,
    ChangeKind.NAME: 4,
    ChangeKind.BODY: 4,
    ChangeKind.CONTENT: 3,
    ChangeKind.PRESENCE: 3,
    ChangeKind.FIELD: 2,
    ChangeKind.MEDIA_TYPE: 2,
    ChangeKind.FRAMING: 1,
    ChangeKind.METHOD: 1,
    ChangeKind.PATH: 1,
    ChangeKind.QUERY: 1,
    ChangeKind.DISPOSITION: 0.5,
    ChangeKind.PART_HEADER: 0.5,
    ChangeKind.ORDER: 0.5,
    ChangeKind.HEADER: 0.25,
}
"""Relative weights. They decide where a search looks first, never what it finds or how much it may cost."""


def ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The likeliest first, but none before what it requires."""
    by_name = {change.where: change for change in changes}
    ranked = sorted(changes, key=lambda change: -LIKELIHOOD[change.kind])
    placed: dict[str, Change] = {}

    def place(change: Change) -> None:
        if change.where in placed:
            return
        for needed in ranked:
            if needed.where in change.requires:
                place(needed)
        placed[change.where] = by_name[change.where]

    for change in ranked:
        place(change)
    return tuple(placed.values())


def cut(low: int, high: int, changes: Sequence[Change], barred: Collection[int]) -> int | None:
    """A number of changes between ``low`` and ``high``, both excluded, to ask about; None: all are barred.

    ``low`` of them are known not to fail and ``high`` to fail. Of all cuts that still let the search end in
    ceil(log2(high - low)) questions, the one with half of the likelihood on either side.
    """
    half = 1 << ((high - low - 1).bit_length() - 1) if high - low > 1 else 0
    inside = [place for place in range(low + 1, high) if place not in barred]
    allowed = [place for place in inside if place - low <= half and high - place <= half] or inside
    if not allowed:
        return None
    sums = list(accumulate((LIKELIHOOD[change.kind] for change in changes[low:high]), initial=0.0))
    return min(allowed, key=lambda place: (abs(sums[place - low] - sums[-1] / 2), place))
