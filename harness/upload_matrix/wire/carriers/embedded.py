"""The carriers inside JSON: a file as text, in a data URL (RFC 2397) or as base64 alone (RFC 4648).

The text may stand at any place of a document, and whoever wrote it may have used another alphabet, broken it
into lines, put a prefix before it twice or encoded it twice. It is read while it comes: only digests, sizes
and how it is spelt are kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import pybase64
from pydantic import (
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from upload_matrix.wire.carriers import shipped
from upload_matrix.wire.content import Damage, Examiner, Remark
from upload_matrix.wire.media import sniff
from upload_matrix.wire.upload import Upload

DATA_URL, BASE64, TEXT = "data-url", "base64", "text"
"""Carriers: the last is a long text that is no file, and kept by its digest alone."""

_PREFIX = re.compile(rb"(?:\s*data:[^,\"\s]{0,200},)+", re.IGNORECASE)
PREFIX = re.compile(r"(?:\s*data:[^,\"\s]{0,200},)+", re.IGNORECASE)
"""What stands before the content of a data URL, however often."""

NUMBERS = "a list of numbers"
HEXADECIMAL = "hexadecimal digits"
"""What is ``stray`` where a program wrote its buffer into JSON, or its bytes in another notation."""

CUT = "part of a byte"
"""What is ``stray`` where the end of the text is missing."""

_LARGE = 2000
"""Pixels of a side from which on a picture's are kept: no vendor is known to reject smaller ones for them."""

_SPACE = b"\r\n\t "
_FIRST = 64
_BOTH = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_DIGITS = _BOTH + b"+/"
_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANK = re.compile(rb"[\r\n\t ]")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/]")
_BREAK = re.compile(rb"\r\n|\n|\r")


SHIPPED = {"characters": 1, "size": 1, "sha256": ""}
"""What of a shipped file is not written, with what stands for it after reading."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A long or encoded text in a JSON body, by the ``place`` where ``<upload>`` stands for it.

    ``prefix`` is what stands before the content as in a data URL, as written. ``declared`` is the media type
    or word for a format that was sent with it, ``typed_at`` the place of a field of its own for that,
    ``named_at`` that of its filename.
    ``spelling`` tells how the bytes are written (``base64``, ``base64url unpadded``), so exactly that bytes
    and spelling make the text; None where no such words do, and then ``writing`` (hex, a digest of what in
    the text is no digit, with its position) does with the bytes. ``stray`` is the first that is no base64.
    ``size`` (bytes), ``sha256`` (hex), ``format`` and ``condition`` are of the bytes it stands for, and so
    are ``pixels`` (width, height), which are kept of pictures that are large enough to be rejected for it.
    """

    place: str
    carrier: str
    characters: int
    size: int
    sha256: str
    writing: str = ""
    prefix: str | None = None
    declared: str | None = None
    typed_at: str | None = None
    filename: str | None = None
    named_at: str | None = None
    spelling: str | None = None
    stray: str | None = None
    format: str | None = None
    condition: Remark | None = None
    asset: str | None = None
    pixels: tuple[int, int] | None = None

    @model_serializer(mode="wrap")
    def _as_document(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        return shipped.without(document, SHIPPED) if self.asset and self.spelling else document

    @model_validator(mode="before")
    @classmethod
    def _of_document(cls, document: Any) -> Any:
        return shipped.completed(document, SHIPPED)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return shipped.either_schema(schema, handler, SHIPPED)

    @property
    def is_upload(self) -> bool:
        """Whether it is a file, right or wrong, and no other long text."""
        return self.carrier != TEXT

    @property
    def content(self) -> str:
        """What the bytes are, as ``shipped.content`` says it."""
        return shipped.content(self.size, self.asset, self.sha256)

    def identity(self) -> list[Any]:
        """What makes two of them the same, beside what the document around says.

        A shipped file counts by its name, as in a part, where bytes and spelling make the whole text.
        """
        if self.asset is None or self.spelling is None:
            spelt = self.spelling or f"written:{self.writing}"
            return [self.place, self.prefix, f"sha256:{self.sha256}", spelt]
        return [self.place, self.prefix, self.content, self.spelling]


def uploads(found: Iterable[Embedded]) -> Iterator[Upload]:
    """The files among them."""
    return (upload_of(each) for each in found if each.is_upload)


def upload_of(each: Embedded) -> Upload:
    """One of them as an upload."""
    return Upload(
        place=each.place,
        carrier=each.carrier,
        name=each.place,
        filename=each.filename,
        declared=each.declared,
        format=each.format,
        condition=each.condition,
        size=each.size,
        sha256=each.sha256,
        asset=each.asset,
        typed_at=each.typed_at,
    )


def typed_by(prefix: str) -> str | None:
    """The media type that the (last) prefix of a data URL names; None where it names none."""
    last = prefix[prefix.lower().rindex("data:") + len("data:") :].rstrip(",")
    return re.sub(r";\s*base64\s*$", "", last, flags=re.IGNORECASE) or None


def spelt(content: bytes, spelling: str) -> str:
    """Bytes as text of this spelling."""
    alphabet, *rest = spelling.split()
    encoded = base64.urlsafe_b64encode(content) if alphabet == "base64url" else base64.b64encode(content)
    text = encoded.decode()
    words = " ".join(rest)
    if "unpadded" in words:
        text = text.rstrip("=")
    lines = re.search(r"lines of (\d+)( by CRLF)?( with a last one)?", words)
    if lines is not None:
        width, end = int(lines[1]), "\r\n" if lines[2] else "\n"
        rows = [text[start : start + width] for start in range(0, len(text), width)]
        text = end.join(rows) + (end if lines[3] else "")
    return text


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A text's ``prefix`` (empty where there is none), the bytes that it stands for, and its spelling."""

    prefix: str
    spelling: str
    content: bytes


def taken_apart(text: str) -> TakenApart:
    """A text whose spelling has words. Raises ValueError for another."""
    reader = TextReader()
    reader.add(text.encode("utf-8", "surrogatepass"))
    spelling = reader.embedded("", None, {}).spelling
    if spelling is None:
        raise ValueError("the text is not spelt in a way that has words")
    prefix = reader.prefix or ""
    return TakenApart(prefix, spelling, decoded(text[len(prefix) :]))


def decoded(text: str) -> bytes:
    """The bytes that base64 stands for, in either alphabet, with white space or without padding.

    Raises ValueError where it is none.
    """
    digits = text.encode("ascii").translate(_SAFE, _SPACE).rstrip(b"=")
    return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)


