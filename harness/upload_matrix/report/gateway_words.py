"""A hop in words, the same in a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from upload_matrix.model.hop import Crossing, Effect, Forwarded, Hop, Speaker

HEADER = ("what", "where", "sent", "forwarded")
"""Over the rows of ``rewriting_rows``."""

MEANING = {
    Effect.CORRUPTED: "the bytes differ",
    Effect.DROPPED: "something that was sent is not forwarded",
    Effect.MASKED: "a bad upload was repaired: without the gateway the fault is back",
    Effect.REWRITTEN: "it differs otherwise",
}

_SPEAKERS = {
    Speaker.TARGET: "the client got the target's answer",
    Speaker.REWORDED: "the client got the target's verdict in the gateway's words",
    Speaker.GATEWAY: "the answer is the gateway's own, not the target's",
    Speaker.NOBODY: "the client got no answer",
}


def headline(hop: Hop) -> str:
    """``masked and dropped``, ``unchanged``, ``not forwarded, answered by the gateway``: in a few words."""
    words = " and ".join(effect.value for effect in hop.effects)
    speakers = {crossing.speaker for crossing in hop.crossings}
    if not hop.forwarded:
        words = "not forwarded"
    parts = [words or "unchanged"]
    parts += ["answered by the gateway"] if Speaker.GATEWAY in speakers else []
    parts += ["without an answer"] if Speaker.NOBODY in speakers or not hop.crossings else []
    return ", ".join(parts)


def told(crossing: Crossing) -> str:
    """``forwarded twice, the target answered 500, then 200; the client got the target's answer``."""
    says = f" ({crossing.says})" if crossing.says else ""
    if not crossing.forwarded:
        return f"nothing was forwarded; {_SPEAKERS[crossing.speaker]}{says}"
    answers = ", then ".join(map(_answer, crossing.forwarded))
    times = _times(len(crossing.forwarded))
    return f"forwarded {times}, the target answered {answers}; {_SPEAKERS[crossing.speaker]}{says}"


def _answer(forwarded: Forwarded) -> str:
    return "nothing" if forwarded.status is None else str(forwarded.status)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def rewriting_rows(forwarded: Forwarded) -> tuple[tuple[str, str | None, str | None, str], ...]:
    """Each difference: where, as sent, as forwarded, and its effect."""
    return tuple((each.where, each.sent, each.forwarded, each.effect.value) for each in forwarded.rewritings)


def findings_line(forwarded: Forwarded) -> str | None:
    """Which findings went and came with the rewriting; None when none did."""
    parts = [
        f"{word}: {', '.join(codes)}"
        for word, codes in (("repaired", forwarded.repaired), ("introduced", forwarded.introduced))
        if codes
    ]
    return "; ".join(parts) or None


def distinct(forwarded: Sequence[Forwarded]) -> tuple[tuple[int, Forwarded], ...]:
    """Upstream attempts that forwarded something new, with their numbers: a plain retry repeats the first."""
    seen: dict[str, tuple[int, Forwarded]] = {}
    for number, each in enumerate(forwarded, 1):
        seen.setdefault(each.wire, (number, each))
    return tuple(seen.values())
