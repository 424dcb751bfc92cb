"""A case: one cell of the matrix, with a value for every axis and a stable readable id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from upload_matrix.model.expectation import Expectation, KnownFailure
from upload_matrix.model.operation import Operation

NOT_APPLICABLE = "n/a"
"""The value of an axis that an operation does not have (a container, where no file is sent)."""

SAMPLE = "sample"
"""The axis of repetitions, counted from 1: not in a matrix, but made where calls are to be repeated."""

OPTIONAL_AXES: Mapping[str, str] = {
    "prepare": "as-is",
    "mask": "none",
    "retries": "none",
    "sdk": "installed",
    "python": "this",
    SAMPLE: "1",
}
"""Axes with a neutral value. At it they are left out of the id, so adding the axis renames no case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One cell: ``axes`` in the matrix's order, ``request`` the text fields sent, in order.

    ``expectations`` are the matrix's rules whose axis conditions this case meets, first one first; a
    rule may still depend on facts of the environment, so the verdict picks among them. ``file`` is the
    matrix's, relative to where the command was given, None when it lies elsewhere; ``line`` counts from 1.
    """

    id: str
    matrix: str
    axes: Mapping[str, str]
    operation: Operation
    request: Mapping[str, str | int | float | bool]
    target: str
    expectations: tuple[Expectation, ...] = ()
    known_failures: tuple[KnownFailure, ...] = ()
    line: int = field(default=0, compare=False)
    file: str | None = field(default=None, compare=False)

    def axis(self, name: str) -> str | None:
        """The value on an axis, or None when the matrix does not have it or it does not apply."""
        value = self.axes.get(name)
        return None if value == NOT_APPLICABLE else value

    def on(self, **values: str) -> Case:
        """This case with other values on these axes, and the id that follows from them."""
        axes = {**self.axes, **values}
        return replace(self, id=case_id(self.matrix, axes), axes=axes)

    @property
    def sample(self) -> int:
        """Which repetition of its call this is, counted from 0."""
        return int(self.axes.get(SAMPLE, "1")) - 1


def case_id(matrix: str, axes: Mapping[str, str]) -> str:
    """The readable id: ``field-report/images.edit/gpt-image-1/openai/handle/webp/builtin``.

    Optional axes away from their neutral value follow as ``mask:unnamed``.
    """
    words = [matrix]
    for name, value in axes.items():
        if value == NOT_APPLICABLE:
            continue
        if name in OPTIONAL_AXES:
            if value != OPTIONAL_AXES[name]:
                words.append(f"{name}:{value}")
        else:
            words.append(value)
    return "/".join(words)