class TextReader:
    """Fed with the text piece by piece, of which the first holds the whole prefix, if there is one.

    ``assets`` maps the SHA-256 of shipped files to their names.
    """

    def __init__(self) -> None:
        self._writing = hashlib.sha256()
        self._at = 0
        self._bytes = hashlib.sha256()
        self._examiner = Examiner()
        self.characters = 0
        self.prefix: str | None = None
        self._begun = False
        self._percent = False
        self._left = b""
        self._pads = 0
        self._digits = 0
        self._safe = self._standard = False
        self._stray: str | None = None
        self._lines = _Lines()
        self._first = b""
        self._spaced = False

    def add(self, raw: bytes) -> None:
        """The next piece, as UTF-8."""
        if not self._begun:
            self._begun = True
            found = _PREFIX.match(raw)
            if found is not None:
                self.prefix = found[0].decode("utf-8", "backslashreplace")
                self._percent = not re.search(rb";\s*base64\s*,$", found[0], re.IGNORECASE)
                self.characters += len(self.prefix)
                raw = raw[found.end() :]
        if len(self._first) < _FIRST:
            self._first = (self._first + raw)[:_FIRST]
        self.characters += len(raw) if raw.isascii() else len(raw.decode("utf-8", "surrogatepass"))
        if self._percent:
            self._writing.update(raw)
            self._take(unquote_to_bytes(raw))
        else:
            self._decode(raw)

    def _decode(self, raw: bytes) -> None:
        # Nearly all there is: whole groups of digits of the usual alphabet, read by one strict pass.
        if self._pads == 0 and not self._spaced:
            padding = raw.find(b"=")
            if padding > 0:
                self._decode(raw[:padding])
                self._decode_closely(raw[padding:])
                return
            taken = self._left + raw if self._left else raw
            whole = len(taken) // 4 * 4
            digits = taken if whole == len(taken) else memoryview(taken)[:whole]
            try:
                data = pybase64.b64decode(digits, validate=True) if b"=" not in raw else b""
            except binascii.Error:
                data = b""
            if data and not taken[whole:].translate(None, _DIGITS):
                self._lines.column += len(raw)
                self._digits += len(raw)
                self._at += len(raw)
                self._left = taken[whole:]
                self._standard = self._standard or b"+" in raw or b"/" in raw
                self._take(data)
                return
        self._decode_closely(raw)

    def _decode_closely(self, raw: bytes) -> None:
        for found in _FOREIGN.finditer(raw):
            self._writing.update(b"%d:%d;" % (self._at + found.start(), raw[found.start()]))
        self._at += len(raw)
        plain = raw
        if _BLANK.search(raw) or self._spaced:
            plain = raw.translate(None, _SPACE)
            self._lines.note(raw)
            self._look_at_spaces(raw)
        else:
            self._lines.column += len(raw)
        other = plain.translate(None, _DIGITS + b"-_=")
        if other:
            self._at_fault(other[:40].decode("utf-8", "replace")[:1])
            plain = plain.translate(None, bytes(set(other)))
        digits = plain.translate(None, b"=")
        pads = len(plain) - len(digits)
        if (self._pads and digits) or not plain.endswith(b"=" * pads):
            self._at_fault("=")
        self._pads += pads
        self._standard = self._standard or b"+" in digits or b"/" in digits
        if b"-" in digits or b"_" in digits:
            self._safe = True
            digits = digits.translate(_SAFE)
        self._digits += len(digits)
        digits = self._left + digits
        whole = len(digits) // 4 * 4
        self._left = digits[whole:]
        if whole:
            self._take(binascii.a2b_base64(digits[:whole]))

    def _look_at_spaces(self, raw: bytes) -> None:
        """A space between digits is none of a line's end: it most likely was a `+`."""
        inner = raw.strip(_SPACE)
        begun = bool(self._digits or self._left)
        if b" " in inner or (self._spaced and inner):
            self._at_fault(" ")
        after = raw[len(raw.rstrip(_SPACE)) :] if inner else raw
        self._spaced = (self._spaced and not inner) or (b" " in after and (begun or bool(inner)))

    @property
    def identity(self) -> bytes:
        """What tells the text so far from any other."""
        known = (self.prefix, self._bytes.hexdigest(), self._writing.hexdigest(), self._left, self._at)
        return repr(known).encode()

    @property
    def is_sound(self) -> bool:
        """Whether all so far is base64."""
        return self._stray is None

    def _at_fault(self, char: str) -> None:
        self._stray = self._stray or char

    def _take(self, data: bytes) -> None:
        self._bytes.update(data)
        self._examiner.add(data)

    def embedded(self, place: str, filename: str | None, assets: Mapping[str, str]) -> Embedded:
        """What it was, at the end of the text; its carrier is yet to be told by what stands around it."""
        spelling = None if self._percent else self._spelling()
        digest = self._bytes.hexdigest()
        if self._examiner.format is None and _is_hexadecimal(self._first):
            self._stray, spelling = HEXADECIMAL, None
        return Embedded(
            place=place,
            carrier=TEXT,
            characters=self.characters,
            writing="" if spelling is not None else self._writing.hexdigest(),
            size=self._examiner.size,
            sha256=digest,
            prefix=self.prefix,
            filename=filename,
            spelling=spelling,
            stray=self._stray,
            format=self._examiner.format,
            condition=self._examiner.condition(filename),
            asset=assets.get(digest),
            pixels=_if_large(self._examiner.pixels),
        )

    def _spelling(self) -> str | None:
        """Its words; the rest of the last digits is taken in."""
        canonical = True
        if self._left:
            left, self._left = self._left, b""
            self._writing.update(left)
            if len(left) == 1:
                self._at_fault(CUT)
            else:
                data = binascii.a2b_base64(left + b"=" * (4 - len(left)))
                canonical = base64.b64encode(data).rstrip(b"=") == left
                self._take(data)
        lines = self._lines.words()
        wanted = -self._digits % 4
        if not canonical and wanted and not self._pads:
            self._at_fault(CUT)
        padded = self._pads == wanted and wanted != 3
        if self._stray or lines is None or not canonical or (self._safe and self._standard):
            return None
        if not padded and self._pads:
            return None
        words = ["base64url" if self._safe else "base64", *([] if padded else ["unpadded"]), *lines]
        return " ".join(words)


