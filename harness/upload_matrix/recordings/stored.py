"""The wire form as a recording keeps it: no secrets, no name that differs from run to run."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from upload_matrix.recordings.bodies import redact_json
from upload_matrix.recordings.custom import Place
from upload_matrix.recordings.jsontext import is_json_document
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.recordings.reduce import name_images
from upload_matrix.wire.form import Part, WireForm, canonical_json
from upload_matrix.wire.stable import stable_disposition, stable_filename


def stored_form(wire: WireForm, redactor: Redactor = DEFAULT) -> WireForm:
    """The form that names and fills the recording for ``wire``.

    It has the same digest as ``wire`` unless something secret, or large images inside JSON, had to be taken
    out. Then it says which (see ``identity``), so that different requests stay different; credentials in a
    place of their own (a field ``api_key``) alone are left out, as those in headers are. To look a recording
    up, ``redactor`` must not know a run's own secrets: a replay knows none, and would look for another name.
    """
    return _stored(wire, redactor.for_forms[0])


def is_recordable(wire: WireForm, redactor: Redactor = DEFAULT) -> bool:
    """Whether a recording could be told from that of a request which differs only in what is taken out."""
    one, other = (_stored(wire, each) for each in redactor.for_forms)
    return one.digest == other.digest


UNRECORDABLE = (
    "not asked: the request holds what is taken out of recordings, and a mark in its place could be guessed, "
    "so no recording could tell this request from another; put something else there, ask with "
    "--disable-recording, or, where a pattern of redact.yaml takes it out, say `shared: true` there"
)


def _stored(wire: WireForm, redactor: Redactor) -> WireForm:
    clean = redactor.text
    return replace(
        wire,
        path=clean(wire.path),
        query=clean(wire.query),
        parts=None if wire.parts is None else tuple(_part(part, redactor) for part in wire.parts),
        json=None if wire.json is None else _json(wire.json, redactor),
        fault=None if wire.fault is None else clean(wire.fault),
    )


def _json(text: str, redactor: Redactor) -> str:
    if not is_json_document(text):
        return redactor.text(text)
    changed = redact_json(text, redactor, lambda _, value: name_images(value))
    try:
        return canonical_json(changed.encode("utf-8", "surrogatepass"))
    except ValueError:
        return changed  # Two names became one.


def _part(part: Part, redactor: Redactor) -> Part:
    clean = redactor.text
    if part.text is not None and not part.is_file:
        part = _text_part(part, redactor.value(part.name, part.text))
    filename, disposition = part.filename, part.disposition
    if filename is not None:
        disposition = stable_disposition(disposition, filename)
        filename = stable_filename(filename)
    return replace(
        part,
        name=clean(part.name),
        filename=None if filename is None else clean(filename),
        content_type=None if part.content_type is None else clean(part.content_type),
        disposition=clean(disposition),
        headers=tuple((name, redactor.value(name, value, Place.HEADERS)) for name, value in part.headers),
    )


def _text_part(part: Part, text: str) -> Part:
    if text == part.text:
        return part
    data = text.encode("utf-8", "surrogatepass")
    # A digest of the original would let somebody test guesses at what was taken out.
    return replace(
        part, text=text, size=len(data), sha256=hashlib.sha256(data).hexdigest(), characters=len(text)
    )
