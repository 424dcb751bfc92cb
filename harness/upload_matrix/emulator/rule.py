"""A rule: where it comes from, when it holds, and the error it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from upload_matrix import vendors
from upload_matrix.emulator.conditions import CountTest, FieldTest, PartTest, ReferenceTest, UploadTest
from upload_matrix.emulator.reading import Encoding, ModelState, Reading
from upload_matrix.emulator.vocabulary import (
    PLACEHOLDER,
    Families,
    Name,
    NonEmpty,
    Operations,
    Words,
    closest,
    filled,
    one_or_many,
)

_CITED = re.compile(r"[\w.-]+/[\w.-]+#\d+|\breport", re.IGNORECASE)
_ALWAYS = frozenset({"method", "path", "operation", "model", "fault"})


class When(Words):
    """The conditions of a rule; all that are given must hold, and at least one must be given.

    ``operation``, ``encoding``, ``model_family`` and ``model_state`` take one word or several, any of
    which may fit. ``path``: ``unknown`` (no operation lives there), ``misplaced`` (one does, but below
    another root: a base URL with a version too many, or with none), ``endpoint`` (the vendor's second way
    to address it). ``unknown_field: present``: a text field that the operation does not have; gives
    {field}. ``uploads: none``: there is no file in the body. ``method: wrong``: the path is known, the
    method is not its own. ``fault: present``: the body is not what its Content-Type claims.

    ``model_state``: ``missing`` (none named, no default), ``unknown`` (not in the profile's list),
    ``retired`` (shut down by the profile's date), ``unsupported`` (not by this operation), ``live``.
    """

    operation: Operations = ()
    path: Literal["unknown", "misplaced", "endpoint"] | None = None
    unknown_field: Literal["present"] | None = None
    method: Literal["wrong"] | None = None
    encoding: Annotated[tuple[Encoding, ...], BeforeValidator(one_or_many)] = ()
    fault: Literal["present"] | None = None
    model_family: Families = ()
    model_state: Annotated[tuple[ModelState, ...], BeforeValidator(one_or_many)] = ()
    field: Annotated[tuple[FieldTest, ...], BeforeValidator(one_or_many)] = ()
    part: PartTest | None = None
    count: CountTest | None = None
    upload: UploadTest | None = None
    reference: ReferenceTest | None = None
    uploads: Literal["none"] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(
                f"a rule without conditions would refuse every request.{closest('', When.model_fields)}"
            )
        return self

    def tests(self) -> Iterator[FieldTest | PartTest | CountTest | UploadTest | ReferenceTest]:
        """The tests that look into the body, in the order in which they give placeholders."""
        yield from self.field
        if self.part is not None:
            yield self.part
        if self.count is not None:
            yield self.count
        if self.upload is not None:
            yield self.upload
        if self.reference is not None:
            yield self.reference

    def asks(self) -> frozenset[str]:
        """What of a request it looks at beside path, method and the kind of its body: ``model``, a field's
        name, ``image type``, ``fields`` for the names of all."""
        own = {"model"} if self.model_family or self.model_state else set()
        own |= {"fields"} if self.unknown_field is not None else set()
        own |= {"upload kind"} if self.uploads is not None else set()
        return frozenset(own).union(*(test.asks() for test in self.tests()))

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values when every condition holds, None when one does not."""
        if (
            (self.operation and reading.operation not in self.operation)
            or (self.path is not None and not self._path_fits(reading))
            or (self.unknown_field is not None and not reading.unknown_fields)
            or (self.method is not None and (reading.operation is None or reading.method_fits))
            or (self.encoding and reading.encoding not in self.encoding)
            or (self.fault is not None and reading.wire.fault is None)
            or (self.uploads is not None and reading.wire.uploads())
            or (self.model_family and reading.families.isdisjoint(self.model_family))
            or (self.model_state and reading.model_state not in self.model_state)
        ):
            return None
        found: dict[str, str] = {}
        if self.unknown_field is not None:
            found["field"] = reading.unknown_fields[0]
        for test in self.tests():
            values = test.finds(reading)
            if values is None:
                return None
            # The first test is the rule's subject, so what it found is not overwritten.
            found = values | found
        return found

    def _path_fits(self, reading: Reading) -> bool:
        if self.path == "endpoint":
            return vendors.is_endpoint(reading.wire.path)
        if reading.operation is not None:
            return False
        return self.path == "unknown" or vendors.is_misplaced(reading.wire.path)


IGNORED: Final = "ignored"
"""``body`` of an answer as if all were well, of a model that was given none of the files."""


class RuleAnswer(Words):
    """What a rule answers: an error in the vendor's form, or with ``body: empty`` nothing but the status.

    ``body: ignored`` with status 200 is what the operation answers when nothing is wrong, except that it
    counts no tokens for files and says that there were none.

    ``message`` and ``param`` may hold placeholders: {method}, {path}, {operation}, {model}, {fault} and
    those the rule's conditions give.
    """

    status: int = Field(ge=200, le=599)
    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    body: Literal["empty", "ignored"] | None = None

    @model_validator(mode="after")
    def _says_something_or_nothing(self) -> Self:
        if (self.body is None) is (self.message is None):
            raise ValueError("give either a message, or 'body: empty' or 'body: ignored'")
        if (self.status < 400) is not (self.body == IGNORED) or 200 < self.status < 400:
            raise ValueError("a rule answers an error (400 to 599), or 'body: ignored' with status 200")
        return self


class Rule(Words):
    """One rule of a profile. ``source`` says who reported or documented it, and whether the wording is ours.

    ``documented`` names what of the vendor's own states it, wording apart. ``since``: it did not hold before
    that day. ``before`` places it in front of a rule of the extended profile; without it, it goes to the end.
    """

    id: Name
    source: NonEmpty
    when: When
    answer: RuleAnswer
    before: str | None = None
    documented: NonEmpty | None = None
    since: date | None = None

    @property
    def is_cited(self) -> bool:
        """Whether the source names a thread or a report for more than its wording."""
        return _CITED.search(self.source.partition("wording")[0]) is not None

    @model_validator(mode="after")
    def _placeholders_are_given(self) -> Self:
        given = _ALWAYS.union(*(test.gives() for test in self.when.tests()))
        if self.when.unknown_field is not None:
            given |= {"field"}
        for template in (self.answer.message, self.answer.param):
            for name in PLACEHOLDER.findall(template or ""):
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
            "message": None if self.answer.message is None else filled(self.answer.message, found),
            "type": self.answer.type,
            "param": None if self.answer.param is None else filled(self.answer.param, found),
            "code": self.answer.code,
        }
