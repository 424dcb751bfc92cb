"""Cases that are equal but for the mime table, and still sent and got something else."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.judge.evidence import Place, is_evidence, place_of
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, Run

AXIS = "mime_table"


@dataclass(frozen=True, slots=True)
class TableResult:
    """What came of the same code under one table; ``guess`` is the type it derives, None for none."""

    table: str
    guess: str | None
    accepted: bool


@dataclass(frozen=True, slots=True)
class TableEffect:
    """The same code under several tables, with different wire forms and outcomes, in ``count`` cases."""

    place: Place
    results: tuple[TableResult, ...]
    count: int
    examples: tuple[str, ...]


def table_effects(run: Run) -> tuple[TableEffect, ...]:
    """Groups of otherwise equal cases where the mime table changed wire form and outcome, added up.

    ``count`` counts the groups of cases; ``examples`` are the case ids of the first one.
    """
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for result in run.results:
        judged = result.outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.REJECTED) and is_evidence(result)
        if AXIS in result.axes and judged:
            others = tuple(pair for pair in result.axes.items() if pair[0] != AXIS)
            groups.setdefault((result.matrix, place_of(result), others), []).append(result)
    found: dict[tuple[Place, tuple[TableResult, ...]], list[list[CaseResult]]] = {}
    for members in groups.values():
        place = place_of(members[0])
        if place is not None and _differ(members):
            found.setdefault((place, tuple(map(_table_result, members))), []).append(members)
    return tuple(
        TableEffect(place, results, len(cases), tuple(result.id for result in cases[0]))
        for (place, results), cases in found.items()
    )


def _differ(members: list[CaseResult]) -> bool:
    kinds = {result.outcome.kind for result in members}
    return len(kinds) > 1 and len({result.attempts[-1].wire for result in members}) > 1


def _table_result(result: CaseResult) -> TableResult:
    accepted = result.outcome.kind is OutcomeKind.ACCEPTED
    return TableResult(result.axes[AXIS], result.facts.get("guess"), accepted)
