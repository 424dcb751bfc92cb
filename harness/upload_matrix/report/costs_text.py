"""Price tables and recipes for a terminal: what a token costs and who says so, two ways side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.cost import RecipeCost, compared
from upload_matrix.model.money import shown
from upload_matrix.model.price import Price, PriceTable
from upload_matrix.report.columns import aligned, wrapped
from upload_matrix.report.cost_words import KINDS, tokens
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural

WIDTH = 110
_INDENT = "  "
_EMPTY = "-"


def prices(
    table: PriceTable, recipes: Sequence[RecipeCost], model: str | None, width: int = WIDTH
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
