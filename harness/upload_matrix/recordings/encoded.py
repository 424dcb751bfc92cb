"""Bytes hidden one layer down: base64 runs, gzip, deflate, brotli, and what they decode to. Pure."""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterator
from typing import Any

from upload_matrix.wire.coding import unbrotlied

RUNS = tuple(re.compile(rf"[A-Za-z0-9{marks}]{{16,}}={{0,2}}") for marks in ("+/_-", "+/", "_-"))
"""What may be base64. Either alphabet first, so that neither is cut where the other's marks stand; then
each alone, because a path's slashes or a name's hyphens may stand right beside it."""

WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40,}+(?:\r?\n|\\r\\n|\\n)[ \t]*)+[A-Za-z0-9+/]*={0,2}"
)
"""Base64 over several lines, as mail and PEM have it, also where JSON wrote the line's end."""

EMBEDDED = 16 * 1024 * 1024
"""Bytes of what a compressed run inside other bytes holds that are looked at."""

_STEP = 4096
_GZIP = b"\x1f\x8b\x08"
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_BREAKS = re.compile(r"\s|\\[rn]")
_TO_STANDARD = str.maketrans("-_", "+/")


def without_entities(data: bytes) -> bytes:
    """UTF-8 with HTML's entities (``&#45;``, ``&hyphen;``) resolved."""
    return _ENTITY.sub(lambda found: html.unescape(found[0].decode("ascii")).encode("utf-8"), data)


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
    return unbrotlied(data, EMBEDDED)


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
