"""A sweep as JSON: the truth that its other reports are views of, and a regression gate's baseline.

Nothing in it depends on the time or the machine but the environments, which are an input. ``summary``,
``certainty``, ``missing`` (only where something is) and ``changes`` follow from the rest: they are written
for readers. A cell beside its place (wire forms, outcome, read) is a *behaviour*: thousands of cells share a
handful of them, so each is written once, under a digest, and a release lists digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from upload_matrix.judge.bisect import Missing, certainty, missing
from upload_matrix.judge.history import CellChange, ChangePoint, history
from upload_matrix.model import codec
from upload_matrix.model.codec import MalformedError, renewed
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Environment
from upload_matrix.model.sweep import (
    Cell,
    Guard,
    Release,
    ReleaseResult,
    Strategy,
    Sweep,
    SweepCounts,
    WireAnswer,
)
from upload_matrix.report.json_report import Count, Share
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.form import DIGEST_LENGTH, Digest, WireForms

T = TypeVar("T")

NAME = "json"
SUFFIX = ".json"
KIND = "sweep"
FORMAT = "upload-matrix sweep"
WAY_OUT = "Write it again with a sweep."


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a cell sent, attempt by attempt, what became of it, and what the client made of that (None: not
    noted)."""

    wires: tuple[Digest, ...]
    outcome: Outcome
    read: str | None = None

    def digest(self) -> str:
        """The name under which it is written."""
        told = codec.encode(self)
        if self.outcome.kind is OutcomeKind.NOT_SENT:
            # As the first version said it, so that a sweep of then and one of now name it alike.
            told["outcome"]["kind"] = "refused"
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release, and what came of it if it was tried: ``cells`` are behaviours in the order of variants.

    ``headers`` are their requests' headers, where they were asked for, likewise by digest.
    One that is ``unavailable`` is ``unbuildable`` where that is its own doing (left out where it is not).
    """

    name: str
    published: date | None = None
    yanked: str | None = None
    unavailable: str | None = None
    environments: tuple[Environment, ...] | None = None
    cells: tuple[Digest | None, ...] | None = None
    unbuildable: bool | None = None
    headers: tuple[Digest | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class FromTo(Generic[T]):
    """A value before and after a change."""

    before: Annotated[T, Field(alias="from")]
    after: Annotated[T, Field(alias="to")]


@dataclass(frozen=True, slots=True)
class DifferenceEntry:
    """What changed alike for some variants: on the wire, in the outcome, in what the client makes of it."""

    variants: tuple[str, ...]
    wire: tuple[Difference, ...]
    outcome: FromTo[Outcome] | None = None
    read: FromTo[str] | None = None

    @staticmethod
    def of(each: CellChange) -> DifferenceEntry:
        """A difference as it is written."""
        return DifferenceEntry(
            each.variants,
            each.deltas,
            None if each.outcome is None else FromTo(*each.outcome),
            None if each.read is None else FromTo(*each.read),
        )

    @property
    def difference(self) -> CellChange:
        """The difference that was written."""
        return CellChange(
            self.variants,
            self.wire,
            None if self.outcome is None else (self.outcome.before, self.outcome.after),
            None if self.read is None else (self.read.before, self.read.after),
        )


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A change from a release to another; ``between`` are releases between the two that say nothing,
    ``beside`` is what else differs between the two environments."""

    before: str
    after: str
    between: tuple[str, ...]
    sure: bool
    differences: tuple[DifferenceEntry, ...]
    beside: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a change that lasts this many releases was missed."""

    releases: Count
    chance: Share


@dataclass(frozen=True, slots=True)
class CertaintyEntry:
    """What may have been missed: ``unlooked`` and ``silent`` are first and last of releases never tried, and
    of those tried in vain. A change of more than ``longest_blind`` releases cannot have been missed."""

    tried: Count
    unlooked: tuple[tuple[str, str], ...]
    silent: tuple[tuple[str, str], ...]
    longest_unlooked: Count
    longest_blind: Count
    chances_of_missing: tuple[Chance, ...]


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class SweepDocument:
    """A sweep as it is written: ``releases`` oldest first, ``behaviours`` and ``wire_forms`` by digest."""

    format: Literal["upload-matrix sweep"] = "upload-matrix sweep"
    version: Literal[2] = 2
    distribution: str
    strategy: Strategy
    guard: Guard | None
    summary: SweepCounts
    certainty: CertaintyEntry
    missing: Missing | None = None
    variants: tuple[str, ...]
    notes: tuple[str, ...] = ()
    changes: tuple[ChangeEntry, ...]
    answers: tuple[WireAnswer, ...]
    releases: tuple[ReleaseEntry, ...]
    behaviours: Mapping[Digest, Behaviour]
    headers: Mapping[Digest, tuple[tuple[str, str], ...]] | None = None
    wire_forms: WireForms


def chunks(sweep: Sweep) -> Iterator[str]:
    """The sweep in pieces of a line or so."""
    return codec.chunks(_document(sweep))


def dump(sweep: Sweep) -> str:
    """The whole sweep as text."""
    return "".join(chunks(sweep))


render = dump


def load(text: str, name: str) -> Sweep:
    """Read a sweep back; ``name`` is its file, for messages.

    Gives the sweep that was written, a shipped picture's bytes known by name only (as in a run's report).
    Raises ``ConfigurationError`` naming the file and what is wrong with it.
    """
    return codec.load(SweepDocument, text, name, build=_sweep, what="sweep", way_out=WAY_OUT)


# -- writing --


def _document(sweep: Sweep) -> SweepDocument:
    digests = {
        behaviour: behaviour.digest()
        for behaviour in {
            _behaviour(cell) for result in sweep.results.values() for cell in result.cells.values()
        }
    }
    return SweepDocument(
        distribution=sweep.distribution,
        strategy=sweep.strategy,
        guard=sweep.guard,
        summary=sweep.counts,
        certainty=_certainty(sweep),
        missing=missing(sweep) or None,
        variants=sweep.variants,
        notes=sweep.notes,
        changes=tuple(map(_change, history(sweep).changes)),
        answers=tuple(sorted(sweep.answers, key=lambda each: (each.target, each.wire))),
        releases=tuple(_release(sweep, release, digests) for release in sweep.releases),
        behaviours={digest: behaviour for behaviour, digest in digests.items()},
        headers={
            _head_digest(cell.headers): cell.headers
            for result in sweep.results.values()
            for cell in result.cells.values()
            if cell.headers is not None
        }
        or None,
        wire_forms=sweep.wires,
    )


def _behaviour(cell: Cell) -> Behaviour:
    return Behaviour(cell.wires, cell.outcome, cell.read)


def _release(sweep: Sweep, release: Release, digests: Mapping[Behaviour, str]) -> ReleaseEntry:
    result = sweep.results.get(release.name)
    if result is None:
        return ReleaseEntry(release.name, release.published, release.yanked)
    cells = (result.cells.get(variant) for variant in sweep.variants)
    return ReleaseEntry(
        release.name,
        release.published,
        release.yanked,
        result.unavailable,
        result.environments,
        tuple(None if cell is None else digests[_behaviour(cell)] for cell in cells),
        result.unbuildable or None,
        _heads_of(sweep, result),
    )


def _heads_of(sweep: Sweep, result: ReleaseResult) -> tuple[Digest | None, ...] | None:
    cells = [result.cells.get(variant) for variant in sweep.variants]
    heads = tuple(
        None if cell is None or cell.headers is None else _head_digest(cell.headers) for cell in cells
    )
    return heads if any(heads) else None


def _head_digest(headers: tuple[tuple[str, str], ...]) -> Digest:
    text = json.dumps(headers, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _change(change: ChangePoint) -> ChangeEntry:
    return ChangeEntry(
        change.before,
        change.after,
        change.between,
        change.sure,
        tuple(map(DifferenceEntry.of, change.differences)),
        change.beside,
    )


def _certainty(sweep: Sweep) -> CertaintyEntry:
    judged = certainty(len(sweep.releases), sweep.statements)

    def named(stretches: tuple[tuple[int, int], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((sweep.releases[first].name, sweep.releases[last].name) for first, last in stretches)

    return CertaintyEntry(
        tried=judged.tried,
        unlooked=named(judged.unlooked),
        silent=named(judged.silent),
        longest_unlooked=judged.longest_unlooked,
        longest_blind=judged.longest_blind,
        chances_of_missing=tuple(Chance(duration, round(chance, 4)) for duration, chance in judged.chances),
    )


# -- reading --


def _sweep(document: SweepDocument) -> Sweep:
    for digest, behaviour in document.behaviours.items():
        really = behaviour.digest()
        if really != digest:
            raise MalformedError(
                f"has a behaviour {digest} that is really {really}: it was changed by hand or by another tool"
            )
        for wire in behaviour.wires:
            if wire not in document.wire_forms:
                raise MalformedError(f"lacks the wire form {wire!r} that the behaviour {digest!r} names")
    if len(set(document.variants)) != len(document.variants):
        raise MalformedError("names a variant twice")
    results = (_result(entry, document) for entry in document.releases if entry.cells is not None)
    return Sweep(
        distribution=document.distribution,
        releases=tuple(Release(each.name, each.published, each.yanked) for each in document.releases),
        variants=document.variants,
        results={result.release: result for result in results},
        wires=document.wire_forms,
        strategy=document.strategy,
        guard=document.guard,
        answers=document.answers,
        notes=document.notes,
    )


def _result(entry: ReleaseEntry, document: SweepDocument) -> ReleaseResult:
    cells, variants = entry.cells or (), document.variants
    if len(cells) != len(variants):
        raise MalformedError(f"has {len(cells)} cells for {len(variants)} variants in {entry.name}")
    found = {}
    heads, kept = entry.headers or (None,) * len(cells), document.headers or {}
    for variant, digest, head in zip(variants, cells, heads, strict=True):
        if digest is None:
            continue
        if digest not in document.behaviours:
            raise MalformedError(f"lacks the behaviour {digest!r} that {entry.name} names")
        each = document.behaviours[digest]
        found[variant] = Cell(variant, entry.name, each.wires, each.outcome, each.read, kept.get(head or ""))
    return ReleaseResult(
        entry.name, found, entry.environments or (), entry.unavailable, bool(entry.unbuildable)
    )
