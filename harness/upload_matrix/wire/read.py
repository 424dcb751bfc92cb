"""Reading a multipart body into parts, strictly: what deviates is said, not smoothed over.

It is read while it comes: only digests, sizes and short texts are kept, and how it is cut up does not matter.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from upload_matrix import vendors
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.carriers.raw import RawFile, is_file
from upload_matrix.wire.content import Damage, Examiner, Remark
from upload_matrix.wire.form import Framing, Headers, WireForm, header
from upload_matrix.wire.json_body import JsonReader
from upload_matrix.wire.media import bare_type
from upload_matrix.wire.stable import stable_disposition, stable_filename

TEXT_LIMIT = 4096
"""Characters of a text field that are kept in the wire form; longer ones by digest and length only."""

_FIRST = 64 * 1024
"""Bytes that the parser is first given: it wants to see the first boundary at once."""

_UTF8 = codecs.getincrementaldecoder("utf-8")

_HEADER_LIMIT = 64 * 1024
_HEADER_COUNT = 32
_PART_COUNT = 10_000
_KEPT = 16 * 1024 * 1024
"""Bytes of headers and texts that are kept of all parts together."""

_PART_BYTES = 2048
"""What a part takes in memory beside them, about."""


def boundary_of(content_type: str) -> str | None:
    """The boundary that a Content-Type names, or None."""
    return parse_options_header(content_type)[1].get("boundary") or None


class _OfAnotherType(PushMultipartParser):  # type: ignore[misc] # the library has no types
    """Takes parts as curl writes them where it was told another type than a form's: as attachments."""

    def _create_segment(self, headerlist: list[tuple[str, str]]) -> MultipartSegment:
        segment = MultipartSegment(headerlist)
        attached = segment.disposition == "attachment" and segment.name is not None
        return segment if attached else super()._create_segment(headerlist)


class PartReader:
    """Fed with a body bit by bit. ``fault`` says why it is not sound multipart, None while it is.

    ``assets`` maps the SHA-256 of a shipped picture to its name. ``taken`` is called with a part's position
    and each piece of its content, for who wants the bytes; ``parser`` is how strict it is. ``held`` is about
    what the parts take in memory.
    """

    def __init__(
        self,
        boundary: str,
        assets: Mapping[str, str] | None = None,
        taken: Callable[[int, bytes], object] | None = None,
        parser: type[PushMultipartParser] = PushMultipartParser,
    ) -> None:
        self._parser: PushMultipartParser | None = None
        self._content: _Content | None = None
        self._assets = assets or {}
        self._taken = taken
        self.held = 0
        self._parts: list[Part] = []
        self._first: bytearray | None = bytearray()
        self.fault: str | None = None
        try:
            self._parser = parser(
                boundary,
                max_header_size=_HEADER_LIMIT,
                max_header_count=_HEADER_COUNT,
                max_segment_count=_PART_COUNT,
                # Any byte decodes as latin-1, so a header in another encoding is captured, not rejected.
                header_charset="latin-1",
                strict=True,
            )
        except MultipartError as error:
            self._at_fault(error)

    def feed(self, data: bytes | bytearray) -> None:
        """The next bytes of the body; after a fault or the last boundary they are passed over."""
        if self._first is not None and not self._first and len(data) >= _FIRST:
            self._first = None
        if self._first is None:
            self._parse(data)
            return
        self._first += data
        if len(self._first) >= _FIRST:
            self._begin()

    def finish(self, rest: bytes = b"") -> tuple[Part, ...]:
        """The body is at its end, after ``rest``: its parts, with the one that it ended in."""
        if self._first:
            self.feed(rest)
        else:
            # The usual small body, whole: parsed as it is, without a copy.
            self._first = None
            self._parse(rest)
        self._begin()
        if self._parser is not None:
            try:
                self._parser.close()
            except MultipartError as error:
                self._at_fault(error)
                if self._content is not None:
                    self._parts.append(self._content.part(self._assets, ended=False))
        return tuple(self._parts)

    def _begin(self) -> None:
        if self._first is not None:
            first, self._first = bytes(self._first), None
            self._parse(first)

    def _parse(self, data: bytes | bytearray) -> None:
        if self._parser is None or not data:
            return
        try:
            self._take(self._parser.parse(data))
        except MultipartError as error:
            if not self._complete():
                self._at_fault(error)

    def _complete(self) -> bool:
        """Whether the last boundary was seen: then it was an epilogue that the parser did not like.

        It only does where that comes in a chunk of its own, and how a body was cut up must not matter.
        """
        if self._parser is None:
            return False
        try:
            self._parser.close()
        except MultipartError:
            return False
        return True

    def _take(self, events: Iterable[MultipartSegment | bytes | bytearray | None]) -> None:
        for event in events:
            if isinstance(event, MultipartSegment):
                self._content = _Content(event)
                self.held += _PART_BYTES
                for name, value in event.headerlist:
                    self.held += len(name) + len(value)
                if self.held > _KEPT + len(self._parts) * _PART_BYTES:
                    raise MultipartError(f"more than {_KEPT} bytes of headers and texts")
            elif self._content is None:
                continue
            elif event is not None:
                self._content.add(event)
                if self._taken is not None:
                    self._taken(len(self._parts), bytes(event))
            else:
                part = self._content.part(self._assets)
                self.held += len(part.text or "")
                self._parts.append(part)
                self._content = None

    def _at_fault(self, error: MultipartError) -> None:
        self.fault = f"not sound multipart: {error}"
        self._parser = None


