"""What is not as a matrix expects, grouped: cases that share an expectation and what came instead.

A group is told by the fewest values that pick its cases out of their matrix (``bytesio`` of the axis
``container``), not by a list of ids. Values that pick out other cases too say so: ``some``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from upload_matrix.judge.compare import CaseChange, Comparison
from upload_matrix.model.case import SAMPLE, value_on
from upload_matrix.model.result import RED, CaseResult, Place, Run

Selection = tuple[tuple[str, tuple[str, ...]], ...]
"""Axes, and the values of each: a case is selected that has one of the values on every axis."""


class HasAxes(Protocol):
    """A case, with its value on every axis."""

    @property
    def id(self) -> str:
        """What it is called."""

    @property
    def axes(self) -> Mapping[str, str]:
        """Its values."""


Case = TypeVar("Case", bound=HasAxes)


@dataclass(frozen=True, slots=True)
class CaseGroup(Generic[Case]):
    """Cases (at least one) of a matrix that something is the same of.

    ``selection`` picks them out of their matrix, together with ``others`` that are none of them: 0 where it
    fits exactly. It is empty where the cases are told by nothing, or are all of the matrix.
    """

    results: tuple[Case, ...]
    selection: Selection
    others: int

    @property
    def first(self) -> Case:
        """The first case."""
        return self.results[0]


@dataclass(frozen=True, slots=True)
class Surprise(CaseGroup[CaseResult]):
    """Cases with one red verdict, one expectation and one kind of outcome."""

    @property
    def place(self) -> Place | None:
        """The line to correct if the expectation is at fault; None for several, or where none is known."""
        places = {result.verdict.at for result in self.results}
        return places.pop() if len(places) == 1 else None


def surprises(run: Run) -> tuple[Surprise, ...]:
    """The groups, that with most cases first."""
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for result in run.results:
        verdict, outcome = result.verdict, result.outcome
        if verdict.kind in RED:
            came = outcome.kind, outcome.status, outcome.code
            groups.setdefault((result.matrix, verdict.kind, verdict.expected, came), []).append(result)
    matrices: dict[str, list[CaseResult]] = {group[0].matrix: [] for group in groups.values()}
    for result in run.results:
        if result.matrix in matrices:
            matrices[result.matrix].append(result)
    found = [
        Surprise(each.results, each.selection, each.others)
        for group in groups.values()
        for each in case_groups(group, matrices[group[0].matrix])
    ]
    return tuple(sorted(found, key=lambda each: -len(each.results)))


def case_groups(group: Sequence[Case], matrix: Sequence[Case]) -> Iterator[CaseGroup[Case]]:
    """The cases of a matrix as one group, or in parts along an axis where only these can be told exactly."""
    whole = group_of(group, matrix)
    if whole.others and len(matrix) <= _MOST_CUT:
        for axis in _axes(group):
            parts = _along(axis, group, matrix)
            if parts and not any(part.others for part in parts):
                yield from parts
                return
    yield whole


_MOST_CUT = 5_000
"""Cases of a matrix up to which a group is cut: of a larger one every cut is looked for in all of them."""

_MOST_PARTS = 6
"""Parts into which a group is cut at most: more would not be read."""


def _along(axis: str, group: Sequence[Case], matrix: Sequence[Case]) -> list[CaseGroup[Case]]:
    """The group cut by an axis, values together whose cases are told alike; empty for too many parts."""
    by_value: dict[str, list[Case]] = {}
    for result in group:
        by_value.setdefault(value_on(result.axes, axis), []).append(result)
    if len(by_value) < 2:
        return []
    alike: dict[Selection, list[Case]] = {}
    for results in by_value.values():
        alike.setdefault(_spread(axis, results), []).extend(results)
    if not 1 < len(alike) <= _MOST_PARTS:
        return []
    return [group_of(part, matrix) for part in alike.values()]


def _spread(axis: str, results: Sequence[HasAxes]) -> Selection:
    """The values on every axis but one."""
    return tuple((other, _values(other, results)) for other in _axes(results) if other != axis)


def group_of(group: Sequence[Case], matrix: Sequence[Case]) -> CaseGroup[Case]:
    """The group with the axes that part it best from the others, the one that excludes most first."""
    ours = {result.id for result in group}
    others = [result for result in matrix if result.id not in ours]
    wanted = {axis: frozenset(_values(axis, group)) for axis in _axes(group)}
    chosen: list[str] = []
    while others and wanted:
        left = {
            axis: sum(value_on(result.axes, axis) in values for result in others)
            for axis, values in wanted.items()
        }
        best = min(left, key=lambda axis: left[axis])
        if left[best] == len(others):
            break
        chosen.append(best)
        values = wanted.pop(best)
        others = [result for result in others if value_on(result.axes, best) in values]
    # In the matrix's order, and without an axis that another one made needless.
    axes = [axis for axis in _axes(group) if axis in chosen]
    return CaseGroup(tuple(group), tuple((axis, _values(axis, group)) for axis in axes), len(others))


def _axes(results: Sequence[HasAxes]) -> tuple[str, ...]:
    """The axes of these cases in the matrix's order; a repetition is no axis to be told by."""
    return tuple(axis for axis in dict.fromkeys(a for each in results for a in each.axes) if axis != SAMPLE)


def _values(axis: str, results: Iterable[HasAxes]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value_on(result.axes, axis) for result in results))


# -- since another run --


@dataclass(frozen=True, slots=True)
class Since:
    """What became of a surprise's cases since another run.

    ``new`` were not in that run, ``before`` were not as expected in it either, ``judged`` came to the same
    end in it and are judged otherwise now. The others came to another end: ``sent`` with another request,
    ``answered`` with the same one.
    """

    new: tuple[str, ...]
    before: tuple[str, ...]
    judged: tuple[str, ...]
    sent: tuple[CaseChange, ...]
    answered: tuple[CaseChange, ...]


def since(surprise: Surprise, comparison: Comparison) -> Since:
    """``comparison`` is of the other run with the surprise's own."""
    changes: Mapping[str, CaseChange] = {change.case: change for change in comparison.changed}
    added = frozenset(comparison.added)
    new: list[str] = []
    before: list[str] = []
    judged: list[str] = []
    sent: list[CaseChange] = []
    answered: list[CaseChange] = []
    for result in surprise.results:
        change = changes.get(result.id)
        if result.id in added:
            new.append(result.id)
        elif change is None or change.verdict is None or change.verdict[0] in RED:
            before.append(result.id)
        elif change.outcome is None:
            judged.append(result.id)
        elif change.wire is not None:
            sent.append(change)
        else:
            answered.append(change)
    return Since(tuple(new), tuple(before), tuple(judged), tuple(sent), tuple(answered))
