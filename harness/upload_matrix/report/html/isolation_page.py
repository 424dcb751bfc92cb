"""The page of an isolation: what decides, and the chain of questions that shows it."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.isolate.result import Isolation, Stop
from upload_matrix.judge.isolate.words import subject
from upload_matrix.report.html.page import OPEN, PLAIN, Page, find_sections
from upload_matrix.report.isolation import IsolationStory
from upload_matrix.report.wording import NOT_THE_VENDOR, plural

_STOPPED = {
    Stop.FOUND: "Nothing that decides was found",
    Stop.BUDGET: "Stopped by the budget before anything was told apart",
    Stop.UNRESOLVED: "No conclusive answers, so nothing was told apart",
    Stop.ENVIRONMENT: "Something else changed meanwhile",
    Stop.FAILING_PASSES: "The failing request is accepted now",
    Stop.PASSING_FAILS: "The passing request is refused now",
    Stop.NO_ANSWER: "One of the two requests got no conclusive answer",
    Stop.UNSTABLE: "The failing request does not keep failing the same way",
    Stop.SAME_WIRE: "Both requests are the same on the wire",
    Stop.MANY_CAUSES: "There are more causes than were looked for",
}
"""Headlines where no cause was found."""


def render(story: IsolationStory) -> str:
    """The whole page as text; the same isolation gives the same bytes."""
    return "".join(page(story).chunks())


def page(told: IsolationStory) -> Page:
    """The page."""
    result = told.result
    return Page(
        kind="isolation",
        title=told.failing,
        headline=headline(result),
        lead=result.sentence,
        mood=PLAIN if result.causes else OPEN,
        answers=_answers(told),
        emulated=result.emulated,
        facts=tuple(_facts(result)),
        sections=find_sections("isolation", told),
    )


def headline(result: Isolation) -> str:
    """What decides, or how far it came, in a few words; `code` in backquotes."""
    if result.causes:
        changes = result.causes[0].changes
        named = [subject(change) for change in changes]
        if len(named) == 1:
            return f"{named[0][:1].upper()}{named[0][1:]} decides"
        return f"{len(named)} differences decide together"
    if result.narrowed:
        return f"Narrowed to {len(result.narrowed)} of {plural(len(result.changes), 'difference')}"
    return _STOPPED[result.stopped]


def _answers(told: IsolationStory) -> str:
    if told.result.emulated:
        return f"Answers: emulated - {NOT_THE_VENDOR}"
    return f"Answers: live ({told.target})" if told.result.asked else "Answers: none"


def _facts(result: Isolation) -> Iterator[tuple[str, str]]:
    differences = len(result.changes) + len(result.dropped)
    yield f"{differences:,}", "difference" if differences == 1 else "differences"
    yield f"{len(result.asked):,}", "question" if len(result.asked) == 1 else "questions"
    if result.causes:
        yield f"{result.searched:,}", f"to search, of at most {result.bound:,}"
    yield f"{result.calls:,}", "answer asked for" if result.calls == 1 else "answers asked for"
    yield f"{result.recorded:,}", "answer recorded" if result.recorded == 1 else "answers recorded"
