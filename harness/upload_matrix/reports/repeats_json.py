"""Repetitions as JSON and its schema: derived from a report's cases, so written but not read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upload_matrix.analysis.proportions import Habit
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.reports.encode import Document, encode_outcome
from upload_matrix.reports.schema_words import Schema, list_of, object_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upload_matrix.analysis.proportions import Repetition, Tally

_COUNT: Schema = {"type": "integer", "minimum": 0}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_DIGITS = 6


def encode_repetition(each: Repetition) -> Document:
    """One variant; what is absent is left out."""
    interval = each.interval
    document: dict[str, Any] = {
        "variant": each.variant,
        "habit": each.habit.value,
        "rounds": each.rounds,
        "accepted": each.accepted,
        "of": each.of,
        "interval": None
        if interval is None
        else [round(interval.low, _DIGITS), round(interval.high, _DIGITS)],
        "votes": _tallies(each.votes),
        "no_statement": _tallies(each.silent),
        "environment_rounds": list(each.environment),
        "discounted": _tallies(each.discounted),
        "control": each.control or None,
        "emulated": each.emulated or None,
    }
    return {key: value for key, value in document.items() if value is not None and value != []}


def _tallies(found: Sequence[Tally]) -> list[Document]:
    return [{"number": tally.number, "outcome": encode_outcome(tally.outcome)} for tally in found]


def repetition_schema(outcome: Schema) -> Schema:
    """The schema of one entry; ``outcome`` is that of an outcome."""
    tally = list_of(object_of({"number": {**_COUNT, "minimum": 1}, "outcome": outcome}))
    return object_of(
        {
            "variant": {"type": "string", "description": "a case's id without the repetition"},
            "habit": {"enum": [habit.value for habit in Habit]},
            "rounds": _COUNT,
            "accepted": {**_COUNT, "description": f"votes that are {OutcomeKind.ACCEPTED.value}"},
            "of": {**_COUNT, "description": "votes"},
        },
        {
            "interval": {
                "type": "array",
                "prefixItems": [_SHARE, _SHARE],
                "items": False,
                "minItems": 2,
                "description": "of the share of accepted, Wilson, 95 %",
            },
            "votes": tally,
            "no_statement": tally,
            "environment_rounds": {
                **list_of({**_COUNT, "minimum": 1}),
                "description": "rounds in which the control did not pass: rejections there do not vote",
            },
            "discounted": tally,
            "control": {"const": True},
            "emulated": {"const": True},
        },
    )
