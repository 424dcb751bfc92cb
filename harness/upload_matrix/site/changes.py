"""What changed from one run to the next, with cases that changed alike told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from upload_matrix.judge.compare import Change
from upload_matrix.model.outcome import Outcome
from upload_matrix.report.wording import heading
from upload_matrix.wire.difference import Delta

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Alike:
    """Cases that changed alike, and how. Each pair is (before, after), and None where nothing changed.

    ``words`` is the change in short; ``deltas`` what is sent otherwise.
    """

    words: str
    cases: tuple[str, ...]
    verdict: Pair | None
    says: tuple[str | None, str | None] | None
    read: Pair | None
    attempts: tuple[int, int] | None
    deltas: tuple[tuple[str, str | None, str | None], ...]


def grouped(changes: Iterable[Change]) -> tuple[Alike, ...]:
    """The changes, those of most cases first, else in the order of the matrix."""
    groups: dict[Alike, list[str]] = {}
    for change in changes:
        groups.setdefault(_alike(change), []).append(change.case)
    found = [replace(like, cases=tuple(cases)) for like, cases in groups.items()]
    return tuple(sorted(found, key=lambda like: -len(like.cases)))


def _alike(change: Change) -> Alike:
    outcome = change.outcome
    messages = None if outcome is None else (_said(outcome[0]), _said(outcome[1]))
    return Alike(
        words=_words(change),
        cases=(),
        verdict=None if change.verdict is None else (change.verdict[0].value, change.verdict[1].value),
        says=None if messages is None or messages[0] == messages[1] else messages,
        read=change.read,
        attempts=change.attempts,
        deltas=tuple(map(_row, change.deltas)),
    )


def _said(outcome: Outcome) -> str | None:
    return outcome.message or outcome.detail


def _row(delta: Delta) -> tuple[str, str | None, str | None]:
    return delta.where, delta.before, delta.after


def _words(change: Change) -> str:
    if change.outcome is not None:
        before, after = map(heading, change.outcome)
        return f"{before} → {after}" if before != after else f"{before}, in other words"
    if change.wire is not None:
        return "another request, the same answer"
    if change.verdict is not None:
        return f"{change.verdict[0].value} → {change.verdict[1].value}"
    if change.attempts is not None:
        return f"{change.attempts[0]} → {change.attempts[1]} attempts"
    return "the client reads the same answer otherwise"
