"""A multipart upload that a gateway forwards as JSON: what became of each part."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from upload_matrix.model.codec import parsed
from upload_matrix.wire.difference import Delta, base_name, labels
from upload_matrix.wire.form import Part

ENCODING = "encoding"
"""The element of a part that says how its bytes are carried."""

_SHOWN = 120
"""Characters of a JSON value that a difference quotes: a base64 picture is nothing to read."""


def embedded_differences(parts: tuple[Part, ...], body: str) -> Iterator[Delta]:
    """Differences between multipart ``parts`` and the JSON text ``body``, part by part, then what is new.

    A file is the same when some string in the body, as base64 or as a data URL, has its very bytes.
    """
    document = parsed(body)
    fields: Mapping[str, Any] = document if isinstance(document, dict) else {}
    carried = dict(_carried(document))
    used: set[str] = set()
    for label, part in zip(labels(parts), parts, strict=True):
        key = next((key for key in _keys(part.name) if key in fields), None)
        if not part.is_file and part.text is not None:
            used.add(key or "")
            after = None if key is None else _text(fields[key])
            if after != part.text:
                yield Delta(f"fields.{label}", part.text, after)
            continue
        used |= set() if key is None else {key}
        yield from _file(label, part, carried, known=key is not None)
    for key in sorted(fields.keys() - used):
        yield Delta(f"fields.{key}", None, _text(fields[key]))


def _keys(name: str) -> tuple[str, ...]:
    """Where a JSON body may have a part: the edits API calls ``image`` ``images`` there."""
    base = base_name(name)
    return name, base, f"{base}s", f"{base}_url"


def _file(label: str, part: Part, carried: Mapping[str, str | None], *, known: bool) -> Iterator[Delta]:
    if part.sha256 in carried:
        yield Delta(f"{label}.{ENCODING}", "bytes", "base64 in JSON")
        media_type = carried[part.sha256]
        if media_type != part.content_type:
            yield Delta(f"{label}.content_type", part.content_type, media_type)
        if part.filename is not None:
            yield Delta(f"{label}.filename", part.filename, None)
    elif known:
        yield Delta(f"{label}.content", part.content, "something else in JSON")
    else:
        yield Delta(label, f"file {part.filename!r} ({part.content})", None)


def _carried(value: Any) -> Iterator[tuple[str, str | None]]:
    """SHA-256 of everything that a JSON value carries as base64, with a data URL's media type."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _carried(each)
    elif isinstance(value, list):
        for each in value:
            yield from _carried(each)
    elif isinstance(value, str):
        head, comma, rest = value.partition(",")
        is_url = bool(comma) and head.startswith("data:") and head.endswith(";base64")
        try:
            data = base64.b64decode(rest if is_url else value, validate=True)
        except (binascii.Error, ValueError):
            return
        media_type = head.removeprefix("data:").removesuffix(";base64") if is_url else None
        yield hashlib.sha256(data).hexdigest(), media_type or None


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
