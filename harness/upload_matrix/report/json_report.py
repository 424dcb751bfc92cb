"""The JSON report: the truth that every other report is a view of.

One case a line and one part a line, so that a difference between two reports reads well. Nothing in it
depends on the time or the machine but ``environments``, which are an input of the run; times stand in a
file of their own (``machine``). The type is the format: ``RunDocument`` writes, reads and publishes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from upload_matrix.judge.conclusions import sentences
from upload_matrix.judge.cost import CostSum, RunCost, run_cost
from upload_matrix.judge.proportions import Habit, Repetition, Successes, repetitions
from upload_matrix.model import codec
from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.codec import MalformedError, renewed
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.price import Money, Price, Usage
from upload_matrix.model.result import CaseResult, Environment, Run, VerdictKind
from upload_matrix.report.wording import count
from upload_matrix.wire.form import WireForms

NAME = "json"
SUFFIX = ".json"
FORMAT = "upload-matrix report"
_DIGITS = 6

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class AnswersOf:
    """How many attempts were answered: by the way the answer came, and by who speaks."""

    by_supply: Mapping[Supply, Count]
    by_provenance: Mapping[Provenance, Count]


@dataclass(frozen=True, slots=True)
class Summary:
    """How many of what; ``calls`` are attempts that were forwarded to a live server in this run."""

    cases: Count
    by_outcome: Mapping[OutcomeKind, Count]
    by_verdict: Mapping[VerdictKind, Count]
    wire_forms: Count
    answers: AnswersOf
    calls: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOf:
    """Distinct live answers added up. ``usd`` is the sum of those whose price is known, ``unknown`` counts
    the others; ``usage`` is that of the ``metered`` calls, whose answer says what it used."""

    calls: Count
    usd: Money
    unknown: Count
    metered: Count
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOfVariant(CostOf):
    """``shared`` calls answer other variants too."""

    variant: str
    shared: Count


@dataclass(frozen=True, slots=True)
class CostOfCall:
    """One live answer; without ``usd`` its price is unknown. ``sample`` counts repetitions from 1."""

    target: str
    wire: str
    sample: Annotated[int, Field(ge=1)]
    usage: Usage | None = None
    usd: Money | None = None


@dataclass(frozen=True, slots=True)
class CostOfRun:
    """What a run's live answers cost, from the usage they report and the price lines the run names."""

    total: CostOf
    variants: tuple[CostOfVariant, ...]
    calls: tuple[CostOfCall, ...]


@dataclass(frozen=True, slots=True)
class Proportion:
    """A variant that was repeated: ``accepted`` of ``of`` votes, with Wilson's interval at 95 %.

    ``environment_rounds`` are those in which the control did not pass: rejections there do not vote.
    """

    variant: str
    habit: Habit
    rounds: Count
    accepted: Count
    of: Count
    interval: tuple[Share, Share] | None = None
    votes: tuple[Successes, ...] = ()
    no_statement: tuple[Successes, ...] = ()
    environment_rounds: tuple[int, ...] = ()
    discounted: tuple[Successes, ...] = ()
    control: bool = False
    emulated: bool = False


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """A run as it is written. ``summary``, ``conclusions``, ``cost`` and ``repetitions`` follow from it.

    ``target`` answered every case in place of its matrix's own. ``controls`` are cases that the user says are
    known to pass, ``prices`` what live answers are priced by.
    """

    format: Literal["upload-matrix report"] = "upload-matrix report"
    version: Literal[2] = 2
    summary: Summary
    matrices: tuple[str, ...]
    target: str | None = None
    controls: tuple[str, ...] | None = None
    cost: CostOfRun | None = None
    conclusions: tuple[str, ...]
    notes: tuple[str, ...]
    environments: tuple[Environment, ...]
    cases: tuple[CaseResult, ...]
    prices: tuple[Price, ...] = ()
    repetitions: tuple[Proportion, ...] = ()
    wire_forms: WireForms


def document_of(run: Run) -> RunDocument:
    """A run, and what follows from it."""
    cost = run_cost(run)
    return RunDocument(
        summary=_summary(run),
        matrices=run.matrices,
        target=run.target,
        controls=run.controls,
        cost=None if cost is None else _costs(cost),
        conclusions=tuple(sentences(run)),
        notes=run.notes,
        environments=run.environments,
        cases=run.results,
        prices=run.prices,
        repetitions=tuple(map(proportion_of, repetitions(run))),
        wire_forms=run.wires,
    )


def chunks(run: Run) -> Iterator[str]:
    """The report in pieces of a line or so: a hundred thousand cases need not be in memory twice."""
    return codec.chunks(document_of(run))


def render(run: Run) -> str:
    """The whole report as text."""
    return "".join(chunks(run))


dump = render


def load(text: str, name: str) -> Run:
    """Read a report back; ``name`` is its file, for messages.

    Gives the run that was written, ``seconds`` zero, and a shipped picture's bytes known by name only
    (``model.wire.ASSET_SIZE``). Raises ``ConfigurationError`` naming the file and what is wrong with it.
    """
    return codec.load(
        RunDocument, text, name, build=_run, what="report", way_out="Write the report again with a run."
    )


def _run(document: RunDocument) -> Run:
    for case in document.cases:
        for wire in case.wires:
            if wire not in document.wire_forms:
                raise MalformedError(f"lacks the wire form {wire!r} that {case.id!r} names")
    return Run(
        matrices=document.matrices,
        results=document.cases,
        wires=document.wire_forms,
        environments=document.environments,
        notes=document.notes,
        prices=document.prices,
        controls=document.controls,
    )


def _summary(run: Run) -> Summary:
    counts = count(run)
    return Summary(
        cases=counts.cases,
        by_outcome=counts.by_outcome,
        by_verdict=counts.by_verdict,
        wire_forms=counts.wire_forms,
        answers=AnswersOf(counts.by_supply, counts.by_provenance),
        calls=counts.calls,
    )


def _costs(found: RunCost) -> CostOfRun:
    return CostOfRun(
        total=cost_of(found.total),
        variants=tuple(
            CostOfVariant(variant=each.variant, shared=each.shared, **_sum(each.cost))
            for each in found.variants
        ),
        calls=tuple(
            CostOfCall(call.target, call.wire, call.sample + 1, call.usage, call.spent)
            for call in found.calls
        ),
    )


def cost_of(cost: CostSum) -> CostOf:
    """Calls added up."""
    return CostOf(**_sum(cost))


def _sum(cost: CostSum) -> dict[str, Any]:
    return {
        "calls": cost.calls,
        "usd": cost.money.known,
        "unknown": cost.money.unknown,
        "metered": cost.metered,
        "usage": cost.usage,
    }


def proportion_of(each: Repetition) -> Proportion:
    """One variant's repetitions."""
    interval = each.interval
    return Proportion(
        variant=each.variant,
        habit=each.habit,
        rounds=each.rounds,
        accepted=each.accepted,
        of=each.of,
        interval=None if interval is None else (round(interval.low, _DIGITS), round(interval.high, _DIGITS)),
        votes=each.votes,
        no_statement=each.silent,
        environment_rounds=each.environment,
        discounted=each.discounted,
        control=each.control,
        emulated=each.emulated,
    )
