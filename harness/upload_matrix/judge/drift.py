"""What differs between a recorded answer and one given today: status, error fields, shape. Pure.

Values are not compared, pixels least of all: a server may say another time, id or picture each time and
be the same. What a client or a person acts on is: the status, what an error says, and which fields of
which type an answer has. Both answers must have gone through redaction alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from upload_matrix.model.answer import Answer, ApiError, api_error
from upload_matrix.model.codec import parsed
from upload_matrix.wire.media import sniff
from upload_matrix.wire.stable import without_per_run

_DEEPEST = 50
"""Levels of a JSON document that are told apart; no API answers deeper."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: ``what`` (``status``, ``error.code``, ``shape of data[].url``...), then and now.

    ``recorded`` and ``now`` are words for a reader; None where there is nothing on that side.
    """

    what: str
    recorded: str | None
    now: str | None

    def __str__(self) -> str:
        return f"{self.what}: {_word(self.recorded)} -> {_word(self.now)}"


def drift(recorded: Answer, now: Answer) -> tuple[Drift, ...]:
    """Every difference that counts, in the order status, media type, error fields, shape."""
    return tuple(_differences(recorded, now))


def shape(document: Any) -> dict[str, str]:
    """The places of a JSON document with the types found there: ``{"data[].url": "string"}``.

    A list's items share one place; where they differ in type, all types are named in order.
    """
    found: dict[str, set[str]] = {}
    _walk(document, "", 0, found)
    return {place: " or ".join(sorted(types)) for place, types in found.items()}


def _differences(recorded: Answer, now: Answer) -> Iterator[Drift]:
    if recorded.status != now.status:
        yield Drift("status", str(recorded.status), str(now.status))
    types = _media_type(recorded), _media_type(now)
    if types[0] != types[1]:
        yield Drift("content-type", *types)
    failed = recorded.status >= 300, now.status >= 300
    if any(failed):
        errors = [
            api_error(answer.body) if bad else ApiError()
            for answer, bad in zip((recorded, now), failed, strict=True)
        ]
        for field in fields(ApiError):
            then, today = (getattr(error, field.name) for error in errors)
            if without_per_run(then) != without_per_run(today):
                yield Drift(f"error.{field.name}", then, today)
    if failed[0] == failed[1]:
        # Where one is an error and the other is none, the shapes have nothing to do with each other.
        yield from _shapes(recorded.body, now.body)


def _shapes(recorded: bytes, now: bytes) -> Iterator[Drift]:
    then, today = (_shape_of(body) for body in (recorded, now))
    for place in sorted(then.keys() | today.keys()):
        if then.get(place) != today.get(place):
            yield Drift(f"shape of {place or 'the body'}", then.get(place), today.get(place))


def _shape_of(body: bytes) -> dict[str, str]:
    try:
        return shape(parsed(body))
    except ValueError:
        kind = "nothing" if not body else sniff(body) or "no JSON"
        return {"": kind}


def _walk(value: Any, place: str, depth: int, found: dict[str, set[str]]) -> None:
    found.setdefault(place, set()).add(_type(value))
    if depth == _DEEPEST:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            _walk(item, f"{place}.{name}" if place else name, depth + 1, found)
    elif isinstance(value, list):
        for item in value:
            _walk(item, f"{place}[]", depth + 1, found)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "object"


def _media_type(answer: Answer) -> str | None:
    value = answer.header("content-type")
    return None if value is None else value.partition(";")[0].strip().lower()


def _word(value: str | None) -> str:
    return "nothing" if value is None else value
