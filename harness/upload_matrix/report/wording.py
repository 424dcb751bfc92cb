"""The short words and signs that every readable report uses for outcomes and verdicts."""

from __future__ import annotations

import ast

from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, VerdictKind
from upload_matrix.report.counts import Counts

SIGNS = {
    OutcomeKind.ACCEPTED: "✓",
    OutcomeKind.REJECTED: "✗",
    OutcomeKind.REFUSED: "✗",
    OutcomeKind.UNPARSED: "✗",
    OutcomeKind.ALTERED: "✗",
    OutcomeKind.INCONCLUSIVE: "?",
    OutcomeKind.UNRECORDED: "?",
    OutcomeKind.UNAVAILABLE: "–",
    OutcomeKind.HARNESS_ERROR: "!",
}

MARKS = {
    VerdictKind.AS_EXPECTED: "",
    VerdictKind.UNRESOLVED: "",
    VerdictKind.KNOWN_FAILURE: "known",
    VerdictKind.UNEXPECTED: "unexpected",
    VerdictKind.UNEXPECTED_PASS: "passes now",
    VerdictKind.EXPIRED: "known, expired",
}
"""What stands beside an outcome that is not as expected."""

FAILED = frozenset({OutcomeKind.REJECTED, OutcomeKind.REFUSED, OutcomeKind.UNPARSED, OutcomeKind.ALTERED})
"""Outcomes in which an upload did not work, whether or not that was expected."""

WAYS_OUT = {
    OutcomeKind.INCONCLUSIVE: (
        "No judgement of the upload reached the client; the answer above says why. Where a server was in "
        "trouble, run the case again later."
    ),
    OutcomeKind.UNRECORDED: (
        "No recording holds this wire form. Record it with `--record-mode new_episodes`, or have the "
        "emulator answer without recordings: `--target emulator:PROFILE --disable-recording`."
    ),
    OutcomeKind.UNAVAILABLE: (
        "The environment could not be built here. Install what it needs, or leave it out of the matrix."
    ),
    OutcomeKind.HARNESS_ERROR: (
        "Not a word of the server's. If a client or container of your own failed, correct that; if not, it "
        "is a fault of upload-matrix: please report it with this text."
    ),
}
"""What to do about an outcome that says nothing about the upload."""


UNSENT = "A limit was reached first: record again with a higher `--budget` or `--max-calls`."
"""The way out for a case that a limit kept from being sent."""

LOST = (
    "The target accepted the upload, and the gateway did not hand that on: it is paid for, and running the "
    "case again changes nothing. See to the gateway."
)
"""The way out for a case whose answer a gateway lost."""


def way_out(result: CaseResult) -> str | None:
    """What to do about a case that says nothing about the upload; None for any other."""
    if result.outcome.unsent:
        return UNSENT
    if result.outcome.kind is OutcomeKind.INCONCLUSIVE and result.hop is not None and result.hop.lost:
        return LOST
    return WAYS_OUT.get(result.outcome.kind)


def short(outcome: Outcome) -> str:
    """``✓ accepted``, ``✗ 400 invalid_value``, ``? unrecorded``: the sign and as few words as will do."""
    kind = outcome.kind
    if kind is OutcomeKind.REJECTED and outcome.status is not None and outcome.code:
        words = f"{outcome.status} {outcome.code}"
    elif kind is OutcomeKind.ACCEPTED or outcome.status is None:
        words = kind.value.replace("_", " ")
    else:
        words = f"{kind.value.replace('_', ' ')} {outcome.status}"
    return f"{SIGNS[kind]} {words}"


def heading(outcome: Outcome) -> str:
    """``rejected 400 invalid_value``: the outcome in words, without the server's message."""
    words = [outcome.kind.value.replace("_", " ")]
    if outcome.status is not None and outcome.kind is not OutcomeKind.ACCEPTED:
        words.append(str(outcome.status))
    if outcome.code:
        words.append(outcome.code)
    return " ".join(words)


def answer_fields(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """What the server said, field by field and verbatim; a field it left out is not listed."""
    fields = {
        "status": None if outcome.status is None else str(outcome.status),
        "type": outcome.type,
        "code": outcome.code,
        "param": outcome.param,
        "message": outcome.message,
    }
    return tuple((name, value) for name, value in fields.items() if value is not None)


def plural(number: int, noun: str) -> str:
    """``1 case``, ``12,000 cases``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def result_line(counts: Counts) -> str:
    """One line that says how a run went: ``✗ 2 of 14 cases are not as expected (1 unresolved)``."""
    if not counts.cases:
        return "? no case ran"
    as_expected = counts.by_verdict.get(VerdictKind.AS_EXPECTED, 0)
    if as_expected == counts.cases:
        return f"✓ {'the case is' if counts.cases == 1 else f'all {counts.cases:,} cases are'} as expected"
    others = ", ".join(
        f"{number:,} {verdict}"
        for verdict, number in counts.by_verdict.items()
        if verdict != VerdictKind.AS_EXPECTED.value
    )
    of = f"of {plural(counts.cases, 'case')}"
    if counts.red:
        verb = "is" if counts.red == 1 else "are"
        return f"✗ {counts.red:,} {of} {verb} not as expected ({others})"
    sign = "?" if VerdictKind.UNRESOLVED in counts.by_verdict else "✓"
    verb = "is" if 1 in (as_expected, counts.cases) else "are"
    return f"{sign} {as_expected:,} {of} {verb} as expected ({others})"


def beyond_the_outcome(result: CaseResult) -> str:
    """What a verdict says beside "expected this, got that": a known failure's reason; may be empty."""
    plain = f"expected {result.verdict.expected}, got {result.outcome}"
    return (result.verdict.because or "").removeprefix(plain).removeprefix("; ")


def is_python(mend: str) -> bool:
    """Whether a mend is code to copy (``image=("a.webp", data, "image/webp")``), not advice in words."""
    try:
        ast.parse(mend)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
