"""The fix of a finding as code in the language of whoever made the call: data first, few rules.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from urllib.parse import unquote

from upload_matrix import vendors
from upload_matrix.judge.findings._sent import (
    NO_NAME,
    NO_TYPE,
    SentForm,
    as_it_should_be,
    is_default,
    is_unstable,
    most_taken,
    named_by,
    named_plainly,
)
from upload_matrix.judge.handed_over import FileOrigin
from upload_matrix.judge.text_code import BY_BLOCK, text_code, text_program
from upload_matrix.model.case import FileField, Operation
from upload_matrix.model.estimate import operation_of
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.carriers.multipart import Part, base_name, labels, upload_of
from upload_matrix.wire.content import Damage
from upload_matrix.wire.fixes import decoded_filename
from upload_matrix.wire.form import Captured, WireForm
from upload_matrix.wire.media import extension, preferred_extension
from upload_matrix.wire.upload import Upload

_SEPARATOR = re.compile(r"[/\\]")
_UNSET = 'headers.pop("Content-Type", None)  # the client writes it, with the boundary'
_NO_EXTENSION = ".EXTENSION"
_UNKNOWN = (NO_NAME, NO_TYPE)

BY_FILE = frozenset(
    {
        "ambiguous-filename",
        "attempt-differs",
        "broken-body",
        "control-character-in-filename",
        "chunked-framing",
        "default-filename",
        "empty-part",
        "encoded-filename",
        "extension-contradicts-bytes",
        "extension-missing",
        "extension-not-taken",
        "file-missing",
        "local-path-in-filename",
        "no-filename",
        "no-type",
        "octet-stream",
        "part-encoding",
        "part-header",
        "path-in-filename",
        "text-where-file",
        "type-contradicts-bytes",
        "type-is-none",
        "type-not-preferred",
        "unknown-field",
        "unstable-filename",
    }
)
"""Findings that are gone once the file's bytes are handed over with a filename and a type that fit."""

SDK_CALLS: Mapping[str, str] = {
    "audio.transcriptions": "audio.transcriptions.create",
    "audio.translations": "audio.translations.create",
    "images.variations": "images.create_variation",
}
"""Operations whose method on the SDK has another name. Source: openai-python 3.54."""

SDK_CALLS_JS: Mapping[str, str] = {**SDK_CALLS, "images.variations": "images.createVariation"}
"""The same on Node. Source: openai-node 6."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """``single`` are the lines for one file, ``listed`` those for a file in an array (``image[]``).

    ``each`` writes one of several files, ``joined`` stands between them, and ``several`` has their ``files``.
    ``without`` takes the field ``name`` out of those that a program has. ``language`` is what a reader's
    editor calls it. ``bare`` stand in for calls that no SDK method makes. ``other`` writes one text field.
    ``calls`` are operations whose method has another name.
    """

    language: str
    single: tuple[str, ...]
    listed: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    other: str = ""
    calls: Mapping[str, str] | None = None
    each: str = ""
    joined: str = ", "
    several: str = "{files}"
    without: str = ""


@dataclass(frozen=True, slots=True)
class FixCode:
    """``code`` to copy, without a final line break, in ``python``, ``javascript``, ``sh`` or ``http``."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class TextCall:
    """What is known of a call whose file is text in JSON, or the body.

    The ``language`` of a client without a dialect, names of ``paths`` by the digest of their bytes, the
    request that began an upload in steps, and the name of the ``vendor`` that it is led to, where known.
    """

    language: str = "http"
    paths: Mapping[str, str] = field(default_factory=dict)
    begun: WireForm | None = None
    vendor: str | None = None


_READ = 'data = open({quoted_path}, "rb").read()'
_TUPLE = "({quoted_filename}, data, {quoted_type})"
_OPEN_TUPLE = '({quoted_filename}, open({quoted_path}, "rb"), {quoted_type})'
_NAMED_TUPLE = "({quoted_sent}, " + _OPEN_TUPLE + ")"
_POP = 'fields.pop("{name}", None)'


