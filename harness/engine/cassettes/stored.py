"""The wire form as a recording keeps it: no secrets, no name that differs from run to run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.engine.cassettes.jsontext import field_name, is_json_document, rewritten
from harness.engine.cassettes.redact import redact_text, redact_value
from harness.engine.cassettes.reduce import name_images
from harness.model.wire import canonical_json, stable_filename

if TYPE_CHECKING:
    from harness.engine.cassettes.jsontext import JsonPath
    from harness.model.wire import Part, WireForm


def stored_form(wire: WireForm) -> WireForm:
    """The form that names and fills the recording for ``wire``.

    It has the same digest as ``wire`` unless secrets, ids of an account, or large images inside JSON
    had to be taken out. Those then share one recording, because a server's judgement of the upload
    does not hang on them.
    """
    return replace(
        wire,
        path=redact_text(wire.path),
        query=redact_text(wire.query),
        parts=None if wire.parts is None else tuple(_part(part) for part in wire.parts),
        json=None if wire.json is None else _json(wire.json),
        fault=None if wire.fault is None else redact_text(wire.fault),
    )


def _json(text: str) -> str:
    if not is_json_document(text):
        return redact_text(text)

    def clean(path: JsonPath, value: str) -> str:
        return redact_value(field_name(path), name_images(value))

    changed = rewritten(text, clean, redact_text)
    return canonical_json(changed.encode("utf-8", "surrogatepass"))


def _part(part: Part) -> Part:
    if part.text is not None and not part.is_file:
        part = _text_part(part, redact_value(part.name, part.text))
    filename, disposition = part.filename, part.disposition
    if filename is not None and (stable := stable_filename(filename)) != filename:
        disposition = disposition.replace(filename, stable)
        filename = stable
    return replace(
        part,
        name=redact_text(part.name),
        filename=None if filename is None else redact_text(filename),
        content_type=None if part.content_type is None else redact_text(part.content_type),
        disposition=redact_text(disposition),
        headers=tuple((name, redact_value(name, value)) for name, value in part.headers),
    )


def _text_part(part: Part, text: str) -> Part:
    if text == part.text:
        return part
    data = text.encode("utf-8", "surrogatepass")
    # A digest of the original would let somebody test guesses at what was taken out.
    return replace(
        part, text=text, size=len(data), sha256=hashlib.sha256(data).hexdigest(), characters=len(text)
    )
