"""An answer put together from what a report keeps of it, for where no recording holds the answer itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.model.answer import Answer, NoAnswer, Silence

if TYPE_CHECKING:
    from harness.model.result import CaseResult

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
