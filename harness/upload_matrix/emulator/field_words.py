"""``field:`` in a rule's ``when``: what may be asked of a text field (multipart or JSON alike)."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.words import NamedList, Words, in_english

_INTEGER = re.compile(r"-?\d{1,9}")
_DIMENSIONS = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


def dimensions(value: str) -> tuple[int, int] | None:
    """Width and height, in pixels, of ``1536x1024``; None for ``auto`` and anything else."""
    match = _DIMENSIONS.fullmatch(value)
    return (int(match[1]), int(match[2])) if match else None


class FieldTest(Words):
    """Holds when the field is there and passes every test given (``is: absent`` stands alone).

    ``one_of``/``none_of``: its value against a list. ``longer_than``: characters. ``outside``: two
    integers, both still allowed; a value that is no integer is outside. The size tests read a value as
    WIDTHxHEIGHT and never hold for one that is not: ``not_multiple_of`` (either side), ``ratio_over``
    (long side to short), ``edge_over`` and ``pixels_outside``. ``not_dimensions_nor``: it is neither
    WIDTHxHEIGHT nor in the list.

    Gives the placeholders {field}, {value}, {length}, and {supported} or {limit} or {low} and {high}
    where the test has them.
    """

    name: str
    is_: Literal["present", "absent"] | None = Field(default=None, alias="is")
    one_of: NamedList | None = None
    none_of: NamedList | None = None
    longer_than: int | None = None
    outside: tuple[int, int] | None = None
    not_multiple_of: int | None = Field(default=None, gt=0)
    ratio_over: float | None = None
    edge_over: int | None = None
    pixels_outside: tuple[int, int] | None = None
    not_dimensions_nor: NamedList | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        tests = self.model_fields_set - {"name"}
        if not tests:
            raise ValueError(
                f"nothing is asked of the field {self.name!r}; say 'is: present' if that is meant"
            )
        if self.is_ == "absent" and len(tests) > 1:
            raise ValueError(f"the field {self.name!r} cannot be absent and have a value: drop 'is: absent'")
        return self

    def gives(self) -> frozenset[str]:
        """The placeholders a message may use beside this test."""
        names = {"field", "value", "length"}
        if self.none_of is not None:
            names |= {"supported", "supported_list"}
        if any(limit is not None for limit in (self.longer_than, self.edge_over, self.not_multiple_of)):
            names.add("limit")
        if self.outside is not None or self.pixels_outside is not None:
            names |= {"low", "high"}
        return frozenset(names)

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values when the test holds, None when it does not."""
        text = reading.fields.get(self.name)
        if text is None:
            return {"field": self.name, "value": "", "length": "0"} if self.is_ == "absent" else None
        value = text.value
        if (
            self.is_ == "absent"
            or (self.one_of is not None and value not in self.one_of)
            or (self.none_of is not None and value in self.none_of)
            or (self.longer_than is not None and text.length <= self.longer_than)
            or (self.outside is not None and _within(value, self.outside))
            or not self._size_tests_hold(value)
        ):
            return None
        return self._found("(long text)" if value is None else value, text.length)

    def _size_tests_hold(self, value: str | None) -> bool:
        size = dimensions(value or "")
        if self.not_dimensions_nor is not None and (size is not None or value in self.not_dimensions_nor):
            return False
        tests = (self.not_multiple_of, self.ratio_over, self.edge_over, self.pixels_outside)
        if all(test is None for test in tests):
            return True
        if size is None:
            return False
        short, long = sorted(size)
        return not (
            (self.not_multiple_of is not None and not any(side % self.not_multiple_of for side in size))
            or (self.ratio_over is not None and long <= short * self.ratio_over)
            or (self.edge_over is not None and long <= self.edge_over)
            or (self.pixels_outside is not None and _between(short * long, self.pixels_outside))
        )

    def _found(self, value: str, length: int) -> dict[str, str]:
        found = {"field": self.name, "value": value, "length": str(length)}
        if self.none_of is not None:
            found |= {"supported": in_english(self.none_of), "supported_list": str(list(self.none_of))}
        for limit in (self.longer_than, self.edge_over, self.not_multiple_of):
            if limit is not None:
                found["limit"] = str(limit)
        bounds = self.outside or self.pixels_outside
        if bounds is not None:
            found |= {"low": str(bounds[0]), "high": str(bounds[1])}
        return found


def _within(value: str | None, bounds: tuple[int, int]) -> bool:
    return value is not None and _INTEGER.fullmatch(value) is not None and _between(int(value), bounds)


def _between(number: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= number <= bounds[1]