class _Content:
    """A part while its bytes pass, and what is kept of them."""

    def __init__(self, segment: MultipartSegment) -> None:
        self._segment = segment
        self._digest = hashlib.sha256()
        # A file is none, whatever its bytes.
        self._decoder = _UTF8() if segment.filename is None else None
        self._text: list[str] = []
        self._characters = 0
        self._bytes = Examiner()

    def add(self, data: bytes | bytearray) -> None:
        """The next bytes of its content."""
        self._bytes.add(data)
        self._digest.update(data)
        if self._decoder is not None:
            self._decode(self._decoder, data, final=False)

    def part(self, assets: Mapping[str, str], *, ended: bool = True) -> Part:
        """The part, at its end, or where the body ended before it did."""
        if self._decoder is not None:
            self._decode(self._decoder, b"", final=True)
        is_text = self._decoder is not None
        segment, digest = self._segment, self._digest.hexdigest()
        filename = None if segment.filename is None else _decoded(segment.filename)
        disposition = _decoded(segment.header("Content-Disposition") or "")
        content_type = segment.header("Content-Type")
        return Part(
            name=_decoded(segment.name or ""),
            filename=None if filename is None else stable_filename(filename),
            content_type=None if content_type is None else _decoded(content_type),
            disposition=disposition if filename is None else stable_disposition(disposition, filename),
            size=self._bytes.size,
            sha256=digest,
            format=self._bytes.format,
            headers=tuple(
                (name, _decoded(value))
                for name, value in segment.headerlist
                if name not in ("Content-Type", "Content-Disposition")
            ),
            asset=assets.get(digest),
            text="".join(self._text) if is_text and self._characters <= TEXT_LIMIT else None,
            characters=self._characters if is_text else None,
            condition=self._condition(filename, ended=ended),
        )

    def _condition(self, filename: str | None, *, ended: bool) -> Remark | None:
        if not ended:
            return Remark(Damage.BROKEN, f"those of the first {self._bytes.size} bytes of it")
        return None if self._decoder is not None else self._bytes.condition(filename)

    def _decode(self, decoder: codecs.IncrementalDecoder, data: bytes | bytearray, *, final: bool) -> None:
        try:
            text = decoder.decode(bytes(data), final)
        except UnicodeDecodeError:
            self._decoder = None
            self._text.clear()
            return
        self._characters += len(text)
        if self._characters <= TEXT_LIMIT:
            self._text.append(text)


def _decoded(latin: str) -> str:
    """A header value, carried as latin-1, as the UTF-8 it most likely is."""
    return latin if latin.isascii() else latin.encode("latin-1").decode("utf-8", "backslashreplace")


# From a request to its wire form, while its body comes or when all of it is there.


