"""Text hidden one layer down: base64 runs, gzip, and what they decode to."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

RUNS = tuple(re.compile(rf"[A-Za-z0-9{marks}]{{16,}}={{0,2}}") for marks in ("+/_-", "+/", "_-"))
"""What may be base64. Either alphabet first, so that neither is cut where the other's marks stand; then
each alone, because a path's slashes or a name's hyphens may stand right beside it."""

_GZIP = b"\x1f\x8b\x08"
_TO_STANDARD = str.maketrans("-_", "+/")


def from_base64(run: str) -> bytes | None:
    """The bytes of a base64 text in either alphabet, padded or not; None when it is none."""
    body = run.rstrip("=").translate(_TO_STANDARD)
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        return None


def to_base64(data: bytes, like: str) -> str:
    """``data`` in base64, in the alphabet and with the padding habit of ``like``."""
    url_safe = "-" in like or "_" in like
    text = (base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)).decode("ascii")
    unpadded = not like.endswith("=") and (url_safe or len(like) % 4)
    return text.rstrip("=") if unpadded else text


def gunzipped(data: bytes) -> bytes | None:
    """What a gzip stream holds, as far as it goes; None when ``data`` is none."""
    if not data.startswith(_GZIP):
        return None
    try:
        return zlib.decompressobj(wbits=31).decompress(data)
    except zlib.error:
        return None


def content_decoded(body: bytes, coding: str) -> bytes | None:
    """``body`` with a Content-Encoding (``gzip``, ``deflate, gzip``...) taken off.

    None when the coding is not known here or the body does not follow it.
    """
    for name in reversed([word.strip().lower() for word in coding.split(",")]):
        try:
            if name in ("gzip", "x-gzip"):
                body = zlib.decompress(body, wbits=31)
            elif name == "deflate":
                body = _inflated(body)
            elif name not in ("", "identity"):
                return None
        except zlib.error:
            return None
    return body


def _inflated(body: bytes) -> bytes:
    """RFC 9110 says zlib, some servers send bare deflate."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, wbits=-15)
