"""What became of one matrix over many runs: a snapshot a run, and what changed from one to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from upload_matrix.judge.compare import Comparison, compare
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.report.wording import Counts, count, short
from upload_matrix.site.entries import Entry


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a case in one run: the outcome in short words, and how it was judged."""

    words: str
    kind: OutcomeKind
    verdict: VerdictKind


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One matrix in one run: ``cases`` by id, in matrix order, and how many came out which way."""

    entry: Entry
    cases: Mapping[str, Seen]
    counts: Counts

    @property
    def outcomes(self) -> tuple[tuple[OutcomeKind, int], ...]:
        """How many cases by outcome, in the vocabulary's order; zeros left out."""
        tally = Counter(seen.kind for seen in self.cases.values())
        return tuple((kind, tally[kind]) for kind in OutcomeKind if tally[kind])


@dataclass(frozen=True, slots=True)
class Step:
    """From one run of a matrix to the next."""

    before: Entry
    after: Entry
    comparison: Comparison

    @property
    def silent(self) -> bool:
        """Whether nothing changed at all."""
        found = self.comparison
        return not (found.changed or found.added or found.removed)


@dataclass
class Story:
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

    def add(self, entry: Entry, run: Run) -> None:
        """Go on with a newer run that holds cases of this matrix alone."""
        self.snapshots.append(snapshot(entry, run))
        self.axes.update((result.id, result.axes) for result in run.results)
        if self.latest is not None:
            self.steps.append(Step(self.snapshots[-2].entry, entry, compare(self.latest, run)))
        self.latest = run


def snapshot(entry: Entry, run: Run) -> Snapshot:
    """What a run says of its cases, without what it takes to say it."""
    cases = {
        result.id: Seen(short(result.outcome), result.outcome.kind, result.verdict.kind)
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
