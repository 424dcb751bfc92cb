"""What a program, a server or a gateway proved: a word for each check in each scenario, and the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import Digest, WireForms

FORMAT: Literal["upload-matrix conformance"] = "upload-matrix conformance"

NOTHING_MORE = "nothing was sent a second time"
"""What a check of the second attempt says where there was none."""


class CheckMark(ExplainedWord):
    """What became of one check; never guessed."""

    PASSED = "passed", "What the program sent is what the check asks for."
    FAILED = (
        "failed",
        "What the program sent is not what the check asks for; what was seen stands beside it.",
        "Fix it, or list the check with `--expected-failures` until it is fixed.",
    )
    NOT_SENT = (
        "not_sent",
        "Nothing came that could be looked at: the program ended, or raised, before it sent it. It "
        "counts against it.",
        "Run the program by itself with the scenario's file, and read what it raised.",
    )
    NOT_OFFERED = (
        "not_offered",
        "The program says that it has no such feature or container. It is not counted.",
    )
    UNDECIDED = (
        "undecided",
        "What came does not tell, or the program had to be stopped: neither for it nor against it.",
        "Run it again with a longer `--seconds`, if it was stopped.",
    )


AMISS = frozenset({CheckMark.FAILED, CheckMark.NOT_SENT})
"""Marks against whoever is looked at."""


class Tier(ExplainedWord):
    """How much depends on a check: without the essential ones uploads fail, the others are for bad days."""

    ESSENTIAL = "essential", "Without these checks uploads fail somewhere."
    ROBUST = "robust", "These checks are for bad days: retries, odd names, gateways that insist."


@dataclass(frozen=True, slots=True)
class ConformanceCheck:
    """A check in one scenario; ``says`` is what was seen, empty where the mark says it all."""

    name: str
    tier: Tier
    mark: CheckMark
    says: str = ""


@dataclass(frozen=True, slots=True)
class ConformanceRun:
    """One scenario with one container, empty for the program's own choice.

    ``attempts`` are the wire forms of what was sent, in order. ``status`` is the program's exit status, None
    where it had to be stopped or there is none; ``says`` its words on that.
    """

    scenario: str
    checks: tuple[ConformanceCheck, ...]
    container: str = ""
    attempts: tuple[Digest, ...] = ()
    status: int | None = None
    says: str = ""

    @property
    def name(self) -> str:
        """``plain``, or ``plain[stream]`` where a container was asked for."""
        return f"{self.scenario}[{self.container}]" if self.container else self.scenario


@dataclass(frozen=True, slots=True)
class TierScore:
    """How many of a tier's checks passed, of those that were offered."""

    tier: Tier
    passed: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """Everything that was measured of one ``subject``; ``expected`` are the ids of checks that may fail."""

    format: Literal["upload-matrix conformance"] = FORMAT
    version: Literal[1] = 1
    subject: str
    kind: Literal["client", "server", "gateway"]
    expected: tuple[str, ...] = ()
    runs: tuple[ConformanceRun, ...]
    wires: WireForms = field(default_factory=dict)

    def checks(self) -> Iterator[tuple[str, ConformanceRun, ConformanceCheck]]:
        """Each check with its id, ``SCENARIO/CHECK`` or ``SCENARIO[CONTAINER]/CHECK``."""
        return ((f"{run.name}/{check.name}", run, check) for run in self.runs for check in run.checks)

    @property
    def measured(self) -> bool:
        """Whether anything at all was sent."""
        return any(run.attempts for run in self.runs)

    def scores(self) -> tuple[TierScore, ...]:
        """The score of each tier; what is not offered counts neither way."""
        marks = [
            (check.tier, check.mark)
            for _, _, check in self.checks()
            if check.mark is not CheckMark.NOT_OFFERED
        ]
        return tuple(
            TierScore(tier, marks.count((tier, CheckMark.PASSED)), sum(each == tier for each, _ in marks))
            for tier in Tier
        )


@dataclass(frozen=True, slots=True)
class ConformanceGate:
    """Ids of checks: ``failures`` that nobody expected, ``known`` ones, ``stale`` ones that now pass."""

    failures: tuple[str, ...]
    known: tuple[str, ...]
    stale: tuple[str, ...]
    undecided: tuple[str, ...]


def gate(conformance: Conformance) -> ConformanceGate:
    """What is red: a failure that is not expected, and an expected one that passes."""
    marks: Mapping[str, CheckMark] = {name: check.mark for name, _, check in conformance.checks()}
    expected = frozenset(conformance.expected)
    amiss = tuple(name for name, mark in marks.items() if mark in AMISS)
    return ConformanceGate(
        failures=tuple(name for name in amiss if name not in expected),
        known=tuple(name for name in amiss if name in expected),
        stale=tuple(name for name, mark in marks.items() if mark is CheckMark.PASSED and name in expected),
        undecided=tuple(name for name, mark in marks.items() if mark is CheckMark.UNDECIDED),
    )
