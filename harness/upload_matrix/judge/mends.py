"""The mend of a finding as code in the language of whoever made the call: data first, few rules.

To add a client, add a ``Dialect`` to ``DIALECTS`` under the client's name in a matrix. Its lines are
templates over what is known of the part as it should be: ``path`` (the file, by its name alone),
``filename``, ``type``, ``field`` (the API's name for it), ``sent`` (its name on the wire: ``image[]``),
``call`` (``images.edit``) and ``others`` (the text fields that went along); ``quoted_path`` and the like
stand in quotes already, ``shell`` is a whole word for curl's ``-F``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from upload_matrix.judge.findings._sent import tuple_mend
from upload_matrix.model.operation import Operation
from upload_matrix.model.result import Finding
from upload_matrix.wire.difference import base_name, labels
from upload_matrix.wire.form import Part, WireForm
from upload_matrix.wire.media import format_of_extension, preferred_type

_HANDED_OVER = re.compile(r'\("([^"]*)", data, "([^"]*)"\)')
_SEPARATOR = re.compile(r"[/\\]")
_UNKNOWN = ("NAME.EXTENSION", "TYPE/SUBTYPE")

BY_FILE = frozenset(
    {
        "ambiguous-filename",
        "attempt-differs",
        "broken-body",
        "chunked-framing",
        "default-filename",
        "empty-part",
        "extension-contradicts-bytes",
        "extension-missing",
        "file-missing",
        "local-path-in-filename",
        "no-filename",
        "no-type",
        "octet-stream",
        "text-where-file",
        "type-contradicts-bytes",
        "unstable-filename",
    }
)
"""Findings that are gone once the file's bytes are handed over with a filename and a type that fit."""

SDK_CALLS: Mapping[str, str] = {
    "audio.transcriptions": "audio.transcriptions.create",
    "images.variations": "images.create_variation",
}
"""Operations whose method on the SDK has another name. Source: openai-python 3.54."""

SDK_CALLS_JS: Mapping[str, str] = {**SDK_CALLS, "images.variations": "images.createVariation"}
"""The same on Node. Source: openai-node 6."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """``single`` are the lines for one file, ``listed`` those for a file in an array (``image[]``).

    ``language`` is what a reader's editor calls it. ``bare`` stand in for calls that no SDK method makes.
    ``other`` writes one text field. ``calls`` are operations whose method has another name.
    """

    language: str
    single: tuple[str, ...]
    listed: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    other: str = ""
    calls: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class MendCode:
    """``code`` to copy, without a final line break, in ``python``, ``javascript``, ``sh`` or ``http``."""

    language: str
    code: str


_READ = 'data = open({quoted_path}, "rb").read()'
_TUPLE = "({quoted_filename}, data, {quoted_type})"


def _sdk(await_: str = "") -> Dialect:
    return Dialect(
        "python",
        (_READ, await_ + "client.{call}({field}=" + _TUPLE + "{others})"),
        (_READ, await_ + "client.{call}({field}=[" + _TUPLE + "]{others})"),
        (_READ, "files={{{quoted_sent}: " + _TUPLE + "}}"),
        other=", {name}=...",
        calls=SDK_CALLS,
    )


_TO_FILE = "await toFile(data, {quoted_filename}, {{ type: {quoted_type} }})"
_READ_JS = "const data = fs.readFileSync({quoted_path});"

DIALECTS: Mapping[str, Dialect] = {
    "openai": _sdk(),
    "openai-async": _sdk("await "),
    "azure": _sdk(),
    "node-openai": Dialect(
        "javascript",
        (
            'import fs from "node:fs";',
            'import {{ toFile }} from "openai";',
            _READ_JS,
            "await client.{call}({{ {field}: " + _TO_FILE + "{others} }});",
        ),
        (
            'import fs from "node:fs";',
            'import {{ toFile }} from "openai";',
            _READ_JS,
            "await client.{call}({{ {field}: [" + _TO_FILE + "]{others} }});",
        ),
        (_READ_JS, "const file = " + _TO_FILE + ";"),
        other=", {name}",
        calls=SDK_CALLS_JS,
    ),
    "curl": Dialect("sh", ("-F {shell}",)),
    "requests": Dialect(
        "python",
        (
            _READ,
            "requests.post(url, headers=headers, data=fields, files={{{quoted_sent}: " + _TUPLE + "}})",
        ),
    ),
    "httpx": Dialect(
        "python",
        (_READ, "httpx.post(url, headers=headers, data=fields, files={{{quoted_sent}: " + _TUPLE + "}})"),
    ),
    "httpx2": Dialect(
        "python",
        (_READ, "httpx2.post(url, headers=headers, data=fields, files={{{quoted_sent}: " + _TUPLE + "}})"),
    ),
    "urllib3": Dialect(
        "python",
        (
            _READ,
            'urllib3.request("POST", url, headers=headers, fields={{**fields, {quoted_sent}: '
            + _TUPLE
            + "}})",
        ),
    ),
    "aiohttp": Dialect(
        "python",
        (
            _READ,
            "form.add_field({quoted_sent}, data, filename={quoted_filename}, content_type={quoted_type})",
        ),
    ),
    "fetch": Dialect(
        "javascript",
        (
            _READ_JS,
            "form.append({quoted_sent}, new File([data], {quoted_filename}, {{ type: {quoted_type} }}));",
        ),
    ),
}
"""By client."""

ON_THE_WIRE = Dialect(
    "http",
    (
        'Content-Disposition: form-data; name="{sent}"; filename="{filename}"',
        "Content-Type: {type}",
    ),
)
"""For a client of no dialect: the part's headers as they should stand on the wire."""