def _sdk(await_: str = "") -> Dialect:
    return Dialect(
        "python",
        (_READ, await_ + "client.{call}({field}=" + _TUPLE + "{others})"),
        (_READ, await_ + "client.{call}({field}=[" + _TUPLE + "]{others})"),
        (_READ, "files={{{quoted_sent}: " + _TUPLE + "}}"),
        other=", {name}=...",
        calls=SDK_CALLS,
        each=_OPEN_TUPLE,
        several=await_ + "client.{call}({field}=[{files}]{others})",
    )


_TO_FILE = "await toFile(data, {quoted_filename}, {{ type: {quoted_type} }})"
_READ_JS = "const data = fs.readFileSync({quoted_path});"


def _rest_dialect(library: str) -> Dialect:
    call = library + ".post(url, headers=headers, data=fields, files={files})"
    return Dialect(
        "python",
        (_READ, call.replace("{files}", "{{{quoted_sent}: " + _TUPLE + "}}")),
        each=_NAMED_TUPLE,
        several=call.replace("{files}", "[{files}]"),
        without=_POP,
    )


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
        each=_TO_FILE.replace("data", "fs.readFileSync({quoted_path})"),
        several='import fs from "node:fs";\nimport {{ toFile }} from "openai";\n'
        "await client.{call}({{ {field}: [{files}]{others} }});",
    ),
    "curl": Dialect("sh", ("-F {shell}",), each="-F {shell}", joined=" "),
    "requests": _rest_dialect("requests"),
    "httpx": _rest_dialect("httpx"),
    "httpx2": _rest_dialect("httpx2"),
    "urllib3": Dialect(
        "python",
        (
            _READ,
            'urllib3.request("POST", url, headers=headers, fields={{**fields, {quoted_sent}: '
            + _TUPLE
            + "}})",
        ),
        each=_NAMED_TUPLE,
        several='urllib3.request("POST", url, headers=headers, fields=[*fields.items(), {files}])',
        without=_POP,
    ),
    "aiohttp": Dialect(
        "python",
        (
            _READ,
            "form.add_field({quoted_sent}, data, filename={quoted_filename}, content_type={quoted_type})",
        ),
        each='form.add_field({quoted_sent}, open({quoted_path}, "rb"), filename={quoted_filename}, '
        "content_type={quoted_type})",
        joined="\n",
    ),
    "fetch": Dialect(
        "javascript",
        (
            _READ_JS,
            "form.append({quoted_sent}, new File([data], {quoted_filename}, {{ type: {quoted_type} }}));",
        ),
        each="form.append({quoted_sent}, new File([fs.readFileSync({quoted_path})], {quoted_filename}, "
        "{{ type: {quoted_type} }}));",
        joined="\n",
        without='form.delete("{name}");',
    ),
}
"""By client."""

ON_THE_WIRE = Dialect(
    "http",
    (
        'Content-Disposition: form-data; name="{sent}"; filename="{filename}"',
        "Content-Type: {type}",
    ),
    each='Content-Disposition: form-data; name="{sent}"; filename="{filename}"\nContent-Type: {type}',
    joined="\n\n",
)
"""For a client of no dialect: the part's headers as they should stand on the wire."""


