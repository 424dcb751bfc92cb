"""A regression gate's result: as JSON and as a readable report, with the words of both.

``verdict``, ``exit_code`` and ``summary`` follow from the rest: they are written for readers; only its counts
of cells are read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.compare import FailOn, Judgement
from upload_matrix.judge.gate import Gate, GateVerdict, Undecided
from upload_matrix.judge.history import ChangePoint
from upload_matrix.model import codec
from upload_matrix.model.answer import Source
from upload_matrix.model.codec import renewed
from upload_matrix.report import document
from upload_matrix.report.document import Code, Headline, Items, Paragraph, Readable, Section, Words, named
from upload_matrix.report.json_report import Count
from upload_matrix.report.registry import GATE, Report
from upload_matrix.report.sweep_json import DifferenceEntry
from upload_matrix.report.sweep_report import change_blocks
from upload_matrix.report.wording import of_source, plural
from upload_matrix.wire.difference import Difference

FORMAT = "upload-matrix gate"


@dataclass(frozen=True, slots=True)
class GateSummary:
    """``unlooked`` releases were left out by halving. Variants ``changed`` in any release, and by what that
    means; cells are ``unchanged`` from their reference, or ``unavailable`` now as they were then."""

    releases: Count
    unlooked: Count
    changed: Count
    changed_as: Mapping[Judgement, Count]
    undecided: Count
    unchanged: Count
    unavailable: Count


@dataclass(frozen=True, slots=True)
class Departure:
    """A change from the baseline's release ``before`` to the new release ``after``."""

    before: str
    after: str
    differences: tuple[DifferenceEntry, ...]
    beside: tuple[Difference, ...]
    judgement: Judgement


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class GateDocument:
    """A gate's result as it is written. ``fail_on`` says what is red, ``releases`` which were judged.

    ``baseline`` is the file that they were held against, absent in documents written before it was kept.
    """

    format: Literal["upload-matrix gate"] = "upload-matrix gate"
    version: Literal[3] = 3
    distribution: str
    verdict: GateVerdict
    exit_code: Annotated[int, Field(json_schema_extra={"enum": [0, 1, 3]})]
    fail_on: FailOn
    summary: GateSummary
    releases: tuple[str, ...]
    answers: tuple[Source, ...]
    baseline_answers: tuple[Source, ...]
    departures: tuple[Departure, ...]
    undecided: tuple[Undecided, ...]
    baseline: str | None = None


def chunks(gate: Gate) -> Iterator[str]:
    """The result in pieces of a line or so."""
    return codec.chunks(_document(gate))


def dump(gate: Gate) -> str:
    """The whole result as text."""
    return "".join(chunks(gate))


def load(text: str, name: str) -> Gate:
    """Read a result back; ``name`` is its file, for messages.

    Raises ``ConfigurationError`` naming the file and what is wrong with it.
    """
    way_out = "Write it again with `upload-matrix sweep --baseline`."
    return codec.load(GateDocument, text, name, build=_gate, what="gate's result", way_out=way_out)


def _document(gate: Gate) -> GateDocument:
    return GateDocument(
        distribution=gate.distribution,
        verdict=gate.verdict,
        exit_code=gate.exit_code,
        fail_on=gate.fail_on,
        summary=GateSummary(
            releases=len(gate.releases),
            unlooked=gate.unlooked,
            changed=len(gate.changed()),
            changed_as={judgement: len(gate.changed(judgement)) for judgement in Judgement},
            undecided=len(gate.undecided),
            unchanged=gate.unchanged,
            unavailable=gate.unavailable,
        ),
        releases=gate.releases,
        answers=gate.answers,
        baseline_answers=gate.baseline_answers,
        departures=tuple(map(_departure, gate.departures)),
        undecided=gate.undecided,
        baseline=gate.baseline,
    )


def _departure(change: ChangePoint) -> Departure:
    assert change.judgement is not None
    differences = tuple(map(DifferenceEntry.of, change.differences))
    return Departure(change.before, change.after, differences, change.beside, change.judgement)


def _gate(document: GateDocument) -> Gate:
    return Gate(
        distribution=document.distribution,
        releases=document.releases,
        departures=tuple(
            ChangePoint(
                before=each.before,
                after=each.after,
                between=(),
                differences=tuple(entry.difference for entry in each.differences),
                beside=each.beside,
                judgement=each.judgement,
            )
            for each in document.departures
        ),
        undecided=document.undecided,
        unchanged=document.summary.unchanged,
        unavailable=document.summary.unavailable,
        answers=document.answers,
        baseline_answers=document.baseline_answers,
        fail_on=document.fail_on,
        unlooked=document.summary.unlooked,
        baseline=document.baseline,
    )


