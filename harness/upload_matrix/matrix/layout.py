"""The axes of one matrix in their fixed order, with the values that can occur on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from upload_matrix.matrix.scalars import Value
from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.operation import Operation

Row: TypeAlias = "tuple[str, ...]"
"""A value for every axis, in the layout's order."""

ORDER = ("operation", "model", "client", "container", "image", "mime_table", "prepare", "mask")
"""These axes come first, in this order, so that ids do not depend on the order in a file."""

RESERVED = frozenset({*ORDER, "target"} - {"model"})
"""Axes with a meaning of their own, which no text field may take the name of."""

FILE_AXES = frozenset({"container", "image", "mime_table", "prepare", "mask"})
"""Axes about the file that is sent; without an upload they do not apply."""

DECLARED = {"image": "images", "mime_table": "mime_tables"}
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
    if axis.name in FILE_AXES and operation.upload is None:
        return False
    if axis.name == "mask":
        return operation.file_field("mask") is not None
    return axis.sends is None or axis.name in operation.text_fields
