"""An answer's body as text to read numbers and codes from: its Content-Encoding taken off, within limits."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upload_matrix.model.answer import Answer

LARGEST = 256 * 1024 * 1024
"""Bytes that a compressed body may grow to; a larger one is not looked into."""

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def plain_body(answer: Answer) -> bytes:
    """The body without gzip or deflate; empty when it is compressed in a way that is not read here."""
    coding = (answer.header("content-encoding") or "identity").strip().lower()
    if coding in ("", "identity"):
        return answer.body
    if coding not in ("gzip", "x-gzip", "deflate"):
        return b""
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = unpacking.decompress(answer.body, LARGEST)
    except zlib.error:
        return b""
    return plain if unpacking.eof else b""
