"""Cases with the same story as one row: a matrix over time in a table that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from upload_matrix.model.case import NOT_APPLICABLE, OPTIONAL_AXES
from upload_matrix.report.wording import plural
from upload_matrix.site.stories import Seen, Snapshot, Story

MOST_RUNS = 12
"""Runs that the table shows: the newest."""

_VALUES_NAMED = 4


@dataclass(frozen=True, slots=True)
class Line:
    """Cases that came out the same in every run shown; ``cells`` has None where a run has none of them.

    ``about`` are the axes that tell them from the matrix's other cases, with their values in words; empty
    where no values of axes tell exactly these cases, or where they are all.
    """

    cases: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    cells: tuple[Seen | None, ...]

    @property
    def changed(self) -> bool:
        """Whether the row is not the same from its first run to its last."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """``snapshots`` oldest first; ``lines`` with changes first, then in matrix order; ``left_out`` runs."""

    snapshots: tuple[Snapshot, ...]
    lines: tuple[Line, ...]
    left_out: int

    @property
    def changed(self) -> int:
        """Cases that did not come out the same in every run shown."""
        return sum(len(line.cases) for line in self.lines if line.changed)


def timeline(story: Story) -> Timeline:
    """Lay out the newest runs of a matrix."""
    shown = story.snapshots[-MOST_RUNS:]
    cases = dict.fromkeys(case for snapshot in reversed(shown) for case in snapshot.cases)
    groups: dict[tuple[Seen | None, ...], list[str]] = {}
    for case in cases:
        groups.setdefault(tuple(snapshot.cases.get(case) for snapshot in shown), []).append(case)
    axes = {case: story.axes[case] for case in cases}
    lines = [Line(tuple(group), about(group, axes), cells) for cells, group in groups.items()]
    lines.sort(key=lambda line: not line.changed)
    return Timeline(tuple(shown), tuple(lines), len(story.snapshots) - len(shown))


def about(group: Sequence[str], axes: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """The axes whose values tell exactly these cases from all others; () when none do, or all are meant."""
    if len(group) == len(axes):
        return ()
    names = dict.fromkeys(axis for values in axes.values() for axis in values)
    own = {axis: _values(axis, (axes[case] for case in group)) for axis in names}
    every = {axis: _values(axis, axes.values()) for axis in names}
    telling = {axis: values for axis, values in own.items() if values != every[axis]}
    if _meant(telling, axes.values()) != len(group):
        return ()
    # Axes that follow from others (no container without a file) would only be noise.
    for axis in reversed(tuple(telling)):
        fewer = {name: values for name, values in telling.items() if name != axis}
        if _meant(fewer, axes.values()) == len(group):
            telling = fewer
    return tuple((axis, _listed([value for value in every[axis] if value in own[axis]])) for axis in telling)


def _meant(telling: Mapping[str, Mapping[str, None]], cases: Iterable[Mapping[str, str]]) -> int:
    """How many cases have these values on these axes."""
    return sum(all(_value(axis, each) in values for axis, values in telling.items()) for each in cases)


def _value(axis: str, axes: Mapping[str, str]) -> str:
    return axes.get(axis, OPTIONAL_AXES.get(axis, NOT_APPLICABLE))


def _values(axis: str, cases: Iterable[Mapping[str, str]]) -> dict[str, None]:
    """The values on an axis, each once, in the order met. Two are equal whatever that order."""
    return dict.fromkeys(_value(axis, each) for each in cases)


def _listed(values: Sequence[str]) -> str:
    named = ", ".join(values[:_VALUES_NAMED])
    more = len(values) - _VALUES_NAMED
    return f"{named} and {plural(more, 'more value')}" if more > 0 else named
