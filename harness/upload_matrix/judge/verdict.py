"""How an outcome compares with what the matrix says: the verdict, and a run's exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from upload_matrix.model.case import Case
from upload_matrix.model.expectation import Expectation, KnownFailure
from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind
from upload_matrix.model.result import RED, Place, Verdict, VerdictKind

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
    if known.expires is not None and today > known.expires:
        because = f"{difference}; {entry} expired on {known.expires.isoformat()}"
        return Verdict(VerdictKind.EXPIRED, expected, because, known.link, _place(case, known.line))
    return Verdict(VerdictKind.KNOWN_FAILURE, expected, f"{difference}; {entry}", known.link)


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
    )


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """1 when any verdict is red, else 3 when any is unresolved (unavailable ones too), else 0."""
    kinds = {verdict.kind for verdict in verdicts}
    if kinds & RED:
        return 1
    return 3 if VerdictKind.UNRESOLVED in kinds else 0
