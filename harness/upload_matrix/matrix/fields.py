"""The kinds of field that matrix and operation files are made of, as pydantic types over ``Scalar``.

Texts are taken as they are written, so that ``name: 1.10`` and ``code: 404`` mean what they show;
numbers and truth values are taken by value, strictly.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from upload_matrix.matrix.scalars import Scalar

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]*$"

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Shape(BaseModel):
    """Base of everything read from a file: strict, frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


def _fault(message: str) -> PydanticCustomError:
    """A validation error whose message is ready to be shown."""
    return PydanticCustomError("matrix", "{message}", {"message": message})


def _as_text(value: Any) -> str:
    if not isinstance(value, Scalar):
        raise _fault("must be a text")
    if value.value is None:
        raise _fault("has no value; write a text, or leave the key out")
    return value.text


def _as_value(value: Any) -> Any:
    return value.value if isinstance(value, Scalar) else value


def _as_scalar(value: Any) -> Scalar:
    if not isinstance(value, Scalar):
        raise _fault("must be a single value: a text, a number, true or false")
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, Scalar) else value


def _as_date(value: Any) -> date:
    text = _as_text(value)
    if not _ISO_DATE.fullmatch(text):
        raise _fault("is not a date; write it as 2026-12-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _fault("is no day of the calendar") from None


def _as_condition(value: Any) -> Any:
    if not isinstance(value, dict):
        return {"values": _as_list(value)}
    if value.keys() != {"not"}:
        raise _fault("must be a value, a list of values, or `{not: ...}` with either")
    return {"values": _as_list(value["not"]), "negated": True}


Text: TypeAlias = Annotated[str, BeforeValidator(_as_text)]
Name: TypeAlias = Annotated[str, StringConstraints(pattern=NAME_PATTERN), BeforeValidator(_as_text)]
Link: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$"), BeforeValidator(_as_text)
]
Whole: TypeAlias = Annotated[int, BeforeValidator(_as_value)]
Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_as_value)]
Truth: TypeAlias = Annotated[bool, BeforeValidator(_as_value)]
Day: TypeAlias = Annotated[
    date, PlainValidator(_as_date), WithJsonSchema({"type": "string", "format": "date"})
]
OutcomeWord: TypeAlias = Annotated[
    Literal["accepted", "rejected", "refused", "unparsed", "altered", "inconclusive"],
    BeforeValidator(_as_text),
]
StrategyWord: TypeAlias = Annotated[Literal["full", "pairwise"], BeforeValidator(_as_text)]
MethodWord: TypeAlias = Annotated[Literal["POST", "PUT", "PATCH"], BeforeValidator(_as_text)]
EncodingWord: TypeAlias = Annotated[Literal["multipart", "json"], BeforeValidator(_as_text)]
AnyScalar: TypeAlias = Annotated[
    Scalar, PlainValidator(_as_scalar), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
Values: TypeAlias = Annotated[list[AnyScalar], Field(min_length=1), BeforeValidator(_as_list)]


class ConditionShape(Shape):
    """``container: x``, ``container: [x, y]`` or ``container: {not: ...}``; null stands for "has none"."""

    values: Values
    negated: bool = False


Conditions: TypeAlias = dict[str, Annotated[ConditionShape, BeforeValidator(_as_condition)]]
