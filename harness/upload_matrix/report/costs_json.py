"""Price tables and recipes as JSON data; amounts are texts, an amount nobody knows is null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from upload_matrix.judge.cost import RecipeCost, StepCost
from upload_matrix.model.codec import Document, encode
from upload_matrix.model.money import Money
from upload_matrix.model.price import PriceTable

FORMAT = "upload-matrix costs"
VERSION = 1


def prices(table: PriceTable, recipes: Sequence[RecipeCost], model: str | None) -> Document:
    """The tables' lines and the recipes; ``model`` is the one that recipes are priced as if with, or null."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "prices": [encode(price) for price in table.lines],
        "as_if_with": model,
        "recipes": [_recipe(each) for each in recipes],
    }


def _recipe(each: RecipeCost) -> Document:
    return {
        "name": each.recipe.name,
        "says": each.recipe.says,
        "source": each.recipe.source,
        "calls": each.calls,
        "reported_usd": usd(each.recipe.reported),
        "computed_usd": usd(each.computed.known),
        "calls_of_unknown_price": each.computed.unknown,
        "steps": [_step(step) for step in each.steps],
    }


def _step(step: StepCost) -> Document:
    return {
        "step": step.call.step,
        "operation": step.call.operation,
        "model": step.call.model,
        "usage": None if step.call.usage is None else asdict(step.call.usage),
        "basis": step.call.basis.value,
        "source": step.call.source,
        "usd": usd(step.money),
        "at_most": step.at_most,
    }


def usd(amount: Money | None) -> str | None:
    """An exact amount as text; None for one nobody knows."""
    return None if amount is None else f"{amount:f}"
