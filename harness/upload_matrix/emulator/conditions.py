"""What a rule's ``when`` may ask of a body: its text fields, its parts, its files whatever carries them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.vocabulary import ByteSize, NamedList, Words, in_english, one_or_many
from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.json_body import Keys, keys_of, place_name, texts_of
from upload_matrix.wire.media import (
    FORMAT_TYPES,
    GENERIC_TYPES,
    bare_type,
    extension,
    preferred_type,
    word_of_format,
)
from upload_matrix.wire.stable import stable_filename
from upload_matrix.wire.upload import Upload

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
        return _typed(part.content_type, self.type) and _listed(
            bare_type(part.content_type), self.type_one_of, self.type_none_of
        )

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


def _typed(declared: str | None, wanted: Literal["missing", "given", "generic"] | None) -> bool:
    bare = bare_type(declared)
    if wanted == "generic":
        return bare in GENERIC_TYPES
    return wanted is None or (wanted == "given") is bool(bare)


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


# ``upload:`` in a rule's ``when``: what may be asked of a file in a JSON body, or of a body that is one.


class UploadTest(Words):
    """Holds when one file that is no part of a form passes every test given; the first one is named.

    ``at``: patterns of its place, without positions in lists (``messages[].content[].image_url.url``; ``*``
    stands for anything). ``within``: a ``type`` word of an object that it stands in (``image``).
    ``type...`` are of the type, or word for the format, that is declared with it, and ``format...`` of what
    its first bytes say, as in ``part``. ``mismatch``: both are known, and the format has another type.
    ``prefix``: a data URL's prefix stands before its base64, or does not. ``base64: broken``: it is none.
    ``damaged``: its bytes are cut, garbled, or no file at all. ``filename``: whether its name is there.
    ``size_over`` is in bytes, ``text_over`` in bytes of the text that stands for it.

    Gives {place}, {snake_place} (``inlineData`` written ``inline_data``), {tagged} (the object that it
    stands in as pydantic's errors write it: ``messages.0.content.1.image.source.base64``), {block} (that
    object's place), {content_type}, {bytes_type} (what its format is declared as), {prefix}, {filename},
    {size}, {text_size}, and {supported}, {supported_list} or {limit} where the test has them.
    """

    at: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    within: str | None = None
    type: Literal["missing", "given", "generic"] | None = None
    type_one_of: NamedList | None = None
    type_none_of: NamedList | None = None
    format_one_of: NamedList | None = None
    format_none_of: NamedList | None = None
    mismatch: Literal[True] | None = None
    prefix: Literal["missing", "given"] | None = None
    base64: Literal["broken"] | None = None
    damaged: Literal[True] | None = None
    filename: Literal["missing", "given"] | None = None
    empty: Literal[True] | None = None
    size_over: ByteSize | None = None
    text_over: ByteSize | None = None

    def asks(self) -> frozenset[str]:
        """What of a request it looks at: ``upload type``."""
        asked = {
            "block": (self.within,),
            "type": (self.type, self.type_one_of, self.type_none_of, self.mismatch),
            "format": (self.format_one_of, self.format_none_of, self.mismatch),
            "text": (self.base64, self.damaged),
            "filename": (self.filename,),
            "size": (self.empty, self.size_over, self.text_over),
        }
        words = {what for what, tests in asked.items() if any(each is not None for each in tests)}
        return frozenset({"upload kind"} | {f"upload {what}" for what in words})

    def gives(self) -> frozenset[str]:
        """The placeholders a message may use beside this test."""
        names = {"place", "snake_place", "tagged", "block", "content_type", "bytes_type", "prefix"}
        names |= {"filename", "size", "text_size"}
        if self._supported() is not None:
            names |= {"supported", "supported_list"}
        if self._limit() is not None:
            names.add("limit")
        return frozenset(names)

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values for the first file that fits, None when none does."""
        embedded = {each.place: each for each in reading.wire.embedded if each.is_upload}
        for upload in reading.wire.uploads():
            there = embedded.get(upload.place)
            if reading.wire.parts is None and self._fits(reading, upload, there):
                return self._found(reading, upload, there)
        return None

    def _fits(self, reading: Reading, upload: Upload, there: Embedded | None) -> bool:
        tags = [tag for _, tag in _tags(reading, upload.place)]
        return (
            (not self.at or _is_at(upload.place, self.at))
            and (self.within is None or self.within in tags)
            and _typed(upload.declared, self.type)
            and _listed(bare_type(upload.declared), self.type_one_of, self.type_none_of)
            and _listed(upload.format, self.format_one_of, self.format_none_of)
            and (self.mismatch is None or _differ(upload))
            and self._spelt(there)
            and (self.damaged is None or (upload.condition is not None and upload.size > 0))
            and (self.filename is None or (self.filename == "given") is bool(upload.filename))
            and (self.empty is None or upload.size == 0)
            and (self.size_over is None or upload.size > self.size_over)
            and (self.text_over is None or _text_size(upload, there) > self.text_over)
        )

    def _spelt(self, there: Embedded | None) -> bool:
        prefixed = there is not None and there.prefix is not None
        broken = there is not None and there.stray is not None
        return (self.prefix is None or (self.prefix == "given") is prefixed) and (
            self.base64 is None or broken
        )

    def _supported(self) -> tuple[str, ...] | None:
        return self.type_none_of or self.format_none_of

    def _limit(self) -> int | None:
        return self.size_over if self.size_over is not None else self.text_over

    def _found(self, reading: Reading, upload: Upload, there: Embedded | None) -> dict[str, str]:
        keys = keys_of(upload.place)
        parents = [at for at, _ in _tags(reading, upload.place)]
        found = {
            "place": upload.place,
            "snake_place": re.sub(r"(?<=[a-z])[A-Z]", lambda big: f"_{big[0].lower()}", upload.place),
            "tagged": _tagged(reading, upload.place),
            "block": place_name(parents[-1] if parents else keys[:-1]),
            "content_type": bare_type(upload.declared) or "",
            "bytes_type": preferred_type(upload.format) if upload.format in FORMAT_TYPES else "",
            "prefix": (there.prefix or "") if there is not None else "",
            "filename": stable_filename(upload.filename or ""),
            "size": str(upload.size),
            "text_size": str(_text_size(upload, there)),
        }
        supported, limit = self._supported(), self._limit()
        if supported is not None:
            found |= {"supported": in_english(supported), "supported_list": str(list(supported))}
        if limit is not None:
            found["limit"] = str(limit)
        return found


class ReferenceTest(Words):
    """Holds when the file that was uploaded before is named by an id at a place ``at`` (patterns, as in
    ``upload``) that fits a pattern of ``like`` and none of ``unlike``. Gives {place} and {value}."""

    at: Annotated[tuple[str, ...], BeforeValidator(one_or_many)]
    like: Annotated[tuple[str, ...], BeforeValidator(one_or_many)]
    unlike: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()

    def asks(self) -> frozenset[str]:
        """What of a request it looks at."""
        return frozenset({"reference"})

    def gives(self) -> frozenset[str]:
        """The placeholders a message may use beside this test."""
        return frozenset({"place", "value"})

    def finds(self, reading: Reading) -> dict[str, str] | None:
        """The placeholders' values when the test holds, None when it does not."""
        for keys, text in texts_of(reading.wire.document):
            place = place_name(keys)
            if not _is_at(place, self.at):
                continue
            if _fits_any(text, self.like) and not _fits_any(text, self.unlike):
                return {"place": place, "value": text}
        return None


def _fits_any(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, _literal(each)) for each in patterns)