# -- words --


_MARKS = {0: "✓", 1: "✗"}
_NAMED = 5
"""Releases that are named one by one; of more, the first and the last are."""

CHANGED = {
    Judgement.REGRESSION: "regressed",
    Judgement.UNDECIDED: "changed with nobody to say how that is read",
    Judgement.OTHER: "changed otherwise",
    Judgement.IMPROVEMENT: "improved",
}
"""What variants did, by what it means; after a number of them."""


def word(gate: Gate) -> str:
    """One line: ``✗ 3.55.0: 2 variants regressed, 1 improved against the baseline``."""
    begin = f"{_MARKS.get(gate.exit_code, '?')} {_judged(gate)}"
    if gate.verdict is GateVerdict.UNCHANGED:
        return f"{begin}: nothing new is sent, nothing is read differently ({counted(gate)})"
    if not gate.departures:
        seen = "nothing changed in what could be compared, but not all could be"
        return f"{begin}: {seen if gate.unchanged else 'nothing could be compared with the baseline'}"
    numbers = [(len(gate.changed(judgement)), how) for judgement, how in CHANGED.items()]
    first, *others = [pair for pair in numbers if pair[0]]
    changes = ", ".join([f"{plural(first[0], 'variant')} {first[1]}", *(f"{n:,} {how}" for n, how in others)])
    return f"{begin}: {changes} against the baseline{'; not all could be compared' if gate.undecided else ''}"


def _judged(gate: Gate) -> str:
    several = len(gate.releases) > _NAMED
    names = f"{gate.releases[0]} to {gate.releases[-1]}" if several else ", ".join(gate.releases)
    if gate.unlooked:
        return f"{names} ({len(gate.releases):,} of {len(gate.releases) + gate.unlooked:,} releases judged)"
    return f"{names} ({len(gate.releases):,} releases)" if several else names


def counted(gate: Gate) -> str:
    """``18 cells``, and how many beside them could be had neither now nor for the baseline."""
    beside = f", {gate.unavailable:,} unavailable as before" if gate.unavailable else ""
    return f"{plural(gate.unchanged, 'cell')}{beside}"


def answered(gate: Gate) -> str:
    """Who answered now, and who did for the baseline where that is somebody else."""
    now, before = _said(gate.answers), _said(gate.baseline_answers)
    return f"Answers: {now}" if now == before else f"Answers: {now}; of the baseline: {before}"


def _said(sources: Iterable[Source]) -> str:
    return "; ".join(sorted({of_source(source) for source in sources})) or "none"


# -- the readable report --


_VARIANTS_NAMED = 5


def readable(gate: Gate) -> Readable:
    """The word first, then every departure part by part, then what is undecided."""
    lead = (Headline(word(gate)), Paragraph(f"{answered(gate)}. Unchanged: {counted(gate)}."))
    foot = Paragraph(
        f"Exit code {gate.exit_code} (--fail-on {gate.fail_on}). The JSON of the sweep has every cell and "
        "every wire form."
    )
    sections = (*map(_section, gate.departures), *_undecided(gate))
    verdict = "" if gate.verdict is GateVerdict.UNCHANGED else gate.verdict.value
    return Readable(f"Regression gate: {gate.distribution}", lead, sections, (foot,), word=verdict)


def _section(change: ChangePoint) -> Section:
    assert change.judgement is not None
    against = f"{change.before} (baseline) → {change.after}: {plural(len(change.variants), 'variant')}"
    kind = change.judgement.value.capitalize()
    return Section(f"{kind}: {against}", tuple(change_blocks(change)), name=f"{kind}: {change.after}")


def _undecided(gate: Gate) -> Iterator[Section]:
    entries = tuple((Code(each.release), f": {each.why}", _where(each)) for each in gate.undecided)
    if entries:
        yield Section("Undecided", (Items(entries),))


def _where(each: Undecided) -> Words:
    if not each.variants:
        return ""
    return (f" ({plural(len(each.variants), 'variant')}: ", named(each.variants, _VARIANTS_NAMED), ")")


def markdown(gate: Gate, *, max_bytes: int | None = None) -> str:
    """The result as Markdown; ``max_bytes`` as in ``document.markdown``."""
    return document.markdown(readable(gate), max_bytes)


REPORTS = (
    Report("json", ".json", dump, GATE, pieces=chunks),
    Report("markdown", ".md", markdown, GATE, ("max_bytes",)),
)
