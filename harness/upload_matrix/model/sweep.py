"""A sweep: the cases of matrices, as variants, in many releases of one SDK.

The unit is the cell: one variant in one release. Two releases behave alike for a variant when their cells
have equal signatures: the same wire forms, attempt by attempt, the same outcome, and the same read of it (the
type that the client returns, or the class that it raises).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.outcome import UNRESOLVED, Outcome, OutcomeKind
from upload_matrix.model.result import Environment
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.stable import without_per_run

OutcomeWords = tuple[str | int | None, ...]
Signature = tuple[tuple[str, ...], OutcomeWords, str | None]

_SILENT = frozenset({OutcomeKind.UNAVAILABLE, OutcomeKind.HARNESS_ERROR})
"""Outcomes of ours: such a cell says nothing of its release."""


def outcome_words(outcome: Outcome) -> OutcomeWords:
    """What makes two outcomes the same: kind, status, type, code, param, and the words said.

    What differs between two equal calls (request ids, ports, addresses, times) is replaced in the words;
    where nothing is resolved, the words are left out altogether.
    """
    words: tuple[str | None, str | None] = (None, None)
    if outcome.kind not in UNRESOLVED:
        words = (without_per_run(outcome.message), without_per_run(outcome.detail))
    return (outcome.kind.value, outcome.status, outcome.type, outcome.code, outcome.param, *words)


class Strategy(ExplainedWord):
    """Which releases a sweep measures."""

    ALL = "all", "Every release is measured."
    BISECT = (
        "bisect",
        "Two releases that differ are halved until the change lies between neighbours; what lies "
        "between two that agree is not looked at.",
    )


@dataclass(frozen=True, slots=True)
class Guard:
    """The releases that a bisecting sweep measures in any case, and so what it promises to see.

    Either ``every``: the first, the last and every ``every``-th in between, a selection that stays when a
    new release appears; or ``samples``: that many, evenly spaced, both ends among them. Raises ValueError
    unless exactly one is given, ``every`` at least 1 or ``samples`` at least 2.
    """

    every: int | None = None
    samples: int | None = None

    def __post_init__(self) -> None:
        if (self.every is None) == (self.samples is None):
            raise ValueError("a guard takes either `every` or `samples`")
        if (self.every is not None and self.every < 1) or (self.samples is not None and self.samples < 2):
            raise ValueError(f"{self}: `every` is at least 1, `samples` at least 2")

    def points(self, count: int) -> tuple[int, ...]:
        """The indices, ascending, that are measured in any case among ``count`` releases."""
        last = count - 1
        if self.every is not None:
            return tuple(sorted({*range(0, count, self.every), *([last] if count else [])}))
        gaps = min(self.samples or 0, count) - 1
        return tuple(last * step // gaps for step in range(gaps + 1)) if gaps > 0 else tuple(range(count))

    def __str__(self) -> str:
        if self.every is not None:
            return "every release" if self.every == 1 else f"every {self.every} releases"
        return f"{self.samples} releases, evenly spaced"


NPM = "npm:"
"""Begins the name of a distribution that npm has: ``npm:openai``."""


def package(distribution: str) -> str:
    """A distribution's name where it is published."""
    return distribution.removeprefix(NPM)


def is_spec(text: str) -> bool:
    """Whether a text is a version or a range of them."""
    try:
        SpecifierSet(text) if text[:1] in tuple("<>=!~") else Version(text)
    except (InvalidSpecifier, InvalidVersion):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Releases that are never installed, as versions or ranges, and why."""

    releases: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a matrix file says of its sweep; an option of the command goes before it, but for ``exclude``.

    ``distribution`` and ``releases`` are whose, and which (all: none). ``beside`` are requirements that are
    installed with each. Only those published before the day ``before`` are in question.
    """

    distribution: str | None = None
    releases: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    before: date | None = None
    exclude: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A release as its index knows it.

    ``published`` is the day in UTC, None when it is not known; ``yanked`` the reason (``""`` when none was
    given), None when it is not yanked.
    """

    name: str
    published: date | None = None
    yanked: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One variant in one release.

    ``variant`` is a case's id without the release, ``wires`` the digests of all attempts' forms in order
    (none when no request was sent). ``read`` is what the client made of the answer, in the words of
    ``ClientReport.read``; None when nobody noted it, as in a sweep written before reads were kept.
    ``headers`` are those of the first request, in order and spelling, None where they were not asked for:
    two cells that differ in nothing else behave alike.
    """

    variant: str
    release: str
    wires: tuple[str, ...]
    outcome: Outcome
    read: str | None = None
    headers: tuple[tuple[str, str], ...] | None = None

    @property
    def telling(self) -> str | None:
        """``read``, but None where nothing is resolved: what a client raises there is chance."""
        return None if self.outcome.kind in UNRESOLVED else self.read or None

    @property
    def signature(self) -> Signature | None:
        """What two cells that behave alike have in common; None when the failure is ours."""
        if self.outcome.kind in _SILENT:
            return None
        return (self.wires, outcome_words(self.outcome), self.telling)


