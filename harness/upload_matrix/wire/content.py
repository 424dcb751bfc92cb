"""What a file's bytes are, seen while they pass: their format, and what became of them on the way.

A file reaches the wire damaged in few ways: something else stands in its place (a path, an error page), it
was written as text (base64, a data URL), text handling changed its bytes, or its end is missing. Only the
beginning, the end and a few counts are kept, so the size of a file does not matter.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
from dataclasses import dataclass
from enum import StrEnum

from upload_matrix.wire.media import sniff

_HEAD = 4096
_TAIL = 2048
_OVERLAP = 32
_STAND_IN = 64
"""Bytes below which a file is a stand-in that a test made up, whose header means nothing."""
_NEVER_BY_CHANCE = 16
"""Characters beyond ASCII in a binary file that is whole UTF-8: so many were written as text."""


class Damage(StrEnum):
    """How bytes differ from a file's own: the kinds of a condition."""

    ENCODED = "encoded"
    """They are text that stands for the bytes: base64, hexadecimal digits, a list of numbers."""
    PLACEHOLDER = "placeholder"
    """They name the file: a path, a URL, an object's name."""
    PAGE = "page"
    """They are an HTML or XML page or a JSON document, as a server that rejected a download answers."""
    TEXT = "text"
    """They are some other text."""
    GARBLED = "garbled"
    """A file's bytes that were handled as text."""
    CUT = "cut"
    """The file's own header says that there is more."""
    BROKEN = "broken"
    """The request ended within them."""
    LINES = "lines"
    """Text whose encoding or lines a reader of JSON lines does not take."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of bytes beside their format. ``says`` completes "the bytes are ..."."""

    kind: Damage
    says: str