def _if_large(pixels: tuple[int, int] | None) -> tuple[int, int] | None:
    return pixels if pixels is not None and max(pixels) >= _LARGE else None


def _is_hexadecimal(first: bytes) -> bool:
    """Whether a text begins as a known file does, in hexadecimal digits."""
    try:
        return sniff(bytes.fromhex(first[: len(first) // 2 * 2].decode("ascii"))) is not None
    except ValueError:
        return False


class _Lines:
    """How a text is broken into lines: all of one width, by one kind of break, or in no such way."""

    def __init__(self) -> None:
        self.column = 0
        self._width: int | None = None
        self._break: bytes | None = None
        self._ended = False
        self._irregular = False
        self._carry = b""

    def note(self, raw: bytes) -> None:
        """A piece with white space in it."""
        raw, self._carry = self._carry + raw, b""
        if raw.endswith(b"\r"):
            raw, self._carry = raw[:-1], b"\r"
        if b" " in raw or b"\t" in raw:
            self._irregular = True
        rows = _BREAK.split(raw)
        breaks = set(_BREAK.findall(raw))
        if len(rows) > 1:
            self._irregular |= len(breaks) > 1 or self._break not in (None, *breaks)
            self._break = next(iter(breaks))
        for row in rows[:-1]:
            self._end_row(self.column + len(row))
            self.column = 0
        self.column += len(rows[-1])

    def _end_row(self, width: int) -> None:
        if self._width is None:
            self._width = width
        self._irregular |= self._ended or not 0 < width <= self._width
        self._ended = width < self._width

    def words(self) -> tuple[str, ...] | None:
        """As a spelling has it; () without any break, None where no words say it all."""
        if self._irregular or self._carry or self._break == b"\r":
            return None
        if self._width is None:
            return ()
        if self.column > self._width or (self._ended and self.column):
            return None
        crlf = " by CRLF" if self._break == b"\r\n" else ""
        last = "" if self.column else " with a last one"
        return (f"lines of {self._width}{crlf}{last}",)


def placeholder(text: bytes) -> Remark:
    """What a text is that stands where base64 should."""
    examined = Examiner()
    examined.add(text)
    return examined.condition(None) or Remark(Damage.TEXT, "text")