def fix_code(
    finding: Finding,
    wire: WireForm,
    operation: Operation,
    client: str | None,
    origin_of: Callable[[str, Part | None], FileOrigin] = lambda *_: FileOrigin(),
    text: TextCall | None = None,
) -> FixCode | None:
    """The fix of a finding as code for ``client``; None where handing the file over otherwise is no fix.

    ``origin_of`` tells where the file of a field and its part came from; where it is not known, the file is
    opened by the name that it should be sent under. Where there is no code, the finding's own words are all
    there is: what to do about it is not in the call.
    """
    wrapped = finding.code == "bytes-wrapped"
    if wrapped or (wire.parts is None and (wire.uploads() or finding.code in BY_BLOCK)):
        told = text or TextCall()
        language = DIALECTS[client].language if client and client in DIALECTS else told.language
        sent_form = SentForm(wire, operation, begun=told.begun, vendor=told.vendor)
        path = next((told.paths[each.sha256] for each in wire.uploads() if _is_of(finding, each, told)), None)
        code = text_code(finding, sent_form, language, client, origin_of, path)
        return None if code is None else FixCode(language, code)
    field = operation.file_field(finding.part or "") if finding.code == "array-field" else None
    if field is not None and most_taken(field, wire) != 1:
        return _listed(field, wire, operation, client, origin_of)
    if finding.code == "unknown-field":
        return _left_out(finding, wire, operation, client, origin_of)
    if (finding.code not in BY_FILE and field is None) or finding.fix.startswith("Convert"):
        return None
    part = _part(finding, wire, operation)
    if finding.code == "type-contradicts-bytes" and part is not None and part.format is None:
        return None  # the bytes are damaged, and no name or type fixes that
    if finding.code == "part-encoding" and part is not None and not part.is_upload:
        return None
    origin = origin_of(base_name(finding.part or (part.name if part else "")), part)
    if part is not None and part.condition is not None and part.condition.kind is Damage.BROKEN:
        streams = origin.argument is not None and "read" in origin.argument.attributes
        if not streams:
            return None  # the body is, and what arrived of it may be right
    sent = _sent_as(finding, part, operation)
    if sent is None:
        return None
    if finding.code == "array-field":
        sent = base_name(sent)
    dialect = DIALECTS.get(client or "", ON_THE_WIRE)
    return FixCode(dialect.language, _written(dialect, sent, part, wire, operation, origin))


def _left_out(
    finding: Finding,
    wire: WireForm,
    operation: Operation,
    client: str | None,
    origin_of: Callable[[str, Part | None], FileOrigin],
) -> FixCode | None:
    """The call without a field; None where the field may be right, or the code does not have the fields."""
    if finding.severity is Severity.NOTE:
        return None
    name, parts = str(finding.part), wire.parts or ()
    without = replace(wire, parts=tuple(part for part in parts if part.name != name))
    dialect = DIALECTS.get(client or "", ON_THE_WIRE)
    code = fix_code(Finding("part-header", None, "", ""), without, operation, client, origin_of)
    if code is None:
        return None
    if dialect.without:
        return replace(code, code=f"{dialect.without.format(name=name)}\n{code.code}")
    if dialect.language == "sh":
        return replace(code, code=f"{code.code}  # without -F {shlex.quote(f'{name}=...')}")
    return code if dialect.other else None


def _listed(
    field: FileField,
    wire: WireForm,
    operation: Operation,
    client: str | None,
    origin_of: Callable[[str, Part | None], FileOrigin],
) -> FixCode | None:
    """Several files under the name that the API reads several under; None where they may be right."""
    most = most_taken(field, wire)
    parts = wire.parts_named(field.name)
    too_many = most is not None and len(parts) > most
    if too_many or not named_plainly(field, [part.name for part in parts]):
        return None
    dialect = DIALECTS.get(client or "", ON_THE_WIRE)
    values = [
        _values(dialect, field.listed_as, part, wire, operation, origin_of(field.name, part))
        for part in parts
    ]
    files = dialect.joined.join(dialect.each.format(**each) for each in values)
    return FixCode(dialect.language, dialect.several.format(**values[0], files=files))


def _is_of(finding: Finding, upload: Upload, told: TextCall) -> bool:
    return upload.place == finding.part and upload.sha256 in told.paths


BY_HEADER = frozenset({"broken-body", "file-missing", "form-media-type"})
"""Findings that are gone once a form's Content-Type is the client's own, where its body is sound."""


