"""Two runs compared, as a readable report and as JSON: what the wire did apart from what the verdicts did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.compare import CaseChange, Comparison, FailOn, read_sentence
from upload_matrix.judge.surprises import case_groups
from upload_matrix.model import codec
from upload_matrix.model.codec import renewed
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.result import VerdictKind
from upload_matrix.model.words import ExplainedWord
from upload_matrix.report.document import (
    WIDTH,
    Block,
    Code,
    Headline,
    Items,
    Lines,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
    reports_of,
    terminal,
)
from upload_matrix.report.red import group_name, group_size
from upload_matrix.report.registry import COMPARISON
from upload_matrix.report.sweep_json import FromTo
from upload_matrix.report.wording import heading, plural
from upload_matrix.wire.difference import Difference

FORMAT = "upload-matrix comparison"


class ComparedAs(ExplainedWord):
    """What became of a case from the old run to the new one; cases stand under these words."""

    REGRESSED = (
        "regressions",
        "As expected before, or accepted, and no longer so.",
        "Read what is sent otherwise; `isolate` finds which of it decides.",
    )
    NEWLY_UNRESOLVED = (
        "newly unresolved",
        "The new run says nothing of a case of which the old one did.",
        "Record what is missing, or run it again where a server was in trouble.",
    )
    STILL_UNRESOLVED = "still unresolved", "Neither run says anything of the case."
    IMPROVED = (
        "improvements",
        "Not as expected before, or not accepted, and now it is.",
        "Renew the baseline.",
    )
    REJUDGED = (
        "only judged otherwise",
        "The case did what it did before: the expectation changed, or a date passed.",
    )
    OTHERWISE = (
        "changed otherwise",
        "Another answer, or another reading of it, that is neither better nor worse.",
    )
    ADDED = "added", "The new run has the case, the old one has not."
    REMOVED = "removed", "The old run has the case, the new one has not: nothing can be said of it."

    @property
    def heading(self) -> str:
        """``Newly unresolved``."""
        return self.value[:1].upper() + self.value[1:]


def render(comparison: Comparison, width: int = WIDTH) -> str:
    """The comparison for a terminal, what matters most first."""
    return terminal(readable(comparison), width)


def readable(comparison: Comparison) -> Readable:
    """What it comes to, then what became of the cases, then what is sent otherwise."""
    changes = {change.case: change for change in comparison.changed}
    named = _CaseNames(comparison)
    sections = [
        Section(f"{title}: {len(cases):,}", (_cases(cases, changes, named),))
        for title, _, cases in groups(comparison)
        if cases
    ]
    sections += _wires(comparison.changed, named)
    sections += [
        Section(f"{title}: {len(cases):,}", (_cases(cases, {}, named),))
        for title, cases in (
            (ComparedAs.ADDED.heading, comparison.added),
            (ComparedAs.REMOVED.heading, comparison.removed),
        )
        if cases
    ]
    lead = (Headline(word(comparison), whole=True), Paragraph(_counted(comparison)))
    word_ = next((title.casefold() for title, _, cases in groups(comparison) if cases), "")
    return Readable("Two runs compared", lead, tuple(sections), word=word_)


@dataclass(frozen=True, slots=True)
class _NamedCase:
    """A case known by its id alone: the words of it are its values, each in its place."""

    id: str

    @property
    def matrix(self) -> str:
        return self.id.partition("/")[0]

    @property
    def axes(self) -> Mapping[str, str]:
        words = self.id.split("/")
        return {f"{place} of {len(words)}": word for place, word in enumerate(words[1:], 1)}


class _CaseNames:
    """Names of groups of cases, told apart from all others of their matrix."""

    def __init__(self, comparison: Comparison) -> None:
        changed = (change.case for change in comparison.changed)
        self._matrices: dict[str, list[_NamedCase]] = {}
        for case in map(
            _NamedCase, (*changed, *comparison.unchanged, *comparison.added, *comparison.removed)
        ):
            self._matrices.setdefault(case.matrix, []).append(case)

    def of(self, cases: Iterable[str]) -> Iterator[Words]:
        """The cases in groups, as a run tells those that are not as expected: one alone by its id."""
        alike: dict[tuple[str, int], list[_NamedCase]] = {}
        for case in map(_NamedCase, cases):
            alike.setdefault((case.matrix, len(case.axes)), []).append(case)
        for (matrix, _), those in alike.items():
            if len(those) == 1:
                yield Code(those[0].id)
                continue
            for group in case_groups(those, self._matrices[matrix]):
                if len(group.results) == 1:
                    yield Code(group.first.id)
                else:
                    name = group_name(group, matrix, several=len(self._matrices) > 1)
                    yield (Code(name), f" ({group_size(group)})")


def _cases(cases: Sequence[str], changes: Mapping[str, CaseChange], named: _CaseNames) -> Block:
    """Cases in groups, with what changed alike in them where anything did."""
    alike: dict[tuple[Words, ...], list[str]] = {}
    for case in cases:
        alike.setdefault(tuple(_answers(changes.get(case))), []).append(case)
    if not any(alike):
        return Items(tuple(named.of(cases)))
    rows = ((name, Lines(said)) for said, those in alike.items() for name in named.of(those))
    return Table(("case", ""), tuple(rows))


def word(comparison: Comparison) -> str:
    """What it comes to in a line: ``? no regression seen, but 81 of 84 cases are not in the new report``."""
    undecided = ", ".join(_undecided(comparison))
    if comparison.regressions:
        said = f"{plural(len(comparison.regressions), 'regression')} in {plural(comparison.in_both, 'case')}"
        return f"✗ {said}{f'; undecided: {undecided}' if undecided else ''}"
    changed = sum(change.observed for change in comparison.changed)
    if comparison.exit_code == 1:
        return f"✗ no regression, but {plural(changed, 'case')} of {comparison.in_both:,} changed"
    if not comparison.compared:
        return f"? nothing to compare: {undecided or 'no case says anything in both reports'}"
    if undecided:
        of = plural(comparison.compared, "case")
        return f"? no regression in the {of} that could be compared, but {undecided}"
    calm = "nothing changed" if not comparison.changed else "no regression"
    beside = [f"{len(comparison.unavailable):,} unavailable as before"] if comparison.unavailable else []
    beside += [f"{len(comparison.rejudged):,} only judged otherwise"] if comparison.rejudged else []
    beside += [f"{len(comparison.added):,} added"] if comparison.added else []
    return f"✓ {calm} in {', '.join([plural(comparison.compared, 'case'), *beside])}"


def _undecided(comparison: Comparison) -> Iterator[str]:
    """What keeps a comparison from being whole."""
    olds = comparison.in_both + len(comparison.removed)
    if not comparison.in_both:
        ours, news = plural(olds, "case"), plural(len(comparison.added), "case")
        yield f"the two reports have no case in common (the old one has {ours}, the new one {news})"
        return
    if comparison.removed:
        gone = f"{len(comparison.removed):,} of {plural(olds, 'case')}"
        yield f"{gone} of the old report {'is' if len(comparison.removed) == 1 else 'are'} not in the new one"
    if comparison.newly_unresolved:
        yield f"{plural(len(comparison.newly_unresolved), 'case')} newly unresolved"
    if comparison.still_unresolved:
        yield f"{plural(len(comparison.still_unresolved), 'case')} still unresolved"


def groups(comparison: Comparison) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The cases that both runs have by what became of them: title, the outcome it is like, case ids."""
    known: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        (ComparedAs.REGRESSED.heading, "rejected", comparison.regressions),
        (ComparedAs.NEWLY_UNRESOLVED.heading, "inconclusive", comparison.newly_unresolved),
        (ComparedAs.STILL_UNRESOLVED.heading, "inconclusive", comparison.still_unresolved),
        (ComparedAs.IMPROVED.heading, "accepted", comparison.improvements),
        (ComparedAs.REJUDGED.heading, "altered", comparison.rejudged),
    )
    said = {case for _, _, cases in known for case in cases}
    others = tuple(
        change.case for change in comparison.changed if change.case not in said and _answered(change)
    )
    return (*known, (ComparedAs.OTHERWISE.heading, "altered", others))