def mend_code(finding: Finding, wire: WireForm, operation: Operation, client: str | None) -> MendCode | None:
    """The mend of a finding as code for ``client``; None where handing the file over otherwise is no mend.

    Then the finding's own words are all there is: what to do about it is not in the call.
    """
    if finding.code not in BY_FILE and not _single_wanted(finding, operation):
        return None
    part = _part(finding, wire, operation)
    if finding.code == "type-contradicts-bytes" and part is not None and part.format is None:
        return None  # the bytes are damaged, and no name or type mends that
    sent = _sent_as(finding, part, operation)
    if sent is None:
        return None
    if finding.code == "array-field":
        sent = base_name(sent)
    dialect = DIALECTS.get(client or "", ON_THE_WIRE)
    return MendCode(dialect.language, _written(dialect, sent, _as_it_should_be(part), wire, operation))


def _single_wanted(finding: Finding, operation: Operation) -> bool:
    field = operation.file_field(finding.part or "")
    return finding.code == "array-field" and field is not None and not field.repeatable


def _part(finding: Finding, wire: WireForm, operation: Operation) -> Part | None:
    """The part a finding is about; of one about the whole body, the first file."""
    parts = wire.parts or ()
    named = dict(zip(labels(parts), parts, strict=True))
    if finding.part is not None:
        wanted = (part for part in parts if base_name(part.name) == finding.part)
        return named.get(finding.part) or next(wanted, None)
    upload = operation.upload.name if operation.upload else None
    files = [part for part in parts if part.is_file]
    return next((part for part in files if base_name(part.name) == upload), files[0] if files else None)


def _sent_as(finding: Finding, part: Part | None, operation: Operation) -> str | None:
    if part is not None and finding.code != "file-missing":
        return part.name
    return finding.part or (operation.upload.name if operation.upload else None)


def _as_it_should_be(part: Part | None) -> tuple[str, str]:
    """Filename and Content-Type."""
    if part is None:
        return _UNKNOWN
    if part.text is not None and not part.is_file:
        # Where a path was sent as text, its end is the file's name.
        name = _SEPARATOR.split(part.text.strip().removeprefix("@"))[-1]
        known = format_of_extension(name) if re.fullmatch(r"[\w .-]{1,100}", name) else None
        return _UNKNOWN if known is None else (name, preferred_type(known))
    found = _HANDED_OVER.search(tuple_mend(part))
    return (found[1], found[2]) if found else _UNKNOWN


def _written(dialect: Dialect, sent: str, good: tuple[str, str], wire: WireForm, operation: Operation) -> str:
    filename, content_type = good
    field = base_name(sent)
    known = operation.file_field(field) is not None and re.fullmatch(r"[a-z_.]+", operation.name)
    lines = dialect.single
    if dialect.bare and not (known and field.isidentifier()):
        lines = dialect.bare
    elif dialect.listed and sent != field:
        lines = dialect.listed
    others = "".join(dialect.other.format(name=name) for name in _text_fields(wire, operation))
    calls = dialect.calls or {}
    values = {
        "path": filename,
        "filename": filename,
        "type": content_type,
        "field": field,
        "sent": sent,
        "call": calls.get(operation.name, operation.name),
        "others": others,
        "shell": shlex.quote(f"{sent}=@{filename};filename={filename};type={content_type}"),
    }
    quoted = {
        f"quoted_{name}": json.dumps(values[name], ensure_ascii=False)
        for name in ("path", "filename", "type", "field", "sent")
    }
    return "\n".join(line.format(**values, **quoted) for line in lines)


def _text_fields(wire: WireForm, operation: Operation) -> tuple[str, ...]:
    """Names of the text fields that went along, those left out that are meant to be files."""
    names = (part.name for part in wire.parts or () if not part.is_file and part.text is not None)
    return tuple(
        dict.fromkeys(
            name for name in names if name.isidentifier() and operation.file_field(base_name(name)) is None
        )
    )
