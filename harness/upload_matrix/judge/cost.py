"""What was spent: per call, per variant and for a run, and two recipes side by side.

An amount nobody knows stays unknown: it is counted, never added as zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from upload_matrix.judge.proportions import sample_of, variant_of
from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.estimate import model_of, operation_of
from upload_matrix.model.hop import Forwarded
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import (
    NOTHING,
    Basis,
    Money,
    Price,
    PriceTable,
    Recipe,
    RecipeCall,
    Total,
    Usage,
    cost,
    is_upper_bound,
    shown,
    spent_on,
    total,
)
from upload_matrix.model.result import Attempt, CaseResult, Run

Sent = tuple[str, str]
"""A target and the digest of a wire form: what one call is paid for."""


@dataclass(frozen=True, slots=True)
class CostSum:
    """Requests or answers added up, the only place where that is done: ``calls`` of them, ``attempts`` with
    the harness's own retries, ``usage`` of the ``metered`` ones, whose answer told one.

    ``feared`` is the part of ``money`` that no server told: the most that attempts without a usage may have
    cost.
    """

    calls: int
    attempts: int
    money: Total
    feared: Money
    usage: Usage
    metered: int

    @property
    def per_call(self) -> Money | None:
        """The mean of all calls in USD; None without calls, or when one of them is of unknown price."""
        amount = self.money.amount
        return None if amount is None or not self.calls else amount / self.calls


@dataclass(frozen=True, slots=True)
class VariantCost:
    """What the answers of one variant cost. ``shared`` calls among them also answer other variants, so
    variants add up to more than the run, which pays for each only once."""

    variant: str
    cost: CostSum
    shared: int


@dataclass(frozen=True, slots=True)
class StepCost:
    """One call of a recipe: its money is computed from its tokens and a price table.

    ``at_most`` when cached tokens had no rate of their own and counted in full.
    """

    call: RecipeCall
    money: Money | None
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class RecipeCost:
    """A recipe with its price: ``computed`` by us, ``recipe.reported`` by somebody else."""

    recipe: Recipe
    steps: tuple[StepCost, ...]

    @property
    def calls(self) -> int:
        """How many calls it takes."""
        return len(self.steps)

    @property
    def computed(self) -> Total:
        """The sum of its calls."""
        return total(step.money for step in self.steps)

    @property
    def assumed(self) -> bool:
        """Whether any of its tokens are our assumption."""
        return any(step.call.basis is Basis.ASSUMED for step in self.steps)


def summed(calls: Iterable[CallRecord]) -> CostSum:
    """All of ``calls`` together: the cost of a run, if they are a run's."""
    records = tuple(calls)
    usages = [record.usage for record in records if record.usage is not None]
    return CostSum(
        calls=len(records),
        attempts=sum(record.sent for record in records),
        money=total(record.spent for record in records),
        feared=sum((record.feared for record in records), NOTHING),
        usage=sum(usages, Usage()),
        metered=len(usages),
    )


def by_variant(calls: Iterable[CallRecord], sent: Mapping[str, Set[Sent]]) -> tuple[VariantCost, ...]:
    """The cost of each variant in the order of ``sent``, which says what each variant sent, and to whom.

    Calls are found by the wire form's digest as their records have it. A variant none of whose answers had
    to be paid for has no calls.
    """
    records = tuple(calls)
    senders: dict[Sent, int] = {}
    for forms in sent.values():
        for form in forms:
            senders[form] = senders.get(form, 0) + 1
    costs = []
    for variant, forms in sent.items():
        own = [record for record in records if (record.target, record.wire) in forms]
        shared = sum(senders[record.target, record.wire] > 1 for record in own)
        costs.append(VariantCost(variant, summed(own), shared))
    return tuple(costs)


def priced(recipe: Recipe, table: PriceTable, *, model: str | None = None) -> RecipeCost:
    """The cost of a recipe by a price table; with ``model``, as if its known calls used that one instead.

    Tokens stay as the recipe gives them, which for another model is an assumption of the caller's.
    """
    return RecipeCost(recipe, tuple(_step(call, table, model) for call in recipe.calls))


def compared(costs: Iterable[RecipeCost]) -> tuple[str, ...]:
    """Recipes side by side, a sentence each, with what is reported and what is computed kept apart."""
    return tuple(_sentence(one) for one in costs)


def _step(call: RecipeCall, table: PriceTable, model: str | None) -> StepCost:
    name = model if model is not None and call.model is not None else call.model
    price = table.price(name, call.operation)
    money = cost(call.usage, price)
    at_most = price is not None and call.usage is not None and is_upper_bound(call.usage, price)
    return StepCost(call, money, at_most)


def _sentence(one: RecipeCost) -> str:
    calls = "1 call" if one.calls == 1 else f"{one.calls} calls"
    reported = f"reported about {shown(one.recipe.reported)}" if one.recipe.reported is not None else ""
    unknown = one.computed.unknown
    computed = shown(one.computed.known) if unknown < one.calls else "nothing"
    if unknown:
        computed += f" for {one.calls - unknown} of them; the rest is unknown"
    computed = f"computed {computed}" + (", some tokens assumed" if one.assumed else "")
    return f"{one.recipe.name}: {calls}; " + "; ".join(filter(None, (reported, computed)))


# What the live answers of a run cost, from the usage they report and the price lines the run names. Pure.
#
# An answer counts once, however many cases read it. Emulated answers cost nothing and are not counted.


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
