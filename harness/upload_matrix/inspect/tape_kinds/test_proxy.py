"""Recordings of Azure's test proxy, and of the .NET SDKs that write the same form: JSON with ``Entries``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from upload_matrix.files import read_bounded, shown
from upload_matrix.inspect.tape_kinds.entry import (
    MOST_CHARACTERS,
    REWRITTEN,
    TapeEntry,
    cut,
    day_of,
    length_of,
    text_bytes,
    without_coding,
)
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError

_SANITIZED = re.compile(r"sanitized", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
_TEXT_TYPES = re.compile(
    r"text/|application/(json|xml|x-www-form-urlencoded)|[^;]*\+(json|xml)", re.IGNORECASE
)


def entries(path: Path) -> list[Any]:
    """The entries of a file; raises ConfigurationError for a file of another kind."""
    text = read_bounded(path, "a recording", MOST_CHARACTERS)
    try:
        found = parsed(text.removeprefix("\ufeff"))["Entries"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{shown(path)}: no recording of a test proxy: it has no Entries") from error
    if not isinstance(found, list):
        raise ConfigurationError(f"{shown(path)}: no recording of a test proxy: Entries is no list")
    return found


def entry(data: Mapping[str, Any]) -> TapeEntry:
    """One entry."""
    headers = _headers(data.get("RequestHeaders") or {})
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    body, lost = _body(data.get("RequestBody"), kind)
    expected = length_of(headers)
    if not body and expected:
        body, lost = None, ("the body",)
    elif body is not None and expected not in (None, len(body)) and REWRITTEN not in lost:
        lost = (*lost, cut(len(body), expected))
    replied = _headers(data.get("ResponseHeaders") or {})
    answer, _ = _body(
        data.get("ResponseBody"),
        next((value for name, value in replied if name.lower() == "content-type"), ""),
    )
    moment = next((value for name, value in replied if name.lower() == "date"), "")
    return TapeEntry(
        str(data["RequestMethod"]).upper(),
        data["RequestUri"],
        headers,
        body,
        data.get("StatusCode"),
        without_coding(replied),
        answer,
        day_of(moment),
        (*lost, *(("values that were sanitized",) if _has_placeholder(data.get("RequestBody")) else ())),
    )


def _headers(headers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = ((name, value if isinstance(value, list) else [value]) for name, value in headers.items())
    return tuple((name, str(each)) for name, values in pairs for each in values)


def _body(body: Any, kind: str) -> tuple[bytes | None, tuple[str, ...]]:
    """An object was JSON, and how it was spelled is lost; a list has lines; a text is base64 but of text."""
    if body is None:
        return b"", ()
    if isinstance(body, list) and all(isinstance(line, str) for line in body):
        body = "".join(body)
    if not isinstance(body, str):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), (REWRITTEN,)
    if _TEXT_TYPES.match(kind) or _BASE64.fullmatch(body) is None:
        return body.encode("utf-8", "surrogatepass"), ()
    return text_bytes(body, "base64"), ()


def _has_placeholder(body: Any) -> bool:
    if isinstance(body, str):
        return _SANITIZED.fullmatch(body) is not None
    children: Sequence[Any] = (
        list(body.values()) if isinstance(body, dict) else body if isinstance(body, list) else ()
    )
    return any(map(_has_placeholder, children))
