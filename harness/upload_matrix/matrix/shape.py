"""The shape of a matrix file: its keys and the kinds of their values, before the catalog is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

import yaml
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

from upload_matrix.matrix.bodies import FILENAME, mentions
from upload_matrix.model.case import NOT_APPLICABLE, Encoding, Operation

# Scalars of a matrix file: their value, and the source text that they are compared by.
#
# Plain scalars are read by the core schema of YAML 1.2 (section 10.3.2), not by PyYAML's YAML 1.1: ``no``,
# ``off``, ``12:30`` and ``2026-01-01`` are texts, and only ``true`` and ``false`` are truth values.


Value: TypeAlias = str | int | float | bool
"""What a text field can be given."""

_PREFIX = "tag:yaml.org,2002:"
_LONGEST_NUMBER = 40

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml: slower, the same results.
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class CoreLoader(_SafeLoader):
    """PyYAML's safe loader, telling plain scalars apart by the YAML 1.2 core schema."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own place for them, filled just below


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    CoreLoader.add_implicit_resolver(_PREFIX + _tag, re.compile(f"^(?:{_pattern})$"), _first)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar's value (None for null) beside its text: ``1.10`` has the value 1.1 and the text "1.10"."""

    value: Value | None
    text: str


def plain(value: Any) -> Any:
    """A value of a document with its scalars as what they are, without their texts."""
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def scalar(node: yaml.ScalarNode) -> Scalar:
    """The scalar in ``node``; raises ValueError, saying the way out, for what a request cannot carry."""
    text = str(node.value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a surrogate pair is no character; write the character itself")
    match node.tag.removeprefix(_PREFIX):
        case "str":
            return Scalar(text, text)
        case "null":
            return Scalar(None, text)
        case "bool":
            return Scalar(text.lower() == "true", text)
        case "int" | "float" as kind:
            return Scalar(_number(text, kind), text)
    raise ValueError(f"the tag `{node.tag}` is not supported; write the value without a tag")


def _number(text: str, kind: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} characters; put it in quotes to send it as a text")
    try:
        number = (
            _integer(text)
            if kind == "int"
            else float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        )
    except ValueError:
        raise ValueError(f"`{text}` is not a number; leave the tag out") from None
    if not math.isfinite(number):
        raise ValueError(f"`{text}` is no finite number; put it in quotes to send it as a text")
    return number


def _integer(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


# The kinds of field that matrix and operation files are made of, as pydantic types over ``Scalar``.
#
# Texts are taken as they are written, so that ``name: 1.10`` and ``code: 404`` mean what they show; numbers
# and truth values are taken by value, strictly.


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


def _as_outcome(value: Any) -> Any:
    text = _as_text(value)
    # As matrix files said it before: a server rejects, and a client does not send.
    return "not_sent" if text == "refused" else text


Whole: TypeAlias = Annotated[int, BeforeValidator(_as_value)]
Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_as_value)]
Truth: TypeAlias = Annotated[bool, BeforeValidator(_as_value)]
Day: TypeAlias = Annotated[
    date, PlainValidator(_as_date), WithJsonSchema({"type": "string", "format": "date"})
]
OutcomeWord: TypeAlias = Annotated[
    Literal["accepted", "rejected", "not_sent", "unparsed", "altered", "ignored", "inconclusive"],
    BeforeValidator(_as_outcome),
]
StrategyWord: TypeAlias = Annotated[Literal["full", "pairwise"], BeforeValidator(_as_text)]
MethodWord: TypeAlias = Annotated[Literal["POST", "PUT", "PATCH"], BeforeValidator(_as_text)]
EncodingWord: TypeAlias = Annotated[Literal["multipart", "json", "raw"], BeforeValidator(_as_text)]
AnyScalar: TypeAlias = Annotated[
    Scalar, PlainValidator(_as_scalar), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
Values: TypeAlias = Annotated[list[AnyScalar], Field(min_length=1), BeforeValidator(_as_list)]


Texts: TypeAlias = Annotated[list[Text], Field(min_length=1), BeforeValidator(_as_list)]


class ConditionShape(Shape):
    """``container: x``, ``container: [x, y]`` or ``container: {not: ...}``; null stands for "has none"."""

    values: Values
    negated: bool = False


Conditions: TypeAlias = dict[str, Annotated[ConditionShape, BeforeValidator(_as_condition)]]


DEFAULT_TIMEOUT = 30.0
"""Seconds a case may take when the matrix does not say."""


MAX_RULES = 1_000
"""Entries that ``exclude``, ``expect`` and ``known_failures`` may have: every case is held against each."""


class ExpectShape(Shape):
    """One entry of ``expect``: what the cases give for which all of ``when`` holds."""

    when: Conditions = Field(default={}, description="Axes and facts with the values they must have.")
    outcome: OutcomeWord = Field(description="What becomes of the case.")
    status: Whole | None = Field(default=None, ge=200, le=599, description="The answer's HTTP status.")
    code: Text | None = Field(default=None, description="The error's code, exactly.")
    message: Text | None = Field(default=None, description="A part of the error's message.")
    at: Text | None = Field(
        default=None, description="Where a case makes several calls: the operation it ends at."
    )


class KnownFailureShape(Shape):
    """One entry of ``known_failures``: a failure that the team knows and tolerates for now."""

    when: Conditions = Field(min_length=1, description="Axes and facts with the values they must have.")
    reason: Text = Field(description="Why it fails, for whoever reads the report.")
    link: Link | None = Field(default=None, description="Where it is followed up (http or https).")
    expires: Day | None = Field(default=None, description="The last day it is tolerated, as 2026-12-31.")


class ExclusionShape(Shape):
    """One entry of a sweep's ``exclude``: releases that are never installed."""

    releases: Texts = Field(description="Versions or ranges, as `1.82.7` or `>=1.82.7,<1.83`.")
    reason: Text = Field(description="Why, for whoever reads the report.")


class SweepShape(Shape):
    """What `upload-matrix sweep` is told by the file; its options say otherwise, but for `exclude`."""

    distribution: Text | None = Field(
        default=None, description="The package that is swept, as `--distribution` has it."
    )
    releases: Texts | None = Field(default=None, description="Its releases, as `--sdk` has them.")
    beside: Texts | None = Field(
        default=None, description="What is installed with each release, as `--with` has it: `openai==2.8.0`."
    )
    before: Day | None = Field(
        default=None, description="Only releases published before this day, as 2026-12-31."
    )
    exclude: list[ExclusionShape] = Field(
        default=[], max_length=MAX_RULES, description="Releases that are never installed, and why."
    )


class MatrixShape(Shape):
    """A matrix of upload variants: one file, one matrix."""

    name: Name | None = Field(
        default=None, description="The first word of every case id; default: the file's name."
    )
    description: Text = Field(default="", description="What this matrix is about.")
    target: Text | None = Field(default=None, description="Who answers; default: the catalog's first target.")
    request: dict[str, AnyScalar] = Field(default={}, description="Text fields sent with every case.")
    canary: Text | None = Field(
        default=None,
        description="A word that the file holds and the prompt asks for: accepted without it is `ignored`.",
    )
    timeout: Number = Field(default=DEFAULT_TIMEOUT, gt=0, description="Seconds a case may take.")
    mime_tables: dict[str, Text] = Field(
        default={}, description="Further mime tables: a name, and its file relative to this one."
    )
    images: dict[str, Text] = Field(
        default={}, description="Pictures of your own to upload: a name, and the file relative to this one."
    )
    files: dict[str, Text] = Field(
        default={}, description="Files of your own to upload: a name, and the file relative to this one."
    )
    axes: dict[str, Values] = Field(
        description="What varies: an axis and its values. One value may stand alone."
    )
    strategy: StrategyWord = Field(
        default="full", description="Every combination, or rows in which every pair of values occurs."
    )
    include: list[dict[str, AnyScalar]] = Field(
        default=[], description="Extra cases. An axis that is left out takes its first value."
    )
    exclude: list[Annotated[Conditions, Field(min_length=1)]] = Field(
        default=[],
        max_length=MAX_RULES,
        description="Combinations to leave out. All conditions of an entry must hold.",
    )
    expect: list[ExpectShape] = Field(
        default=[], max_length=MAX_RULES, description="The first entry whose conditions hold is meant."
    )
    known_failures: list[KnownFailureShape] = Field(
        default=[], max_length=MAX_RULES, description="Failures known and tolerated."
    )
    settings: dict[str, AnyScalar] = Field(
        default={},
        description="Options of runs that this matrix is in; the command line and the environment go first.",
    )
    sweep: SweepShape | None = Field(
        default=None, description="For `upload-matrix sweep`: which package, which of its releases."
    )


# The axes of one matrix in their fixed order, with the values that can occur on each.


Row: TypeAlias = "tuple[str, ...]"
"""A value for every axis, in the layout's order."""

ORDER = ("operation", "model", "client", "container", "image", "file", "mime_table", "prepare", "mask")
"""These axes come first, in this order, so that ids do not depend on the order in a file."""

RESERVED = frozenset({*ORDER, "target"} - {"model"})
"""Axes with a meaning of their own, which no text field may take the name of."""

FILE_AXES = frozenset({"container", "image", "file", "mime_table", "prepare", "mask"})
"""Axes about the file that is sent; without an upload they do not apply."""

CONTENT_AXES = frozenset({"image", "file", "prepare"})
"""Those of them that also apply where the file stands in a JSON body, or is the body."""

DECLARED = {"image": "images", "file": "files", "mime_table": "mime_tables"}
"""Axes whose values a matrix can add to, with the key that gives a name and a file for each."""


@dataclass(frozen=True, slots=True)
class Axis:
    """``values`` are multiplied out; ``extra`` ones only occur in ``include``.

    ``sends`` gives, for the axis of a text field, what each value puts into the request; None for an
    axis that is not about a text field.
    """

    name: str
    values: tuple[str, ...]
    extra: tuple[str, ...] = ()
    sends: Mapping[str, Value] | None = None


@dataclass(frozen=True)
class Layout:
    """The axes, ``operation`` first, and the operations that occur on it (``extra`` ones included)."""

    axes: tuple[Axis, ...]
    operations: Mapping[str, Operation]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The axes' names, in order."""
        return tuple(axis.name for axis in self.axes)

    @cached_property
    def lacking(self) -> Mapping[str, frozenset[str]]:
        """Per axis the operations that do not have it."""
        return {
            axis.name: frozenset(
                name for name, operation in self.operations.items() if not _applies(axis, operation)
            )
            for axis in self.axes
        }

    @cached_property
    def occurring(self) -> Mapping[str, tuple[str, ...]]:
        """Per axis every value that can stand in a case, NOT_APPLICABLE last where it can."""
        return {
            axis.name: axis.values + axis.extra + ((NOT_APPLICABLE,) if self.lacking[axis.name] else ())
            for axis in self.axes
        }

    def collapsed(self, row: Row) -> Row:
        """The row with NOT_APPLICABLE on every axis that its operation does not have."""
        return tuple(
            NOT_APPLICABLE if row[0] in self.lacking[name] else value
            for name, value in zip(self.names, row, strict=True)
        )


def _applies(axis: Axis, operation: Operation) -> bool:
    partless = bool(operation.bodies) or operation.encoding is Encoding.RAW
    if axis.name == "filename":
        return operation.upload is not None or mentions(list(operation.bodies.values()), (FILENAME,))
    if axis.name == "carrier":
        return bool(operation.bodies) or any(each in operation.carriers for each in axis.values + axis.extra)
    if axis.name == "declared_type" or (axis.name in CONTENT_AXES and partless):
        return partless
    if axis.name in FILE_AXES and operation.upload is None:
        return False
    if axis.name == "mask":
        return operation.file_field("mask") is not None
    return axis.sends is None or axis.name in operation.text_fields
