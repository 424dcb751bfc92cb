"""A body with its Content-Encoding taken off, within a stated limit. Pure.

Brotli is read where the package ``brotli`` is installed. It is no dependency of this harness: clients
that find it offer ``br`` to the server, and the harness must not change what they send.
"""

from __future__ import annotations

import importlib
import importlib.util
import zlib
from functools import cache
from typing import Any

from upload_matrix.model.answer import Answer

LARGEST = 64 * 1024 * 1024
"""Bytes that a compressed body may grow to, as many as a target's answer may have; the rest is never made."""

_GZIP = b"\x1f\x8b\x08"


def plain_body(answer: Answer) -> bytes:
    """The body of an answer without its Content-Encoding; empty when that cannot be taken off here."""
    return content_decoded(answer.body, answer.header("content-encoding") or "") or b""


def content_decoded(body: bytes, coding: str) -> bytes | None:
    """``body`` with a Content-Encoding (``gzip``, ``deflate, gzip``, ``br``...) taken off.

    None when the coding is not known here, the body does not follow it, or more than LARGEST bytes come
    out of it.
    """
    plain: bytes | None = body
    for name in reversed([word.strip().lower() for word in coding.split(",")]):
        if not plain:
            return plain
        if name in ("gzip", "x-gzip"):
            plain = _inflated(plain, 31)
        elif name == "deflate":
            # RFC 9110 says zlib, some servers send bare deflate.
            zlibbed = _inflated(plain, 15)
            plain = _inflated(plain, -15) if zlibbed is None else zlibbed
        elif name == "br":
            plain = unbrotlied(plain, LARGEST)
        elif name not in ("", "identity"):
            return None
    return plain


def unbrotlied(data: bytes, largest: int) -> bytes | None:
    """What ``data`` holds when all of it is brotli; None when it is not, or holds more than ``largest``."""
    brotli = _brotli()
    if brotli is None or not data:
        return None
    unpacker = brotli.Decompressor()
    try:
        # From 1.2 on the package makes no more than is asked for.
        if hasattr(unpacker, "can_accept_more_data"):
            plain: bytes = unpacker.process(data, output_buffer_limit=largest)
        else:
            plain = _fed_bytewise(unpacker, data, largest)
    except brotli.error:
        return None
    return plain if unpacker.is_finished() and len(plain) <= largest else None


def _fed_bytewise(unpacker: Any, data: bytes, largest: int) -> bytes:
    """What comes out until there is more than ``largest``: one byte ends at most one copy of 16 MB."""
    made = bytearray()
    for place in range(len(data)):
        made += unpacker.process(data[place : place + 1])
        if len(made) > largest:
            break
    return bytes(made)


def _inflated(data: bytes, wbits: int) -> bytes | None:
    """All members of a stream; what follows the last is padding that no client reads either."""
    whole = b""
    while True:
        unpacker = zlib.decompressobj(wbits=wbits)
        try:
            # No more is ever made than is asked for: what a bomb would grow to stays packed.
            plain = unpacker.decompress(data, LARGEST - len(whole) + 1)
        except zlib.error:
            return None
        whole = whole + plain if whole else plain
        if not unpacker.eof or len(whole) > LARGEST:
            return None
        data = unpacker.unused_data
        if not data.startswith(_GZIP):
            return whole


@cache
def _brotli() -> Any:
    """The package ``brotli``; None where there is none, or brotlipy, which has the same name."""
    if importlib.util.find_spec("brotli") is None:
        return None
    found = importlib.import_module("brotli")
    return found if hasattr(found.Decompressor, "process") else None
