"""The passing case to set beside a failing one, and how often the failing one fails."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from upload_matrix.judge.differences import nearest_passing
from upload_matrix.judge.evidence import place_of
from upload_matrix.judge.phrases import counted
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Supply
from upload_matrix.model.case import SAMPLE, value_on
from upload_matrix.model.hop import Crossing, Forwarded, Speaker
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.wire.difference import Difference, diff
from upload_matrix.wire.form import Captured

OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class RequestPair:
    """A passing result, the axes in which it differs (name, its value, the failing one's), and the wire's
    differences from it to the failing one; no deltas when the failing one sent nothing."""

    passing: CaseResult
    axes: tuple[tuple[str, str, str], ...]
    deltas: tuple[Difference, ...]


def pair(run: Run, failing: CaseResult) -> RequestPair | None:
    """The nearest passing case, None when none of the same operation and target passes.

    For a rejected request that is the one whose request is nearest (see ``nearest``); otherwise the one that
    differs in the fewest axes, since what a client refuses never got onto the wire.
    """
    passing = [
        result
        for result in run.results
        if result.outcome.kind is OutcomeKind.ACCEPTED
        and result.target == failing.target
        and value_on(result.axes, OPERATION) == value_on(failing.axes, OPERATION)
        and result.attempts
    ]
    if failing.outcome.kind is OutcomeKind.REJECTED and failing.attempts:
        found = nearest_passing(run).get(failing.attempts[-1].wire)
        same = [each for each in passing if found is not None and each.attempts[-1].wire == found[0]]
        passing = same or passing
    nearest = min(passing, key=lambda each: _distance(each, failing), default=None)
    if nearest is None:
        return None
    return RequestPair(nearest, _axes(nearest, failing), _deltas(run, nearest, failing))


def _distance(passing: CaseResult, failing: CaseResult) -> tuple[bool, int]:
    return passing.matrix != failing.matrix, len(_axes(passing, failing))


def _deltas(run: Run, passing: CaseResult, failing: CaseResult) -> tuple[Difference, ...]:
    if not failing.attempts:
        return ()
    before, after = run.wires.get(passing.attempts[-1].wire), run.wires.get(failing.attempts[-1].wire)
    return () if before is None or after is None else diff(before, after)


def _axes(passing: CaseResult, failing: CaseResult) -> tuple[tuple[str, str, str], ...]:
    names = [name for name in dict.fromkeys((*failing.axes, *passing.axes)) if name != SAMPLE]
    pairs = ((name, value_on(passing.axes, name), value_on(failing.axes, name)) for name in names)
    return tuple(each for each in pairs if each[1] != each[2])


def frequency(run: Run, failing: CaseResult) -> tuple[str, ...]:
    """How often it fails, in sentences: this case's repetitions, and everybody who sent the same request."""
    same_case = [
        each
        for each in run.results
        if each.matrix == failing.matrix and each.target == failing.target and not _axes(each, failing)
    ]
    sentences = [f"This case was run {_times(len(same_case))}: {_outcomes(same_case)}."]
    if failing.attempts:
        wire = failing.attempts[-1].wire
        senders = [
            each
            for each in run.results
            if each.target == failing.target and each.attempts and each.attempts[-1].wire == wire
        ]
        if len(senders) > len(same_case):
            sentences.append(
                f"The same request was sent by {counted(len(senders), 'case')} of the run: "
                f"{_outcomes(senders)}."
            )
    place = place_of(failing)
    if place is not None and place.provenance is Provenance.EMULATED:
        sentences.append("The answers are emulated and always the same: they say nothing of how often a live "
                         "server would do this.")  # fmt: skip
    return tuple(sentences)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _outcomes(results: Iterable[CaseResult]) -> str:
    counts = Counter(_words(each) for each in results)
    return ", ".join(f"{words} {_times(number)}" for words, number in counts.most_common())


def _words(result: CaseResult) -> str:
    outcome = result.outcome
    return " ".join(str(word) for word in (outcome.kind.value, outcome.status, outcome.code) if word)


# An answer put together from what a report keeps of it, for where no recording holds the answer itself.


JSON = ("content-type", "application/json")


def answer_of(result: CaseResult) -> Answer | NoAnswer:
    """The last attempt's answer: status and error fields, or the beginning of one that was not readable."""
    last = result.attempts[-1] if result.attempts else None
    if last is None or last.status is None or last.source is None:
        says = "nothing answered" if last is None or last.no_answer is None else last.no_answer
        return NoAnswer(Silence.UNREACHABLE, says)
    if last.answer is not None:
        return Answer(last.status, (), last.answer.encode(), last.source, last.rule)
    outcome = result.outcome
    error = {
        "message": outcome.message,
        "type": outcome.type,
        "param": outcome.param,
        "code": outcome.code,
    }
    document = {"error": error} if any(error.values()) else {}
    return Answer(
        last.status, (JSON,), json.dumps(document, ensure_ascii=False).encode(), last.source, last.rule
    )


def answers_behind(result: CaseResult) -> Callable[[Captured], Answer | NoAnswer]:
    """The target's answers to what a gateway forwarded for ``result``, request by request, in their order.

    Of an answer that the client did not get only the status is kept. Equal requests get the answers one after
    the other, the last one again and again.
    """
    left: defaultdict[str, list[Answer | NoAnswer]] = defaultdict(list)
    for crossing in result.hop.crossings if result.hop is not None else ():
        for each in crossing.forwarded:
            if each.source is None or each.source.supply is not Supply.SCRIPTED:
                left[each.wire].append(_behind(result, crossing, each))

    def answer(request: Captured) -> Answer | NoAnswer:
        replies = left.get(request.wire.digest)
        if not replies:
            return NoAnswer(Silence.UNRECORDED, "the report has no answer to what the gateway forwards now")
        return replies.pop(0) if len(replies) > 1 else replies[0]

    return answer


def _behind(result: CaseResult, crossing: Crossing, forwarded: Forwarded) -> Answer | NoAnswer:
    if forwarded.status is None or forwarded.source is None:
        return NoAnswer(Silence.UNREACHABLE, forwarded.no_answer or "nothing answered")
    heard = crossing.speaker in (Speaker.TARGET, Speaker.REWORDED) and forwarded is crossing.forwarded[-1]
    told = answer_of(result) if heard else None
    body = told.body if isinstance(told, Answer) else b"{}"
    return Answer(forwarded.status, (JSON,), body, forwarded.source, forwarded.rule)
