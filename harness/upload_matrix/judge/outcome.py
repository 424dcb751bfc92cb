"""What became of a case, from what the client reported and what the tap saw.

The tap is believed before the client: a client that reports success without a request was never
tested, and one that reports an error after a 2xx answer was not refused by the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from upload_matrix.judge.delivered import Delivery, delivered
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence, api_error
from upload_matrix.model.case import Case, Expectation, KnownFailure, Operation
from upload_matrix.model.errors import Problem
from upload_matrix.model.outcome import UNRESOLVED, ClientReport, Outcome, OutcomeKind, Raised, says_nothing
from upload_matrix.model.result import RED, Place, Verdict, VerdictKind
from upload_matrix.vendors import ends_in
from upload_matrix.wire.coding import plain_body
from upload_matrix.wire.difference import diff

_NOT_REACHED_CLASSES = frozenset(
    {
        "ClientConnectorError",
        "ConnectError",
        "ConnectTimeout",
        "ConnectionAbortedError",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "gaierror",
    }
)
"""Class names, without their module, by which client libraries say that no connection was made."""

_NOT_REACHED_WORDS = (
    "connection refused",
    "econnrefused",
    "enotfound",
    "getaddrinfo",
    "could not resolve host",
    "failed to connect",
    "name or service not known",
    "name resolution",
    "nodename nor servname",
)

_NOT_ASKED = frozenset({Silence.UNRECORDED, Silence.BLOCKED, Silence.BUDGET})

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def decide(
    report: ClientReport | None,
    exchanges: Sequence[Exchange],
    *,
    died: str | None = None,
    hung: bool = False,
    waiting: bool = False,
    canary: str | None = None,
) -> Outcome:
    """The outcome of a case.

    ``report`` is None when the client said nothing. ``died`` holds a dead probe's last words, ``hung``
    says that it did not come back in time, and ``waiting`` that it then still waited for the answer to
    a complete request. Only complete requests are judged by their answer, the last one deciding.
    ``canary`` is a word of the file that an answer has to hold, where whoever answered has looked.
    """
    complete = [exchange for exchange in exchanges if exchange.request.complete]
    for exchange in complete:
        if isinstance(exchange.reply, NoAnswer) and exchange.reply.why in _NOT_ASKED:
            return Outcome(OutcomeKind.UNRECORDED, detail=exchange.reply.says)
    last = complete[-1].reply if complete else None
    if isinstance(last, NoAnswer):
        return Outcome(OutcomeKind.INCONCLUSIVE, detail=last.says)
    if died is not None:
        return _harness_error(f"the probe died: {died.strip() or 'it left no words'}")
    if hung:
        return _hung(last, waiting=waiting)
    if report is None:
        return _harness_error("the probe gave no report of what the client did")
    if last is None:
        return _without_request(report.raised, reached=bool(exchanges))
    outcome = _answered(last, report)
    if outcome.kind is not OutcomeKind.ACCEPTED:
        return outcome
    outcome = _unaltered(outcome, complete)
    if outcome.kind is not OutcomeKind.ACCEPTED:
        return outcome
    told = delivered(complete[-1].request.wire, plain_body(last), canary if last.has_looked else None)
    if told.delivery is not Delivery.IGNORED:
        return outcome
    return replace(outcome, kind=OutcomeKind.IGNORED, detail=told.says)


def calls_of(case: Case, exchanges: Sequence[Exchange]) -> tuple[tuple[Operation, Sequence[Exchange]], ...]:
    """The exchanges of each call of a case, in the order of the calls; the last one's may be none."""
    before = case.before
    if before is None:
        return ((case.operation, exchanges),)
    first = [each for each in exchanges if ends_in(each.request.wire.path, before.operation.path)]
    rest = [each for each in exchanges if each not in first]
    return ((before.operation, first), *(((case.operation, rest),) if rest else ()))


def _harness_error(detail: str) -> Outcome:
    return Outcome(OutcomeKind.HARNESS_ERROR, detail=detail)


def _hung(last: Answer | None, *, waiting: bool) -> Outcome:
    if waiting:
        return Outcome(OutcomeKind.INCONCLUSIVE, detail="the answer did not come in time")
    seen = "no complete request reached the tap" if last is None else f"its answer was {last.status}"
    return _harness_error(f"the client did not come back in time; {seen}")


def _without_request(raised: tuple[Raised, ...], *, reached: bool) -> Outcome:
    if not raised:
        what = "complete request" if reached else "request"
        return _harness_error(f"the client reported success but no {what} reached the tap")
    # The probe's own word to code that goes where its base URL does not lead.
    elsewhere = any(error.name.endswith("ElsewhereError") for error in raised)
    if not reached and not elsewhere and any(_shows_no_connection(error) for error in raised):
        return _harness_error(f"the client could not reach the tap: {_chain(raised)}")
    return Outcome(OutcomeKind.NOT_SENT, detail=_chain(raised))


def _answered(answer: Answer, report: ClientReport) -> Outcome:
    if 200 <= answer.status < 300:
        if not report.raised:
            return Outcome(OutcomeKind.ACCEPTED, status=answer.status)
        if any(error.name.endswith(("Timeout", "TimeoutError")) for error in report.raised):
            detail = f"the client gave up waiting: {_chain(report.raised)}"
            return Outcome(OutcomeKind.INCONCLUSIVE, status=answer.status, detail=detail)
        return Outcome(OutcomeKind.UNPARSED, status=answer.status, detail=_chain(report.raised))
    inconclusive = says_nothing(answer.status)
    error = api_error(answer.body)
    return Outcome(
        OutcomeKind.INCONCLUSIVE if inconclusive else OutcomeKind.REJECTED,
        status=answer.status,
        type=error.type,
        code=error.code,
        param=error.param,
        message=error.message,
        detail=_beside(answer, report),
    )


