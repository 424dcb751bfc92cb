"""What pydantic finds in a file, said in the project's words and with line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from upload_matrix.matrix.document import Document, Path
from upload_matrix.matrix.scalars import Scalar
from upload_matrix.matrix.words import listed, quoted, way_out
from upload_matrix.model.errors import Problem

ShapeT = TypeVar("ShapeT", bound=BaseModel)
EntryT = TypeVar("EntryT")


@dataclass(frozen=True, slots=True)
class Faults:
    """Collects the problems of one document, so that a reader sees all of them at once."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    left_out: set[Path] = field(default_factory=set)
    """List entries, as key and position, that were too faulty to be read on."""

    def add(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note a problem at the value under ``path``, or at its key."""
        self.problems.append(self.document.problem(path, message, key=key))

    def numbered(self, key: str, entries: Sequence[EntryT]) -> Iterator[tuple[int, EntryT]]:
        """The entries that were kept of a list, each with its position in the file."""
        positions = (position for position in count() if (key, position) not in self.left_out)
        return zip(positions, entries, strict=False)


_KINDS = {
    "dict_type": "must be a mapping (`key: value`)",
    "model_type": "must be a mapping (`key: value`)",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
}


def shaped(shape: type[ShapeT], faults: Faults, *, needed: frozenset[str]) -> ShapeT | None:
    """The document as ``shape``, with everything that does not fit added to ``faults``.

    What is faulty (a top-level key, or one entry of its list) is left out of the result, so that the
    rest can be checked further; None when one of the ``needed`` keys is faulty.
    """
    data = faults.document.data
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for fault in found:
        faults.problems.append(_problem(shape, faults.document, fault))
    faulty = {fault["loc"][:2] for fault in found}
    if not isinstance(data, dict) or needed & {path[0] for path in faulty}:
        return None
    keys = {path[0] for path in faulty if len(path) == 1 or isinstance(path[1], str)}
    faults.left_out.update(path for path in faulty if path[0] not in keys)
    return shape.model_validate(
        {
            key: [item for position, item in enumerate(value) if (key, position) not in faulty]
            if isinstance(value, list)
            else value
            for key, value in data.items()
            if key not in keys
        }
    )


def _problem(shape: type[BaseModel], document: Document, fault: ErrorDetails) -> Problem:
    path: Path = tuple(fault["loc"])
    last = str(path[-1]) if path else ""
    if fault["type"] == "extra_forbidden":
        known = _keys(_model_at(shape, path[:-1]))
        return document.problem(path, f"unknown key {quoted(last)}; {way_out(last, known)}", key=True)
    if fault["type"] == "missing":
        where = _trail(path[:-1])
        return document.problem(path[:-1], f"{quoted(last)} is missing" + (f" in {where}" if where else ""))
    where = _trail(path) or "the file"
    return document.problem(path, f"{where}: {_says(fault, document.at(path))}")


def _says(fault: ErrorDetails, value: Any) -> str:
    context = fault.get("ctx", {})
    given = _given(value)
    match fault["type"]:
        case "literal_error":
            words = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            return f"{given} is not one of {listed(words)}; {way_out(value.text, words)}"
        case "too_short":
            return "must not be empty"
        case "too_long":
            return f"has {context['actual_length']:,} entries; at most {context['max_length']:,} are allowed"
        case "string_pattern_mismatch":
            return f"{given} does not fit the pattern {context['pattern']}"
        case "greater_than":
            return f"must be greater than {context['gt']:g}, not {given}"
        case "greater_than_equal":
            return f"must be at least {context['ge']:g}, not {given}"
        case "less_than_equal":
            return f"must be at most {context['le']:g}, not {given}"
        case kind if kind in _KINDS:
            return f"{_KINDS[kind]}, not {given}"
        case _:
            return f"{fault['msg']}, not {given}" if "must" in fault["msg"] else f"{given} {fault['msg']}"


def _given(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Scalar) and value.value is None:
        return "null"
    return quoted(value.text if isinstance(value, Scalar) else str(value))


def _trail(path: Path) -> str:
    """``expect[1].status`` of a path, list positions counted from 1 as a reader does."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step + 1}]"
        elif step != "values":
            words += f".{step}" if words else step
    return quoted(words) if words else ""


def _keys(shape: type[BaseModel]) -> list[str]:
    return list(shape.model_fields)


def _model_at(shape: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model that a path leads to; dict keys and list positions on the way lead to the same one."""
    for step in path:
        field = shape.model_fields.get(step) if isinstance(step, str) else None
        if field is not None:
            shape = next(_models(field.annotation), shape)
    return shape


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
