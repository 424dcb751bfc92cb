"""What a change means to whoever relies on an upload, and which changes are red: one rule for every gate.

``compare`` holds a run against a run, ``sweep --baseline`` a release against a release. Both tell a
regression, an improvement and any other change apart, and both say what they could not decide.
"""

from __future__ import annotations

from enum import StrEnum

from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind


class Judgement(StrEnum):
    """What a change from one outcome to another means; what matters most first."""

    REGRESSION = "regression"
    """It was accepted, and is no longer."""
    UNDECIDED = "undecided"
    """Something else is sent, or another answer is there, but one of the two outcomes says nothing."""
    OTHER = "other"
    """It works as before, or fails as before, with something else sent or said."""
    IMPROVEMENT = "improvement"
    """It was not accepted, and is now."""


class FailOn(StrEnum):
    """Which changes are red. What is undecided never is green, whatever is chosen."""

    REGRESSION = "regression"
    CHANGE = "change"
    """Any change: other ones and improvements too."""


def fails(outcome: Outcome) -> bool:
    """Whether the upload did not work, as far as anything can be said."""
    return outcome.kind not in UNRESOLVED and outcome.kind is not OutcomeKind.ACCEPTED


def judge(before: Outcome, after: Outcome) -> Judgement:
    """What it means that something changed between these two outcomes, which may be equal."""
    if {before.kind, after.kind} & UNRESOLVED:
        return Judgement.UNDECIDED
    if fails(before) is fails(after):
        return Judgement.OTHER
    return Judgement.REGRESSION if fails(after) else Judgement.IMPROVEMENT


def exit_code(fail_on: FailOn, *, regressed: bool, changed: bool, undecided: bool) -> int:
    """1 when what ``fail_on`` names is there, else 3 when anything is undecided, else 0."""
    if regressed or (changed and fail_on is FailOn.CHANGE):
        return 1
    return 3 if undecided else 0