def _is_at(place: str, patterns: tuple[str, ...]) -> bool:
    """Whether a place, its positions in lists left out, fits one of the patterns."""
    return _fits_any(re.sub(r"\[\d+\]", "[]", place), patterns)


def _literal(pattern: str) -> str:
    """A pattern in which brackets stand for themselves."""
    return pattern.replace("[", "[[]")


def _differ(upload: Upload) -> bool:
    """Whether a type and a format are known, and the one is not the other's."""
    declared = bare_type(upload.declared)
    if not declared or declared in GENERIC_TYPES or upload.format not in FORMAT_TYPES:
        return False
    return declared not in (*FORMAT_TYPES[upload.format], word_of_format(upload.format))


def _text_size(upload: Upload, there: Embedded | None) -> int:
    """The base64 text in bytes, without the prefix of a data URL; of a shipped file, that of its bytes."""
    if there is None or upload.asset is not None:
        return -(-upload.size // 3) * 4 if there is not None else upload.size
    return there.characters - len(there.prefix or "")


def _tags(reading: Reading, place: str) -> Iterator[tuple[Keys, str]]:
    """Every object on the way to a place that says its ``type``, by the way to it."""
    if reading.wire.json is None:
        return
    value, keys = reading.wire.document, keys_of(place)
    for length in range(len(keys)):
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            yield keys[:length], value["type"]
        value = value[keys[length]]


def _tagged(reading: Reading, place: str) -> str:
    tags = dict(_tags(reading, place))
    keys = keys_of(place)
    steps = [
        step
        for length in range(len(keys))
        for step in (*keys[length - 1 : length], *filter(None, (tags.get(keys[:length]),)))
    ]
    return ".".join(map(str, steps))