def header_code(
    repaired: Captured,
    operation: Operation,
    client: str | None,
    origin_of: Callable[[str, Part | None], FileOrigin],
) -> FixCode:
    """What to take out where the program's own Content-Type hides a sound form, shown by ``repaired``."""
    language = DIALECTS.get(client or "", ON_THE_WIRE).language
    if client == "fetch":
        return FixCode(language, 'delete headers["Content-Type"]; // fetch writes it, with the boundary')
    if client == "aiohttp":
        return FixCode(language, _UNSET)
    whole = Finding("broken-body", None, "", "")
    code = fix_code(whole, repaired.wire, operation, client, origin_of)
    if language == ON_THE_WIRE.language or code is None:
        typed = (value for name, value in repaired.headers if name.lower() == b"content-type")
        return FixCode(ON_THE_WIRE.language, f"Content-Type: {next(typed, b'').decode('latin-1')}")
    if client == "curl":
        return replace(code, code=f"{code.code}  # without -H 'Content-Type: ...': curl writes it")
    ours = "headers=headers" in code.code and not code.code.startswith(_UNSET)
    return replace(code, code=f"{_UNSET}\n{code.code}") if ours else code


def _part(finding: Finding, wire: WireForm, operation: Operation) -> Part | None:
    """The part a finding is about; of one about the whole body, the first file."""
    parts = wire.parts or ()
    named = dict(zip(labels(parts), parts, strict=True))
    if finding.part is not None:
        wanted = (part for part in parts if base_name(part.name) == finding.part)
        return named.get(finding.part) or next(wanted, None)
    upload = operation.upload.name if operation.upload else None
    files = [part for part in parts if part.is_upload]
    return next((part for part in files if base_name(part.name) == upload), files[0] if files else None)


def _sent_as(finding: Finding, part: Part | None, operation: Operation) -> str | None:
    if part is not None and finding.code != "file-missing":
        return part.name
    return finding.part or (operation.upload.name if operation.upload else None)


def _good(part: Part | None, wire: WireForm, operation: Operation) -> tuple[str, str]:
    """The filename and Content-Type to send."""
    if part is None:
        return _UNKNOWN
    if part.text is not None and not part.is_upload:
        return named_by(part.text, operation.file_field(base_name(part.name))) or _UNKNOWN
    return as_it_should_be(upload_of(part.name, part), wire, operation)


def _on_disk(part: Part | None, filename: str) -> str:
    """The name to open the file by: what it was sent as, where that is a file's own name."""
    if part is None or not part.filename or not extension(part.filename) or is_unstable(part.filename):
        return filename
    own = _SEPARATOR.split(unquote(part.filename))[-1]
    return (
        filename if is_default(upload_of(part.name, part)) or decoded_filename(own) != own or not own else own
    )


def _written(
    dialect: Dialect, sent: str, part: Part | None, wire: WireForm, operation: Operation, origin: FileOrigin
) -> str:
    values = _values(dialect, sent, part, wire, operation, origin)
    field = values["field"]
    of_sdk = operation.file_field(field) is not None and re.fullmatch(r"[a-z_.]+", operation.name)
    lines = dialect.single
    if dialect.bare and not (of_sdk and field.isidentifier()):
        lines = dialect.bare
    elif dialect.listed and sent != field:
        lines = dialect.listed
    read = None if origin.path is not None else origin.read
    if read is not None and dialect.language == "python":
        lines = _reading(lines, read, rewound=part is not None and part.size == 0)
        if values["type"] == _UNKNOWN[1]:
            values |= _told_by(origin)
    written = "\n".join(line.format(**values, read=read) for line in lines)
    by_hand = "Content-Type" in (wire.fault or "") or wire.media_type != "multipart/form-data"
    if by_hand and dialect.language == "sh":
        return " ".join([*_texts_for_curl(wire, operation), written])
    return f"{_UNSET}\n{written}" if by_hand and "headers=headers" in written else written


def _texts_for_curl(wire: WireForm, operation: Operation) -> list[str]:
    """The text fields of a body that was not written as a form."""
    names = _text_fields(wire, operation)
    return [f"--form-string {shlex.quote(f'{name}={wire.field(name)}')}" for name in names]


