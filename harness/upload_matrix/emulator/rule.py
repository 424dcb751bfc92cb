"""A rule: where it comes from, when it holds, and the error it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from upload_matrix import files, vendors
from upload_matrix.emulator.reading import Encoding, ModelState, Reading
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.media import GENERIC_TYPES, bare_type, extension
from upload_matrix.wire.stable import stable_filename

# The pieces a profile's vocabulary is made of: refusing unknown words, named lists, byte sizes.
#
# Validation runs with a context ``{"lists": {...}, "families": {...}}``: what the profile and those it
# extends define, so that a rule may say ``none_of: gpt-sizes`` instead of repeating the sizes.


_UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2}
_BYTES = re.compile(r"(\d+) ?(B|KiB|MiB)")


def closest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'? Known: ...``, to follow an error that names ``word``."""
    names = sorted(known)
    near = files.closest(word, names)
    return (f" Did you mean {near!r}?" if near else "") + f" Known: {', '.join(names) or '(none)'}."


class Words(BaseModel):
    """A mapping of a profile: frozen, and a word it does not know is refused with the nearest one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _known_words_only(cls, data: Any) -> Any:
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                message = f"unknown word {key!r}.{closest(str(key), known)}"
                # Through the context, so that a message with braces in it is not taken for a template.
                raise PydanticCustomError("unknown_word", "{says}", {"says": message, "key": str(key)})
        return data


def one_or_many(value: Any) -> Any:
    """A single value as a list of one, for words that take one or several."""
    return value if isinstance(value, (list, tuple)) else (value,)


def _named_list(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    lists = (info.context or {}).get("lists", {})
    if value not in lists:
        raise ValueError(f"no list is called {value!r}.{closest(value, lists)}")
    return lists[value]


def _families(value: Any, info: ValidationInfo) -> Any:
    families = (info.context or {}).get("families", {})
    for name in one_or_many(value):
        if name not in families:
            raise ValueError(f"no family of models is called {name!r}.{closest(str(name), families)}")
    return one_or_many(value)


def _byte_size(value: Any) -> Any:
    match = _BYTES.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a size: write a number and its unit, such as '4 MiB' or '26214400 B'"
        )
    return int(match[1]) * _UNITS[match[2]]


NamedList = Annotated[tuple[str, ...], BeforeValidator(_named_list)]
"""A list of words, or the name of one under the profile's ``lists``."""

Families = Annotated[tuple[str, ...], BeforeValidator(_families)]
"""One or more names of the profile's ``families``."""

ByteSize = Annotated[int, BeforeValidator(_byte_size)]
"""A number of bytes, written with its unit."""


def in_english(words: tuple[str, ...]) -> str:
    """``'a', 'b', and 'c'``: how the vendor's messages list what is supported."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


# ``field:`` in a rule's ``when``: what may be asked of a text field (multipart or JSON alike).


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

    def asks(self) -> frozenset[str]:
        """What of a request it looks at."""
        return frozenset({self.name})

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


# ``part:`` and ``count:`` in a rule's ``when``: what may be asked of the parts of a file field.


READ_AS = "application/octet-stream"
"""What the vendor's messages call the type of a part that was sent without one."""


