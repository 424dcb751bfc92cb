"""The words that a terminal and Markdown share when they tell of an isolation."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.isolate.questions import Asked, Purpose
from upload_matrix.judge.isolate.result import Isolation
from upload_matrix.judge.isolate.votes import Vote
from upload_matrix.report.provenance import NOT_THE_VENDOR
from upload_matrix.report.wording import plural

PURPOSES = {
    Purpose.FAILING: "does it still fail?",
    Purpose.PASSING: "does it still pass?",
    Purpose.CONTROL: "control: does it still pass?",
    Purpose.SEARCH: "do these differences suffice to fail?",
    Purpose.SUFFICIENT: "do these alone suffice to fail?",
    Purpose.MINIMAL: "do they still suffice with one taken back?",
    Purpose.NECESSARY: "does it pass without the cause?",
    Purpose.NEXT_FAILURE: "of what kind is the failure that is left?",
}

SIGNS = {Vote.ACCEPTED: "✓", Vote.REJECTED: "✗", Vote.INCONCLUSIVE: "?", Vote.NOT_ASKED: "–"}

HOW = {
    "given": "as given",
    "recorded": "the nearest that a recording says is accepted",
    "mended": "the failing one mended, and accepted",
    "simplified": "the failing one made as plain as can be, and accepted",
}

FATES = {
    "decides": "decides",
    "comes_along": "cannot be made without",
    "does_not_matter": "does not matter",
    "same_wire": "leaves the wire as it is",
    "suspected": "suspected",
    "open": "not told apart",
}


def request_words(entry: Asked, changes: int) -> str:
    """The request of a question: the failing or the passing one, or what of the failing one it has."""
    kept = sorted(entry.question.kept)
    if not kept:
        return "the passing request"
    if len(kept) == changes:
        return "the failing request"
    return f"passing with the failing {', '.join(kept)}"


def reply_words(entry: Asked) -> str:
    """``✗ rejected 400 invalid_value model, recorded``."""
    reply = entry.reply
    words = f"{SIGNS[reply.vote]} {str(reply).replace('_', ' ') if reply.signature is None else reply}"
    if reply.vote in (Vote.INCONCLUSIVE, Vote.NOT_ASKED) and reply.says:
        words += f" ({reply.says})"
    return f"{words}, recorded" if reply.recorded else words


def summary_lines(result: Isolation) -> Iterator[str]:
    """What it took and who spoke."""
    took = f"{plural(result.calls, 'answer')} asked for, {plural(result.recorded, 'answer')} recorded"
    if result.causes:
        took += f"; the search took {result.searched} of at most {plural(result.bound, 'question')}"
    if result.inconclusive:
        took += f"; {plural(result.inconclusive, 'answer')} said nothing and did not count"
    yield f"{took}."
    for number, cause in enumerate(result.causes, 1):
        yield f"{'Cause' if len(result.causes) == 1 else f'Cause {number}'}: {_confirmed(cause.necessary)}."
    if result.emulated:
        yield f"Answers: emulated - {NOT_THE_VENDOR}."


def _confirmed(necessary: bool | None) -> str:
    sufficient = "sufficient (the passing request with it fails)"
    if necessary is None:
        return f"{sufficient}; whether it is necessary stayed open"
    if necessary:
        return f"{sufficient} and necessary (the failing request without it passes)"
    return f"{sufficient}; the failing request without it fails too"
