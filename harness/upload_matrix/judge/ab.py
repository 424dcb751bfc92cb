"""Two variants side by side: whether their outcomes differ by more than chance. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from upload_matrix.judge.proportions import (
    SIGNIFICANT,
    Habit,
    Interval,
    Repetition,
    fisher,
    median_interval,
    repeats_needed,
    repetitions,
    variant_of,
)
from upload_matrix.model.errors import HarnessError
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.difference import Difference, diff

ANSWERED, UNDECIDED = 0, 3
"""Exit codes: a statement could be made, or none."""


class AbVerdict(ExplainedWord):
    """What the comparison comes to."""

    DIFFERENT = (
        "different",
        "The outcomes differ by more than chance, or one client always refuses what the other sends.",
    )
    ALIKE = "alike", "Every vote of both is the same."
    SAME_REQUEST = (
        "same-request",
        "Both send the same request to the same target: no answer can tell them apart.",
        "Look at how the clients read the answer.",
    )
    UNTOLD = (
        "untold",
        "They came out differently, or not always the same, but chance could have done that.",
        "The report says how many repetitions it takes: `--repeat`.",
    )
    SILENT = "silent", "One of them has no vote: none of its answers says anything about the upload."


@dataclass(frozen=True, slots=True)
class Side:
    """One variant. ``result`` is its first repetition that sent something, else its first; ``wires`` are the
    digests it sent, one unless its request differs from round to round."""

    repetition: Repetition
    result: CaseResult
    wires: tuple[str, ...]

    @property
    def variant(self) -> str:
        """The case's id."""
        return self.repetition.variant


@dataclass(frozen=True, slots=True)
class Test:
    """Fisher's exact test of two shares. ``about`` is None for the share of accepted, else the answer whose
    share it is; ``tried`` is among how many such answers it was the clearest, which ``p`` accounts for."""

    a: int
    of_a: int
    b: int
    of_b: int
    p: float
    about: Outcome | None = None
    tried: int = 1

    @property
    def significant(self) -> bool:
        """Whether chance alone would come to this in less than one of twenty comparisons."""
        return self.p < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class Ab:
    """The comparison. ``test`` is None where a side has no vote or nothing is to be tested.

    ``deltas`` lead from A's request to B's, ``needed`` is how often each would have to be sent for shares
    like these to count as different, None when that is not known or they count already. ``controls`` are
    the controls sent along.
    """

    a: Side
    b: Side
    verdict: AbVerdict
    same_wire: bool
    deltas: tuple[Difference, ...]
    test: Test | None
    needed: int | None
    controls: tuple[Repetition, ...]

    @property
    def exit_code(self) -> int:
        """0 when a statement could be made, 3 when not."""
        return UNDECIDED if self.verdict in (AbVerdict.UNTOLD, AbVerdict.SILENT) else ANSWERED

    @property
    def emulated(self) -> bool:
        """Whether a stand-in answered either side."""
        return self.a.repetition.emulated or self.b.repetition.emulated


def compare_ab(run: Run, a: str, b: str) -> Ab:
    """Compare the variants ``a`` and ``b`` of a run; raises HarnessError when it holds no result of one."""
    every = {each.variant: each for each in repetitions(run, single=True)}
    first, second = _side(run, every, a), _side(run, every, b)
    same_wire = bool(first.wires) and first.wires == second.wires
    same_request = same_wire and first.result.target == second.result.target
    # What a client refuses is no server's mood: there is nothing to test.
    one_refused = _refused(first.repetition) != _refused(second.repetition)
    test = None if same_request or one_refused else _test(first.repetition, second.repetition)
    verdict = _verdict(first.repetition, second.repetition, test, same_request=same_request)
    return Ab(
        a=first,
        b=second,
        verdict=verdict,
        same_wire=same_wire,
        deltas=_deltas(run, first, second),
        test=test,
        needed=repeats_needed(test.a / test.of_a, test.b / test.of_b)
        if test is not None and verdict is AbVerdict.UNTOLD
        else None,
        controls=tuple(each for each in every.values() if each.control and each.variant not in (a, b)),
    )


