"""The plan of a recording in lines for a terminal: what would be sent, and what it may cost."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.model.money import shown
from upload_matrix.model.plan import Plan, Sum
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural

_NAMED = 3


def plan_lines(plan: Plan, cases: int) -> Iterator[str]:
    """Cases, distinct requests, what is recorded and to be sent; the paid part by target, model, quality."""
    sending = plan.sending()
    yield (
        f"{plural(cases, 'case')}, {plural(len(plan.wanted), 'distinct request')}: "
        f"{plural(plan.recorded, 'answer')} recorded, {len(sending):,} to send"
    )
    stale = sum(len(wanted.stale) for wanted in plan.wanted)
    if stale:
        yield f"  of these, recordings that are too old and are asked for anew: {stale:,}"
    free = sum(item.wanted.free for item in sending)
    if free:
        yield f"  to the emulator, at no cost: {free:,}"
    for target, model, quality, each in plan.by_price():
        name = f"{visible(model or 'no model named')}, quality {visible(quality or 'auto')}"
        yield f"  {visible(target)}, {name}: {plural(each.calls, 'call')}, {money(each)}"
    total = plan.total()
    if total.calls:
        yield f"  together: {plural(total.calls, 'call')}, {money(total)}"
    yield from _notes(plan)
    if plan.silent:
        yield f"{plural(len(plan.silent), 'case')} with nothing to send:"
        for case, outcome in list(plan.silent.items())[:_NAMED]:
            yield f"  {visible(case)}: {visible(outcome)}"
        if len(plan.silent) > _NAMED:
            yield f"  and {len(plan.silent) - _NAMED:,} more"


def money(each: Sum) -> str:
    """``about $0.04, at most $0.12``; what is not known is said, and never counted as nothing."""
    if each.worst.unknown == each.calls:
        return "price unknown"
    known = f"about {shown(each.expected.known)}, at most {shown(each.worst.known)}"
    if each.worst.unknown:
        known += f", and {plural(each.worst.unknown, 'call')} of unknown price"
    return known


def _notes(plan: Plan) -> Iterator[str]:
    """What the estimates assume, each once, for requests that would be sent."""
    notes = dict.fromkeys(
        note for wanted in plan.wanted if wanted.samples and not wanted.free for note in wanted.estimate.notes
    )
    for note in notes:
        yield f"  note: {visible(note)}"
