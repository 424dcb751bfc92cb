"""One forwarded form against what the client sent: every difference with its effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from upload_matrix.judge.hops.effects import effect, faults, repaired
from upload_matrix.judge.hops.embedded import embedded_differences
from upload_matrix.judge.hops.pairing import pair
from upload_matrix.model.hop import Rewriting
from upload_matrix.model.operation import Operation
from upload_matrix.wire.difference import Delta, diff
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rewritings`` in the order a reader meets them; codes of findings that went and came, sorted."""

    rewritings: tuple[Rewriting, ...] = ()
    repaired: tuple[str, ...] = ()
    introduced: tuple[str, ...] = ()


def compare(sent: WireForm, forwarded: WireForm, operation: Operation) -> Comparison:
    """What a gateway made of an upload that was ``sent`` for ``operation``; nothing when it is the same."""
    if sent.digest == forwarded.digest:
        return Comparison()
    before, after = faults(sent, operation), faults(forwarded, operation)
    mended = repaired(before, after)
    return Comparison(
        rewritings=tuple(
            Rewriting(delta.where, delta.before, delta.after, effect(delta, mended))
            for delta in differences(sent, forwarded)
        ),
        repaired=tuple(sorted({code for code, _ in mended})),
        introduced=tuple(sorted({code for code, _ in after - before})),
    )


def differences(sent: WireForm, forwarded: WireForm) -> Iterator[Delta]:
    """The differences, parts under the names they were sent by, a renamed part as ``image.name``."""
    if sent.parts is None or (forwarded.parts is None and forwarded.json is None):
        yield from diff(sent, forwarded)
        return
    if forwarded.parts is None:
        # What is beside the body is compared as ever; the body is told part by part.
        yield from diff(replace(sent, parts=None), replace(forwarded, json=None))
        yield from embedded_differences(sent.parts, forwarded.json or "null")
        return
    pairing = pair(sent.parts, forwarded.parts)
    for label, (name, new) in pairing.renamed.items():
        yield Delta(f"{label}.name", name, new)
    yield from diff(replace(sent, parts=pairing.sent), replace(forwarded, parts=pairing.forwarded))
