"""A JSON body read while it comes: files that stand in it as text are taken out and kept by digest and size.

What is left is a document of ordinary size, with ``<upload>`` in the place of each.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from upload_matrix import vendors
from upload_matrix.model.codec import parsed
from upload_matrix.wire.carriers.embedded import (
    BASE64,
    DATA_URL,
    NUMBERS,
    TEXT,
    Embedded,
    TextReader,
    placeholder,
    typed_by,
)
from upload_matrix.wire.content import Damage, Remark
from upload_matrix.wire.form import canonical_text, each_name_once
from upload_matrix.wire.media import format_of_extension, format_of_type

STAND_IN = "<upload>"
"""Stands in the document for a text that was taken out."""

JSON_LIMIT = 32 * 1024 * 1024
"""Bytes of a document beside its files up to which it is read as such; a longer one counts by its digest."""

_PROBE = 1024
"""Bytes of a string after which it is decided whether it may be a file's text."""

_WEAK = frozenset({"mp3", "aac"})
"""Formats that a few bits of a frame tell: by themselves no sign of a file."""

_ENCODED = re.compile(
    rb"(?:\s*data:[^,\"\s]{0,200},)*(?:[A-Za-z0-9+/=_-]|\\[nrt/]|\\u00(?:2[bBfF]|3[dD]|5[fF]))+(?:\\u?[0-9a-fA-F]{0,3})?",
    re.I,
)
_HALF_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?$")
_GENERIC = (
    "media_type",
    "mime_type",
    "mimeType",
    "mediaType",
    "content_type",
    "contentType",
    "format",
    "type",
)
"""Fields beside a file's text that tell its type, where no vendor's notation is met."""

_SHORTEST = 32
"""Characters from which on a text of no known place is looked at for a file's beginning."""