def alike(one: Cell | None, other: Cell | None) -> bool:
    """Whether two cells behave alike, as far as both tell; a read that one of them lacks is no difference."""
    if one is None or other is None:
        return one is other
    first, second = one.signature, other.signature
    if first is None or second is None:
        return first is second
    unread = None in (first[2], second[2])
    return first[:2] == second[:2] and (unread or first[2] == second[2])


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """What came of one release that was tried: its cells by variant, or why it is ``unavailable``.

    ``unbuildable`` says that this is of the release: it, or what it asks for, cannot be installed under this
    interpreter, whoever tries it when.
    """

    release: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    environments: tuple[Environment, ...] = ()
    unavailable: str | None = None
    unbuildable: bool = False

    def signatures(self) -> dict[str, Signature]:
        """The signatures by variant; a variant about which the release says nothing is left out."""
        found = ((variant, cell.signature) for variant, cell in self.cells.items())
        return {variant: signature for variant, signature in found if signature is not None}


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """Who answered a wire form at a target, for every release that sent it; None when nobody did.

    Scripted answers, which no target gave, are not among them.
    """

    wire: str
    target: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """``measured`` releases say something of at least one variant, ``unavailable`` ones could not be had.

    ``needed`` are distinct wire forms (per target) that ask for an answer: the sum of the last four.
    """

    releases: int
    measured: int
    unavailable: int
    cells: int
    wire_forms: int
    needed: int
    recorded: int
    emulated: int
    asked: int
    unanswered: int


@dataclass(frozen=True)
class Sweep:
    """A sweep, finished or in part.

    ``releases`` are all that were in question, oldest first; ``results`` those that were tried, by name;
    ``variants`` are in matrix order; ``wires`` holds every form that a cell names. ``guard`` is None
    with ``Strategy.ALL``. ``notes`` are sentences for the reader (how environments were built, say).
    """

    distribution: str
    releases: tuple[Release, ...]
    variants: tuple[str, ...]
    results: Mapping[str, ReleaseResult]
    wires: Mapping[str, WireForm]
    strategy: Strategy
    guard: Guard | None = None
    answers: tuple[WireAnswer, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def statements(self) -> Mapping[int, Mapping[str, Signature]]:
        """By index in ``releases``, of those that were tried: what each says, by variant; {} when nothing.

        Reads count only where every cell has one: a sweep that was begun before reads were kept, and went
        on after, has no change there.
        """
        cells = (cell for result in self.results.values() for cell in result.cells.values())
        read = all(cell.read is not None for cell in cells if cell.signature is not None)
        said = {
            index: self.results[release.name].signatures()
            for index, release in enumerate(self.releases)
            if release.name in self.results
        }
        if read:
            return said
        return {
            index: {variant: (*signature[:2], None) for variant, signature in signatures.items()}
            for index, signatures in said.items()
        }

    def cell(self, index: int, variant: str) -> Cell | None:
        """The cell of a variant in the release at ``index``; None when there is none."""
        result = self.results.get(self.releases[index].name)
        return None if result is None else result.cells.get(variant)

    @property
    def counts(self) -> SweepCounts:
        """How many of what."""
        sources = [answer.source for answer in self.answers]
        ways = [(source.provenance, source.supply) for source in sources if source is not None]
        return SweepCounts(
            releases=len(self.releases),
            measured=sum(map(bool, self.statements.values())),
            unavailable=sum(result.unavailable is not None for result in self.results.values()),
            cells=sum(len(result.cells) for result in self.results.values()),
            wire_forms=len(self.wires),
            needed=len(sources),
            recorded=sum(supply is Supply.RECORDED for _, supply in ways),
            emulated=sum(way[0] is Provenance.EMULATED and way[1] is not Supply.RECORDED for way in ways),
            asked=ways.count((Provenance.LIVE, Supply.FORWARDED)),
            unanswered=sources.count(None),
        )
