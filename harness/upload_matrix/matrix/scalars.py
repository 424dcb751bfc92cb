"""Scalars of a matrix file: their value, and the source text that they are compared by.

Plain scalars are read by the core schema of YAML 1.2 (section 10.3.2), not by PyYAML's YAML 1.1: ``no``,
``off``, ``12:30`` and ``2026-01-01`` are texts, and only ``true`` and ``false`` are truth values.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

import yaml

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
