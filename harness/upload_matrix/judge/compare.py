"""Two runs compared case by case: what came, what went, and what changed on the wire or in the answer.

The three kinds of change are kept apart, because an SDK upgrade may change the wire and no answer, and
a server may change its answer to the same wire.

A **regression** is a changed case whose verdict becomes red, or which was accepted and is now
rejected, refused or unparsed. Two exceptions: ``unexpected-pass`` is no regression (the expectation is
met; the stale entry already fails the run itself), and neither is a red case that now is as expected.
An **improvement** is a changed case that is no regression and leaves red for a verdict that is neither
red nor unresolved, or was rejected, refused or unparsed and is now accepted. Where nothing but the verdict
changed, the case did what it did before: it is *rejudged*, by an edited expectation or a date that passed.

What is unresolved now is neither: it is *newly* or *still unresolved*, and **undecided**. So is a removed
case, which the new run says nothing about. A case that is unavailable for the reason it was before is
counted apart, and an added one has no other side to be judged by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from upload_matrix.judge.evidence import last_wire
from upload_matrix.model.answer import Answer, ApiError, api_error
from upload_matrix.model.codec import parsed
from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind
from upload_matrix.model.result import RED, CaseResult, Run, VerdictKind
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.difference import Difference, diff
from upload_matrix.wire.media import sniff
from upload_matrix.wire.stable import without_per_run

# What a client made of an answer in two runs (see ``ClientReport.read``): whether it changed, in words.


_BEFORE = {"returns": "returned", "raises": "raised"}


def changed_read(old: str | None, new: str | None) -> tuple[str, str] | None:
    """Two reads that differ; None when they do not, or when one of them is not known (None or "")."""
    return (old, new) if old and new and old != new else None


def read_sentence(read: tuple[str, str]) -> str:
    """``the client returns A instead of B``, or ``the client raises A where it returned B``."""
    (did, old), (does, new) = (words.split(" ", 1) for words in read)
    instead = f"instead of {old}" if did == does else f"where it {_BEFORE[did]} {old}"
    return f"the client {does} {new} {instead}"


# What a change means to whoever relies on an upload, and which changes are red: one rule for every gate.
#
# ``compare`` holds a run against a run, ``sweep --baseline`` a release against a release. Both tell a
# regression, an improvement and any other change apart, and both say what they could not decide.


class Judgement(ExplainedWord):
    """What a change from one outcome to another means; what matters most first."""

    REGRESSION = (
        "regression",
        "An upload was accepted, and is no longer.",
        "Read what is sent otherwise; `isolate` finds which of it decides.",
    )
    UNDECIDED = (
        "undecided",
        "Something else is sent, or another answer is there, but one of the two outcomes says nothing.",
        "Record the new request, and compare again.",
    )
    OTHER = (
        "other",
        "The upload works as before, or fails as before, with something else sent or said.",
        "`--fail-on change` makes it red.",
    )
    IMPROVEMENT = (
        "improvement",
        "An upload was not accepted, and is now.",
        "Renew the baseline.",
    )


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


_CALM = frozenset(VerdictKind) - RED - {VerdictKind.UNRESOLVED}


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One case in both runs. Each pair is (old, new), and None where nothing changed.

    ``wire`` holds digests of the last attempts' forms and ``deltas`` what separates the two (empty when
    a run does not hold its form); ``attempts`` counts them. ``read`` is what the client made of a resolved
    answer (``returns TYPE``, ``raises CLASS``).
    """

    case: str
    verdict: tuple[VerdictKind, VerdictKind] | None = None
    outcome: tuple[Outcome, Outcome] | None = None
    wire: tuple[str | None, str | None] | None = None
    deltas: tuple[Difference, ...] = ()
    attempts: tuple[int, int] | None = None
    read: tuple[str, str] | None = None

    @property
    def any(self) -> bool:
        """Whether anything changed at all."""
        return self.verdict is not None or self.observed

    @property
    def observed(self) -> bool:
        """Whether anything changed that was seen, and not only how it is judged."""
        changed = self.outcome, self.wire, self.attempts, self.read
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
    """Case ids in the new run's order (removed ones in the old run's); see the module for the words.

    ``fail_on`` says which changes are red.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[CaseChange, ...]
    unchanged: tuple[str, ...]
    regressions: tuple[str, ...]
    improvements: tuple[str, ...]
    newly_unresolved: tuple[str, ...]
    still_unresolved: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    rejudged: tuple[str, ...] = ()
    fail_on: FailOn = FailOn.REGRESSION

    @property
    def in_both(self) -> int:
        """Cases that both runs have."""
        return len(self.changed) + len(self.unchanged)

    @property
    def compared(self) -> int:
        """Cases that both runs say something about."""
        unknown = {*self.newly_unresolved, *self.still_unresolved, *self.unavailable}
        return self.in_both - len(unknown)

    @property
    def exit_code(self) -> int:
        """See ``regression.exit_code``; where nothing was compared, nothing is decided."""
        return exit_code(
            self.fail_on,
            regressed=bool(self.regressions),
            changed=any(change.observed for change in self.changed),
            undecided=bool(
                self.removed or self.newly_unresolved or self.still_unresolved or not self.compared
            ),
        )


def compare(old: Run, new: Run, fail_on: FailOn = FailOn.REGRESSION) -> Comparison:
    """Compare two runs by case id."""
    before = {result.id: result for result in old.results}
    after = {result.id: result for result in new.results}
    both = [(before[case], result) for case, result in after.items() if case in before]
    changes = [_change(was, now, old, new) for was, now in both]
    rejudged = {change.case for change in changes if change.any and not change.observed}
    judged = [(was, now) for was, now in both if now.id not in rejudged]
    unresolved = [(was, now) for was, now in both if now.verdict.kind is VerdictKind.UNRESOLVED]
    unavailable = tuple(now.id for was, now in unresolved if _is_unavailable_as_before(was, now))
    return Comparison(
        added=tuple(case for case in after if case not in before),
        removed=tuple(case for case in before if case not in after),
        changed=tuple(change for change in changes if change.any),
        unchanged=tuple(change.case for change in changes if not change.any),
        regressions=tuple(now.id for was, now in judged if _regressed(was, now)),
        improvements=tuple(now.id for was, now in judged if _improved(was, now)),
        newly_unresolved=tuple(
            now.id for was, now in unresolved if was.verdict.kind is not VerdictKind.UNRESOLVED
        ),
        still_unresolved=tuple(
            now.id
            for was, now in unresolved
            if was.verdict.kind is VerdictKind.UNRESOLVED and now.id not in unavailable
        ),
        unavailable=unavailable,
        rejudged=tuple(change.case for change in changes if change.case in rejudged),
        fail_on=fail_on,
    )


def _is_unavailable_as_before(was: CaseResult, now: CaseResult) -> bool:
    return now.outcome.kind is OutcomeKind.UNAVAILABLE and now.outcome == was.outcome


def _change(was: CaseResult, now: CaseResult, old: Run, new: Run) -> CaseChange:
    wires = last_wire(was), last_wire(now)
    before, after = old.wires.get(wires[0] or ""), new.wires.get(wires[1] or "")
    moved = wires[0] != wires[1]
    return CaseChange(
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


def _regressed(was: CaseResult, now: CaseResult) -> bool:
    if now.verdict.kind is VerdictKind.UNEXPECTED_PASS:
        return False
    if was.verdict.kind in RED:
        worse = was.outcome.kind is OutcomeKind.ACCEPTED and fails(now.outcome)
        return worse and now.verdict.kind is not VerdictKind.AS_EXPECTED
    return now.verdict.kind in RED or (was.outcome.kind is OutcomeKind.ACCEPTED and fails(now.outcome))


def _improved(was: CaseResult, now: CaseResult) -> bool:
    if _regressed(was, now):
        return False
    leaves_red = was.verdict.kind in RED and now.verdict.kind in _CALM
    return leaves_red or (fails(was.outcome) and now.outcome.kind is OutcomeKind.ACCEPTED)


# What differs between a recorded answer and one given today: status, error fields, shape. Pure.
#
# Values are not compared, pixels least of all: a server may say another time, id or picture each time and
# be the same. What a client or a person acts on is: the status, what an error says, and which fields of
# which type an answer has. Both answers must have gone through redaction alike.


_DEEPEST = 50
"""Levels of a JSON document that are told apart; no API answers deeper."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: ``what`` (``status``, ``error.code``, ``shape of data[].url``...), then and now.

    ``recorded`` and ``now`` are words for a reader; None where there is nothing on that side.
    """

    what: str
    recorded: str | None
    now: str | None

    def __str__(self) -> str:
        return f"{self.what}: {_word(self.recorded)} -> {_word(self.now)}"


def drift(recorded: Answer, now: Answer) -> tuple[Drift, ...]:
    """Every difference that counts, in the order status, media type, error fields, shape."""
    return tuple(_differences(recorded, now))


def shape(document: Any) -> dict[str, str]:
    """The places of a JSON document with the types found there: ``{"data[].url": "string"}``.

    A list's items share one place; where they differ in type, all types are named in order.
    """
    found: dict[str, set[str]] = {}
    _walk(document, "", 0, found)
    return {place: " or ".join(sorted(types)) for place, types in found.items()}


def _differences(recorded: Answer, now: Answer) -> Iterator[Drift]:
    if recorded.status != now.status:
        yield Drift("status", str(recorded.status), str(now.status))
    types = _media_type(recorded), _media_type(now)
    if types[0] != types[1]:
        yield Drift("content-type", *types)
    failed = recorded.status >= 300, now.status >= 300
    if any(failed):
        errors = [
            api_error(answer.body) if bad else ApiError()
            for answer, bad in zip((recorded, now), failed, strict=True)
        ]
        for field in fields(ApiError):
            then, today = (getattr(error, field.name) for error in errors)
            if without_per_run(then) != without_per_run(today):
                yield Drift(f"error.{field.name}", then, today)
    if failed[0] == failed[1]:
        # Where one is an error and the other is none, the shapes have nothing to do with each other.
        yield from _shapes(recorded.body, now.body)


def _shapes(recorded: bytes, now: bytes) -> Iterator[Drift]:
    then, today = (_shape_of(body) for body in (recorded, now))
    for place in sorted(then.keys() | today.keys()):
        if then.get(place) != today.get(place):
            yield Drift(f"shape of {place or 'the body'}", then.get(place), today.get(place))


def _shape_of(body: bytes) -> dict[str, str]:
    try:
        return shape(parsed(body))
    except ValueError:
        kind = "nothing" if not body else sniff(body) or "no JSON"
        return {"": kind}


def _walk(value: Any, place: str, depth: int, found: dict[str, set[str]]) -> None:
    found.setdefault(place, set()).add(_type(value))
    if depth == _DEEPEST:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            _walk(item, f"{place}.{name}" if place else name, depth + 1, found)
    elif isinstance(value, list):
        for item in value:
            _walk(item, f"{place}[]", depth + 1, found)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "object"


def _media_type(answer: Answer) -> str | None:
    value = answer.header("content-type")
    return None if value is None else value.partition(";")[0].strip().lower()


def _word(value: str | None) -> str:
    return "nothing" if value is None else value
