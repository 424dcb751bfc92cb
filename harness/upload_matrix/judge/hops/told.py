"""A run's hops in sentences: what a gateway does to uploads, before any conclusion about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.phrases import counted, phrase, value_shown
from upload_matrix.model.hop import Effect, Rewriting, Speaker
from upload_matrix.model.result import Run

_NAMED = 3
"""Differences that a sentence names before it counts the rest."""


def hop_sentences(run: Run) -> Iterator[str]:
    """For each gateway: a sentence for each effect, one for answers of its own, one for retries."""
    for gateway in dict.fromkeys(result.hop.gateway for result in run.results if result.hop is not None):
        yield from _of_gateway(run, gateway)


def _of_gateway(run: Run, gateway: str) -> Iterator[str]:
    hops = [result.hop for result in run.results if result.hop is not None and result.hop.gateway == gateway]
    crossings = [crossing for hop in hops for crossing in hop.crossings]
    name = f"The gateway `{gateway}`"
    for effect in Effect:
        cases = sum(effect in hop.effects for hop in hops)
        if not cases:
            continue
        seen = dict.fromkeys(
            rewriting
            for crossing in crossings
            for forwarded in crossing.forwarded
            for rewriting in forwarded.rewritings
            if rewriting.effect is effect
        )
        yield f"{name} {_DOES[effect]} in {counted(cases, 'case')}: {listed(list(seen))}."
    own = sum(crossing.speaker is Speaker.GATEWAY for crossing in crossings)
    if own:
        yield (
            f"{name} answered {counted(own, 'call')} itself: such an answer is not the target's, and says "
            "nothing of what the target takes."
        )
    lost = sum(crossing.lost for crossing in crossings)
    if lost:
        yield (
            f"{name} lost {counted(lost, 'answer')} by which the target accepted: paid for, and in the cost, "
            "but no client got them."
        )
    again = sum(len(crossing.forwarded) > 1 for crossing in crossings)
    if again:
        yield f"{name} asked the target more than once for {counted(again, 'call')}."
    unchanged = sum(hop.faithful for hop in hops)
    if unchanged < len(hops):
        yield (
            f"Conclusions rest on the {unchanged:,} of {counted(len(hops), 'case')} that `{gateway}` passed "
            "on unchanged: in the others the target judged another upload, or none."
        )
    elif hops:
        yield f"{name} passed on all uploads unchanged ({counted(len(hops), 'case')})."


_DOES = {
    Effect.CORRUPTED: "corrupts uploads",
    Effect.DROPPED: "drops something",
    Effect.MASKED: "masks a bad upload by repairing it",
    Effect.REWRITTEN: "rewrites uploads",
}


def listed(rewritings: Sequence[Rewriting]) -> str:
    """The first differences in words, and how many more there are; "" for none."""
    named = [_told(each) for each in rewritings[:_NAMED]]
    more = len(rewritings) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more > 0 else "")


def _told(rewriting: Rewriting) -> str:
    if rewriting.where.startswith("fields.") or "." not in rewriting.where:
        name = rewriting.where.removeprefix("fields.")
        if rewriting.forwarded is None:
            return f"`{name}` is not forwarded"
        if rewriting.sent is None:
            return f"`{name}` is added as {value_shown(rewriting.forwarded)}"
    return (
        f"{phrase(rewriting.where)} is sent as {value_shown(rewriting.sent)} and forwarded as "
        f"{value_shown(rewriting.forwarded)}"
    )