class Examiner:
    """Fed with a file's bytes; ``format`` and ``condition`` hold at the end."""

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._tail = b""
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._beyond_ascii = 0
        self._ends = 0
        self._starts = 0
        self._marks: set[bytes] = set()
        self._boxes: _Boxes | None = None
        self._frame: _Frame | None = None

    def add(self, data: bytes | bytearray) -> None:
        """The next bytes."""
        if not data:
            return
        if self.size == 0 and data[4:8] in (b"ftyp", b"moov", b"mdat"):
            self._boxes = _Boxes()
        if self.size == 0 and data[:1] == b"\xff":
            self._frame = _Frame()
        room = _HEAD - len(self._head)
        if room > 0:
            self._head += data[:room]
        old = self._tail[-_OVERLAP:]
        self._count(old + bytes(data), len(old))
        if self._boxes is not None:
            self._boxes.add(data, self.size)
        if self._frame is not None:
            self._frame.add(data, self.size)
        if self._decoder is not None:
            try:
                self._beyond_ascii += sum(not each.isascii() for each in self._decoder.decode(bytes(data)))
            except UnicodeDecodeError:
                self._decoder = None
        self.size += len(data)
        self._tail = (self._tail + bytes(data[-_TAIL:]))[-_TAIL:]

    def _count(self, window: bytes, old: int) -> None:
        if self._head.startswith(b"\xff\xd8\xff"):
            self._starts += _fresh(window, b"\xff\xd8\xff", old)
            self._ends += _fresh(window, b"\xff\xd9", old)
        elif self._head.startswith(b"\x89PNG") and b"IEND\xaeB`\x82" in window:
            self._marks.add(b"IEND")
        elif self._boxes is not None:
            for handler in _HANDLER.findall(window):
                self._marks.add(handler)

    @property
    def format(self) -> str | None:
        """The format by its signature; ``m4a`` for an ISO container with sound and no picture."""
        head = bytes(self._head)
        found = sniff(head)
        if found == "mp4" and b"soun" in self._marks and b"vide" not in self._marks:
            return "m4a"
        if found is None and head.startswith(b"PK\x03\x04"):
            names = head + self._tail
            return next((known for mark, known in _OFFICE if mark in names), None)
        return found

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height of a picture, as its header has them; None for what is none, or does not say."""
        if self.format == "jpeg" and self._frame is not None:
            return self._frame.pixels
        return _pixels(bytes(self._head[:30]))

    @property
    def is_text(self) -> bool:
        """Whether all of it is UTF-8 without control characters."""
        return self._decoder is not None and not _CONTROL.search(self._head)

    def condition(self, filename: str | None) -> Remark | None:
        """What became of the bytes; ``filename`` says how text of lines is to be read."""
        if not self.size:
            return None
        known = self.format
        if known is not None:
            if known != "pdf" and self._decoder is not None and self._beyond_ascii > _NEVER_BY_CHANCE:
                return Remark(Damage.GARBLED, f"{known} that was read as text and written as UTF-8")
            missing = self._missing(known)
            return None if missing is None else Remark(Damage.CUT, f"{known} cut short: {missing}")
        head = bytes(self._head)
        lines = (filename or "").lower().endswith((".jsonl", ".ndjson"))
        garbled = _garbled(head)
        if garbled is not None:
            return Remark(Damage.GARBLED, garbled)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:8:2] == b"\0" * 4:
            return Remark(Damage.LINES, "text in UTF-16, not UTF-8") if lines else None
        if not self.is_text:
            return None
        text = head.decode("utf-8", "ignore")
        found = _stand_in(text, whole=self.size <= _HEAD)
        if lines and (found is None or _begins_as_json(text)):
            says = self._lines(text)
            return None if says is None else Remark(Damage.LINES, says)
        return found or Remark(Damage.TEXT, "text")

    def _missing(self, known: str) -> str | None:
        head, size = self._head, self.size
        if known in ("webp", "wav") and len(head) >= 8 and head[:4] == b"RIFF":
            declared = int.from_bytes(head[4:8], "little") + 8
            # A writer to a pipe leaves 0 or the largest number there is.
            if size >= _STAND_IN and 8 < declared < 0x7FF00000 and declared > size:
                return f"its header tells of {declared} bytes, {size} are there"
        elif known == "png" and b"IEND" not in self._marks:
            return "its last chunk (IEND) is missing"
        elif known == "jpeg" and self._ends < self._starts:
            return "its end marker is missing"
        elif known == "pdf" and b"%%EOF" not in self._tail and self._tail.strip(b"\0\r\n "):
            return "its last line (%%EOF) is missing"
        elif known in ("docx", "xlsx", "pptx") and b"PK\x05\x06" not in self._tail:
            return "the zip archive's directory is missing"
        elif known == "flac" and size < 42:
            return "its first block is not whole"
        elif known in ("mp4", "m4a") and self._boxes is not None and self._boxes.end > size:
            return f"its boxes tell of {self._boxes.end} bytes, {size} are there"
        elif known == "ogg":
            return _ogg_end(self._tail)
        elif known == "mp3" and head[:3] == b"ID3" and len(head) >= 10:
            declared = 10 + sum((head[9 - place] & 0x7F) << (7 * place) for place in range(4))
            if declared >= size:
                return f"its ID3 tag alone tells of {declared} bytes, {size} are there"
        elif known == "webm":
            return _ebml_end(bytes(head), size)
        return None

    def _lines(self, text: str) -> str | None:
        """What a reader of JSON lines would stumble over."""
        if text.startswith("\ufeff"):
            return "text with a byte-order mark before its first line"
        whole = self.size <= _HEAD
        rows = text.splitlines()
        if not whole and len(rows) < 2:
            return None
        if whole and _is_json(text) and text.lstrip().startswith("["):
            return "one JSON array, not one JSON object a line"
        for number, row in enumerate(rows if whole else rows[:-1], 1):
            if row.strip() and not (row.lstrip().startswith("{") and _is_json(row)):
                if whole and _is_json(text):
                    return "one JSON document over several lines, not one JSON object a line"
                last = whole and number == len(rows) and number > 1 and not text.endswith("\n")
                return f"lines of which line {number} is no JSON object" + (
                    ", as where the file's end is missing" if last else ""
                )
        last_row = self._tail.decode("utf-8", "ignore").rstrip().rpartition("\n")
        if not whole and last_row[1] and not _is_json(last_row[2]):
            return "lines of which the last is no JSON object, as where the file's end is missing"
        return None


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HANDLER = re.compile(rb"hdlr.{8}(vide|soun)", re.S)
_OFFICE = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))


def _fresh(window: bytes, mark: bytes, old: int) -> int:
    """How often ``mark`` ends after the first ``old`` bytes."""
    return window.count(mark) - window[:old].count(mark)


def _begins_as_json(text: str) -> bool:
    """Whether a text begins as a JSON document does."""
    return text.lstrip("\ufeff \r\n\t")[:1] in ("{", "[")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_TOP_LEVEL = frozenset(b"ftyp moov mdat free skip wide uuid moof mfra styp sidx meta pdin emsg".split())
"""Boxes that stand beside each other in a file; anything else behind them is somebody's own."""


