"""A wire form as text for review, and back: one ``name: value`` a line, the parts as a list.

The text is YAML too, but its values are JSON and are read as such, so that nothing is lost on the way,
whatever a client wrote into a name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from upload_matrix.recordings.jsontext import is_json_document, rewritten
from upload_matrix.recordings.yamltext import quoted
from upload_matrix.wire.form import Framing, Part, WireForm, canonical_json

_PARTS = "parts:"
_JSON = "json: "
_JSON_TEXT = "json_text"
"""The key for a JSON body that is not an object or array, or was not written canonically."""


def render(wire: WireForm) -> str:
    """``wire`` as text, ending in a line feed."""
    return "".join(f"{line}\n" for line in _lines(wire))


def parse(text: str) -> WireForm:
    """The wire form that ``render`` wrote; raises ValueError naming the line that is not understood."""
    head, json_start, document = text.partition(f"\n{_JSON}")
    fields: dict[str, Any] = {}
    parts: list[dict[str, Any]] | None = None
    for number, line in enumerate(head.rstrip("\n").split("\n"), 1):
        if line == _PARTS and parts is None:
            parts = []
            continue
        into = fields
        if parts is not None:
            if line.startswith("- "):
                parts.append({})
            if not parts or not line.startswith(("- ", "  ")):
                raise ValueError(f"line {number} of the request's body: {line!r} belongs to no part")
            into, line = parts[-1], line[2:]
        key, _, value = line.partition(": ")
        try:
            into[key] = json.loads(value)
        except ValueError as error:
            raise ValueError(f"line {number} of the request's body: {line!r}: {error}") from error
    if json_start:
        fields["json"] = canonical_json(document.encode("utf-8", "surrogatepass"))
    elif _JSON_TEXT in fields:
        fields["json"] = fields.pop(_JSON_TEXT)
    try:
        fields["framing"] = Framing(fields["framing"])
        return WireForm(**fields, parts=None if parts is None else tuple(_part(part) for part in parts))
    except (KeyError, TypeError) as error:
        raise ValueError(f"the request's body is not a wire form: {error}") from error


def _part(fields: dict[str, Any]) -> Part:
    headers = tuple((name, value) for name, value in fields.pop("headers", ()))
    return Part(**fields, headers=headers)


def _lines(wire: WireForm) -> Iterator[str]:
    yield from _fields(
        {
            "method": wire.method,
            "path": wire.path,
            "query": wire.query or None,
            "media_type": wire.media_type,
            "framing": wire.framing.value,
            "body_size": wire.body_size or None,
            "body_sha256": wire.body_sha256,
            "fault": wire.fault,
        }
    )
    if wire.parts is not None:
        yield _PARTS
        for part in wire.parts:
            first, *rest = _part_lines(part)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    if wire.json is not None:
        yield _json(wire.json)


def _json(text: str) -> str:
    if is_json_document(text):
        pretty = rewritten(text, lambda _, value: value)
        if canonical_json(pretty.encode("utf-8")) == text:
            return _JSON + pretty
    return f"{_JSON_TEXT}: {quoted(text)}"


def _part_lines(part: Part) -> Iterator[str]:
    yield f"name: {quoted(part.name)}"
    yield from _fields({"text": part.text})
    # Shown also when there is none: that is what most diagnoses turn on.
    yield f"filename: {_value(part.filename)}"
    yield f"content_type: {_value(part.content_type)}"
    yield f"disposition: {quoted(part.disposition)}"
    if part.headers:
        yield f"headers: [{', '.join(f'[{quoted(name)}, {quoted(value)}]' for name, value in part.headers)}]"
    yield from _fields({"characters": part.characters, "asset": part.asset, "format": part.format})
    yield f"size: {part.size}"
    yield f"sha256: {quoted(part.sha256)}"


def _fields(fields: Mapping[str, str | int | None]) -> Iterator[str]:
    for name, value in fields.items():
        if value is not None:
            yield f"{name}: {_value(value)}"


def _value(value: str | int | None) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)
