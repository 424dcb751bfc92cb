"""Two ways through the search: step by step from what was answered, and all at once with somebody to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from upload_matrix.judge.isolate.notebook import Known, Options
from upload_matrix.judge.isolate.questions import Hybrids, Question
from upload_matrix.judge.isolate.result import Isolation
from upload_matrix.judge.isolate.search import search
from upload_matrix.judge.isolate.votes import Reply


def nothing_known(_: frozenset[str]) -> None:
    """No recordings."""
    return


def step(
    hybrids: Hybrids,
    replies: Sequence[Reply | None],
    known: Known = nothing_known,
    options: Options | None = None,
) -> Question | Isolation:
    """The next question after ``replies`` to the questions before it, in turn; the result when there is none.

    Stateless: the same replies lead to the same question, so an isolation that was interrupted goes on from
    its list of replies, as long as ``known`` says the same. A reply of None ends it (the budget is used up).
    Replies beyond the last question are not looked at.
    """
    searching = search(hybrids, known, options or Options())
    try:
        question = next(searching)
        for reply in replies:
            question = searching.send(reply)
    except StopIteration as end:
        found: Isolation = end.value
        return found
    searching.close()
    return question


def isolate(
    hybrids: Hybrids,
    ask: Callable[[Question], Reply | None],
    known: Known = nothing_known,
    options: Options | None = None,
) -> Isolation:
    """Isolate, asking as many questions as it takes.

    ``ask`` has the question's request built and sent; it gives None when it may not ask any more (a budget of
    money), and the isolation ends with what is known. ``known`` looks up recordings, and costs nothing::

        splicer = Splicer(passing, failing)

        def ask(question):
            return reply_of(send(splicer.craft(question.kept).request))

        def known(kept):
            answer = recorded(splicer.form(kept)) if splicer.recordable(kept) else None
            return None if answer is None else reply_of(answer)

        result = isolate(splicer, ask, known)
    """
    searching = search(hybrids, known, options or Options())
    try:
        question = next(searching)
        while True:
            question = searching.send(ask(question))
    except StopIteration as end:
        found: Isolation = end.value
        return found
