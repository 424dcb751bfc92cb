"""Values that are always given, and so may stand in a file: which there are, and how each is read.

Only the standard library is imported, so that every ``--help`` answers at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

RECORD_MODES = ("none", "once", "new_episodes", "all", "rewrite")
"""In pytest-recording's words."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it came from; ``value`` is None where nothing is said."""

    name: str
    value: str | int | float | None
    origin: str


@dataclass(frozen=True, slots=True)
class Settable:
    """One kind of them: ``read`` makes the value of what is written, or raises ValueError saying what it is.

    ``schema`` is the JSON Schema of what is written. A path (``is_path``) starts at the folder of the file
    that names it. Without ``in_matrix`` it is no matrix's to say.
    """

    summary: str
    read: Callable[[object], str | int | float]
    schema: Mapping[str, Any]
    is_path: bool = False
    in_matrix: bool = True


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is a text, such as a path")
    return value


def _money(value: object) -> str:
    from upload_matrix.model.errors import ConfigurationError
    from upload_matrix.model.price import parse_money

    try:
        # Of what is neither text nor number nobody reads an amount: ``True``, ``[1]``.
        parse_money(str(value))
    except ConfigurationError as error:
        raise ValueError("is an amount in USD, such as 0.50") from error
    return str(value)


def _mode(value: object) -> str:
    if value not in RECORD_MODES:
        raise ValueError(f"is one of {', '.join(RECORD_MODES)}")
    return str(value)


def _number(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"is a whole number from {least} on")
        return number

    return read


def _seconds(value: object) -> float:
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise ValueError("is a number of seconds above 0")
    return number


_TEXT = {"type": "string", "minLength": 1}
_AMOUNT = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\$?\d+(\.\d+)?$"}]}


def _whole(summary: str, least: int, *, in_matrix: bool = True) -> Settable:
    return Settable(summary, _number(least), {"type": "integer", "minimum": least}, in_matrix=in_matrix)


KNOWN: Mapping[str, Settable] = {
    "target": Settable("Who answers where the matrix does not say.", _text, _TEXT, in_matrix=False),
    "timeout": Settable(
        "Seconds a case may take where the matrix does not say.",
        _seconds,
        {"type": "number"},
        in_matrix=False,
    ),
    "record-mode": Settable(
        "Which requests a run may send, and what it keeps.", _mode, {"enum": list(RECORD_MODES)}
    ),
    "reports": Settable("Where reports are written.", _text, _TEXT, is_path=True),
    "cassettes": Settable("Where recordings lie.", _text, _TEXT, is_path=True),
    "budget": Settable("What the calls may cost together, in USD; a hard limit.", _money, _AMOUNT),
    "max-calls": _whole("How many calls may be made; a hard limit.", 0),
    "unknown-price": Settable("What a call of unknown price counts as, in USD.", _money, _AMOUNT),
    "ledger": Settable("The books.", _text, _TEXT, is_path=True, in_matrix=False),
    "concurrency": _whole("Requests under way at once, at most.", 1),
    "max-cases": _whole("A larger matrix is refused.", 1, in_matrix=False),
}
"""The options that may be set, by their names."""
