"""Repeated calls as proportions: always the same, or sometimes. Pure.

Only what says something about the upload votes. A round in which the control did not pass either, although it
passes in others, is one of a server in trouble: its rejections do not vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from upload_matrix.judge.statistics import Interval, wilson
from upload_matrix.model.answer import Provenance
from upload_matrix.model.case import SAMPLE, case_id
from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.wire.stable import without_per_run

_TROUBLE = frozenset({OutcomeKind.REJECTED, OutcomeKind.INCONCLUSIVE})
"""Outcomes of a control that speak of the server; a missing recording, say, does not."""


class Habit(StrEnum):
    """What repetition shows of a variant."""

    ALWAYS = "always"
    """Every vote is the same."""
    SOMETIMES = "sometimes"
    """Accepted and not accepted: flaky."""
    VARIED = "varied"
    """Never accepted, but not with the same answer each time."""
    SILENT = "silent"
    """No vote at all."""


@dataclass(frozen=True, slots=True)
class Tally:
    """An outcome, without the words that differ between equal answers, and how often it came."""

    outcome: Outcome
    number: int


@dataclass(frozen=True, slots=True)
class Repetition:
    """A variant over its ``rounds``; ``variant`` is the case's id without the repetition.

    ``votes`` are the outcomes that count and ``silent`` those that say nothing about the upload, each the
    most frequent first. ``environment`` are the rounds, counted from 1, whose rejection does not vote, with
    ``discounted`` the outcomes there. ``emulated`` when any answer is a stand-in's.
    """

    variant: str
    matrix: str
    rounds: int
    votes: tuple[Tally, ...]
    silent: tuple[Tally, ...] = ()
    environment: tuple[int, ...] = ()
    discounted: tuple[Tally, ...] = ()
    control: bool = False
    emulated: bool = False

    @property
    def of(self) -> int:
        """How many voted."""
        return sum(tally.number for tally in self.votes)

    @property
    def accepted(self) -> int:
        """How many of the votes are accepted."""
        return sum(tally.number for tally in self.votes if tally.outcome.kind is OutcomeKind.ACCEPTED)

    @property
    def share(self) -> float | None:
        """The part of the votes that is accepted; None without votes."""
        return self.accepted / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Where the true share lies, at 95 %; None without votes."""
        return wilson(self.accepted, self.of) if self.of else None

    @property
    def habit(self) -> Habit:
        """Always the same, or sometimes."""
        if not self.votes:
            return Habit.SILENT
        if len(self.votes) == 1:
            return Habit.ALWAYS
        return Habit.SOMETIMES if self.accepted else Habit.VARIED


def variant_of(result: CaseResult) -> str:
    """The id of a result's case without the repetition."""
    if SAMPLE not in result.axes:
        return result.id
    return case_id(result.matrix, {name: value for name, value in result.axes.items() if name != SAMPLE})


def sample_of(result: CaseResult) -> int:
    """Which repetition a result is, counted from 1."""
    return int(result.axes.get(SAMPLE, "1"))


def repetitions(run: Run, *, single: bool = False) -> tuple[Repetition, ...]:
    """Every variant that was repeated, in the run's order; () when nothing was.

    With ``single`` also those that ran once. Controls are those the run names, else the cases that send no
    file.
    """
    groups: dict[str, list[CaseResult]] = {}
    for result in run.results:
        groups.setdefault(variant_of(result), []).append(result)
    if not single and len(groups) == len(run.results):
        return ()
    named = {variant for variant, results in groups.items() if is_control(run, results[0])}
    troubled = _troubled(groups[variant] for variant in groups if variant in named)
    return tuple(
        _folded(variant, results, () if variant in named else troubled, control=variant in named)
        for variant, results in groups.items()
        if single or len(results) > 1
    )


def is_control(run: Run, result: CaseResult) -> bool:
    """Whether a result's case is one that is known to pass."""
    if run.controls is not None:
        return variant_of(result) in run.controls
    wire = run.wires.get(result.attempts[-1].wire) if result.attempts else None
    return wire is not None and wire.parts is None and wire.fault is None


_Round = tuple[str, str | None, int]
"""Target, model and repetition: what a control speaks for."""


def _troubled(controls: Iterable[Sequence[CaseResult]]) -> frozenset[_Round]:
    """Rounds in which a control that passes in others did not."""
    found: set[_Round] = set()
    for results in controls:
        if any(result.outcome.kind is OutcomeKind.ACCEPTED for result in results):
            found.update(_round(result) for result in results if result.outcome.kind in _TROUBLE)
    return frozenset(found)


def _round(result: CaseResult) -> _Round:
    return result.target, result.axes.get("model"), sample_of(result)


def _folded(
    variant: str, results: Sequence[CaseResult], troubled: Iterable[_Round], *, control: bool
) -> Repetition:
    votes: Counter[Outcome] = Counter()
    silent: Counter[Outcome] = Counter()
    discounted: Counter[Outcome] = Counter()
    environment = []
    for result in results:
        outcome = plain_outcome(result.outcome)
        if outcome.kind in UNRESOLVED:
            silent[outcome] += 1
        elif outcome.kind is OutcomeKind.REJECTED and _in(_round(result), troubled):
            discounted[outcome] += 1
            environment.append(sample_of(result))
        else:
            votes[outcome] += 1
    return Repetition(
        variant=variant,
        matrix=results[0].matrix,
        rounds=len(results),
        votes=_tallies(votes),
        silent=_tallies(silent),
        environment=tuple(sorted(environment)),
        discounted=_tallies(discounted),
        control=control,
        emulated=any(_emulated(result) for result in results),
    )


def _in(mine: _Round, troubled: Iterable[_Round]) -> bool:
    target, model, sample = mine
    return any(
        (target, sample) == (other, number) and (None in (model, named) or model == named)
        for other, named, number in troubled
    )


def plain_outcome(outcome: Outcome) -> Outcome:
    """An outcome by which equal answers are equal: without sentences of ours, ids and times taken out."""
    return Outcome(
        outcome.kind,
        outcome.status,
        outcome.type,
        outcome.code,
        outcome.param,
        without_per_run(outcome.message),
    )


def _tallies(counter: Mapping[Outcome, int]) -> tuple[Tally, ...]:
    # Sorting is stable: of equally frequent outcomes the one that came first stands first.
    return tuple(Tally(*pair) for pair in sorted(counter.items(), key=lambda pair: -pair[1]))


def _emulated(result: CaseResult) -> bool:
    return any(
        attempt.source is not None and attempt.source.provenance is Provenance.EMULATED
        for attempt in result.attempts
    )
