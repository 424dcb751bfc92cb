"""A comparison of two variants as JSON: the truth that its other forms are views of. No times in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.ab import Ab, AbVerdict, Side, Test
from upload_matrix.judge.run_cost import RunCost, cost_of_variant, run_cost
from upload_matrix.model import codec
from upload_matrix.model.codec import Schema
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.price import Price
from upload_matrix.model.result import CaseResult, Environment, Run
from upload_matrix.model.wire import Digest, WireForms
from upload_matrix.model.wirediff import Delta
from upload_matrix.report.json_report import CostOf, Count, Proportion, Share, cost_of, proportion

SUFFIX = ".ab.json"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AbSide:
    """One of the two, and the requests that it sent."""

    case: str
    target: str
    environment: str
    wires: tuple[Digest, ...]
    repetition: Proportion
    cost: CostOf | None = None


@dataclass(frozen=True, slots=True)
class AbTest:
    """Fisher's exact test of how many of how many calls got the answer ``about`` (none: were accepted)."""

    name: Literal["fisher"]
    p: Share
    significant: bool
    a: tuple[Count, Count]
    b: tuple[Count, Count]
    answers_tried: Count
    about: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbDocument:
    """A comparison as it is written: ``differences`` on the wire lead from A to B, ``emulated`` says that a
    stand-in answered A or B, ``repeats_needed`` of each it would take for shares like these to differ."""

    format: Literal["upload-matrix ab"] = "upload-matrix ab"
    version: Literal[1] = 1
    verdict: AbVerdict
    exit_code: Annotated[int, Field(json_schema_extra={"enum": [0, 3]})]
    emulated: bool
    same_wire: bool
    a: AbSide
    b: AbSide
    test: AbTest | None = None
    repeats_needed: Count | None = None
    differences: tuple[Delta, ...]
    controls: tuple[Proportion, ...]
    notes: tuple[str, ...]
    prices: tuple[Price, ...]
    environments: tuple[Environment, ...]
    cases: tuple[CaseResult, ...]
    wire_forms: WireForms


def chunks(ab: Ab, run: Run) -> Iterator[str]:
    """The comparison in pieces of a line or so; ``run`` is what it compares."""
    cost = run_cost(run)
    return codec.chunks(
        AbDocument(
            verdict=ab.verdict,
            exit_code=ab.exit_code,
            emulated=ab.emulated,
            same_wire=ab.same_wire,
            a=_side(ab.a, cost),
            b=_side(ab.b, cost),
            test=None if ab.test is None else _test(ab.test),
            repeats_needed=ab.needed,
            differences=ab.deltas,
            controls=tuple(map(proportion, ab.controls)),
            notes=run.notes,
            prices=run.prices,
            environments=run.environments,
            cases=run.results,
            wire_forms=run.wires,
        )
    )


def dump(ab: Ab, run: Run) -> str:
    """The whole comparison as text."""
    return "".join(chunks(ab, run))


def ab_schema() -> Schema:
    """The schema of the current version."""
    return codec.json_schema(AbDocument, "ab")


def _side(side: Side, cost: RunCost | None) -> AbSide:
    own = None if cost is None else cost_of_variant(cost, side.variant)
    return AbSide(
        case=side.variant,
        target=side.result.target,
        environment=side.result.environment,
        wires=side.wires,
        repetition=proportion(side.repetition),
        cost=None if own is None else cost_of(own.cost),
    )


def _test(test: Test) -> AbTest:
    return AbTest(
        name="fisher",
        p=round(test.p, _DIGITS),
        significant=test.significant,
        a=(test.a, test.of_a),
        b=(test.b, test.of_b),
        answers_tried=test.tried,
        about=test.about,
    )
