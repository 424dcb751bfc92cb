"""Prices: what a token of each kind costs with a model, who says so, and since when.

A price table is a list of lines, read from YAML by ``engine.spending.tables``; the first line that fits
counts. A rate nobody knows is None, and a cost that would need it is None, never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from upload_matrix.model.money import MILLION, NOTHING, Money, plain
from upload_matrix.model.usage import Usage

IMAGE_OPERATIONS = ("images.*",)
"""What a line is about unless it says otherwise."""

NO_NAME = ""
"""What patterns are compared with where a request names no model or its operation is unknown."""


@dataclass(frozen=True, slots=True)
class Span:
    """A number of tokens: what is usual, and what it never goes beyond."""

    expected: int = 0
    worst: int = 0


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """How many tokens a model takes: what estimates are made from, before there is a usage.

    ``image_out`` are output tokens of one image of 1024x1024 pixels by quality. ``largest`` is the size in
    pixels that a request without one is at worst given. ``image_in`` are the tokens of one input image,
    ``text_overhead`` those a server adds to a request's text for each input image and once more,
    ``text_out`` output tokens that are text, ``partial_image`` the tokens of each partial image streamed.
    ``margin`` multiplies the worst case where the numbers are assumed and not ``published`` for this model.
    """

    image_out: Mapping[str, int]
    largest: tuple[int, int]
    image_in: Span
    text_overhead: int
    text_out: Span
    partial_image: int
    published: bool
    margin: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Price:
    """One line of a table: rates in USD per million tokens, or one amount ``per_call`` for everything.

    ``models``, ``operations`` and ``targets`` are patterns (``gpt-image-2.6-*``). A line without any rate
    says that the price is not known; its ``note`` says why. ``table`` is its table's name. ``tokens`` are for
    estimates, and do not stand in reports.
    """

    models: tuple[str, ...]
    source: str
    as_of: date
    operations: tuple[str, ...] = IMAGE_OPERATIONS
    targets: tuple[str, ...] = ("*",)
    text_in: Money | None = None
    image_in: Money | None = None
    cached_text_in: Money | None = None
    cached_image_in: Money | None = None
    text_out: Money | None = None
    image_out: Money | None = None
    per_call: Money | None = None
    tokens: Annotated[TokenCounts | None, Field(exclude=True)] = None
    note: str | None = None
    table: str = ""

    @property
    def known(self) -> bool:
        """Whether the line holds any amount."""
        return self.per_call is not None or any(rate is not None for rate in self._rates())

    def fits(self, model: str | None, operation: str | None, target: str) -> bool:
        """Whether the line is about this model, operation and target."""
        asked = ((model, self.models), (operation, self.operations), (target, self.targets))
        return all(
            any(fnmatchcase(value or NO_NAME, pattern) for pattern in patterns) for value, patterns in asked
        )

    def _rates(self) -> tuple[Money | None, ...]:
        return (
            self.text_in,
            self.image_in,
            self.cached_text_in,
            self.cached_image_in,
            self.text_out,
            self.image_out,
        )


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The lines of all tables, those that count first first."""

    lines: tuple[Price, ...] = ()

    def price(self, model: str | None, operation: str | None, target: str = "") -> Price | None:
        """The first line that fits; None when there is none.

        ``operation`` is a name such as ``images.edit`` (see ``estimate.operation_of``). Only the pattern
        ``*`` fits a request that names no model, or an operation nobody knows.
        """
        return next((line for line in self.lines if line.fits(model, operation, target)), None)


def cost(usage: Usage | None, price: Price | None) -> Money | None:
    """What ``usage`` costs in USD; None when a rate it needs is unknown, or a token's kind is.

    Cached tokens without a rate of their own count in full: then the cost is an upper bound, which
    ``is_upper_bound`` tells.
    """
    if price is None:
        return None
    if price.per_call is not None:
        return price.per_call
    if usage is None or usage.unsorted:
        return None
    spent = NOTHING
    for tokens, rate in _priced(usage, price):
        if tokens and rate is None:
            return None
        spent += tokens * (rate or NOTHING) / MILLION
    return plain(spent)


def spent_on(status: int | None, usage: Usage | None, price: Price | None) -> Money | None:
    """What one answer of ``status`` (None: it never came whole) cost in USD; None where nobody says.

    A request that was rejected (4xx, a rate limit among them) costs nothing unless the server says what it
    used: it looked at the request and made nothing. A redirect is no such word, and neither is a 5xx, which
    a gateway may send for a server that goes on and charges.
    """
    if usage is not None:
        return cost(usage, price)
    if status is not None and 400 <= status < 500:
        return NOTHING
    made = status is not None and 200 <= status < 300
    return price.per_call if made and price is not None else None


def is_upper_bound(usage: Usage, price: Price) -> bool:
    """Whether ``cost`` says at most: a cached token was counted at the full rate."""
    return price.per_call is None and (
        (usage.cached_text_in > 0 and price.cached_text_in is None)
        or (usage.cached_image_in > 0 and price.cached_image_in is None)
    )


def _priced(usage: Usage, price: Price) -> Iterator[tuple[int, Money | None]]:
    yield usage.text_in, price.text_in
    yield usage.image_in, price.image_in
    yield usage.cached_text_in, _either(price.cached_text_in, price.text_in)
    yield usage.cached_image_in, _either(price.cached_image_in, price.image_in)
    yield usage.text_out, price.text_out
    yield usage.image_out, price.image_out


def _either(rate: Money | None, full: Money | None) -> Money | None:
    return full if rate is None else rate
