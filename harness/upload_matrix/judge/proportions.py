"""Repeated calls as proportions: always the same, or sometimes. Pure.

Only what says something about the upload votes. A round in which the control did not pass either, although it
passes in others, is one of a server in trouble: its rejections do not vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, exp, lgamma, sqrt

from upload_matrix.model.answer import Provenance
from upload_matrix.model.case import SAMPLE, case_id
from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.stable import without_per_run

# The little statistics that repeated calls need: intervals, a test of two proportions, medians. Pure.
#
# Counts are small (tens of calls, because calls cost money), so nothing here leans on large numbers.


CONFIDENCE = 0.95
_Z = 1.959963984540054
"""The standard normal's quantile for an interval of 95 %."""

SIGNIFICANT = 0.05

MOST_REPEATS = 300
"""Repetitions up to which ``repeats_needed`` looks: more would be an experiment, not a diagnosis."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both included, at 95 % confidence."""

    low: float
    high: float


def wilson(successes: int, trials: int) -> Interval:
    """Wilson's score interval of a proportion, which stays sound at 0 of n and n of n.

    Source: Wilson (1927); recommended for small n by Brown, Cai and DasGupta (2001). Raises ValueError
    for no trials: then nothing is known.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} of {trials} is no proportion")
    share = successes / trials
    weight = 1 + _Z**2 / trials
    centre = (share + _Z**2 / (2 * trials)) / weight
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2)) / weight
    low = 0.0 if successes == 0 else max(0.0, centre - spread)
    high = 1.0 if successes == trials else min(1.0, centre + spread)
    return Interval(low, high)


def fisher(a: int, of_a: int, b: int, of_b: int) -> float:
    """The probability that two equal proportions differ at least as much as ``a/of_a`` and ``b/of_b``.

    Fisher's exact test, two-sided: exact for any number of calls, however few.
    """
    successes = a + b
    ways = _log_ways(of_a + of_b, successes)

    def chance(number: int) -> float:
        return exp(_log_ways(of_a, number) + _log_ways(of_b, successes - number) - ways)

    seen = chance(a)
    possible = range(max(0, successes - of_b), min(of_a, successes) + 1)
    # Equal chances differ by rounding; the tables as likely as the one seen belong to the tail.
    return min(1.0, sum(each for each in map(chance, possible) if each <= seen * (1 + 1e-7)))


def _log_ways(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)


def repeats_needed(first: float, second: float) -> int | None:
    """How often both variants would have to be sent for proportions like these to count as different.

    The smallest number for which Fisher's test would say so if they came out at just these shares; None
    when they are equal, or no number up to ``MOST_REPEATS`` will do.
    """
    if first == second:
        return None
    for number in range(2, MOST_REPEATS + 1):
        if fisher(round(first * number), number, round(second * number), number) < SIGNIFICANT:
            return number
    return None


def median_interval(values: Sequence[float]) -> Interval | None:
    """Where the true median lies: between two of the values, by their ranks alone.

    Holds whatever the distribution (latencies have long tails). None when there are too few values for
    95 %: that takes six.
    """
    ordered = sorted(values)
    number = len(ordered)
    outside = 0.0
    rank = 0
    # The chance that fewer than ``rank`` values lie below the median is a binomial's tail with p = 1/2.
    while rank < number and 2 * (outside + comb(number, rank) / 2**number) <= 1 - CONFIDENCE:
        outside += comb(number, rank) / 2**number
        rank += 1
    return None if rank == 0 else Interval(ordered[rank - 1], ordered[number - rank])


_TROUBLE = frozenset({OutcomeKind.REJECTED, OutcomeKind.INCONCLUSIVE})
"""Outcomes of a control that speak of the server; a missing recording, say, does not."""


class Habit(ExplainedWord):
    """What repetition shows of a variant."""

    ALWAYS = "always", "Every repetition came out the same."
    SOMETIMES = (
        "sometimes",
        "Some repetitions were accepted and some were not: flaky.",
        "Repeat more often (`--repeat`), with a control, before you believe a cause.",
    )
    VARIED = "varied", "No repetition was accepted, but the answers differ."
    SILENT = "silent", "No repetition says anything about the upload."


@dataclass(frozen=True, slots=True)
class Successes:
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
    votes: tuple[Successes, ...]
    silent: tuple[Successes, ...] = ()
    environment: tuple[int, ...] = ()
    discounted: tuple[Successes, ...] = ()
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


def _tallies(counter: Mapping[Outcome, int]) -> tuple[Successes, ...]:
    # Sorting is stable: of equally frequent outcomes the one that came first stands first.
    return tuple(Successes(*pair) for pair in sorted(counter.items(), key=lambda pair: -pair[1]))


def _emulated(result: CaseResult) -> bool:
    return any(
        attempt.source is not None and attempt.source.provenance is Provenance.EMULATED
        for attempt in result.attempts
    )
