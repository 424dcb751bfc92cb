"""What the live answers of a run cost, from the usage they report and the price lines the run names. Pure.

An answer counts once, however many cases read it. Emulated answers cost nothing and are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upload_matrix.judge.cost import CostSum, Sent, VariantCost, by_variant, summed
from upload_matrix.judge.proportions import sample_of, variant_of
from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.asked import model_of, operation_of
from upload_matrix.model.call import CallRecord
from upload_matrix.model.hop import Forwarded
from upload_matrix.model.money import NOTHING
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.price import Price, PriceTable, spent_on
from upload_matrix.model.result import Attempt, CaseResult, Run


@dataclass(frozen=True, slots=True)
class RunCost:
    """``calls`` are the distinct live answers, each with its usage and its cost in USD (``spent``)."""

    calls: tuple[CallRecord, ...]
    total: CostSum
    variants: tuple[VariantCost, ...]


def has_live(run: Run) -> bool:
    """Whether any answer of the run is a live server's."""
    return next(_live(run), None) is not None


def used_lines(run: Run, table: PriceTable) -> tuple[Price, ...]:
    """The lines of ``table`` that the run's live answers are priced by, in the table's order."""
    used = {
        id(line)
        for result, attempt in _live(run)
        if (line := _line(run, result, attempt, table)) is not None
        and (attempt.usage is not None or spent_on(attempt.status, None, line))
    }
    return tuple(line for line in table.lines if id(line) in used)


def run_cost(run: Run) -> RunCost | None:
    """What the run's live answers cost; None when it has none, or none of them was paid for.

    An answer that does not say what it used counts as one of unknown price.
    """
    table = PriceTable(run.prices)
    calls: dict[tuple[str, str, int], CallRecord] = {}
    sent: dict[str, set[Sent]] = {}
    for result, attempt in _live(run):
        key = result.target, attempt.wire, sample_of(result) - 1
        sent.setdefault(variant_of(result), set()).add(key[:2])
        calls.setdefault(
            key,
            CallRecord(
                *key,
                status=attempt.status,
                usage=attempt.usage,
                spent=spent_on(attempt.status, attempt.usage, _line(run, result, attempt, table)),
                model=_model(run, attempt),
            ),
        )
    records = tuple(calls.values())
    if all(record.spent == NOTHING and record.usage is None for record in records):
        return None
    return RunCost(records, summed(records), by_variant(records, sent))


def cost_of_variant(found: RunCost, variant: str) -> VariantCost | None:
    """The cost of one variant's answers; None when it got no live one."""
    return next((each for each in found.variants if each.variant == variant), None)


def _live(run: Run) -> Iterator[tuple[CaseResult, Attempt | Forwarded]]:
    """Every answer of a live server, also one that a gateway in between did not hand on: it was paid for."""
    for result in run.results:
        if result.outcome.kind is OutcomeKind.HARNESS_ERROR:
            continue
        for attempt in result.attempts if result.hop is None else result.hop.forwarded:
            source = attempt.source
            if (
                source is not None
                and source.provenance is Provenance.LIVE
                and source.supply is not Supply.SCRIPTED
            ):
                yield result, attempt


def _model(run: Run, attempt: Attempt | Forwarded) -> str | None:
    wire = run.wires.get(attempt.wire)
    return None if wire is None else model_of(wire)


def _line(run: Run, result: CaseResult, attempt: Attempt | Forwarded, table: PriceTable) -> Price | None:
    wire = run.wires.get(attempt.wire)
    return None if wire is None else table.price(model_of(wire), operation_of(wire), result.target)
