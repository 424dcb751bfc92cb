"""Money and tokens in words, for every report that names them."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.cost import CostSum
from upload_matrix.model.money import shown
from upload_matrix.model.price import Price
from upload_matrix.model.usage import Usage
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


def calls_made(cost: CostSum) -> str:
    """``38 live calls for 27 requests, counted at $6.09; $2.76 of it is...``: as in the ledger."""
    requests = f" for {plural(cost.calls, 'request')}" if cost.attempts != cost.calls else ""
    words = f"{plural(cost.attempts, 'live call')}{requests}, counted at {amount(cost)}"
    if cost.feared:
        words += f"; {shown(cost.feared)} of it is the most that answers without a usage may have cost"
    return words


def in_short(cost: CostSum) -> str:
    """``$0.05 for 4 live answers``: what they cost when they were made."""
    return f"{amount(cost)} for {plural(cost.calls, 'live answer')}"
