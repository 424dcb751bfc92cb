"""Results grouped by what stood on the wire and how it was answered: many cases, few wire forms."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import RED, CaseResult, Run


@dataclass(frozen=True, slots=True)
class WireGroup:
    """Results that sent the same form to the same target with the same outcome, in the run's order.

    ``wire`` is the digest of the last attempt's form, None when no request reached the tap.
    ``outcome`` is the first result's; the others' reads the same.
    """

    wire: str | None
    outcome: Outcome
    target: str
    results: tuple[CaseResult, ...]

    @property
    def red(self) -> bool:
        """Whether any of its results has a red verdict."""
        return any(result.verdict.kind in RED for result in self.results)


def last_wire(result: CaseResult) -> str | None:
    """The digest of the form that the last attempt sent, None when there was no attempt."""
    return result.attempts[-1].wire if result.attempts else None


def by_wire(run: Run) -> tuple[WireGroup, ...]:
    """Every result in one group; red groups first, then those not accepted, each by first appearance."""
    groups: dict[tuple[str | None, str, str], list[CaseResult]] = {}
    for result in run.results:
        groups.setdefault((last_wire(result), str(result.outcome), result.target), []).append(result)
    found = [
        WireGroup(wire, results[0].outcome, target, tuple(results))
        for (wire, _, target), results in groups.items()
    ]
    return tuple(sorted(found, key=_urgency))


def _urgency(group: WireGroup) -> int:
    if group.red:
        return 0
    return 2 if group.outcome.kind is OutcomeKind.ACCEPTED else 1