class _Boxes:
    """The walk from box to box of an ISO container; ``end`` is where the last one seen ends."""

    def __init__(self) -> None:
        self.end = 0
        self._header = b""
        self._over = False

    def add(self, data: bytes | bytearray, start: int) -> None:
        """Bytes that stand at ``start`` of the file."""
        while not self._over and (place := self.end + len(self._header) - start) < len(data):
            wanted = 16 if len(self._header) >= 8 and self._header[:4] == b"\0\0\0\1" else 8
            self._header += bytes(data[place : place + wanted - len(self._header)])
            size = int.from_bytes(self._header[:4], "big")
            if len(self._header) < (16 if size == 1 else 8):
                continue
            kind = self._header[4:8]
            size = int.from_bytes(self._header[8:16], "big") if size == 1 else size
            # 0: to the end of the file; else less than a header, or no name: no boxes any more.
            self._over = size < 8 or kind not in _TOP_LEVEL
            self.end += 0 if self._over else size
            self._header = b""


_NO_FRAME = frozenset(b"\xc4\xc8\xcc")
"""Markers among those of a frame that are none: tables, and one that is reserved."""


class _Frame:
    """The walk from segment to segment of a JPEG (ITU T.81, B.1), to the frame that has its dimensions."""

    def __init__(self) -> None:
        self.pixels: tuple[int, int] | None = None
        self._next = 2
        self._header = b""
        self._over = False

    def add(self, data: bytes | bytearray, start: int) -> None:
        """Bytes that stand at ``start`` of the file."""
        while not self._over and (place := self._next + len(self._header) - start) < len(data):
            self._header += bytes(data[place : place + 9 - len(self._header)])
            if len(self._header) < 9:
                continue
            mark, kind = self._header[:2]
            length, height, width = (int.from_bytes(self._header[at : at + 2], "big") for at in (2, 5, 7))
            if mark == 0xFF and 0xC0 <= kind <= 0xCF and kind not in _NO_FRAME:
                self.pixels, self._over = (width, height), True
            # Entropy-coded data follows a scan's start; what is no marker is no JPEG any more.
            self._over = self._over or mark != 0xFF or kind in (0xDA, 0xD9) or length < 2
            self._next += 2 + length
            self._header = b""


