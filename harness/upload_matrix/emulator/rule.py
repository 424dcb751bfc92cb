"""A rule: where it comes from, when it holds, and the error it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

# Not for the type checker alone: pydantic reads these from the annotations.
from upload_matrix.emulator.field_words import FieldTest
from upload_matrix.emulator.part_words import CountTest, PartTest
from upload_matrix.emulator.reading import Encoding, ModelState, Reading
from upload_matrix.emulator.routes import OPERATIONS
from upload_matrix.emulator.words import Families, Words, closest, one_or_many

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ALWAYS = frozenset({"method", "path", "operation", "model", "fault"})

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
"""Ids and profile names go out as header values, hence the narrow alphabet."""

NonEmpty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def known_operation(value: Any) -> Any:
    """Refuse the name of an operation that has no route; raises ValueError."""
    if value not in OPERATIONS:
        raise ValueError(f"no operation is called {value!r}.{closest(str(value), OPERATIONS)}")
    return value


Operations = Annotated[
    tuple[Annotated[str, BeforeValidator(known_operation)], ...], BeforeValidator(one_or_many)
]


class When(Words):
    """The conditions of a rule; all that are given must hold, and at least one must be given.

    ``operation``, ``encoding``, ``model_family`` and ``model_state`` take one word or several, any of
    which may fit. ``path: unknown``: no operation lives there. ``method: wrong``: the path is known, the
    method is not its own. ``fault: present``: the body is not what its Content-Type claims.

    ``model_state``: ``missing`` (none named, no default), ``unknown`` (not in the profile's list),
    ``retired`` (shut down by the profile's date), ``unsupported`` (not by this operation), ``live``.
    """

    operation: Operations = ()
    path: Literal["unknown"] | None = None
    method: Literal["wrong"] | None = None
    encoding: Annotated[tuple[Encoding, ...], BeforeValidator(one_or_many)] = ()
    fault: Literal["present"] | None = None
    model_family: Families = ()
    model_state: Annotated[tuple[ModelState, ...], BeforeValidator(one_or_many)] = ()
    field: Annotated[tuple[FieldTest, ...], BeforeValidator(one_or_many)] = ()
    part: PartTest | None = None
    count: CountTest | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(
                f"a rule without conditions would refuse every request.{closest('', When.model_fields)}"
            )
        return self

    def tests(self) -> Iterator[FieldTest | PartTest | CountTest]:
        """The tests that look into the body, in the order in which they give placeholders."""
        yield from self.field
        if self.part is not None:
            yield self.part
        if self.count is not None:
            yield self.count

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values when every condition holds, None when one does not."""
        if (
            (self.operation and reading.operation not in self.operation)
            or (self.path is not None and reading.operation is not None)
            or (self.method is not None and (reading.operation is None or reading.method_fits))
            or (self.encoding and reading.encoding not in self.encoding)
            or (self.fault is not None and reading.wire.fault is None)
            or (self.model_family and reading.families.isdisjoint(self.model_family))
            or (self.model_state and reading.model_state not in self.model_state)
        ):
            return None
        found: dict[str, str] = {}
        for test in self.tests():
            values = test.finds(reading)
            if values is None:
                return None
            # The first test is the rule's subject, so what it found is not overwritten.
            found = values | found
        return found


class ErrorAnswer(Words):
    """The error a rule answers: ``{"error": {message, type, param, code}}``, or with ``body: empty`` nothing.

    ``message`` and ``param`` may hold placeholders: {method}, {path}, {operation}, {model}, {fault} and
    those the rule's conditions give.
    """

    status: int = Field(ge=400, le=599)
    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    body: Literal["empty"] | None = None

    @model_validator(mode="after")
    def _says_something_or_nothing(self) -> Self:
        if (self.body is None) is (self.message is None):
            raise ValueError("give either a message or 'body: empty'")
        return self


class Rule(Words):
    """One rule of a profile. ``source`` says who reported or documented it, and whether the wording is ours.

    ``before`` places it in front of a rule of the extended profile; without it, it goes to the end.
    """

    id: Name
    source: NonEmpty
    when: When
    answer: ErrorAnswer
    before: str | None = None

    @model_validator(mode="after")
    def _placeholders_are_given(self) -> Self:
        given = _ALWAYS.union(*(test.gives() for test in self.when.tests()))
        for template in (self.answer.message, self.answer.param):
            for name in _PLACEHOLDER.findall(template or ""):
                if name not in given:
                    raise ValueError(
                        f"nothing in 'when' gives the placeholder {{{name}}}.{closest(name, given)}"
                    )
        return self

    def error(self, reading: Reading) -> dict[str, str | None] | None:
        """The error's fields when the rule holds for ``reading`` ({} for an empty body), else None."""
        found = self.when.finds(reading)
        if found is None:
            return None
        if self.answer.body is not None:
            return {}
        found |= {
            "method": reading.wire.method,
            "path": reading.wire.path,
            "operation": reading.operation or "",
            "model": reading.model or "",
            "fault": reading.wire.fault or "",
        }
        return {
            "message": _filled(self.answer.message, found),
            "type": self.answer.type,
            "param": _filled(self.answer.param, found),
            "code": self.answer.code,
        }


def _filled(template: str | None, values: dict[str, str]) -> str | None:
    # Not str.format: a template is a user's file, and format() would reach into attributes.
    return None if template is None else _PLACEHOLDER.sub(lambda match: values[match[1]], template)
