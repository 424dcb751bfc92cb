"""Two runs compared case by case: what came, what went, and what changed on the wire or in the answer.

The three kinds of change are kept apart, because an SDK upgrade may change the wire and no answer, and
a server may change its answer to the same wire.

A **regression** is a changed case whose verdict becomes red, or which was accepted and is now
rejected, refused or unparsed. Two exceptions: ``unexpected-pass`` is no regression (the expectation is
met; the stale entry already fails the run itself), and neither is a red case that now is as expected.
An **improvement** is a changed case that is no regression and leaves red for a verdict that is neither
red nor unresolved, or was rejected, refused or unparsed and is now accepted. What goes to an unresolved
outcome is neither: it is *newly unresolved*. Added and removed cases have no other side to be judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upload_matrix.analysis.reads import changed_read, read_sentence
from upload_matrix.analysis.wireforms import last_wire
from upload_matrix.model.outcome import UNRESOLVED, OutcomeKind
from upload_matrix.model.result import RED, VerdictKind
from upload_matrix.model.wirediff import diff

if TYPE_CHECKING:
    from upload_matrix.model.outcome import Outcome
    from upload_matrix.model.result import CaseResult, Run
    from upload_matrix.model.wirediff import Delta

_CALM = frozenset(VerdictKind) - RED - {VerdictKind.UNRESOLVED}


@dataclass(frozen=True, slots=True)
class Change:
    """One case in both runs. Each pair is (old, new), and None where nothing changed.

    ``wire`` holds digests of the last attempts' forms and ``deltas`` what separates the two (empty when
    a run does not hold its form); ``attempts`` counts them. ``read`` is what the client made of a resolved
    answer (``returns TYPE``, ``raises CLASS``).
    """

    case: str
    verdict: tuple[VerdictKind, VerdictKind] | None = None
    outcome: tuple[Outcome, Outcome] | None = None
    wire: tuple[str | None, str | None] | None = None
    deltas: tuple[Delta, ...] = ()
    attempts: tuple[int, int] | None = None
    read: tuple[str, str] | None = None

    @property
    def any(self) -> bool:
        """Whether anything changed at all."""
        changed = self.verdict, self.outcome, self.wire, self.attempts, self.read
        return any(each is not None for each in changed)

    def __str__(self) -> str:
        words = []
        if self.verdict is not None:
            words.append(f"verdict {self.verdict[0]} -> {self.verdict[1]}")
        if self.outcome is not None:
            words.append(f"outcome {self.outcome[0]} -> {self.outcome[1]}")
        if self.wire is not None:
            old, new = (digest or "(no request)" for digest in self.wire)
            words.append(f"wire {old} -> {new}")
            words += map(str, self.deltas)
        if self.attempts is not None:
            words.append(f"attempts {self.attempts[0]} -> {self.attempts[1]}")
        if self.read is not None:
            words.append(read_sentence(self.read))
        return f"{self.case}: " + "; ".join(words)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Case ids in the new run's order (removed ones in the old run's); see the module for the words."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    unchanged: tuple[str, ...]
    regressions: tuple[str, ...]
    improvements: tuple[str, ...]
    newly_unresolved: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 on a regression, 3 when cases are only newly unresolved, else 0."""
        if self.regressions:
            return 1
        return 3 if self.newly_unresolved else 0


def compare(old: Run, new: Run) -> Comparison:
    """Compare two runs by case id."""
    before = {result.id: result for result in old.results}
    after = {result.id: result for result in new.results}
    both = [(before[case], result) for case, result in after.items() if case in before]
    changes = [_change(was, now, old, new) for was, now in both]
    regressions = tuple(now.id for was, now in both if _regressed(was, now))
    return Comparison(
        added=tuple(case for case in after if case not in before),
        removed=tuple(case for case in before if case not in after),
        changed=tuple(change for change in changes if change.any),
        unchanged=tuple(change.case for change in changes if not change.any),
        regressions=regressions,
        improvements=tuple(now.id for was, now in both if _improved(was, now)),
        newly_unresolved=tuple(
            now.id
            for was, now in both
            if now.verdict.kind is VerdictKind.UNRESOLVED and was.verdict.kind is not VerdictKind.UNRESOLVED
        ),
    )


def _change(was: CaseResult, now: CaseResult, old: Run, new: Run) -> Change:
    wires = last_wire(was), last_wire(now)
    before, after = old.wires.get(wires[0] or ""), new.wires.get(wires[1] or "")
    moved = wires[0] != wires[1]
    return Change(
        case=now.id,
        verdict=None if was.verdict.kind is now.verdict.kind else (was.verdict.kind, now.verdict.kind),
        outcome=None if _words(was.outcome) == _words(now.outcome) else (was.outcome, now.outcome),
        wire=wires if moved else None,
        deltas=diff(before, after) if moved and before is not None and after is not None else (),
        attempts=None if len(was.attempts) == len(now.attempts) else (len(was.attempts), len(now.attempts)),
        read=changed_read(_read(was), _read(now)),
    )


def _read(result: CaseResult) -> str | None:
    # Where nothing is resolved, what the client raises is chance.
    return None if result.outcome.kind in UNRESOLVED else result.client.read


def _words(outcome: Outcome) -> tuple[object, ...]:
    """What makes two outcomes the same."""
    # Where nothing is resolved, the words (wait 2 s, a dead probe's last ones) differ from run to run.
    said = None if outcome.kind in UNRESOLVED else (outcome.message, outcome.detail)
    return outcome.kind, outcome.status, outcome.type, outcome.code, outcome.param, said


def _fails(result: CaseResult) -> bool:
    """Whether the upload did not work, as far as anything can be said."""
    return result.outcome.kind not in UNRESOLVED and result.outcome.kind is not OutcomeKind.ACCEPTED


def _regressed(was: CaseResult, now: CaseResult) -> bool:
    if now.verdict.kind is VerdictKind.UNEXPECTED_PASS:
        return False
    if was.verdict.kind in RED:
        worse = was.outcome.kind is OutcomeKind.ACCEPTED and _fails(now)
        return worse and now.verdict.kind is not VerdictKind.AS_EXPECTED
    return now.verdict.kind in RED or (was.outcome.kind is OutcomeKind.ACCEPTED and _fails(now))


def _improved(was: CaseResult, now: CaseResult) -> bool:
    if _regressed(was, now):
        return False
    leaves_red = was.verdict.kind in RED and now.verdict.kind in _CALM
    return leaves_red or (_fails(was) and now.outcome.kind is OutcomeKind.ACCEPTED)
