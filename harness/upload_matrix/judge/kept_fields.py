"""An answer put together from what a report keeps of it, for where no recording holds the answer itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable

from upload_matrix.model.answer import Answer, NoAnswer, Silence, Supply
from upload_matrix.model.hop import Crossing, Forwarded, Speaker
from upload_matrix.model.result import CaseResult
from upload_matrix.wire.form import Captured

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
