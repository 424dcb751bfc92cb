"""An isolation as Markdown, to be read or pasted into an issue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upload_matrix.judge.isolate.result import Isolation
from upload_matrix.judge.isolate.words import subject
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
from upload_matrix.report.markdown_escape import code, marked, prose, table


def render(
    *,
    target: str,
    failing: str,
    passing: str,
    how: str,
    result: Isolation,
    tried: Iterable[tuple[str, Answered]] = (),
    origins: Iterable[str] = (),
) -> str:
    """The report as text; see ``isolation_json.chunks`` for what is given."""
    parts = [
        "# What decides",
        f"**{marked(result.sentence)}**",
        "\n".join(
            (
                f"- failing: {code(failing)}",
                f"- passing: {code(passing)} ({prose(HOW[how])})",
                f"- target: {code(target)}",
            )
        ),
        *body(result=result, tried=tried, origins=origins),
    ]
    return "\n\n".join(parts) + "\n"


def body(
    *, result: Isolation, tried: Iterable[tuple[str, Answered]] = (), origins: Iterable[str] = ()
) -> Iterator[str]:
    """Everything below the head, block by block; a diagnosis has it as a section."""
    found = [f"- {prose(says)}: {prose(str(answer))}" for says, answer in tried]
    if found:
        yield "Tried to find a passing request:"
        yield "\n".join(found)
    yield "\n".join(f"- {prose(each)}" for each in summary_lines(result))
    sentences = [f"- In the code: {marked(says)}." for says in origins]
    if sentences:
        yield "\n".join(sentences)
    yield table(
        ("difference", "passing", "failing", ""),
        (
            (
                marked(subject(change)),
                _value(change.passing),
                _value(change.failing),
                FATES[fate(change, result)],
            )
            for change in (*result.changes, *result.dropped)
        ),
    )
    yield table(
        ("request", "question", "answer"),
        (
            (
                prose(request_words(entry, len(result.changes))),
                PURPOSES[entry.question.purpose],
                prose(reply_words(entry)),
            )
            for entry in result.asked
        ),
    )


def _value(value: str | None) -> str:
    return "none" if value is None else code(value if len(value) <= 80 else f"{value[:79]}…")
