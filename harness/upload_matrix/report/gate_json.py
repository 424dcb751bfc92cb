"""A regression gate's result as JSON: what a program reads, and what its other forms are made from.

``verdict``, ``exit_code`` and ``summary`` follow from the rest: they are written for readers; only its counts
of cells are read back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.gate import Gate, GateVerdict, Undecided
from upload_matrix.judge.history import ChangePoint
from upload_matrix.judge.regression import FailOn, Judgement
from upload_matrix.model import codec
from upload_matrix.model.answer import Source
from upload_matrix.model.codec import Schema
from upload_matrix.model.wirediff import Delta
from upload_matrix.report.json_report import Count
from upload_matrix.report.sweep_json import DifferenceEntry

NAME = "json"
SUFFIX = ".json"
KIND = "gate"
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
    beside: tuple[Delta, ...]
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDocument:
    """A gate's result as it is written. ``fail_on`` says what is red, ``releases`` which were judged."""

    format: Literal["upload-matrix gate"] = "upload-matrix gate"
    version: Literal[2] = 2
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


def chunks(gate: Gate) -> Iterator[str]:
    """The result in pieces of a line or so."""
    return codec.chunks(_document(gate))


def dump(gate: Gate) -> str:
    """The whole result as text."""
    return "".join(chunks(gate))


render = dump


def gate_schema() -> Schema:
    """The schema of the current version."""
    return codec.json_schema(GateDocument, "gate")


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
    )