def _values(
    dialect: Dialect, sent: str, part: Part | None, wire: WireForm, operation: Operation, origin: FileOrigin
) -> dict[str, str]:
    """What a dialect's lines may hold of a file."""
    filename, content_type = _good(part, wire, operation)
    if origin.path is not None:
        of_field = operation.file_field(base_name(sent))
        filename, content_type = _completed(filename, content_type, origin.path, of_field)
    path = origin.path or _on_disk(part, filename)
    at = json.dumps(path, ensure_ascii=False) if re.search(r'[",;\\]', path) else path
    field = base_name(sent)
    others = "".join(dialect.other.format(name=name) for name in _text_fields(wire, operation))
    calls = dialect.calls or {}
    values = {"path": path, "filename": filename, "type": content_type, "field": field, "sent": sent}
    quoted = {f"quoted_{name}": json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    return {
        **values,
        **quoted,
        "call": calls.get(operation.name, operation.name),
        "others": others,
        "shell": shlex.quote(f"{sent}=@{at};filename={filename};type={content_type}"),
    }


def _completed(filename: str, content_type: str, path: str, field: FileField | None) -> tuple[str, str]:
    """A name and a type, what nothing else tells of them told by the path that the file was opened by."""
    known = named_by(path, field)
    if known is None:
        return filename, content_type
    if filename == NO_NAME:
        filename = known[0]
    elif filename.endswith(_NO_EXTENSION):
        filename = filename.removesuffix(_NO_EXTENSION) + extension(known[0])
    return filename, known[1] if content_type == NO_TYPE else content_type


def completed(
    finding: Finding,
    wire: WireForm,
    operation: Operation,
    origin_of: Callable[[str, Part | None], FileOrigin],
) -> Finding:
    """The finding, its fix with the name and type that the file's origin tells, where its words had none."""
    told = re.search(r'\("([^"]*)", data, "([^"]*)"\)', finding.fix)
    if told is None or not (told[1].endswith(_NO_EXTENSION) or told[2] == NO_TYPE):
        return finding
    part = _part(finding, wire, operation)
    field = base_name(finding.part or (part.name if part else ""))
    path = origin_of(field, part).path
    if path is None:
        return finding
    name, content_type = _completed(told[1], told[2], path, operation.file_field(field))
    written = f'("{name}", data, "{content_type}")'
    return replace(finding, fix=finding.fix[: told.start()] + written + finding.fix[told.end() :])


def _reading(lines: tuple[str, ...], read: str, *, rewound: bool) -> tuple[str, ...]:
    """The lines with the program's own expression in place of a file that is opened."""
    if lines[0] != _READ or read == "data":
        return lines[1:] if lines[0] == _READ else lines
    file = read.removeprefix("await ").removesuffix(".read()")
    first = ("await " if read.startswith("await ") else "") + f"{file}.seek(0)"
    return (*((first,) if rewound and file != read else ()), "data = {read}", *lines[1:])


def _told_by(origin: FileOrigin) -> dict[str, str]:
    """Name and type as a framework's upload tells them, where the bytes do not."""
    argument = origin.argument
    if argument is None or not argument.is_framework_upload or origin.variable is None:
        return {}
    return {
        "quoted_filename": argument.named(origin.variable),
        "quoted_type": argument.typed(origin.variable),
    }


def _text_fields(wire: WireForm, operation: Operation) -> tuple[str, ...]:
    """Names of the text fields that went along, those left out that are meant to be files."""
    names = (part.name for part in wire.parts or () if not part.is_file and part.text is not None)
    return tuple(
        dict.fromkeys(
            name for name in names if name.isidentifier() and operation.file_field(base_name(name)) is None
        )
    )


# A request as a whole program in a client's own language, as somebody would write it by hand.
#
# ``fixes`` has the line that changes, for a finding; this has a program to run, for a fix that is to be
# shown.
#
# The program reads ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY`` from its environment and its files from the
# folder it runs in, and prints a line on success. Whether it puts the form on the wire just so is for
# whoever runs it to find out: it is run before it is shown.


_NUMBERS = frozenset({"n", "output_compression", "partial_images"})
"""Fields that the SDK declares as numbers. Source: the openai package 3.54.0."""

_NO_PATHS: Mapping[str, str] = {}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}(\[\])?")


