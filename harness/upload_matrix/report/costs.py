"""Money and tokens in words; price tables and recipes in lines and as JSON; a run's cost as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from upload_matrix.judge.cost import CostSum, RecipeCost, StepCost, compared, run_cost, summed
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import Basis, Money, Price, PriceTable, Usage, shown
from upload_matrix.model.result import Run
from upload_matrix.report.document import Block, Code, Items, Marked, Paragraph, Section, Strong, Table, Words
from upload_matrix.report.grid import aligned, wrapped
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural

KINDS = (
    ("text_in", "text in"),
    ("cached_text_in", "cached text in"),
    ("image_in", "image in"),
    ("cached_image_in", "cached image in"),
    ("text_out", "text out"),
    ("image_out", "image out"),
)
"""Kinds of tokens as they are priced, in the order in which they are told."""


def tokens(usage: Usage) -> str:
    """``25 text in, 194 image in, 272 image out``: what there is, text output apart from images."""
    told = [f"{number:,} {words}" for name, words in KINDS if (number := getattr(usage, name))]
    told += [f"{usage.unsorted:,} of a kind that is not told"] if usage.unsorted else []
    return ", ".join(told) or "no tokens"


def amount(cost: CostSum) -> str:
    """``$0.0156``, ``$0.0156 and 2 of unknown price``, or ``unknown``."""
    if cost.calls and cost.money.unknown == cost.calls:
        return "unknown"
    return str(cost.money)


def so_far(calls: Sequence[CallRecord]) -> str:
    """``$0.0156 so far``; empty where no call can have cost anything."""
    return f"{amount(summed(calls))} so far" if any(not call.emulated for call in calls) else ""


def per_call(cost: CostSum) -> str:
    """The mean of a call, unknown as soon as one is."""
    return shown(cost.per_call)


def rates(price: Price) -> str:
    """``text in $5.00, image out $40.00`` per million tokens, ``$0.02 a call``, or ``unknown``."""
    if price.per_call is not None:
        return f"{shown(price.per_call)} a call"
    told = [f"{words} {shown(rate)}" for name, words in KINDS if (rate := getattr(price, name)) is not None]
    return ", ".join(told) or "unknown"


def basis(prices: tuple[Price, ...]) -> Iterator[str]:
    """A sentence for every line of a price table: what, how much, who says so, since when."""
    for price in prices:
        note = "" if price.note is None else f" ({price.note})"
        yield (
            f"{', '.join(price.models)}: {rates(price)}{note}; table {price.table or 'without a name'} "
            f"as of {price.as_of.isoformat()}, source: {price.source}"
        )


def calls_made(calls: Iterable[CallRecord]) -> str:
    """``38 live calls for 27 requests, counted at $6.09; $2.76 of it is...``: as in the ledger.

    Those that an emulator answered are no live calls, and are told apart.
    """
    records = tuple(calls)
    cost = summed(each for each in records if not each.emulated)
    emulated = sum(each.sent for each in records if each.emulated)
    aside = f"{plural(emulated, 'call')}, answered by an emulator: no live call, and nothing to pay"
    if emulated and not cost.calls:
        return aside
    return f"{_live_calls(cost)}; beside them {aside}" if emulated else _live_calls(cost)


def _live_calls(cost: CostSum) -> str:
    requests = f" for {plural(cost.calls, 'request')}" if cost.attempts != cost.calls else ""
    words = f"{plural(cost.attempts, 'live call')}{requests}, counted at {amount(cost)}"
    if cost.feared:
        words += f"; {shown(cost.feared)} of it is the most that answers without a usage may have cost"
    return words


def in_short(cost: CostSum) -> str:
    """``$0.05 for 4 live answers``: what they cost when they were made."""
    return f"{amount(cost)} for {plural(cost.calls, 'live answer')}"


# -- terminal --


WIDEST = 110
_INDENT = "  "
_EMPTY = "-"


def prices(
    table: PriceTable, recipes: Sequence[RecipeCost], model: str | None, width: int = WIDEST
) -> Iterator[str]:
    """Every line of the tables, as they count, then the recipes; ``model`` as in ``priced``."""
    yield "Prices, in USD per million tokens; the first line that fits a request counts:"
    header = ["models", *(words for _, words in KINDS)]
    yield from aligned([header, *map(_rates, table.lines)], width, _INDENT)
    yield ""
    yield "Sources:"
    for line in table.lines:
        note = "" if line.note is None else f"; {line.note}"
        dated = f"table {line.table} as of {line.as_of.isoformat()}"
        told = f"{', '.join(line.models)}: {line.source}{note} ({dated})"
        yield from wrapped(told, width, _INDENT, _INDENT * 2)
    yield ""
    yield from _side_by_side(recipes, model, width)


def _rates(line: Price) -> list[str]:
    rates = [_EMPTY if (rate := getattr(line, name)) is None else shown(rate) for name, _ in KINDS]
    if line.per_call is not None:
        rates[-1] = f"{shown(line.per_call)} a call"
    elif not line.known:
        rates[-1] = "unknown"
    more = f" and {len(line.models) - 1} more" if len(line.models) > 1 else ""
    return [visible(line.models[0]) + more, *rates]


def _side_by_side(recipes: Sequence[RecipeCost], model: str | None, width: int) -> Iterator[str]:
    supposed = "" if model is None else f", as if with {model}"
    yield from wrapped(f"Two ways to the same picture{supposed}:", width)
    header = ["", *(visible(each.recipe.name) for each in recipes)]
    rows = [header]
    rows.append(["calls", *(f"{each.calls}" for each in recipes)])
    rows.append(["reported, about", *(_reported(each) for each in recipes)])
    rows.append(["computed", *(str(each.computed) for each in recipes)])
    yield from aligned(rows, width, _INDENT)
    for each in recipes:
        yield ""
        yield from wrapped(f"{each.recipe.name}: {each.recipe.says}", width, hanging=_INDENT)
        for number, step in enumerate(each.steps, 1):
            used = "usage unknown" if step.call.usage is None else tokens(step.call.usage)
            most = "at most " if step.at_most else ""
            told = (
                f"{number}. {step.call.step} ({step.call.operation}): {most}{shown(step.money)}; {used}, "
                f"{step.call.basis.value}: {step.call.source}"
            )
            yield from wrapped(told, width, _INDENT, _INDENT * 3)
        yield from wrapped(f"source: {each.recipe.source}", width, _INDENT, _INDENT * 2)
    yield ""
    for sentence in compared(recipes):
        yield from wrapped(f"- {sentence}", width, hanging=_INDENT)
    unknown = sum(each.computed.unknown for each in recipes)
    if unknown:
        yield from wrapped(
            f"- the price of {plural(unknown, 'call')} is unknown, and counted by nobody as nothing: compare "
            "the numbers of calls, and the amounts that are reported",
            width,
            hanging=_INDENT,
        )


def _reported(each: RecipeCost) -> str:
    return _EMPTY if each.recipe.reported is None else shown(each.recipe.reported)


# -- a run's cost as a section --


TITLE = "Cost"
MOST_ROWS = 100

_HOW = (
    "Computed from the usage that live answers report, per million tokens by kind. An answer counts once, "
    "when it was made, whoever reads its recording since. A request that was turned away counts as nothing; "
    "what is not known is said, never taken for zero. What further attempts at a server in trouble may have "
    "cost stands in the ledger (`upload-matrix costs --ledger`)."
)


def cost_section(run: Run) -> Iterator[Section]:
    """The section, where any live answer says what it used; emulated answers cost nothing."""
    found = run_cost(run)
    if found is None:
        return
    shown = found.variants[:MOST_ROWS]
    rows = [(Code(each.variant), *cost_cells(each.cost, each.shared, " with others")) for each in shown]
    table = Table(("variant", *COST_HEADER), (*rows, (Strong("together"), *cost_cells(found.total))))
    more = len(found.variants) - MOST_ROWS
    dropped = [Paragraph(f"{plural(more, 'more variant')} in the JSON report.")] if more > 0 else []
    prices = price_lines(run) or (Paragraph(Marked(_NO_PRICE)),)
    yield Section(TITLE, (table, *dropped, *prices, Paragraph(Marked(_HOW))))


_NO_PRICE = "No price table has a line for these models: add one in `prices/NAME.yaml` beside the matrix."

COST_HEADER = ("live answers", "cost", "a call", "tokens")
"""Over ``cost_cells``."""


def price_lines(run: Run) -> tuple[Block, ...]:
    """The lines of the price tables that a run's cost was computed by; () for none."""
    lines = tuple(map(Marked, basis(run.prices)))
    return (Paragraph("Prices, in USD per million tokens:"), Items(lines)) if lines else ()


