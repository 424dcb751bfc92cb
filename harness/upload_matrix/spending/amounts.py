"""How amounts and sizes are written in this room's YAML files, as types for pydantic."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


class Strict(BaseModel):
    """A mapping of a file: frozen, and a word it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError("give a number, such as 2.50")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        # Through its shortest spelling, so that 2.5 is 2.5 and not the nearest binary fraction.
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("give a number, such as 2.50") from None
    if not amount.is_finite() or not 0 <= amount <= 1_000_000:
        raise ValueError("give a number from 0 to 1000000")
    return amount


def _integer(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("give a whole number")  # noqa: TRY004 - as above
    return value


def _pixels(value: Any) -> tuple[int, int]:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("give a size in pixels, such as 1536x1024")
    return int(match[1]), int(match[2])


Amount = Annotated[Decimal, BeforeValidator(_decimal)]
"""USD, or a factor: exact, not negative."""

Tokens = Annotated[int, Field(ge=0, le=100_000_000, strict=True), BeforeValidator(_integer)]
"""A number of tokens."""

Pixels = Annotated[tuple[int, int], BeforeValidator(_pixels)]
"""Width and height, written 1536x1024."""

Text = Annotated[str, Field(min_length=1, strict=True)]
"""Words; not empty."""
