"""What ``isolate`` does: two ends, agreement, the search, the report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from upload_matrix.isolate.asker import Memory
from upload_matrix.isolate.isolated import (
    End,
    Isolated,
    Search,
    first_passing,
    neighbours,
    recordings,
    repaired_ends,
    run_isolation,
)
from upload_matrix.isolate.passage import Passage, ThroughAsker
from upload_matrix.isolate.questions import (
    Investigation,
    QuestionOptions,
    agree,
    deliver,
    gateway_of,
    most_calls,
    opened,
)
from upload_matrix.isolate.subject import Subject, captured_cases
from upload_matrix.judge.crossings import listed
from upload_matrix.judge.isolate.result import Stop
from upload_matrix.model import codec
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.report.gateway import told
from upload_matrix.report.isolation import IsolationDocument, IsolationStory, isolation_document, readable
from upload_matrix.report.streams import say
from upload_matrix.wire.form import Captured
from upload_matrix.wire.splice import Splicer

MOST_NEIGHBOURS = 300
"""Cases of a matrix that are looked at for their requests: each runs its client once, offline."""

_DEFAULT_DIFFERENCES = 8


def run(options: QuestionOptions, failing: str, passing: str | None) -> int:
    """Carry it out; the exit code. Raises ConfigurationError."""
    with opened(options, "isolate") as inquiry:
        subject = inquiry.subject(failing)
        found = between(inquiry, subject, passing)
        if isinstance(found, Search):
            return _without_end(found)
        _report(inquiry, found, inquiry.keeping.secrets(subject.target))
        return exit_code(found)


def between(inquiry: Investigation, subject: Subject, passing: str | None) -> Isolated | Search:
    """The isolation between the subject and a passing request, or what was tried in vain to find one.

    Raises ConfigurationError, also where the calls that it may take are not agreed to.
    """
    with ExitStack() as stack:
        gateway = stack.enter_context(gateway_of(inquiry, subject.target, assets_of(subject)))
        asker = (
            inquiry.asker(subject.target, Memory())
            if gateway is None
            else inquiry.through(subject.target, Memory(), gateway)
        )
        search = inquiry.search_options(subject.target)
        if passing is not None:
            ends: Sequence[End] = [inquiry.passing(passing, subject)]
            found = Search(ends[0])
            tries = 0
        else:
            near = near_to(inquiry, subject)
            ends = [*near[:1], *repaired_ends(subject)]
            tries = 0 if near else len(ends)
            found = Search(None)
        count = (
            len(Splicer(ends[0].request, subject.request).changes)
            if ends and not tries
            else _DEFAULT_DIFFERENCES
        )
        what = f"isolating among {count} differences" if not tries else "looking for a passing request"
        agree(inquiry, asker, subject.request, most_calls(count, tries, search), what)
        if found.end is None:
            found = first_passing(asker, ends)
        if found.end is None:
            return found
        isolated, _ = run_isolation(subject, found.end, asker, search, tried=found.tried)
        if isinstance(asker, ThroughAsker):
            passage = asker.passage
            isolated = replace(isolated, target=f"{isolated.target} through {passage.name}")
            _tell_crossings(passage, (subject, found.end.request))
        return isolated


def assets_of(subject: Subject) -> dict[str, str]:
    """The shipped pictures of a request: names by SHA-256."""
    parts = subject.request.wire.parts or ()
    return {part.sha256: part.asset for part in parts if part.asset is not None}


def _tell_crossings(passage: Passage, ends: tuple[Subject, Captured]) -> None:
    """What the gateway made of both ends: a difference that it takes away cannot decide."""
    for role, request in (("failing", ends[0].request), ("passing", ends[1])):
        crossed = passage.crossed.get(request.wire.digest)
        if crossed is not None:
            say(f"the {role} request at {passage.name}: {told(crossed.crossing)}")
            for forwarded in crossed.crossing.forwarded[-1:]:
                if forwarded.rewritings:
                    say(f"  it is forwarded otherwise: {listed(forwarded.rewritings)}")


def near_to(inquiry: Investigation, subject: Subject) -> tuple[End, ...]:
    """Recorded neighbours. Only where the subject's own bytes make none are other cases run for theirs."""
    near = neighbours(subject, inquiry.cassettes)
    return near or neighbours(subject, inquiry.cassettes, others_of(inquiry, subject))


def others_of(inquiry: Investigation, subject: Subject) -> tuple[Subject, ...]:
    """What the other cases of the subject's matrix send for the same operation and target.

    None where nothing is recorded that their bytes could help to make.
    """
    case = subject.case
    if case is None or next(recordings(inquiry.cassettes, subject.target), None) is None:
        return ()
    cases = [
        other
        for other in inquiry.loaded.cases
        if (other.matrix, other.operation.name, other.target)
        == (case.matrix, case.operation.name, case.target)
        and other.id != case.id
    ]
    return captured_cases(inquiry.settings, inquiry.keeping, cases[:MOST_NEIGHBOURS])


def exit_code(isolated: Isolated) -> int:
    """0 for a cause, 1 when there is no failure any more, 4 when a limit ended it, else 3."""
    stopped = isolated.result.stopped
    if stopped is Stop.BUDGET:
        return Exit.BUDGET
    if isolated.result.causes:
        return 0
    return 1 if stopped is Stop.FAILING_PASSES else Exit.UNRESOLVED


def story_of(isolated: Isolated) -> IsolationStory:
    """What reports of an isolation are made of."""
    return IsolationStory(
        target=isolated.target,
        failing=isolated.failing,
        passing=isolated.passing,
        how=isolated.how,
        result=isolated.result,
        forms=isolated.forms,
        tried=tuple((tried.end.says, tried.answer) for tried in isolated.tried),
        origins=isolated.origins,
    )


def _report(inquiry: Investigation, isolated: Isolated, secrets: tuple[str, ...]) -> None:
    document = isolation_document(story_of(isolated))
    deliver(
        inquiry.options,
        secrets,
        json="".join(codec.chunks(document)),
        report=readable(document),
        html=lambda: _page(document),
    )


def _page(document: IsolationDocument) -> str:
    # The template engine is loaded only when a page is wanted.
    from upload_matrix.report.html import isolation_page

    return "".join(isolation_page.page(document).chunks())


def _without_end(found: Search) -> int:
    for tried in found.tried:
        say(f"  tried: {tried.end.says}: {tried.answer}")
    if found.stopped is not None:
        say(f"stopped: {found.stopped}")
        return Exit.BUDGET
    if not found.tried:
        raise ConfigurationError(
            "no passing request is recorded, and this one cannot be fixed; name one that passes as PASSING"
        )
    say("no passing request was found; name one as PASSING, or see what `upload-matrix diagnose` makes of it")
    return Exit.UNRESOLVED
