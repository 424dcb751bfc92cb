"""Money: USD as exact decimals. What is not known is None, never zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Annotated, TypeAlias

from pydantic import Field, PlainSerializer

from upload_matrix.model.errors import ConfigurationError, HarnessError

Money: TypeAlias = Annotated[
    Decimal,
    Field(ge=0, allow_inf_nan=False),
    PlainSerializer(lambda amount: f"{amount:f}", return_type=str, when_used="json"),
]
"""USD. ``Money | None`` everywhere: None is an amount nobody knows."""

NOTHING = Decimal(0)
MILLION = Decimal(1_000_000)
LARGEST = Decimal(1_000_000)
"""The largest amount that may be given by a user: more is a slip of the keyboard."""

BEYOND = LARGEST + 1
"""What is kept of any larger amount: more than every budget, and still a number that adds up."""

_NANO = Decimal(1_000_000_000)


def parse_money(text: str, what: str = "amount") -> Money:
    """USD from ``0.50`` or ``$0.50``; raises ConfigurationError, naming ``what`` it was meant for."""
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= LARGEST:
        raise ConfigurationError(
            f"{what}: {text!r} is no amount in USD; give a number from 0 to {LARGEST}, such as 0.50"
        )
    return amount


def shown(amount: Money | None) -> str:
    """``$0.0156``: at least cents, at most a millionth, rounded up; ``unknown`` for None."""
    if amount is None:
        return "unknown"
    rounded = amount.quantize(Decimal("0.000001"), rounding=ROUND_CEILING)
    digits, _, fraction = f"{rounded:f}".partition(".")
    return f"${digits}.{fraction.rstrip('0').ljust(2, '0')}"


def to_nanos(amount: Money) -> int:
    """Billionths of a dollar, rounded up: what is stored is never less than what is meant, up to ``BEYOND``.

    Raises HarnessError for an amount that is none.
    """
    if not amount.is_finite() or amount < 0:
        raise HarnessError(f"{amount} is no amount in USD")
    return int((min(amount, BEYOND) * _NANO).to_integral_value(rounding=ROUND_CEILING))


def from_nanos(nanos: int) -> Money:
    """The inverse of ``to_nanos``, without trailing zeros."""
    return plain(Decimal(nanos) / _NANO)


def plain(amount: Money) -> Money:
    """The same amount in one spelling: no trailing zeros, no exponent."""
    return Decimal(f"{amount:f}".rstrip("0").rstrip(".")) if "." in f"{amount:f}" else Decimal(f"{amount:f}")


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of amounts: ``known`` of those that are known, ``unknown`` how many are not."""

    known: Money = NOTHING
    unknown: int = 0

    @property
    def amount(self) -> Money | None:
        """The whole sum; None as soon as one amount is unknown."""
        return None if self.unknown else self.known

    def __str__(self) -> str:
        if not self.unknown:
            return shown(self.known)
        return f"{shown(self.known)} and {self.unknown} of unknown price"


def total(amounts: Iterable[Money | None]) -> Total:
    """The sum of ``amounts``, the unknown ones counted apart."""
    known, unknown = NOTHING, 0
    for amount in amounts:
        if amount is None:
            unknown += 1
        else:
            known += amount
    return Total(plain(known), unknown)
