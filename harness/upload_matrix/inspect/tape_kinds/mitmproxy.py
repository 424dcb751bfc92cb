"""Flows of mitmproxy: typed netstrings one after another. Nothing in them is run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from upload_matrix.files import read_bytes, shown
from upload_matrix.inspect.tape_kinds.entry import MOST_CHARACTERS, TapeEntry
from upload_matrix.model.codec import MOST_NESTED
from upload_matrix.model.errors import ConfigurationError

_LENGTH_DIGITS = 12


def entries(path: Path) -> list[Any]:
    """The HTTP flows of a file; raises ConfigurationError for a file of another kind."""
    data = read_bytes(path)
    if len(data) > MOST_CHARACTERS:
        raise ConfigurationError(f"{shown(path)}: {len(data)} bytes are too many for a recording")
    found, at = [], 0
    try:
        while at < len(data):
            value, at = _netstring(data, at, len(data), 0)
            found.append(value)
    except ValueError as error:
        raise ConfigurationError(f"{shown(path)}: no flows of mitmproxy: {error} at byte {at}") from error
    return [each for each in found if not isinstance(each, dict) or each.get("type", "http") == "http"]


def entry(flow: Mapping[str, Any]) -> TapeEntry:
    """One flow."""
    request, response = flow["request"], flow.get("response") or {}
    port, scheme = request["port"], _text(request["scheme"])
    usual = {"https": 443, "http": 80}.get(scheme)
    host = _text(request["host"])
    where = f"[{host}]" if ":" in host else host
    content = request.get("content")
    started = request.get("timestamp_start")
    return TapeEntry(
        _text(request["method"]).upper(),
        f"{scheme}://{where}{'' if port == usual else f':{int(port)}'}{_text(request['path'])}",
        _headers(request["headers"]),
        content,
        response.get("status_code"),
        _headers(response.get("headers") or ()),
        response.get("content"),
        datetime.fromtimestamp(started, UTC).date().isoformat() if isinstance(started, float | int) else None,
        () if content is not None else ("the body",),
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _headers(pairs: Any) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name), _text(value)) for name, value in pairs if not _text(name).startswith(":"))


def _netstring(data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
    """The value that begins ``at``, and where it ends: ``LENGTH:DATA`` and a letter for its type."""
    if depth > MOST_NESTED:
        raise ValueError(f"nested more than {MOST_NESTED} levels deep")
    colon = data.find(b":", at, min(end, at + _LENGTH_DIGITS + 1))
    digits = data[at:colon] if colon >= 0 else b""
    if not digits.isdigit():
        raise ValueError("no length")
    start, stop = colon + 1, colon + 1 + int(digits)
    if stop >= end:
        raise ValueError("a value that is cut off")
    kind = data[stop : stop + 1]
    if kind in (b"]", b"}"):
        values = []
        while start < stop:
            value, start = _netstring(data, start, stop, depth + 1)
            values.append(value)
        return (values if kind == b"]" else _object(values)), stop + 1
    return _scalar(kind, data[start:stop]), stop + 1


def _object(values: list[Any]) -> dict[str, Any]:
    if len(values) % 2:
        raise ValueError("a name without a value")
    return {_text(name): value for name, value in zip(values[::2], values[1::2], strict=True)}


def _scalar(kind: bytes, data: bytes) -> Any:
    match kind:
        case b",":
            return data
        case b";":
            return data.decode("utf-8")
        case b"#":
            return int(data[: _LENGTH_DIGITS * 2])
        case b"^":
            return float(data)
        case b"!":
            return data == b"true"
        case b"~":
            return None
    raise ValueError(f"no type {kind!r}")