@dataclass(frozen=True, slots=True)
class Program:
    """``language`` is ``python``, ``javascript`` or ``sh``; ``files`` maps the name of each file it reads to
    the digest of its bytes."""

    language: str
    code: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Call:
    operation: str
    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, Part], ...]
    """The name to read a file by, and its part."""


def program(client: str | None, wire: WireForm, paths: Mapping[str, str] = _NO_PATHS) -> Program | None:
    """The program that sends ``wire`` with ``client``; None where it cannot be written in a few lines.

    ``paths`` are names of files in the working folder, by the digest of their bytes.
    For a client without a writer of its own it is that of the SDK.
    """
    if wire.json is not None and wire.embedded:
        text = text_program(client, "python", wire, paths)
        return None if text is None else Program(*text)
    call = _call(wire, paths)
    if call is None:
        return None
    language, write = _WRITERS.get(client or "openai", _WRITERS["openai"])
    files = {name: part.sha256 for name, part in call.files}
    return Program(language, write(call), files)


def written_for(client: str | None) -> str:
    """The client that ``program`` writes for."""
    return "openai" if client is None or client not in _WRITERS else client


def _call(wire: WireForm, paths: Mapping[str, str]) -> _Call | None:
    operation = operation_of(wire)
    if operation is None or wire.parts is None or wire.fault is not None or wire.query:
        return None
    path = vendors.vendor_of(operation).routes[operation].path
    fields = []
    files: list[tuple[str, Part]] = []
    for part in wire.parts:
        if not _NAME.fullmatch(part.name) or iskeyword(part.name):
            return None  # it becomes a word of the program, and somebody else may have chosen it
        if part.is_file:
            name = paths.get(part.sha256) or _own_name(part, [name for name, _ in files])
            files.append((name, part))
        elif part.text is None or part.content_type is not None or part.headers:
            return None
        else:
            fields.append((part.name, part.text))
    return _Call(operation, path, tuple(fields), tuple(files))


def _own_name(part: Part, taken: Sequence[str]) -> str:
    """A plain name for the file on disk; what is sent as filename is another matter."""
    stem = part.name.partition("[")[0]
    suffix = "" if part.format is None else preferred_extension(part.format)
    number = sum(name.startswith(stem) for name in taken)
    return f"{stem}{number + 1 if number else ''}{suffix}"


def _openai(call: _Call) -> str:
    lines = ["from pathlib import Path", "", "from openai import OpenAI", "", "client = OpenAI()"]
    lines += [f"result = client.{_method(call)}(", *_keywords(call, "    "), ")"]
    return "\n".join([*lines, 'print("accepted", type(result).__name__)', ""])


def _openai_async(call: _Call) -> str:
    lines = ["import asyncio", "from pathlib import Path", "", "from openai import AsyncOpenAI", "", ""]
    lines += [
        "async def main():",
        "    client = AsyncOpenAI()",
        f"    result = await client.{_method(call)}(",
    ]
    lines += [*_keywords(call, "        "), "    )", '    print("accepted", type(result).__name__)', "", ""]
    return "\n".join([*lines, "asyncio.run(main())", ""])


def _method(call: _Call) -> str:
    return SDK_CALLS.get(call.operation, call.operation)


def _keywords(call: _Call, indent: str) -> list[str]:
    lines = [f"{indent}{field}={value}," for field, value in _grouped(call, _tuple).items()]
    return [*lines, *(f"{indent}{name}={_value(name, value)}," for name, value in call.fields)]


