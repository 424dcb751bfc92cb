"""From captured requests to a plan: what is recorded, what is to be sent, what it may cost. Sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.asked import asked
from harness.model.estimate import Estimate, estimate_in
from harness.model.money import NOTHING
from harness.model.plan import Plan, Wanted

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.engine.answering import Answering
    from harness.engine.cassettes import RecordMode
    from harness.model.price import PriceTable
    from harness.session.recording.capture import Captures, Seen

FREE = Estimate(NOTHING, NOTHING)


def plan(
    captures: Captures,
    answering: Answering,
    prices: PriceTable,
    *,
    mode: RecordMode,
    repeat: int = 1,
    controls: Collection[str] = (),
) -> Plan:
    """What the captured requests need, as the record mode allows.

    ``repeat`` is how many answers are wanted to each; ``controls`` are the ids of cases known to pass.
    """
    wanted = []
    for seen in captures.seen:
        recorded = _recorded(seen, answering, repeat)
        missing = tuple(number for number in range(repeat) if number not in recorded)
        if mode.asks_anew:
            missing = tuple(range(repeat))
        elif not mode.may_ask(fresh=answering.fresh(seen.target)):
            missing = ()
        request = asked(seen.request.wire)
        wanted.append(
            Wanted(
                target=seen.target,
                wire=seen.wire,
                request=seen.request,
                cases=tuple(seen.cases),
                samples=missing,
                recorded=len(recorded),
                model=request.model,
                quality=request.quality,
                estimate=FREE
                if answering.free(seen.target)
                else estimate_in(prices, seen.request.wire, seen.target),
                free=answering.free(seen.target),
                control=any(case in controls for case in seen.cases),
            )
        )
    return Plan(tuple(wanted), captures.silent)


def _recorded(seen: Seen, answering: Answering, repeat: int) -> tuple[int, ...]:
    return tuple(
        number
        for number in range(repeat)
        if answering.recorded(seen.target, seen.request.wire, number) is not None
    )
