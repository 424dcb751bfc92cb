"""The version history of a sweep: in which releases something changed, and what behaved alike between.

Releases that were not measured count as what lies on both sides of them; ``certainty`` says how sure that
is. A release that says nothing about a variant neither ends a run nor begins one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from upload_matrix.judge.bisect import Boundary, boundaries
from upload_matrix.judge.celldiff import Difference, differences, environment_deltas
from upload_matrix.judge.regression import Judgement
from upload_matrix.model.sweep import Cell, Signature, Sweep
from upload_matrix.wire.difference import Delta


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A change from release ``before`` to release ``after``.

    ``between`` are known releases between the two that say nothing about these variants: the change
    came with one of them or with ``after``. ``beside`` is what else differs between the two
    environments: the change may be that library's and not the SDK's. ``judgement`` is what it means for
    these variants, where somebody asked: a gate does, a history does not.
    """

    before: str
    after: str
    between: tuple[str, ...]
    differences: tuple[Difference, ...]
    beside: tuple[Delta, ...] = ()
    judgement: Judgement | None = None

    @property
    def variants(self) -> tuple[str, ...]:
        """All variants that changed here."""
        return tuple(variant for each in self.differences for variant in each.variants)

    @property
    def sure(self) -> bool:
        """Whether ``after`` itself, and a judgement of it, made the difference."""
        return not self.between and all(each.resolved for each in self.differences)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of releases in which nothing changed for any variant.

    ``first`` and ``last`` say something themselves; ``releases`` counts all from one to the other,
    ``measured`` those that say something.
    """

    first: str
    last: str
    releases: int
    measured: int


@dataclass(frozen=True, slots=True)
class Row:
    """Variants with one and the same history: a cell per span, None where nothing is known.

    The cells are the first variant's, each the first of its span.
    """

    variants: tuple[str, ...]
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class History:
    """``spans`` oldest first; ``rows`` in the order of the sweep's variants; ``changes`` oldest first."""

    spans: tuple[Span, ...]
    rows: tuple[Row, ...]
    changes: tuple[ChangePoint, ...]


def history(sweep: Sweep) -> History:
    """The history of what a sweep measured, finished or not."""
    found = boundaries(sweep.statements)
    telling = [index for index, said in sorted(sweep.statements.items()) if said]
    starts = sorted({*telling[:1], *(boundary.after for boundary in found)})
    spans: list[list[int]] = [[] for _ in starts]
    for index in telling:
        spans[bisect_right(starts, index) - 1].append(index)
    return History(
        spans=tuple(_span(sweep, indices) for indices in spans),
        rows=_rows(sweep, spans),
        changes=tuple(_change(sweep, boundary) for boundary in found),
    )


def _span(sweep: Sweep, indices: Sequence[int]) -> Span:
    first, last = indices[0], indices[-1]
    return Span(sweep.releases[first].name, sweep.releases[last].name, last - first + 1, len(indices))


def _rows(sweep: Sweep, spans: Sequence[Sequence[int]]) -> tuple[Row, ...]:
    alike: dict[tuple[Signature | None, ...], list[Row]] = {}
    for variant in sweep.variants:
        at = [
            next((index for index in indices if variant in sweep.statements[index]), None)
            for indices in spans
        ]
        key = tuple(None if index is None else sweep.statements[index][variant] for index in at)
        cells = tuple(None if index is None else sweep.cell(index, variant) for index in at)
        alike.setdefault(key, []).append(Row((variant,), cells))
    return tuple(
        Row(tuple(variant for row in rows for variant in row.variants), rows[0].cells)
        for rows in alike.values()
    )


def _change(sweep: Sweep, boundary: Boundary) -> ChangePoint:
    before, after = (sweep.releases[index].name for index in (boundary.before, boundary.after))
    old, new = sweep.results[before], sweep.results[after]
    changed = sorted(boundary.variants, key=sweep.variants.index)
    return ChangePoint(
        before=before,
        after=after,
        between=tuple(release.name for release in sweep.releases[boundary.before + 1 : boundary.after]),
        differences=differences(
            ((old.cells[variant], new.cells[variant]) for variant in changed), sweep.wires
        ),
        beside=environment_deltas(old, new, sweep.distribution),
    )
