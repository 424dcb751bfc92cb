"""Which changes are worth asking about: those that show on the wire, likeliest first."""

from __future__ import annotations

from upload_matrix.judge.isolate.prior import ordered
from upload_matrix.judge.isolate.questions import Hybrids
from upload_matrix.wire.difference import Change, closure


def effective(hybrids: Hybrids) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """The changes likeliest first, without those that leave the wire as it is at both ends; and those."""
    order = list(ordered(hybrids.changes))
    dropped = []
    for change in reversed(tuple(order)):
        rest = [other for other in order if other is not change]
        if any(change.where in other.requires for other in rest):
            continue
        alone = closure({change.where}, order)
        everything = frozenset(other.where for other in order)
        if hybrids.key(alone) == hybrids.key(alone - {change.where}) and (
            hybrids.key(everything) == hybrids.key(everything - {change.where})
        ):
            order = rest
            dropped.append(change)
    return tuple(order), tuple(reversed(dropped))