def _counted(comparison: Comparison) -> str:
    moved = sum(change.wire is not None for change in comparison.changed)
    unknown = {*comparison.still_unresolved, *comparison.unavailable}
    numbers = [
        plural(len(comparison.regressions), "regression"),
        f"{len(comparison.newly_unresolved):,} newly unresolved",
        plural(len(comparison.improvements), "improvement"),
        *([f"{len(comparison.rejudged):,} only judged otherwise"] if comparison.rejudged else []),
        f"{plural(moved, 'case')} changed on the wire",
        *([f"{len(unknown):,} unresolved as before"] if unknown else []),
        f"{len(set(comparison.unchanged) - unknown):,} unchanged",
    ]
    return ", ".join(numbers)


def _answered(change: CaseChange) -> bool:
    changed = change.verdict, change.outcome, change.attempts, change.read
    return any(each is not None for each in changed)


def _answers(change: CaseChange | None) -> Iterator[Words]:
    """What changed in a case beside the wire."""
    if change is None:
        return
    if change.verdict is not None:
        yield f"verdict: {change.verdict[0].value} -> {change.verdict[1].value}"
    if change.outcome is not None:
        old, new = change.outcome
        yield f"outcome: {heading(old)} -> {heading(new)}"
        words = new.message or new.detail
        if words and words != (old.message or old.detail):
            yield f"now says: {words}"
    if change.attempts is not None:
        yield f"attempts: {change.attempts[0]} -> {change.attempts[1]}"
    if change.read is not None:
        yield read_sentence(change.read)


