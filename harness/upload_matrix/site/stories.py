"""What became of one matrix over many runs: a snapshot a run, and what changed from one to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from upload_matrix.judge.compare import CaseChange, Comparison, compare
from upload_matrix.judge.surprises import group_of
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import RED, Run, VerdictKind
from upload_matrix.report.wording import Counts, count, heading, plural, short
from upload_matrix.site.reading import IndexEntry
from upload_matrix.wire.difference import Difference


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """What came of a case in one run: the outcome in short words, and how it was judged."""

    words: str
    kind: OutcomeKind
    verdict: VerdictKind


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One matrix in one run: ``cases`` by id, in matrix order, and how many came out which way."""

    entry: IndexEntry
    cases: Mapping[str, CaseSeen]
    counts: Counts

    @property
    def outcomes(self) -> tuple[tuple[OutcomeKind, bool, int], ...]:
        """How many cases by outcome, in the vocabulary's order; zeros left out.

        Those that are not as expected are apart (True), and come first.
        """
        tally = Counter((seen.kind, seen.verdict in RED) for seen in self.cases.values())
        return tuple(
            (kind, red, tally[kind, red]) for red in (True, False) for kind in OutcomeKind if tally[kind, red]
        )


@dataclass(frozen=True, slots=True)
class Step:
    """From one run of a matrix to the next."""

    before: IndexEntry
    after: IndexEntry
    comparison: Comparison

    @property
    def silent(self) -> bool:
        """Whether nothing changed at all."""
        found = self.comparison
        return not (found.changed or found.added or found.removed)


@dataclass
class MatrixStory:
    """A matrix over time, oldest run first; ``latest`` is its newest run, with this matrix's cases alone.

    ``axes`` are those of every case ever seen, by id.
    """

    matrix: str
    slug: str
    snapshots: list[Snapshot] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    axes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    latest: Run | None = None

    @property
    def now(self) -> Snapshot:
        """The newest snapshot; raises IndexError where no run was added yet."""
        return self.snapshots[-1]

    @property
    def page(self) -> str:
        """Its page's address from the site's root."""
        return f"matrix/{self.slug}.html"

    @property
    def badge(self) -> str:
        """Its badge's address from the site's root."""
        return f"badge/{self.slug}.svg"

    def add(self, entry: IndexEntry, run: Run) -> None:
        """Go on with a newer run that holds cases of this matrix alone."""
        self.snapshots.append(snapshot(entry, run))
        self.axes.update((result.id, result.axes) for result in run.results)
        if self.latest is not None:
            self.steps.append(Step(self.snapshots[-2].entry, entry, compare(self.latest, run)))
        self.latest = run


def snapshot(entry: IndexEntry, run: Run) -> Snapshot:
    """What a run says of its cases, without what it takes to say it."""
    cases = {
        result.id: CaseSeen(short(result.outcome), result.outcome.kind, result.verdict.kind)
        for result in run.results
    }
    return Snapshot(entry, cases, count(run))


def by_matrix(run: Run) -> Iterator[tuple[str, Run]]:
    """The run's matrices with their cases, and with the wire forms that these name."""
    for name in dict.fromkeys(result.matrix for result in run.results):
        results = tuple(result for result in run.results if result.matrix == name)
        named = dict.fromkeys(digest for result in results for digest in result.wires)
        wires = {digest: run.wires[digest] for digest in named if digest in run.wires}
        yield name, replace(run, matrices=(name,), results=results, wires=wires)


# -- what changed from one run to the next, cases that changed alike once --


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


def grouped(changes: Iterable[CaseChange]) -> tuple[Alike, ...]:
    """The changes, those of most cases first, else in the order of the matrix."""
    groups: dict[Alike, list[str]] = {}
    for change in changes:
        groups.setdefault(_alike(change), []).append(change.case)
    found = [replace(like, cases=tuple(cases)) for like, cases in groups.items()]
    return tuple(sorted(found, key=lambda like: -len(like.cases)))


def _alike(change: CaseChange) -> Alike:
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


def _row(delta: Difference) -> tuple[str, str | None, str | None]:
    return delta.where, delta.before, delta.after


def _words(change: CaseChange) -> str:
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


# -- a matrix over time as a table: cases with the same story are one row --


MOST_RUNS = 12
"""Runs that the table shows: the newest."""

_VALUES_NAMED = 4


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Cases that came out the same in every run shown; ``cells`` has None where a run has none of them.

    ``about`` are the axes that tell them from the matrix's other cases, with their values in words; empty
    where no values of axes tell exactly these cases, or where they are all.
    """

    cases: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    cells: tuple[CaseSeen | None, ...]

    @property
    def changed(self) -> bool:
        """Whether the row is not the same from its first run to its last."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """``snapshots`` oldest first; ``lines`` with changes first, then in matrix order; ``left_out`` runs."""

    snapshots: tuple[Snapshot, ...]
    lines: tuple[TimelineRow, ...]
    left_out: int

    @property
    def changed(self) -> int:
        """Cases that did not come out the same in every run shown."""
        return sum(len(line.cases) for line in self.lines if line.changed)


def timeline(story: MatrixStory) -> Timeline:
    """Lay out the newest runs of a matrix."""
    shown = story.snapshots[-MOST_RUNS:]
    cases = dict.fromkeys(case for snapshot in reversed(shown) for case in snapshot.cases)
    groups: dict[tuple[CaseSeen | None, ...], list[str]] = {}
    for case in cases:
        groups.setdefault(tuple(snapshot.cases.get(case) for snapshot in shown), []).append(case)
    axes = {case: story.axes[case] for case in cases}
    lines = [TimelineRow(tuple(group), about(group, axes), cells) for cells, group in groups.items()]
    lines.sort(key=lambda line: not line.changed)
    return Timeline(tuple(shown), tuple(lines), len(story.snapshots) - len(shown))


def about(group: Sequence[str], axes: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """The axes whose values tell exactly these cases from all others; () when none do, or all are meant."""
    cases = {case: _Axes(case, values) for case, values in axes.items()}
    found = group_of([cases[case] for case in group], tuple(cases.values()))
    return () if found.others else tuple((axis, _listed(values)) for axis, values in found.selection)


class _Axes(NamedTuple):
    """A case with its values."""

    id: str
    axes: Mapping[str, str]


def _listed(values: Sequence[str]) -> str:
    named = ", ".join(values[:_VALUES_NAMED])
    more = len(values) - _VALUES_NAMED
    return f"{named} and {plural(more, 'more value')}" if more > 0 else named
