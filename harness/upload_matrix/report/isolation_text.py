"""An isolation for a terminal: the sentence first, then how it is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upload_matrix.judge.isolate.result import Isolation
from upload_matrix.model.diagnosis import Answered
from upload_matrix.report.isolation_json import fate
from upload_matrix.report.isolation_words import (
    FATES,
    HOW,
    PURPOSES,
    reply_words,
    request_words,
    summary_lines,
)
from upload_matrix.report.visible import visible


def lines(
    *,
    target: str,
    failing: str,
    passing: str,
    how: str,
    result: Isolation,
    tried: Iterable[tuple[str, Answered]] = (),
    origins: Iterable[str] = (),
) -> Iterator[str]:
    """The report line by line; see ``isolation_json.chunks`` for what is given."""
    yield visible(result.sentence)
    yield ""
    yield f"failing  {visible(failing)}"
    yield f"passing  {visible(passing)} ({HOW[how]})"
    yield f"target   {visible(target)}"
    for says, answer in tried:
        yield f"  tried: {visible(says)}: {visible(str(answer))}"
    yield ""
    yield "Differences:"
    for change in (*result.changes, *result.dropped):
        yield f"  {FATES[fate(change, result)]:<22} {visible(str(change))}"
    yield ""
    yield "Questions:"
    for entry in result.asked:
        yield f"  {visible(request_words(entry, len(result.changes)))}: {PURPOSES[entry.question.purpose]}"
        yield f"    {visible(reply_words(entry))}"
    yield ""
    yield from summary_lines(result)
    for says in origins:
        yield f"In the code: {visible(says)}."
