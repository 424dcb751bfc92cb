"""The result of one case, and the run that holds them: what every report is a view of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from upload_matrix.model.answer import Source
from upload_matrix.model.hop import Hop
from upload_matrix.model.outcome import ClientReport, Outcome
from upload_matrix.model.price import Price, Usage
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import WireForm


class VerdictKind(ExplainedWord):
    """How an outcome compares with what the matrix says."""

    AS_EXPECTED = "as-expected", "The outcome is the one that the matrix expects."
    UNEXPECTED = (
        "unexpected",
        "Differs from the expectation: a regression, or an expectation to correct.",
        "The expectation's line stands beside it; `diagnose CASE` finds out why the upload fails.",
    )
    KNOWN_FAILURE = (
        "known-failure",
        "Fails as an entry of the matrix says it does, until the day that the entry names.",
    )
    UNEXPECTED_PASS = (
        "unexpected-pass",
        "A known failure that passes: its entry is stale.",
        "Take the entry out of the matrix's `known_failures`.",
    )
    EXPIRED = (
        "expired-known-failure",
        "A known failure whose day has passed.",
        "Fix it, or date its entry anew.",
    )
    UNRESOLVED = (
        "unresolved",
        "No statement: inconclusive, unrecorded, unavailable or a harness error.",
        "The case's outcome says which, and its way out stands with it.",
    )


RED = frozenset({VerdictKind.UNEXPECTED, VerdictKind.UNEXPECTED_PASS, VerdictKind.EXPIRED})
"""Verdicts that end a run with exit code 1."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a matrix file, counted from 1; ``file`` is relative, with forward slashes."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict with the expectation in words and, when it is not as expected, what differs.

    ``at`` is the line to correct if the expectation is at fault: that of the rule that was not met, else of
    the case. Only a red verdict has one, and only where the matrix lies below the working folder.
    """

    kind: VerdictKind
    expected: str
    because: str | None = None
    link: str | None = None
    at: Place | None = None


class Severity(ExplainedWord):
    """How much a finding means, the worst first."""

    ERROR = (
        "error",
        "It will fail, with the API it is sent to or with most.",
        "Fix it first.",
    )
    WARNING = (
        "warning",
        "It fails somewhere, or differs by machine.",
        "Fix it where you serve more than one API, or more than one machine sends it.",
    )
    NOTE = "note", "Worth knowing, and no fault: it never ends `inspect` with exit code 1."

    def at_least(self, least: Severity) -> bool:
        """Whether it is as bad as ``least``, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(least)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the wire says by itself: a code from ``judge.findings``, where, what, the fix, how bad."""

    code: str
    part: str | None
    says: str
    fix: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as a report keeps it: the wire form's digest and how it was answered.

    ``source`` is None when there was no answer; ``answer`` is then None too. ``headers`` are the
    request's headers beside the wire form, secrets and per-run values taken out. ``usage`` is what a live
    answer says it used; an emulated one's is made up, and left out.
    """

    wire: str
    status: int | None = None
    source: Source | None = None
    rule: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    answer: str | None = None
    no_answer: str | None = None
    nearest: str | None = None
    nearest_differences: tuple[str, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """All that is known of a case after it ran. ``seconds`` is kept out of the report proper.

    ``hop`` is the way through a gateway, None when the client talked to the target.
    """

    id: str
    matrix: str
    axes: Mapping[str, str]
    target: str
    environment: str
    outcome: Outcome
    verdict: Verdict
    client: ClientReport
    attempts: tuple[Attempt, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, str | None] = field(default_factory=dict)
    seconds: Annotated[float, Field(exclude=True)] = field(default=0.0, compare=False)
    hop: Hop | None = None

    @property
    def wires(self) -> tuple[str, ...]:
        """Digests of all forms of the case, each once: what the client sent, then what was forwarded."""
        forwarded = () if self.hop is None else self.hop.wires
        return tuple(dict.fromkeys((*(attempt.wire for attempt in self.attempts), *forwarded)))

    @property
    def asked(self) -> tuple[str, ...]:
        """Digests of the forms that the target was asked with: a gateway's, where there is one."""
        if self.hop is not None:
            return self.hop.wires
        return tuple(dict.fromkeys(attempt.wire for attempt in self.attempts))


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a client ran: interpreter, versions of the client libraries, mime table and its guesses.

    ``guesses`` maps an extension (``.webp``) to the Content-Type this environment derives, or None.
    """

    name: str
    python: str
    mime_table: str
    clients: Mapping[str, str]
    guesses: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: results in matrix order, and the wire forms they name by digest.

    ``prices`` are the lines of price tables that its live answers are priced by. ``controls`` are the ids of
    cases that are known to pass, without their repetition; None: those that send no file. ``target`` answered
    every case in place of its matrix's own, None where the matrices said who.
    """

    matrices: tuple[str, ...]
    results: tuple[CaseResult, ...]
    wires: Mapping[str, WireForm]
    environments: tuple[Environment, ...]
    notes: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    controls: tuple[str, ...] | None = None
    target: str | None = None