def _pixels(head: bytes) -> tuple[int, int] | None:
    """Of PNG, GIF, BMP and WebP, whose first bytes tell."""

    def number(start: int, end: int) -> int:
        return int.from_bytes(head[start:end], "little")

    if len(head) < 30:
        return None
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head.startswith((b"GIF87a", b"GIF89a")):
        return number(6, 8), number(8, 10)
    if head.startswith(b"BM") and number(14, 18) >= 40:
        return number(18, 22), abs(int.from_bytes(head[22:26], "little", signed=True))
    if head[:4] + head[8:12] != b"RIFFWEBP":
        return None
    if head[12:16] == b"VP8X":
        return number(24, 27) + 1, number(27, 30) + 1
    if head[12:16] == b"VP8L":
        return (number(21, 23) & 0x3FFF) + 1, (number(21, 25) >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 ":
        return number(26, 28) & 0x3FFF, number(28, 30) & 0x3FFF
    return None


_SEGMENT = b"\x18\x53\x80\x67"


def _ebml_end(head: bytes, size: int) -> str | None:
    """The header, and the segment behind it, have to be there whole (RFC 8794, RFC 9559)."""
    if head[4:5] == b"\0":
        return None  # no length at all, as in what a test made up
    length = _ebml_length(head[4:])
    if length is None:
        return f"its header is not whole, {size} bytes are there"
    octets, value = length
    end = 4 + octets + (value or 0)
    if value is not None and end > size:
        return f"its header alone tells of {end} bytes, {size} are there"
    if value is not None and end == size:
        return f"nothing follows its header of {size} bytes"
    length = _ebml_length(head[end + 4 :]) if head[end : end + 4] == _SEGMENT else None
    # Who records live leaves the segment's size unknown.
    if length is not None and length[1] is not None and end + 4 + length[0] + length[1] > size:
        return f"its header tells of {end + 4 + length[0] + length[1]} bytes, {size} are there"
    return None


def _ebml_length(data: bytes) -> tuple[int, int | None] | None:
    """How many bytes a length takes, and its value, None for "unknown"; None where it is not whole."""
    octets = 9 - data[0].bit_length() if data and data[0] else 9
    if octets > 8 or len(data) < octets:
        return None
    value = int.from_bytes(data[:octets], "big") & ((1 << 7 * octets) - 1)
    return octets, None if value == (1 << 7 * octets) - 1 else value


def _ogg_end(tail: bytes) -> str | None:
    """The last page has to end where the file ends."""
    start = tail.rfind(b"OggS")
    page = tail[start:]
    if start < 0 or len(page) < 27:
        return "its last page is not whole" if start >= 0 else None
    table = page[27 : 27 + page[26]]
    return "its last page is not whole" if 27 + page[26] + sum(table) > len(page) else None


# Text in the place of bytes.

_DATA_URL = re.compile(r"\s*data:[\w.+-]*/?[\w.+-]*(?:;[^,;]{1,80})*?(;base64)?,", re.I)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{24,}={0,2}\s*|[A-Za-z0-9_\r\n-]{24,}={0,2}\s*")
_HEX = re.compile(r"(?:0x|\\x)?(?:[0-9A-Fa-f]{2}[ :]?){16,}\s*")
_NUMBERS = re.compile(
    r'\s*(?:\{"type":\s*"Buffer",\s*"data":\s*)?[\[{]?\s*(?:"0":\s*)?(\d{1,3})(?:,\s*(?:"\d+":\s*)?\d{1,3}){7,}'
)
_PYTHON = re.compile(r"b(['\"])(?:.*\\x|[\w+/=-]{16,}\1$)", re.S)
_OBJECT = re.compile(
    r"(\[object \w{1,40}\]|<[\w.]{1,60}(?: object at 0x[0-9a-f]+| name=.{1,300})>|undefined|null|None|NaN)\s*"
)
_PATH = re.compile(r"[^\r\n<>{}|\"]{1,250}")
_ROOTED = re.compile(r"(?:@|file://|~?[/\\]|\.{1,2}[/\\]|[A-Za-z]:[/\\])")
_DRAWING = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*<svg[\s>]", re.I | re.S
)
_PAGE = re.compile(
    r"\s*(?:<!--.*?-->\s*)?<(!doctype html|html|head|body|\?xml|error|[a-z]+:?envelope)\b", re.I | re.S
)