def framing_of(headers: Headers) -> Framing:
    """How the request said where its body ends."""
    if (header(headers, b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return Framing.CHUNKED
    return Framing.NONE if header(headers, b"content-length") is None else Framing.CONTENT_LENGTH


_SHOWN = 80
"""Bytes of a body that is neither form nor JSON that are kept to be shown."""

COMPRESSED = "it is compressed"
"""How the fault of a body with a Content-Encoding begins: it was not looked at, and may be sound."""

_BOUNDARY = re.compile(r"boundary\s*=", re.I)
_FIRST_MOST = 128
_FIRST_LINE = re.compile(rb"--([A-Za-z0-9'()+_,./:=?-]{1,70})\r\nContent-", re.I)


class FormReader:
    """Fed with a request's body; ``path`` is with its query and without the tap's prefix.

    ``assets`` maps the SHA-256 of a shipped picture to its name.
    """

    def __init__(
        self, method: str, path: str, headers: Headers, assets: Mapping[str, str] | None = None
    ) -> None:
        path, _, query = path.partition("?")
        raw = header(headers, b"content-type")
        content_type = None if raw is None else raw.decode("latin-1")
        media_type = bare_type(content_type)
        steps = vendors.upload_headers(headers)
        self._form = partial(
            WireForm, method, path, framing_of(headers), media_type, query, upload_headers=steps
        )
        self._size = 0
        self._fault: str | None = None
        self._parts: PartReader | None = None
        self._json: JsonReader | None = None
        self._bytes = Examiner()
        self._assets = assets
        self._unnamed: PartReader | None = None
        self._first: bytearray | None = None
        self._beginning: bytes | None = None
        types = [value for key, value in headers if key.lower() == b"content-type"]
        coding = (header(headers, b"content-encoding") or b"identity").decode("latin-1").strip().lower()
        self._coding = None if coding == "identity" else coding
        if len(types) > 1:
            self._fault = f"there are {len(types)} headers Content-Type, of which servers read one or none"
        if media_type is not None and media_type.startswith("multipart/"):
            boundary = boundary_of(content_type or "")
            if boundary is None:
                self._fault = "not sound multipart: the Content-Type names no boundary"
                self._beginning = b""
            else:
                self._parts = PartReader(boundary, assets)
            if len(_BOUNDARY.findall(content_type or "")) > 1:
                self._fault = "the Content-Type names two boundaries"
        elif media_type == "application/json":
            self._json = JsonReader(path, assets)
        else:
            self._beginning = b""
        if self._parts is None:
            self._first = bytearray()
        by_itself = self._parts is None and self._json is None
        self._digest = hashlib.sha256() if by_itself else None

    @property
    def held(self) -> int:
        """The bytes of memory that what is kept of the body takes, about."""
        if self._parts is not None:
            return self._parts.held
        return 0 if self._json is None else self._json.held

    def feed(self, data: bytes) -> None:
        """The next bytes of the body."""
        if self._first is not None:
            self._first += data
            if len(self._first) >= _FIRST_MOST:
                self._look_for_form()
        elif self._unnamed is not None:
            self._unnamed.feed(data)
        if self._beginning is not None and len(self._beginning) < _SHOWN:
            self._beginning += data[: _SHOWN - len(self._beginning)]
        if self._parts is not None:
            self._parts.feed(data)
        if self._parts is not None:
            return
        self._size += len(data)
        if self._json is not None:
            self._json.feed(data)
        elif self._digest is not None:
            self._digest.update(data)
            self._bytes.add(data)

    def finish(self, broken: str | None, rest: bytes = b"") -> WireForm:
        """The form; ``broken`` says why the body never became complete, ``rest`` is the last of it."""
        if self._parts is not None:
            parts = self._parts.finish(rest)
            fault = self._fault or self._coded(self._parts.fault is None) or self._parts.fault
            return self._form(parts=parts, fault=broken or fault)
        self.feed(rest)
        self._look_for_form()
        fault = broken or self._fault or self._coded(False)
        if self._json is not None and self._size and not self._json.too_long:
            try:
                document, embedded = self._json.finish()
                return self._form(json=document, embedded=embedded, fault=broken or self._coded(True))
            except ValueError as error:
                fault = broken or self._coded(False) or f"not sound JSON: {error}"
        reader = self._json or self._digest
        digest = None
        if reader is not None and self._size:
            digest = reader.digest() if isinstance(reader, JsonReader) else reader.hexdigest()
        shown = _shown(self._beginning or b"", self._size)
        if self._unnamed is not None and (parts := self._unnamed.finish()):
            if self._json is not None:
                fault = broken
            return self._form(
                parts=parts, fault=fault or "not sound multipart: no Content-Type says that it is"
            )
        return self._form(
            body_size=self._size, body_sha256=digest, body_text=shown, fault=fault, raw=self._raw(digest)
        )

    def _look_for_form(self) -> None:
        """No header says so, but it may be a form, and what is in it is worth knowing."""
        if self._first is None:
            return
        first, self._first = bytes(self._first), None
        if (found := _FIRST_LINE.match(first)) is not None:
            self._unnamed = PartReader(found[1].decode("latin-1"), self._assets, parser=_OfAnotherType)
            self._unnamed.feed(first)

    def _coded(self, sound: bool) -> str | None:
        """What a Content-Encoding makes of a body that was sound as it stood, or was not."""
        if self._coding is None:
            return None
        if sound:
            return f"it is not compressed, and its Content-Encoding is `{self._coding}`"
        return f"{COMPRESSED} (Content-Encoding: {self._coding}), which not every server undoes in a request"

    def _raw(self, digest: str | None) -> RawFile | None:
        if not is_file(self._form.args[3], self._bytes.format) or self._json is not None:
            return None
        asset = (self._assets or {}).get(digest or "")
        return RawFile(self._bytes.format, self._bytes.condition(None), asset)


def _shown(beginning: bytes, size: int) -> str | None:
    """The body's beginning where it is text; of a form in a URL's notation the names of its fields."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return None
    if not text or not text.isprintable():
        return None
    fields = re.findall(r"(?:^|&)([\w.\[\]%-]{1,40})=", text)
    if fields and " " not in text:
        return "&".join(f"{name}=..." for name in fields)
    return text if size <= len(beginning) else f"{text}..."


def wire_form(
    method: str,
    path: str,
    headers: Headers,
    body: bytes,
    assets: Mapping[str, str],
    broken: str | None = None,
) -> WireForm:
    """The wire form of a request whose body is all there; see FormReader."""
    return FormReader(method, path, headers, assets).finish(broken, body)
