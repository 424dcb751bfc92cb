"""The chain of questions: which differences a request in between had, why it was asked about, the answer."""

from __future__ import annotations

from upload_matrix.judge.isolate.questions import Asked
from upload_matrix.judge.isolate.votes import Vote
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.report.html.diagnosis_page import DiagnosisStory
from upload_matrix.report.html.page import Content
from upload_matrix.report.isolation import PURPOSES, IsolationStory, reply_words, request_words

TITLE = "Questions"
ORDER = 30

MOST_COLUMNS = 24
"""Differences up to which each has a column: with more, the words alone tell them."""

_KINDS = {
    Vote.ACCEPTED: OutcomeKind.ACCEPTED,
    Vote.REJECTED: OutcomeKind.REJECTED,
    Vote.INCONCLUSIVE: OutcomeKind.INCONCLUSIVE,
    Vote.NOT_ASKED: OutcomeKind.UNRECORDED,
}
"""The outcome whose shape and colour a vote has."""


def of_isolation(story: IsolationStory) -> Content | None:
    """The questions in their order; None when none was asked."""
    result = story.result
    if not result.asked:
        return None
    decisive = {change.where for cause in result.causes for change in cause.changes}
    columns = [
        {"number": number, "where": change.where, "decides": change.where in decisive}
        for number, change in enumerate(result.changes, 1)
    ]
    rows = [_row(number, entry, len(result.changes)) for number, entry in enumerate(result.asked, 1)]
    return Content({"columns": columns if len(columns) <= MOST_COLUMNS else [], "rows": rows})


def of_diagnosis(story: DiagnosisStory) -> Content | None:
    """Those of the isolation in it, where there was one."""
    return None if story.isolation is None else of_isolation(story.isolation)


def _row(number: int, entry: Asked, changes: int) -> dict[str, object]:
    reply = entry.reply
    return {
        "number": number,
        "kept": entry.question.kept,
        "request": request_words(entry, changes),
        "purpose": PURPOSES[entry.question.purpose],
        "kind": _KINDS[reply.vote].value,
        # Without its sign: the icon has its shape.
        "answer": reply_words(entry).partition(" ")[2],
        "emulated": reply.emulated,
        "says": reply.says if reply.vote is Vote.REJECTED else "",
    }