ADDRESS = re.compile(r"(?!data:|file:|blob:)[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)
"""What begins an address that another machine can follow: ``https://``, ``gs://``, ``s3://``."""

_NEARLY = re.compile(r"\s*(?:data\b[\s:]*)?(?:[\w.+-]+/[\w.+-]+)?\s*;?\s*base64\W?", re.IGNORECASE)
"""What was to be the prefix of a data URL, and is none."""


class JsonReader:
    """Fed with a body; ``finish`` gives the document as canonical text, and what was taken out of it.

    ``path`` is the request's, by which the vendor's own notations come first.
    """

    def __init__(self, path: str, assets: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._assets = assets or {}
        self._kept = bytearray()
        self._inside = False
        self._begun = 0
        self._decided = False
        self._slashes = 0
        self._left = b""
        self._text: TextReader | None = None
        self._texts: list[TextReader] = []
        self._mark = f"{secrets.token_hex(8)}:"
        self._fault: str | None = None
        self._overflow: hashlib._Hash | None = None

    def digest(self) -> str:
        """Of the whole body in hex: its SHA-256; where texts were taken out, of what is known of them."""
        digest = self._of_kept() if self._overflow is None else self._overflow.copy()
        if self._text is not None:
            digest.update(self._text.identity)
        return digest.hexdigest()

    def _of_kept(self) -> hashlib._Hash:
        """What is kept, each mark replaced by what tells its text from others."""
        digest = hashlib.sha256()
        for number, piece in enumerate(bytes(self._kept).split(self._mark.encode())):
            # Behind a mark stands the number of its text.
            known = str(number - 1).encode() if number else b""
            digest.update(piece.removeprefix(known))
            if number < len(self._texts):
                digest.update(self._texts[number].identity)
        return digest

    @property
    def held(self) -> int:
        """The bytes of memory that what is kept takes, about."""
        return len(self._kept)

    @property
    def too_long(self) -> bool:
        """Whether it counts by its digest alone."""
        return self._overflow is not None

    def feed(self, data: bytes) -> None:
        """The next bytes of the body."""
        place, size = 0, len(data)
        while place < size:
            if self._inside:
                place = self._in_string(data, place)
            else:
                quote = data.find(b'"', place)
                self._keep(data[place : size if quote < 0 else quote + 1])
                if quote < 0:
                    return
                self._inside, self._decided = True, False
                self._begun, self._slashes = len(self._kept), 0
                place = quote + 1

    def _keep(self, data: bytes) -> None:
        """Exactly the limit is kept: how a body is cut up must not matter."""
        if self._overflow is None:
            room = JSON_LIMIT - len(self._kept)
            self._kept += data[:room]
            if len(data) > room:
                self._overflow = self._of_kept()
                self._overflow.update(data[room:])
        else:
            self._overflow.update(data)

    def _in_string(self, data: bytes, place: int) -> int:
        """Takes what of a string lies here; where to go on."""
        quote = data.find(b'"', place)
        while quote >= 0 and self._is_escaped(data, place, quote):
            quote = data.find(b'"', quote + 1)
        piece = data[place : len(data) if quote < 0 else quote]
        if quote < 0:
            own = len(piece) - len(piece.rstrip(b"\\"))
            self._slashes = own + (self._slashes if own == len(piece) else 0)
        if self._text is None and not self._decided:
            # No more than it takes to decide: a file's text may be longer than what may be kept.
            room = _PROBE - (len(self._kept) - self._begun)
            self._keep(piece[:room])
            piece = piece[room:]
            if len(self._kept) - self._begun >= _PROBE:
                self._decide()
        if self._text is not None:
            self._take(piece)
        else:
            self._keep(piece)
        if quote < 0:
            return len(data)
        if self._text is not None:
            self._end_text()
        self._keep(b'"')
        self._inside = False
        return quote + 1

    def _is_escaped(self, data: bytes, place: int, quote: int) -> bool:
        before = data[place:quote]
        own = len(before) - len(before.rstrip(b"\\"))
        return (own + (self._slashes if own == len(before) else 0)) % 2 == 1

    def _decide(self) -> None:
        self._decided = True
        beginning = bytes(self._kept[self._begun :])
        if _ENCODED.fullmatch(beginning[:_PROBE]):
            self._text = TextReader()
            del self._kept[self._begun :]
            self._take(beginning)

    def _take(self, raw: bytes) -> None:
        assert self._text is not None
        raw = self._left + raw
        half = _HALF_ESCAPE.search(raw[-8:])
        # A backslash before it makes the second one the escaped one.
        if half is not None and (len(raw) - len(raw.rstrip(b"\\"))) % 2 == 0 and raw.endswith(b"\\"):
            half = None
        cut = len(raw) if half is None else len(raw[:-8]) + half.start()
        raw, self._left = raw[:cut], raw[cut:]
        if not raw:
            return
        if b"\\" in raw:
            raw = self._unescaped(raw)
            self._text.add(raw)
            return
        self._text.add(raw)
        if not self._text.is_sound or b"\n" in raw or b"\r" in raw or b"\t" in raw:
            self._unescaped(raw)  # which says whether it may stand in a string as it is

    def _unescaped(self, raw: bytes) -> bytes:
        try:
            return str(json.loads(b'"' + raw + b'"')).encode("utf-8", "surrogatepass")
        except ValueError as error:
            self._fault = self._fault or f"within a string: {error}"
            return b""

    def _end_text(self) -> None:
        assert self._text is not None
        if self._left:
            self._fault = self._fault or "within a string: half an escape"
        if self._overflow is None:
            self._kept += f"{self._mark}{len(self._texts)}".encode()
        else:
            self._overflow.update(self._text.identity)
        self._texts.append(self._text)
        self._text, self._left = None, b""

    def finish(self) -> tuple[str, tuple[Embedded, ...]]:
        """Raises ValueError where it is no JSON, names a thing twice in an object, or is nested too deep."""
        document = parsed(self._kept, each_name_once)
        if self._fault is not None or self._text is not None:
            raise ValueError(self._fault or "the body ends within a string")
        found: list[Embedded] = []
        document = self._without(document, found)
        return canonical_text(document), tuple(found)

    def _without(self, document: Any, found: list[Embedded]) -> Any:
        """The document with stand-ins, and what they stand for in ``found``, in the order of places."""
        for keys, value in tuple(_leaves(document)):
            text = value if isinstance(value, str) else None
            block = vendors.block_at(self._path, document, keys)
            if text is not None and text.startswith(self._mark):
                reader = self._texts[int(text.removeprefix(self._mark))]
                found.append(self._read(reader, document, keys, block))
            elif text is None or _may_be_file(text, block):
                each = self._short(value, document, keys, block)
                if each is None:
                    continue
                found.append(each)
                if text is not None and each.stray is not None and len(text) <= _PROBE:
                    continue  # what stands in a file's place is worth reading
            else:
                continue
            document = put(document, keys, STAND_IN)
        return document

    def _read(self, reader: TextReader, document: Any, keys: Keys, block: vendors.Block | None) -> Embedded:
        declared, typed_at, filename, named_at = _beside(document, keys, block)
        each = replace(reader.embedded(place_name(keys), filename, self._assets), named_at=named_at)
        if each.prefix is not None and (block is None or block.wants != "base64"):
            return replace(each, carrier=DATA_URL, declared=typed_by(each.prefix))
        known = each.format is not None and (each.format not in _WEAK or declared is not None)
        is_file = block is not None or (each.spelling is not None and known)
        if not is_file:
            return replace(each, carrier=TEXT)
        return replace(each, carrier=BASE64, declared=declared, typed_at=typed_at)

    def _short(self, value: Any, document: Any, keys: Keys, block: vendors.Block | None) -> Embedded | None:
        """A text that was not taken out while it came, or bytes as numbers; None for what is no file."""
        if isinstance(value, str):
            reader = TextReader()
            reader.add(value.encode("utf-8", "surrogatepass"))
            each = self._read(reader, document, keys, block)
            if each.carrier != TEXT and each.stray is not None and each.format is None:
                return _no_base64(each, value)
            return each if each.carrier != TEXT else None
        numbers = bytes_of_numbers(value) if block is not None else None
        if numbers is None:
            return None
        reader = TextReader()
        reader.add(base64.b64encode(numbers))
        each = self._read(reader, document, keys, block)
        text = canonical_text(value)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return replace(each, characters=len(text), writing=digest, spelling=None, stray=NUMBERS)


def _may_be_file(text: str, block: vendors.Block | None) -> bool:
    if ADDRESS.match(text) is not None:
        return block is not None and (block.wants == "base64" or not block.addresses)
    return block is not None or len(text) >= _SHORTEST


def _no_base64(each: Embedded, text: str) -> Embedded:
    """What stands in a file's place and is no base64: a path, a page, a word.

    Where the text stays in the document, that tells it from others, and no digest is kept of it.
    """
    raw = text.encode("utf-8", "surrogatepass")
    digest = "" if len(text) <= _PROBE else hashlib.sha256(raw).hexdigest()
    nearly = _NEARLY.match(text) if each.prefix is None else None
    if nearly is None:
        condition = placeholder(text[len(each.prefix or "") :].encode("utf-8", "surrogatepass"))
    else:
        says = f"base64 behind `{nearly[0]}`, which is not the prefix of a data URL"
        condition = Remark(Damage.ENCODED, says)
    return replace(each, size=len(raw), writing=digest, sha256=digest, condition=condition, asset=None)


# -- places in a document --


Keys = tuple[str | int, ...]
"""The way to a value: names of objects and positions in lists."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def place_name(keys: Keys) -> str:
    """``messages[0].content[1].image_url.url``: the way as a person writes it."""
    written = "".join(
        f"[{key}]"
        if isinstance(key, int)
        else (f".{key}" if _PLAIN_NAME.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]")
        for key in keys
    )
    return written.removeprefix(".")


_STEP = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([A-Za-z_][A-Za-z0-9_-]*)')


@lru_cache(maxsize=4096)
def keys_of(place: str) -> Keys:
    """The way that ``place_name`` wrote."""
    return tuple(
        int(step[1]) if step[1] else json.loads(step[2]) if step[2] else step[3]
        for step in _STEP.finditer(place)
    )


def _leaves(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every text, and every list of numbers and what else may hold bytes, with the way to it."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, dict):
        if _is_numbers(value) and bytes_of_numbers(value) is not None:
            yield keys, value
        else:
            for key, each in value.items():
                yield from _leaves(each, (*keys, key))
    elif isinstance(value, list):
        if value and all(type(each) is int for each in value):
            yield keys, value
        else:
            for place, each in enumerate(value):
                yield from _leaves(each, (*keys, place))


def texts_of(document: Any) -> Iterator[tuple[Keys, str]]:
    """Every text in a document, with the way to it."""
    return ((keys, text) for keys, text in _leaves(document) if isinstance(text, str))


def _is_numbers(value: Mapping[str, Any]) -> bool:
    return (value.get("type") == "Buffer" and value.keys() == {"type", "data"}) or "0" in value


def bytes_of_numbers(value: Any) -> bytes | None:
    """The bytes that a list of numbers stands for, as programs write a buffer into JSON; None for others."""
    if isinstance(value, dict):
        value = value["data"] if value.keys() == {"type", "data"} else list(value.values())
    if not isinstance(value, list) or not value:
        return None
    try:
        return bytes(value)
    except (TypeError, ValueError):
        return None


def value_at(document: Any, keys: Keys) -> Any:
    """The value there."""
    for key in keys:
        document = document[key]
    return document


def put(document: Any, keys: Keys, value: Any) -> Any:
    """The document with ``value`` there; changed in place, but for a document that is the value itself."""
    if not keys:
        return value
    value_at(document, keys[:-1])[keys[-1]] = value
    return document


def _beside(
    document: Any, keys: Keys, block: vendors.Block | None
) -> tuple[str | None, str | None, str | None, str | None]:
    """The declared type and its place, and the filename and its own, that go with a text."""
    if block is not None:
        root = keys[: len(keys) - len(block.data.split("."))]
        typed = _told(document, root, block.type)
        named = _told(document, root, block.filename)
        return *typed, *named
    around = value_at(document, keys[:-1]) if keys else None
    if not isinstance(around, dict):
        return None, None, None, None
    for name in _GENERIC:
        told = around.get(name)
        if isinstance(told, str) and _means_format(told):
            return told, place_name((*keys[:-1], name)), None, None
    return None, None, None, None


def _told(document: Any, root: Keys, path: str | None) -> tuple[str | None, str | None]:
    if path is None:
        return None, None
    keys: Keys = (*root, *path.split("."))
    found = value_at(document, root)
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return (found if isinstance(found, str) else None), place_name(keys)


def _means_format(word: str) -> bool:
    return "/" in word or format_of_type(word) is not None or format_of_extension(f"x.{word}") is not None
