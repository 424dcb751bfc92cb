"""What a run's live answers cost, as JSON and its schema: derived from usage and prices, not read back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from upload_matrix.reports.price_codec import usage_schema
from upload_matrix.reports.schema_words import Schema, list_of, object_of

if TYPE_CHECKING:
    from upload_matrix.analysis.cost import CostSum
    from upload_matrix.analysis.run_cost import RunCost
    from upload_matrix.reports.encode import Document

_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT: Schema = {"type": "string"}
_USD: Schema = {"type": "string", "pattern": r"^\d+(\.\d+)?$", "description": "USD, exact"}


def encode_cost(found: RunCost) -> Document:
    """The whole, each variant, and each call; a call without ``usd`` is of unknown price."""
    return {
        "total": encode_sum(found.total),
        "variants": [
            {"variant": each.variant, "shared": each.shared, **encode_sum(each.cost)}
            for each in found.variants
        ],
        "calls": [
            {
                "target": call.target,
                "wire": call.wire,
                "sample": call.sample + 1,
                **({} if call.usage is None else {"usage": asdict(call.usage)}),
                **({} if call.spent is None else {"usd": f"{call.spent:f}"}),
            }
            for call in found.calls
        ],
    }


def encode_sum(cost: CostSum) -> Document:
    """Calls added up; ``usd`` is the sum of those whose price is known, ``unknown`` counts the others."""
    return {
        "calls": cost.calls,
        "usd": f"{cost.money.known:f}",
        "unknown": cost.money.unknown,
        "metered": cost.metered,
        "usage": asdict(cost.usage),
    }


def sum_words() -> Schema:
    """What every sum holds."""
    return {
        "calls": {**_COUNT, "description": "distinct live answers"},
        "usd": _USD,
        "unknown": {**_COUNT, "description": "calls of unknown price, not in usd"},
        "metered": {**_COUNT, "description": "calls whose answer says what it used"},
        "usage": usage_schema(),
    }


def cost_schema() -> Schema:
    """The schema of ``encode_cost``."""
    shared = {**_COUNT, "description": "calls that answer other variants too"}
    return object_of(
        {
            "total": object_of(sum_words()),
            "variants": list_of(object_of({"variant": _TEXT, "shared": shared, **sum_words()})),
            "calls": list_of(
                object_of(
                    {"target": _TEXT, "wire": _TEXT, "sample": {**_COUNT, "minimum": 1}},
                    {"usage": usage_schema(), "usd": _USD},
                )
            ),
        }
    )