class PartTest(Words):
    """Holds when one part of the file field ``name`` passes every test given; the first one is named.

    Parts sent as ``name`` and as ``name[]`` or ``name[0]`` count; ``array: true`` or ``false`` tells them
    apart. ``sent``: a part with a filename is a ``file`` (the default), one without is ``text``. ``type``:
    ``missing`` (no Content-Type, or an empty one), ``given`` (there is one) or ``generic`` (one that says
    nothing). ``type_one_of`` and
    ``type_none_of`` compare the bare Content-Type, ``format_one_of`` and ``format_none_of`` what the
    first bytes say, ``extension_one_of`` and ``extension_none_of`` the filename's last extension without
    its dot; in the ``none_of`` tests a missing one is none of them. ``size_over`` is in bytes.

    Gives {part} (``image``, or ``image[0]`` for an array), {name}, {number} (from 1), {content_type},
    {filename}, {extension}, {size}, and {supported}, {supported_list} or {limit} where the test has them.
    """

    name: str
    sent: Literal["file", "text"] = "file"
    array: bool | None = None
    type: Literal["missing", "given", "generic"] | None = None
    type_one_of: NamedList | None = None
    type_none_of: NamedList | None = None
    format_one_of: NamedList | None = None
    format_none_of: NamedList | None = None
    extension_one_of: NamedList | None = None
    extension_none_of: NamedList | None = None
    extension: Literal["missing", "given"] | None = None
    empty: Literal[True] | None = None
    size_over: ByteSize | None = None

    def asks(self) -> frozenset[str]:
        """What of a request it looks at: the ``type`` of the part ``image`` is ``image type``."""
        asked = {
            "type": (self.type, self.type_one_of, self.type_none_of),
            "format": (self.format_one_of, self.format_none_of),
            "filename": (self.extension, self.extension_one_of, self.extension_none_of),
            "size": (self.empty, self.size_over),
        }
        return frozenset(
            {f"{self.name} kind"}
            | {
                f"{self.name} {what}"
                for what, tests in asked.items()
                if any(each is not None for each in tests)
            }
        )

    def gives(self) -> frozenset[str]:
        """The placeholders a message may use beside this test."""
        names = {"part", "name", "number", "content_type", "filename", "extension", "size"}
        if self._supported() is not None:
            names |= {"supported", "supported_list"}
        if self.size_over is not None:
            names.add("limit")
        return frozenset(names)

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values for the first part that fits, None when none does."""
        parts = reading.parts(self.name)
        for number, part in enumerate(parts, start=1):
            if self._fits(part):
                return self._found(part, number, parts)
        return None

    def _fits(self, part: Part) -> bool:
        return (
            part.is_file is (self.sent == "file")
            and (self.array is None or (part.name != self.name) is self.array)
            and (self.empty is None or part.size == 0)
            and (self.size_over is None or part.size > self.size_over)
            and _listed(part.format, self.format_one_of, self.format_none_of)
            and self._type_fits(part)
            and self._extension_fits(part)
        )

    def _type_fits(self, part: Part) -> bool:
        if self.type is None and self.type_one_of is None and self.type_none_of is None:
            return True
        bare = bare_type(part.content_type)
        if self.type == "generic" and bare not in GENERIC_TYPES:
            return False
        if self.type in ("missing", "given") and (self.type == "given") is not bool(bare):
            return False
        return _listed(bare, self.type_one_of, self.type_none_of)

    def _extension_fits(self, part: Part) -> bool:
        if self.extension is None and self.extension_one_of is None and self.extension_none_of is None:
            return True
        suffix = _suffix(part)
        if self.extension is not None and (self.extension == "given") is not bool(suffix):
            return False
        return _listed(suffix, self.extension_one_of, self.extension_none_of)

    def _supported(self) -> tuple[str, ...] | None:
        return self.type_none_of or self.format_none_of or self.extension_none_of

    def _found(self, part: Part, number: int, parts: tuple[Part, ...]) -> dict[str, str]:
        position = sum(other.name != self.name for other in parts[: number - 1])
        found = {
            "part": f"{self.name}[{position}]" if part.name != self.name else self.name,
            "name": self.name,
            "number": str(number),
            "content_type": bare_type(part.content_type) or READ_AS,
            "filename": stable_filename(part.filename or ""),
            "extension": _suffix(part),
            "size": str(part.size),
        }
        supported = self._supported()
        if supported is not None:
            found |= {"supported": in_english(supported), "supported_list": str(list(supported))}
        if self.size_over is not None:
            found["limit"] = str(self.size_over)
        return found


def _suffix(part: Part) -> str:
    return extension(part.filename or "").lstrip(".")


def _listed(word: str | None, one_of: tuple[str, ...] | None, none_of: tuple[str, ...] | None) -> bool:
    return (one_of is None or word in one_of) and (none_of is None or word not in none_of)


class CountTest(Words):
    """Holds when the file field ``name`` came with more than ``over`` or fewer than ``under`` parts.

    Files and text parts count alike. Gives {name}, {count} and {limit}.
    """

    name: str
    over: int | None = None
    under: int | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.over is None) is (self.under is None):
            raise ValueError(f"count of {self.name!r}: give either 'over' or 'under'")
        return self

    def asks(self) -> frozenset[str]:
        """What of a request it looks at."""
        return frozenset({f"{self.name} count"})

    def gives(self) -> frozenset[str]:
        """The placeholders a message may use beside this test."""
        return frozenset({"name", "count", "limit"})

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values when the test holds, None when it does not."""
        count = len(reading.parts(self.name))
        if self.over is not None and count > self.over:
            return {"name": self.name, "count": str(count), "limit": str(self.over)}
        if self.under is not None and count < self.under:
            return {"name": self.name, "count": str(count), "limit": str(self.under)}
        return None


# Not for the type checker alone: pydantic reads these from the annotations.

_CITED = re.compile(r"[\w.-]+/[\w.-]+#\d+|\breport", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ALWAYS = frozenset({"method", "path", "operation", "model", "fault"})

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
"""Ids and profile names go out as header values, hence the narrow alphabet."""

NonEmpty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def known_operation(value: Any) -> Any:
    """Refuse the name of an operation that has no route; raises ValueError."""
    operations = [name for vendor in vendors.known() for name in vendor.routes]
    if value not in operations:
        raise ValueError(f"no operation is called {value!r}.{closest(str(value), operations)}")
    return value


Operations = Annotated[
    tuple[Annotated[str, BeforeValidator(known_operation)], ...], BeforeValidator(one_or_many)
]


class When(Words):
    """The conditions of a rule; all that are given must hold, and at least one must be given.

    ``operation``, ``encoding``, ``model_family`` and ``model_state`` take one word or several, any of
    which may fit. ``path``: ``unknown`` (no operation lives there), ``misplaced`` (one does, but below
    another root: a base URL with a version too many, or with none), ``endpoint`` (the vendor's second way
    to address it). ``unknown_field: present``: a text field that the operation does not have; gives
    {field}. ``method: wrong``: the path is known, the
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

    def asks(self) -> frozenset[str]:
        """What of a request it looks at beside path, method and the kind of its body: ``model``, a field's
        name, ``image type``, ``fields`` for the names of all."""
        own = {"model"} if self.model_family or self.model_state else set()
        own |= {"fields"} if self.unknown_field is not None else set()
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

    ``documented`` names what of the vendor's own states it, wording apart. ``since``: it did not hold before
    that day. ``before`` places it in front of a rule of the extended profile; without it, it goes to the end.
    """

    id: Name
    source: NonEmpty
    when: When
    answer: ErrorAnswer
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


def filled(template: str, values: Mapping[str, object]) -> str:
    """A text with its placeholders' values in their places, nothing for one that has none."""
    # Not str.format: a template is a user's file, and format() would reach into attributes.
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], "")), template)
