"""From captured requests to a plan: what is recorded, what is to be sent, what it may cost. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from upload_matrix.answers.answering import Answering, Beside
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.case import Case
from upload_matrix.model.estimate import Estimate, asked, estimate_in
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.plan import Plan, Wanted
from upload_matrix.model.price import NOTHING, PriceTable
from upload_matrix.recordings import RecordMode
from upload_matrix.run.session import Session, Settings
from upload_matrix.wire.form import Captured

# -- capturing: cases run with nobody to answer --
#
# Every request they make is kept, and none leaves this machine. One that is recorded is answered from its
# recording, so that a client that goes on afterwards does as it would. Any other is told that nothing was
# sent.


PLANNING = "only looking at what would be sent: nothing left this machine"


@dataclass
class Seen:
    """A distinct request of a target, as it was first sent, and the cases that sent it."""

    target: str
    wire: str
    request: Captured
    cases: list[str] = field(default_factory=list)


class Capturing(Beside):
    """Stands in for ``Answering`` while requests are captured; ``seen`` by target and stored digest."""

    def __init__(self, answering: Answering) -> None:
        super().__init__(answering)
        self.seen: dict[tuple[str, str], Seen] = {}
        self.case = ""
        """The id of the case that is running."""

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """Notes what is sent, and answers from recordings alone."""

        def answer(request: Captured) -> Answer | NoAnswer:
            wire = self.stored(request.wire).digest
            seen = self.seen.setdefault((target, wire), Seen(target, wire, request))
            if self.case not in seen.cases:
                seen.cases.append(self.case)
            recorded = self._answering.recorded(target, request.wire, sample)
            return NoAnswer(Silence.UNRECORDED, PLANNING) if recorded is None else recorded

        return answer


@dataclass(frozen=True, slots=True)
class Captures:
    """What cases send: distinct requests in the order they first came, and what became of silent cases."""

    seen: tuple[Seen, ...]
    silent: dict[str, str]


def capture(settings: Settings, answering: Answering, cases: Sequence[Case]) -> Captures:
    """Run every case offline.

    Cases that sent nothing (refused by the client, no environment, our own failure) are ``silent``, with
    their outcome in words. Raises ConfigurationError as ``Session.run`` does.
    """
    capturing = Capturing(answering)
    silent: dict[str, str] = {}
    with Session(settings, capturing) as session:
        session.warm(cases)
        for case in cases:
            capturing.case = case.id
            result = session.run(case)
            if not result.attempts or result.outcome.kind is OutcomeKind.HARNESS_ERROR:
                silent[case.id] = str(result.outcome)
    return Captures(tuple(capturing.seen.values()), silent)


def beyond(captures: Captures, known: Plan) -> Captures:
    """What a plan does not ask for already."""
    there = {(wanted.target, wanted.wire) for wanted in known.wanted}
    return Captures(
        tuple(seen for seen in captures.seen if (seen.target, seen.wire) not in there), captures.silent
    )


# -- planning --

FREE = Estimate(NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class AnswersWanted:
    """How many answers each request needs (``repeat``), as the record mode allows.

    ``controls`` are the ids of cases known to pass. Live recordings made before ``older_than`` are asked for
    anew, where the mode lets anything be asked.
    """

    mode: RecordMode
    repeat: int = 1
    controls: Collection[str] = ()
    older_than: date | None = None


def plan(captures: Captures, answering: Answering, prices: PriceTable, answers: AnswersWanted) -> Plan:
    """What the captured requests need."""
    mode, repeat = answers.mode, answers.repeat
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
        stale = (
            _stale(seen, answering, recorded, answers.older_than)
            if mode is not RecordMode.NONE
            else frozenset()
        )
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
                control=any(case in answers.controls for case in seen.cases),
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