def _side(run: Run, every: dict[str, Repetition], variant: str) -> Side:
    results = [result for result in run.results if variant_of(result) == variant]
    if not results:
        raise HarnessError(f"the run holds no result of {variant}")
    sent = [result for result in results if result.attempts]
    wires = dict.fromkeys(attempt.wire for result in sent for attempt in result.attempts[:1])
    return Side(every[variant], (sent or results)[0], tuple(wires))


def _deltas(run: Run, a: Side, b: Side) -> tuple[Difference, ...]:
    if not a.wires or not b.wires:
        return ()
    return diff(run.wires[a.wires[0]], run.wires[b.wires[0]])


def _test(a: Repetition, b: Repetition) -> Test | None:
    """Of the share of accepted; where that is equal, of the answer whose shares differ most clearly."""
    if not a.of or not b.of:
        return None
    accepted = Test(a.accepted, a.of, b.accepted, b.of, fisher(a.accepted, a.of, b.accepted, b.of))
    if a.share != b.share:
        return accepted
    answers = list(dict.fromkeys(tally.outcome for tally in (*a.votes, *b.votes)))
    others = [outcome for outcome in answers if outcome.kind is not OutcomeKind.ACCEPTED]
    tests = [_of_answer(a, b, outcome, len(others)) for outcome in others]
    return min((accepted, *tests), key=lambda test: test.p)


def _of_answer(a: Repetition, b: Repetition, outcome: Outcome, tried: int) -> Test:
    mine, theirs = _number(a, outcome), _number(b, outcome)
    # Who looks at several answers finds one that differs more easily: Bonferroni's correction.
    p = min(1.0, fisher(mine, a.of, theirs, b.of) * tried)
    return Test(mine, a.of, theirs, b.of, p, outcome, tried)


def _number(repetition: Repetition, outcome: Outcome) -> int:
    return sum(tally.number for tally in repetition.votes if tally.outcome == outcome)


def _refused(repetition: Repetition) -> bool:
    """Whether the client raised before it sent anything, each time."""
    return bool(repetition.votes) and all(
        tally.outcome.kind is OutcomeKind.NOT_SENT for tally in repetition.votes
    )


def _verdict(a: Repetition, b: Repetition, test: Test | None, *, same_request: bool) -> AbVerdict:
    if Habit.SILENT in (a.habit, b.habit):
        return AbVerdict.SILENT
    if same_request:
        return AbVerdict.SAME_REQUEST
    if _refused(a) != _refused(b):
        return AbVerdict.DIFFERENT
    if test is not None and test.significant:
        return AbVerdict.DIFFERENT
    same = a.votes[0].outcome == b.votes[0].outcome
    return AbVerdict.ALIKE if a.habit is b.habit is Habit.ALWAYS and same else AbVerdict.UNTOLD


# Times of live calls, variant by variant: measured in this run, and of no other. Pure.


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of answered live calls, each its last attempt alone; ``calls`` is how many there were."""

    seconds: tuple[float, ...]
    calls: int

    @property
    def median(self) -> float | None:
        """Seconds; None when nothing was measured."""
        return median(self.seconds) if self.seconds else None

    @property
    def interval(self) -> Interval | None:
        """Where the true median lies, at 95 %; None for fewer than six calls."""
        return median_interval(self.seconds)


def latency(side: Side, calls: Iterable[CallRecord]) -> Latency:
    """What ``calls`` say of a side: those to its target with a request that it sends."""
    own = [
        call
        for call in calls
        if call.target == side.result.target and call.wire in side.wires and not call.emulated
    ]
    # A call that ended in trouble was not served: its time is that of the trouble.
    served = tuple(call.seconds for call in own if call.seconds is not None and call.why is None)
    return Latency(served, len(own))
