"""``part:`` and ``count:`` in a rule's ``when``: what may be asked of the parts of a file field."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from upload_matrix.emulator.reading import Reading
from upload_matrix.emulator.words import ByteSize, NamedList, Words, in_english
from upload_matrix.model.media import GENERIC_TYPES, bare_type, extension
from upload_matrix.model.wire import Part, stable_filename

READ_AS = "application/octet-stream"
"""What the vendor's messages call the type of a part that was sent without one."""


class PartTest(Words):
    """Holds when one part of the file field ``name`` passes every test given; the first one is named.

    Parts sent as ``name`` and as ``name[]`` both count; ``array: true`` or ``false`` tells them apart.
    ``sent``: a part with a filename is a ``file`` (the default), one without is ``text``. ``type``:
    ``missing`` (no Content-Type) or ``generic`` (one that says nothing). ``type_one_of`` and
    ``type_none_of`` compare the bare Content-Type, ``format_one_of`` and ``format_none_of`` what the
    first bytes say, ``extension_one_of`` and ``extension_none_of`` the filename's last extension without
    its dot; in the ``none_of`` tests a missing one is none of them. ``size_over`` is in bytes.

    Gives {part} (``image``, or ``image[0]`` for an array), {name}, {number} (from 1), {content_type},
    {filename}, {extension}, {size}, and {supported}, {supported_list} or {limit} where the test has them.
    """

    name: str
    sent: Literal["file", "text"] = "file"
    array: bool | None = None
    type: Literal["missing", "generic"] | None = None
    type_one_of: NamedList | None = None
    type_none_of: NamedList | None = None
    format_one_of: NamedList | None = None
    format_none_of: NamedList | None = None
    extension_one_of: NamedList | None = None
    extension_none_of: NamedList | None = None
    extension: Literal["missing"] | None = None
    empty: Literal[True] | None = None
    size_over: ByteSize | None = None

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
            and (self.array is None or part.name.endswith("[]") is self.array)
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
        if self.type is not None and (
            bare is not None if self.type == "missing" else bare not in GENERIC_TYPES
        ):
            return False
        return _listed(bare, self.type_one_of, self.type_none_of)

    def _extension_fits(self, part: Part) -> bool:
        if self.extension is None and self.extension_one_of is None and self.extension_none_of is None:
            return True
        suffix = _suffix(part)
        if self.extension is not None and suffix:
            return False
        return _listed(suffix, self.extension_one_of, self.extension_none_of)

    def _supported(self) -> tuple[str, ...] | None:
        return self.type_none_of or self.format_none_of or self.extension_none_of

    def _found(self, part: Part, number: int, parts: tuple[Part, ...]) -> dict[str, str]:
        position = [other.name for other in parts[: number - 1]].count(part.name)
        found = {
            "part": f"{self.name}[{position}]" if part.name.endswith("[]") else self.name,
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