def _wires(changed: Sequence[CaseChange], named: _CaseNames) -> Iterator[Section]:
    """Changes on the wire, each once with the cases that share it: one SDK upgrade is one change."""
    moves: dict[tuple[str | None, str | None], list[CaseChange]] = {}
    for change in changed:
        if change.wire is not None:
            moves.setdefault(change.wire, []).append(change)
    rows = tuple(
        (
            f"{old or '(no request)'} -> {new or '(no request)'}, {plural(len(changes), 'case')}",
            Lines(
                (
                    *(Code(str(delta)) for delta in changes[0].deltas),
                    *(("in ", name) for name in named.of(change.case for change in changes)),
                )
            ),
        )
        for (old, new), changes in moves.items()
    )
    if rows:
        yield Section(f"Wire changes: {len(moves):,}", (Table(("wire forms", ""), rows),))


# -- JSON --


@dataclass(frozen=True, slots=True)
class WireChange:
    """The wire forms' digests, null where no request was sent, and what separates the two."""

    before: Annotated[str | None, Field(alias="from")]
    after: Annotated[str | None, Field(alias="to")]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChangeEntry:
    """What changed in a case, the old run's ``from`` and the new one's ``to``."""

    case: str
    verdict: FromTo[VerdictKind] | None = None
    outcome: FromTo[Outcome] | None = None
    attempts: FromTo[int] | None = None
    read: FromTo[str] | None = None
    wire: WireChange | None = None

    @staticmethod
    def of(change: CaseChange) -> CaseChangeEntry:
        """A change as it is written."""
        return CaseChangeEntry(
            case=change.case,
            verdict=None if change.verdict is None else FromTo(*change.verdict),
            outcome=None if change.outcome is None else FromTo(*change.outcome),
            attempts=None if change.attempts is None else FromTo(*change.attempts),
            read=None if change.read is None else FromTo(*change.read),
            wire=None if change.wire is None else WireChange(*change.wire, change.deltas),
        )

    @property
    def change(self) -> CaseChange:
        """The change that was written."""
        wire = self.wire
        return CaseChange(
            case=self.case,
            verdict=None if self.verdict is None else (self.verdict.before, self.verdict.after),
            outcome=None if self.outcome is None else (self.outcome.before, self.outcome.after),
            wire=None if wire is None else (wire.before, wire.after),
            deltas=() if wire is None else wire.differences,
            attempts=None if self.attempts is None else (self.attempts.before, self.attempts.after),
            read=None if self.read is None else (self.read.before, self.read.after),
        )


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonDocument:
    """A comparison as it is written. ``result`` and ``exit_code`` follow from the rest."""

    format: Literal["upload-matrix comparison"] = "upload-matrix comparison"
    version: Literal[2] = 2
    result: str
    exit_code: int
    fail_on: FailOn
    regressions: tuple[str, ...]
    newly_unresolved: tuple[str, ...]
    still_unresolved: tuple[str, ...]
    unavailable: tuple[str, ...]
    improvements: tuple[str, ...]
    rejudged: tuple[str, ...]
    changed: tuple[CaseChangeEntry, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


_LISTS = (
    "regressions",
    "newly_unresolved",
    "still_unresolved",
    "unavailable",
    "improvements",
    "rejudged",
    "added",
    "removed",
    "unchanged",
)


def comparison_document(comparison: Comparison) -> ComparisonDocument:
    """The comparison as it is written."""
    return ComparisonDocument(
        result=word(comparison),
        exit_code=comparison.exit_code,
        fail_on=comparison.fail_on,
        changed=tuple(map(CaseChangeEntry.of, comparison.changed)),
        **{name: getattr(comparison, name) for name in _LISTS},
    )


def to_json(comparison: Comparison) -> str:
    """The comparison as JSON."""
    return "".join(codec.chunks(comparison_document(comparison)))


def load(text: str, name: str) -> Comparison:
    """Read a comparison back; ``name`` is its file, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    way_out = "Write it again with `compare OLD NEW --json`."
    return codec.load(ComparisonDocument, text, name, build=_comparison, what="comparison", way_out=way_out)


def _comparison(document: ComparisonDocument) -> Comparison:
    changed = tuple(each.change for each in document.changed)
    lists = {name: getattr(document, name) for name in _LISTS}
    return Comparison(changed=changed, fail_on=document.fail_on, **lists)


REPORTS = reports_of(COMPARISON, readable, to_json)