def _grouped(call: _Call, write: Callable[[str, Part], str]) -> dict[str, str]:
    """By keyword. The SDKs write ``image[]`` for a list, and for nothing else."""
    grouped: dict[str, list[str]] = {}
    for name, part in call.files:
        grouped.setdefault(part.name, []).append(write(name, part))
    return {
        field.removesuffix("[]"): f"[{', '.join(each)}]" if field.endswith("[]") or len(each) > 1 else each[0]
        for field, each in grouped.items()
    }


def _node(call: _Call) -> str:
    def file(name: str, part: Part) -> str:
        typed = "" if part.content_type is None else f", {{ type: {_quoted(part.content_type)} }}"
        return f"await toFile(fs.readFileSync({_quoted(name)}), {_quoted(part.filename)}{typed})"

    lines = ['import fs from "node:fs";', 'import OpenAI, { toFile } from "openai";', ""]
    lines.append("const client = new OpenAI();")
    lines.append(f"const result = await client.{SDK_CALLS_JS.get(call.operation, call.operation)}({{")
    lines += [f"  {field}: {value}," for field, value in _grouped(call, file).items()]
    lines += [
        f"  {name}: {value if name in _NUMBERS and _NUMBER.fullmatch(value) else _quoted(value)},"
        for name, value in call.fields
    ]
    return "\n".join([*lines, "});", 'console.log("accepted", Object.keys(result).join(" "));', ""])


def _quoted(text: str | None) -> str:
    """As a literal: what JSON writes, Python and JavaScript read alike."""
    return json.dumps(text or "", ensure_ascii=False)


def _value(name: str, value: str) -> str:
    if name in _NUMBERS and _NUMBER.fullmatch(value):
        return value
    return {"true": "True", "false": "False"}.get(value, _quoted(value))


def _tuple(name: str, part: Part) -> str:
    read = f"Path({_quoted(name)}).read_bytes()"
    typed = "" if part.content_type is None else f", {_quoted(part.content_type)}"
    return f"({_quoted(part.filename)}, {read}{typed})"


def _rest(library: str) -> Callable[[_Call], str]:
    def write(call: _Call) -> str:
        lines = ["import os", "from pathlib import Path", "", f"import {library}", ""]
        lines.append(f"answer = {library}.post(")
        lines.append(f'    os.environ["OPENAI_BASE_URL"] + "{call.path}",')
        lines.append('    headers={"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},')
        lines.append(
            "    data={"
            + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in call.fields)
            + "},"
        )
        lines.append("    files=[")
        lines += [f"        ({_quoted(part.name)}, {_tuple(name, part)})," for name, part in call.files]
        lines += ["    ],", "    timeout=120,", ")", "answer.raise_for_status()"]
        return "\n".join([*lines, 'print("accepted", answer.status_code)', ""])

    return write


def _curl(call: _Call) -> str:
    lines = [f'curl --fail-with-body -sS "$OPENAI_BASE_URL{call.path}"']
    lines.append('-H "Authorization: Bearer $OPENAI_API_KEY"')
    lines += [f"--form-string {shlex.quote(f'{name}={value}')}" for name, value in call.fields]
    for name, part in call.files:
        typed = "" if part.content_type is None else f";type={part.content_type}"
        named = json.dumps(part.filename, ensure_ascii=False)
        lines.append("-F " + shlex.quote(f"{part.name}=@{name}{typed};filename={named}"))
    return " \\\n  ".join(lines) + "\n"


_WRITERS: Mapping[str, tuple[str, Callable[[_Call], str]]] = {
    "openai": ("python", _openai),
    "openai-async": ("python", _openai_async),
    "openai-raw-response": ("python", _openai),
    "node-openai": ("javascript", _node),
    "httpx": ("python", _rest("httpx")),
    "requests": ("python", _rest("requests")),
    "curl": ("sh", _curl),
}
"""A writer by client. To add one, write a function from a call to a program's text, and name it here."""
