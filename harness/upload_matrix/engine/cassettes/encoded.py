"""Bytes hidden one layer down: base64 runs, gzip, deflate, brotli, and what they decode to. Pure.

Brotli is read where the package ``brotli`` is installed. It is no dependency of this harness: clients
that find it offer ``br`` to the server, and the harness must not change what they send.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import importlib.util
import re
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = tuple(re.compile(rf"[A-Za-z0-9{marks}]{{16,}}={{0,2}}") for marks in ("+/_-", "+/", "_-"))
"""What may be base64. Either alphabet first, so that neither is cut where the other's marks stand; then
each alone, because a path's slashes or a name's hyphens may stand right beside it."""

WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40,}+(?:\r?\n|\\r\\n|\\n)[ \t]*)+[A-Za-z0-9+/]*={0,2}"
)
"""Base64 over several lines, as mail and PEM have it, also where JSON wrote the line's end."""

LARGEST = 256 * 1024 * 1024
"""Bytes up to which an answer is decompressed to be looked into; a larger one is not written."""

EMBEDDED = 16 * 1024 * 1024
"""Bytes of what a compressed run inside other bytes holds that are looked at."""

_STEP = 4096
_GZIP = b"\x1f\x8b\x08"
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_BREAKS = re.compile(r"\s|\\[rn]")
_TO_STANDARD = str.maketrans("-_", "+/")


def from_base64(run: str) -> bytes | None:
    """The bytes of a base64 text in either alphabet, padded or not; None when it is none."""
    body = run.rstrip("=").translate(_TO_STANDARD)
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        return None


def unwrapped(lines: str) -> str:
    """Base64 over several lines (see WRAPPED) as one run."""
    return _BREAKS.sub("", lines)


def to_base64(data: bytes, like: str) -> str:
    """``data`` in base64, in the alphabet and with the padding habit of ``like``."""
    url_safe = "-" in like or "_" in like
    text = (base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)).decode("ascii")
    unpadded = not like.endswith("=") and (url_safe or len(like) % 4)
    return text.rstrip("=") if unpadded else text


def packed_runs(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and content of every gzip or zlib stream in ``data``, as far as each goes.

    Of each at most EMBEDDED bytes of content are given.
    """
    start = 0
    while found := _PACKED.search(data, start):
        end, plain = _unpacked(data, found.start(), 31 if found[0] == _GZIP else 15)
        if plain:
            yield found.start(), end, plain
        start = end if plain else found.start() + 1


def unmarked(data: bytes) -> bytes | None:
    """What ``data`` holds when all of it is bare deflate or brotli, which no mark announces; else None."""
    unpacker = zlib.decompressobj(wbits=-15)
    try:
        plain = unpacker.decompress(data, EMBEDDED)
    except zlib.error:
        plain = b""
    if plain and unpacker.eof and not unpacker.unused_data:
        return plain
    return _unbrotlied(data, EMBEDDED)


def content_decoded(body: bytes, coding: str) -> bytes | None:
    """``body`` with a Content-Encoding (``gzip``, ``deflate, gzip``, ``br``...) taken off.

    None when the coding is not known here, the body does not follow it, or more than LARGEST bytes come
    out of it.
    """
    plain: bytes | None = body
    for name in reversed([word.strip().lower() for word in coding.split(",")]):
        if plain is None:
            return None
        if name in ("gzip", "x-gzip"):
            plain = _inflated(plain, 31)
        elif name == "deflate":
            # RFC 9110 says zlib, some servers send bare deflate.
            zlibbed = _inflated(plain, 15)
            plain = _inflated(plain, -15) if zlibbed is None else zlibbed
        elif name == "br":
            plain = _unbrotlied(plain, LARGEST)
        elif name not in ("", "identity"):
            return None
    return plain


def _inflated(data: bytes, wbits: int) -> bytes | None:
    """All members of a stream; what follows the last is padding that no client reads either."""
    pieces: list[bytes] = []
    room = LARGEST
    while True:
        unpacker = zlib.decompressobj(wbits=wbits)
        try:
            pieces.append(unpacker.decompress(data, room))
        except zlib.error:
            return None
        room -= len(pieces[-1])
        if not unpacker.eof:
            return None
        data = unpacker.unused_data
        if room <= 0 or not data.startswith(_GZIP):
            return b"".join(pieces)


def _unpacked(data: bytes, start: int, wbits: int) -> tuple[int, bytes]:
    """Where the stream that starts at ``start`` ends, and its content; a cut one goes to the end."""
    unpacker = zlib.decompressobj(wbits=wbits)
    pieces: list[bytes] = []
    room = EMBEDDED
    # In steps: of one in which zlib meets an error it gives nothing.
    for at in range(start, len(data), _STEP):
        before = unpacker.copy()
        try:
            pieces.append(unpacker.decompress(data[at : at + _STEP], room))
        except zlib.error:
            pieces.append(_up_to_the_error(before, data[at : at + _STEP]))
            break
        if unpacker.eof:
            return min(at + _STEP, len(data)) - len(unpacker.unused_data), b"".join(pieces)
        room -= len(pieces[-1])
        if room <= 0:
            break
    return len(data), b"".join(pieces)


def _up_to_the_error(unpacker: Any, data: bytes) -> bytes:
    pieces: list[bytes] = []
    for at in range(len(data)):
        try:
            pieces.append(unpacker.decompress(data[at : at + 1]))
        except zlib.error:
            break
    return b"".join(pieces)


@cache
def _brotli() -> Any:
    found = importlib.util.find_spec("brotli")
    return None if found is None else importlib.import_module("brotli")


def _unbrotlied(data: bytes, largest: int) -> bytes | None:
    brotli = _brotli()
    if brotli is None or not data:
        return None
    unpacker = brotli.Decompressor()
    try:
        plain: bytes = unpacker.process(data, output_buffer_limit=largest)
    except brotli.error:
        return None
    return plain if unpacker.is_finished() else None
