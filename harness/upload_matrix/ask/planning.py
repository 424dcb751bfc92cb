"""From captured requests to a plan: what is recorded, what is to be sent, what it may cost. Sends nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from upload_matrix.answers.answering import Answering
from upload_matrix.ask.capture import Captures, Seen
from upload_matrix.model.asked import asked
from upload_matrix.model.estimate import Estimate, estimate_in
from upload_matrix.model.money import NOTHING
from upload_matrix.model.plan import Plan, Wanted
from upload_matrix.model.price import PriceTable
from upload_matrix.recordings import RecordMode

FREE = Estimate(NOTHING, NOTHING)


def plan(
    captures: Captures,
    answering: Answering,
    prices: PriceTable,
    *,
    mode: RecordMode,
    repeat: int = 1,
    controls: Collection[str] = (),
    older_than: date | None = None,
) -> Plan:
    """What the captured requests need, as the record mode allows.

    ``repeat`` is how many answers are wanted to each; ``controls`` are the ids of cases known to pass. Live
    recordings made before ``older_than`` are asked for anew, where the mode lets anything be asked.
    """
    wanted = []
    silent = dict(captures.silent)
    for seen in captures.seen:
        if (why := answering.unrecordable(seen.target, seen.request.wire)) is not None:
            silent.update(dict.fromkeys(seen.cases, why))
            continue
        recorded = _recorded(seen, answering, repeat)
        missing = tuple(number for number in range(repeat) if number not in recorded)
        if mode.asks_anew:
            missing = tuple(range(repeat))
        elif not mode.may_ask(fresh=answering.fresh(seen.target)):
            missing = ()
        stale = _stale(seen, answering, recorded, older_than) if mode is not RecordMode.NONE else frozenset()
        missing = tuple(sorted({*missing, *stale}))
        request = asked(seen.request.wire)
        wanted.append(
            Wanted(
                target=seen.target,
                wire=seen.wire,
                request=seen.request,
                cases=tuple(seen.cases),
                samples=missing,
                recorded=len(recorded),
                stale=stale,
                model=request.model,
                quality=request.quality,
                estimate=FREE
                if answering.free(seen.target)
                else estimate_in(prices, seen.request.wire, seen.target),
                free=answering.free(seen.target),
                control=any(case in controls for case in seen.cases),
            )
        )
    return Plan(tuple(wanted), silent)


def _stale(
    seen: Seen, answering: Answering, recorded: Iterable[int], older_than: date | None
) -> frozenset[int]:
    """The recorded samples that are too old; an emulated one has no age."""
    if older_than is None:
        return frozenset()
    answers = {number: answering.recorded(seen.target, seen.request.wire, number) for number in recorded}
    days = {
        number: answer.source.recorded_on
        for number, answer in answers.items()
        if answer is not None and answer.source is not None
    }
    return frozenset(
        number for number, day in days.items() if day is not None and day < older_than.isoformat()
    )


def _recorded(seen: Seen, answering: Answering, repeat: int) -> tuple[int, ...]:
    return tuple(
        number
        for number in range(repeat)
        if answering.recorded(seen.target, seen.request.wire, number) is not None
    )