def cost_cells(cost: CostSum, shared: int = 0, beside: str = "") -> tuple[Words, ...]:
    """What live answers cost, as cells; ``shared`` of them answer other variants too."""
    calls = f"{cost.calls:,}" + (f" ({shared:,} shared{beside})" if shared else "")
    return calls, amount(cost), per_call(cost), tokens(cost.usage)


# -- JSON --


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """A call of a recipe; ``usd`` is null where its tokens or their price are unknown."""

    step: str
    operation: str
    model: str | None
    usage: Usage | None
    basis: Basis
    source: str
    usd: Money | None
    at_most: bool


@dataclass(frozen=True, slots=True)
class PricedRecipe:
    """A way to a picture: what its source reports, and what was computed from the prices."""

    name: str
    says: str
    source: str
    calls: int
    reported_usd: Money | None
    computed_usd: Money
    calls_of_unknown_price: int
    steps: tuple[RecipeStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsDocument:
    """The tables' lines and the recipes; these are priced as if with another model, where one is named."""

    format: Literal["upload-matrix costs"] = "upload-matrix costs"
    version: Literal[1] = 1
    prices: tuple[Price, ...]
    as_if_with: str | None
    recipes: tuple[PricedRecipe, ...]


def costs_document(table: PriceTable, recipes: Sequence[RecipeCost], model: str | None) -> CostsDocument:
    """Prices as they are written; ``model`` is the one that recipes are priced as if with."""
    return CostsDocument(prices=tuple(table.lines), as_if_with=model, recipes=tuple(map(_recipe, recipes)))


def _recipe(each: RecipeCost) -> PricedRecipe:
    return PricedRecipe(
        name=each.recipe.name,
        says=each.recipe.says,
        source=each.recipe.source,
        calls=each.calls,
        reported_usd=each.recipe.reported,
        computed_usd=each.computed.known,
        calls_of_unknown_price=each.computed.unknown,
        steps=tuple(map(_step, each.steps)),
    )


def _step(step: StepCost) -> RecipeStep:
    call = step.call
    return RecipeStep(
        step=call.step,
        operation=call.operation,
        model=call.model,
        usage=call.usage,
        basis=call.basis,
        source=call.source,
        usd=step.money,
        at_most=step.at_most,
    )


def usd(amount: Money | None) -> str | None:
    """An exact amount as text; None for one nobody knows."""
    return None if amount is None else f"{amount:f}"