def _unaltered(outcome: Outcome, complete: Sequence[Exchange]) -> Outcome:
    """``outcome``, unless a later attempt carried something else: then a success is none."""
    first = complete[0].request.wire
    for exchange in complete[1:]:
        if exchange.request.wire.digest != first.digest:
            deltas = "; ".join(map(str, diff(first, exchange.request.wire)))
            detail = f"attempt {exchange.attempt} differs from attempt {complete[0].attempt}: {deltas}"
            return replace(outcome, kind=OutcomeKind.ALTERED, detail=detail)
    return outcome


def _beside(answer: Answer, report: ClientReport) -> str | None:
    """What the error's fields do not say about an answer that is not 2xx."""
    location = answer.header("location")
    if 300 <= answer.status < 400 and location is not None:
        # Without its query, which may be signed.
        return f"the server redirects to {location.partition('?')[0]}"
    if report.returned is not None:
        return f"the client returned {report.returned} all the same"
    return None


def _shows_no_connection(error: Raised) -> bool:
    message = error.message.lower()
    return error.name.rpartition(".")[2] in _NOT_REACHED_CLASSES or any(
        words in message for words in _NOT_REACHED_WORDS
    )


def _chain(raised: tuple[Raised, ...]) -> str:
    outermost, innermost = raised[0], raised[-1]
    if innermost == outermost:
        return _said(outermost)
    return f"{_said(outermost)} (caused by {_said(innermost)})"


def _said(error: Raised) -> str:
    # Memory addresses would make two equal runs differ.
    message = _ADDRESS.sub("at 0x...", error.message).strip()
    return f"{error.name}: {message}" if message else error.name


# How an outcome compares with what the matrix says: the verdict, and a run's exit code.


DEFAULT = Expectation(when=(), outcome=OutcomeKind.ACCEPTED)
"""What a case should give when no rule of its matrix holds."""


def judge(case: Case, outcome: Outcome, facts: Mapping[str, str | None], *, today: date) -> Verdict:
    """Compare an outcome with the first expectation whose conditions hold over the axes and ``facts``.

    An unresolved outcome is never a failure and never a pass, known failure or not, unless the
    expectation names it. ``today`` decides whether a known failure is still tolerated.
    """
    values = {name: case.axis(name) for name in case.axes} | dict(facts)
    expectation = next((rule for rule in case.expectations if _holds(rule, values)), DEFAULT)
    known = next((entry for entry in case.known_failures if _holds(entry, values)), None)
    met = _met(expectation, outcome)
    expected = str(expectation)
    difference = f"expected {expected}, got {outcome}"
    if not met and outcome.kind in UNRESOLVED:
        return Verdict(VerdictKind.UNRESOLVED, expected, difference)
    if known is None:
        if met:
            return Verdict(VerdictKind.AS_EXPECTED, expected)
        at = _place(case, expectation.line)
        return Verdict(VerdictKind.UNEXPECTED, expected, difference, at=at)
    entry = f"the known failure of line {known.line} ({known.reason})"
    if met:
        because = f"{entry} passes: got {outcome}; remove the entry"
        return Verdict(VerdictKind.UNEXPECTED_PASS, expected, because, known.link, _place(case, known.line))
    if known.has_expired(today):
        because = f"{difference}; {entry} expired on {known.expires}"
        return Verdict(VerdictKind.EXPIRED, expected, because, known.link, _place(case, known.line))
    return Verdict(VerdictKind.KNOWN_FAILURE, expected, f"{difference}; {entry}", known.link)


def expired(cases: Iterable[Case], today: date) -> tuple[Problem, ...]:
    """The entries of ``known_failures`` whose last day is over, each once, whether or not they still fail."""
    found = {(case.file or case.matrix, entry) for case in cases for entry in case.known_failures}
    return tuple(
        sorted(
            Problem(file, entry.line, 1, f"known failure ({entry.reason}) expired on {entry.expires}")
            for file, entry in found
            if entry.has_expired(today)
        )
    )


def _place(case: Case, line: int) -> Place | None:
    """Where the rule of that line stands, or the case where there is none; None when no file is known."""
    where = line or case.line
    return Place(case.file, where) if case.file is not None and where else None


def _holds(rule: Expectation | KnownFailure, values: Mapping[str, str | None]) -> bool:
    return all(condition.holds(values) for condition in rule.when)


def _met(expectation: Expectation, outcome: Outcome) -> bool:
    # An outcome without a server's message (refused, unparsed) is matched on its own words.
    words = outcome.message or outcome.detail or ""
    return (
        outcome.kind is expectation.outcome
        and expectation.status in (None, outcome.status)
        and expectation.code in (None, outcome.code)
        and (expectation.message is None or expectation.message in words)
        and expectation.at in (None, outcome.at)
    )


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """1 when any verdict is red, else 3 when any is unresolved (unavailable ones too), else 0."""
    kinds = {verdict.kind for verdict in verdicts}
    if kinds & RED:
        return 1
    return 3 if VerdictKind.UNRESOLVED in kinds else 0