def _stand_in(text: str, *, whole: bool) -> Remark | None:
    """What a text is that stands where a file's bytes should."""
    bare = text.strip("\ufeff \r\n\t")
    quoted = len(bare) > 2 and bare[0] == bare[-1] == '"'
    url = _DATA_URL.match(bare.lstrip('"'))
    if url is not None:
        inner = _decoded_format(bare.lstrip('"')[url.end() :]) if url[1] else None
        return Remark(Damage.ENCODED, f"a data URL{'' if inner is None else f' of {inner}'}, not decoded")
    if _OBJECT.fullmatch(bare):
        shown = bare if bare.startswith("[") or bare.isalpha() else bare.partition(" ")[0] + " ...>"
        return Remark(Damage.PLACEHOLDER, f"the text `{shown}`, an object's name in place of its content")
    if _DRAWING.match(bare):
        return Remark(Damage.TEXT, "SVG, a drawing as text")
    page = _PAGE.match(bare)
    if page is not None:
        kind = "an HTML page" if page[1].lower() in ("!doctype html", "html", "head", "body") else "XML"
        return Remark(Damage.PAGE, f"{kind}, as a server answers where it does not hand over a file")
    if _NUMBERS.match(bare):
        return Remark(Damage.ENCODED, "text: the bytes written as a list of numbers")
    if _PYTHON.match(bare):
        return Remark(Damage.ENCODED, "text: Python's notation of bytes (`b'...'`), not the bytes")
    if _begins_as_json(bare) and (not whole or _is_json(bare)):
        return Remark(Damage.PAGE, "JSON, as a server answers where it does not hand over a file")
    inside = bare.strip('"') if quoted else bare
    if _HEX.fullmatch(inside):
        return Remark(Damage.ENCODED, "text: the bytes as hexadecimal digits, not decoded")
    if _BASE64.fullmatch(inside):
        inner = _decoded_format(inside)
        if inner is not None or len(inside) >= 200 or re.search(r"[+/=0-9]", inside):
            return Remark(
                Damage.ENCODED, f"base64 text{'' if inner is None else f' of {inner}'}, not decoded"
            )
    if whole and "\n" not in bare and re.match(r"https?://\S+$", bare):
        return Remark(Damage.PLACEHOLDER, "a URL, not what stands there")
    if whole and _is_path(bare):
        return Remark(Damage.PLACEHOLDER, "a path, not the file that it leads to")
    return None


def _is_path(text: str) -> bool:
    """Whether a line reads as a path: it has a folder, or it is a single word with an extension."""
    if not _PATH.fullmatch(text):
        return False
    ends = re.search(r"\.[A-Za-z0-9]{1,5}$", text) is not None
    return _ROOTED.match(text) is not None or (ends and ("/" in text or "\\" in text or " " not in text))


def _decoded_format(text: str) -> str | None:
    """The format of what base64 text begins with; ``base64`` for base64 of base64."""
    clean = re.sub(r"\s", "", text)[:512].replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(clean[: len(clean) // 4 * 4])
    except (binascii.Error, ValueError):
        return None
    return sniff(data)


# Bytes that went through text.


def _garbled(head: bytes) -> str | None:
    """What bytes were before something read or wrote them as text; None where nothing tells."""
    if head.startswith((b"\x89PNG\n\x1a\n", b"\x89PNG\r\r\n")):
        return "png whose line ends were changed, as in text mode"
    start = head[:96]
    if len(start) >= 8 and start[1:16:2] == b"\0" * len(start[1:16:2]):
        narrow = sniff(start[::2])
        return None if narrow is None else f"{narrow} written as UTF-16 text"
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return None
    for encoding in ("latin-1", "cp1252"):
        try:
            narrow = sniff(text[:40].encode(encoding))
        except UnicodeEncodeError:
            continue
        if narrow is not None and text[:16].encode(encoding) != head[:16]:
            return f"{narrow} that was read as text and written as UTF-8"
    if "\ufffd" not in text:
        return None
    return next(
        (f"{known} that was read as text, which lost bytes" for mark, known in _LOST if mark.match(text)),
        None,
    )


_LOST = tuple(
    (re.compile(pattern, re.S), known)
    for pattern, known in (
        (r"\ufffdPNG", "png"),
        (r"\ufffd{3,4}.{0,6}(JFIF|Exif)", "jpeg"),
        (r"RIFF.{1,8}WEBP", "webp"),
        (r"RIFF.{1,8}WAVE", "wav"),
        (r"\x1aE\ufffd\ufffd?", "webm"),
    )
)
