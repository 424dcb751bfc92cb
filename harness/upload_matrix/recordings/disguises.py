"""The forms in which a known secret may stand in text or bytes without looking like itself. Pure."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Characters from which a secret is looked for; a shorter one would be found everywhere by chance."""

ANY_CASE = frozenset({"hex", "URL-encoded", "form-encoded"})
"""Forms whose escapes may be written in capitals or small letters; base64 and text may not."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def disguises(secret: str) -> Mapping[str, bytes]:
    """The bytes to look for, by the form's name; those of ANY_CASE are in small letters."""
    data = secret.encode("utf-8", "surrogatepass")
    forms = {
        "plain": data,
        "hex": data.hex().encode("ascii"),
        "URL-encoded": quote(data, safe="").lower().encode("ascii"),
        "form-encoded": quote_plus(data).lower().encode("ascii"),
        "JSON-escaped": json.dumps(secret)[1:-1].encode("ascii"),
        "HTML-escaped": html.escape(secret).encode("utf-8", "surrogatepass"),
        "UTF-16": secret.encode("utf-16-le", "surrogatepass"),
        "UTF-16, big end first": secret.encode("utf-16-be", "surrogatepass"),
    }
    for shift in range(3):
        core = base64_core(data, shift)
        forms[f"base64, {shift} in"] = core
        forms[f"URL-safe base64, {shift} in"] = core.translate(_URL_SAFE)
    return forms


def base64_core(data: bytes, shift: int) -> bytes:
    """The characters that stand for ``data`` alone when ``shift`` other bytes precede it in its group."""
    text = base64.b64encode(bytes(shift) + data)
    start = (0, 2, 3)[shift]
    end = (0, 3, 2)[(shift + len(data)) % 3]
    return text[start : len(text) - end]
