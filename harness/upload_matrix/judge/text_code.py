"""The fix of a finding about a file in JSON, or one that is the body, as code for whoever made the call."""

from __future__ import annotations

import copy
import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.judge.findings._content import (
    filled,
    foreign,
    kind_of,
    marks,
    misshapen,
    mistyped,
    standing,
    template_for,
)
from upload_matrix.judge.findings._sent import SentForm, as_it_should_be, stem_of
from upload_matrix.judge.handed_over import FileOrigin
from upload_matrix.model.result import Finding
from upload_matrix.wire.carriers.embedded import Embedded
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import WireForm, canonical_text
from upload_matrix.wire.json_body import Keys, keys_of, put, value_at
from upload_matrix.wire.media import format_of_extension, preferred_extension, preferred_type
from upload_matrix.wire.upload import Upload

_BY_TYPE = frozenset(
    {"no-type", "octet-stream", "type-contradicts-bytes", "type-is-none", "type-not-preferred"}
)
"""Findings that another declared type is all that is needed for."""

_BY_NAME = frozenset({"no-filename", "extension-contradicts-bytes"})
"""And those for which a name is."""

BY_BLOCK = frozenset({"block-of-another-api", "block-shape", "block-type"})
"""And those for which the block that the file stands in, or a field of it, is written anew."""

_BY_HAND = frozenset({"file-too-large", "picture-too-large", "request-too-large", "role-takes-no-file"})
"""And those that no line of the call repairs, however the file stands in it."""

_SDKS = frozenset({"openai", "openai-async", "azure", "node-openai"})
"""Clients whose keyword arguments are the fields of the body."""


def text_code(
    finding: Finding,
    sent: SentForm,
    language: str,
    client: str | None,
    origin_of: Callable[[str, Part | None], FileOrigin],
    path: str | None,
) -> str | None:
    """The lines to write in ``language`` (``python``, ``javascript``, ``sh`` or ``http``).

    ``path`` is the file of these bytes, where one is known. None where no line of the call mends it.
    """
    upload = next((each for each in sent.uploads if each.place == finding.part), None)
    if finding.code in _BY_HAND:
        return None
    if finding.code in BY_BLOCK:
        return _block(finding, sent, upload, path, language, client)
    if finding.code == "bytes-wrapped":
        return None if upload is None or upload.format is None else _as_body(sent, upload, path, language)
    path = path or (None if upload is None else sent.path_at(upload))
    if upload is None or finding.fix.startswith("Convert"):
        return None
    known = upload.format or format_of_extension(path or "")
    if known is None or (upload.condition is not None and upload.format is not None):
        return None
    if upload.format is None and sent.path_at(upload) is None:
        return None
    content_type = _content_type(sent, upload, known)
    if upload.carrier == "raw":
        return _of_header(upload.typed_at or "Content-Type", content_type, language)
    keys = keys_of(upload.place)
    if finding.code in _BY_TYPE | {"type-not-taken"} and upload.typed_at is not None:
        typed = keys_of(upload.typed_at)
        return _assigned(typed, json.dumps(sent.declared_well(upload)), language, client)
    file = path or origin_of(str(keys[0]) if keys else "", None).path
    file = file or f"{stem_of(known)}{preferred_extension(known)}"
    each = sent.embedded(upload)
    if finding.code in _BY_NAME and each is not None and each.named_at is not None:
        name = json.dumps(PurePath(file).name, ensure_ascii=False)
        return _assigned(keys_of(each.named_at), name, language, client)
    block = sent.block(upload)
    as_url = upload.carrier == "data-url" if block is None else block.wants == "data-url"
    if block is not None and block.wants == "either":
        as_url = upload.carrier == "data-url"
    prefix = f"data:{content_type};base64," if as_url else ""
    return _encoded(keys, file, prefix, language, client)


def _block(
    finding: Finding,
    sent: SentForm,
    upload: Upload | None,
    path: str | None,
    language: str,
    client: str | None,
) -> str | None:
    """The block as the API takes it, at its place."""
    meant, place = sent.meant, keys_of(finding.part or "")
    around = [each for each in standing(sent.form.document) if place[: len(each.keys)] == each.keys]
    if meant is None or not around:
        return None
    content, each = meant.vendor.content[meant.operation], around[-1]
    if finding.code == "block-type":
        called = mistyped(each.block, content, upload)
        return _assigned((*each.keys, "type"), json.dumps(called), language, client)
    shape = misshapen(each.block, content) if finding.code == "block-shape" else None
    written = foreign(each.block, meant.operation)
    if shape is not None:
        keys, template = (*each.keys, shape[0]), shape[1]
    elif written is not None:
        keys, template = each.keys, template_for(content, kind_of(written, upload) or "")
    else:
        return None
    if template is None:
        return None
    known = marks(sent, upload)
    if upload is None:
        address = value_at(sent.form.document, place)
        if isinstance(address, dict):
            address = address.get("url")
        if not isinstance(address, str) or "base64" in json.dumps(template):
            return None
        value = filled(template, {**known, "url": address, "data_url": address})
        return _assigned(keys, json.dumps(value, ensure_ascii=False), language, client)
    if upload.format is None or upload.condition is not None:
        return None
    file = path or f"{stem_of(upload.format)}{preferred_extension(upload.format)}"
    known |= {"filename": PurePath(file).name, "stem": PurePath(file).stem}
    prefix = f"data:{known['media_type']};base64,"
    value = filled(template, {**known, "base64": "@0@", "data_url": "@1@"})
    return _written_with(keys, value, {"@0@": ("", file), "@1@": (prefix, file)}, language, client)


def _as_body(sent: SentForm, upload: Upload, path: str | None, language: str) -> str:
    """The file's bytes as the whole body, with their type."""
    known = str(upload.format)
    content_type = as_it_should_be(upload, sent.form, sent.operation)[1]
    file = path or f"{stem_of(known)}{preferred_extension(known)}"
    header, quoted = _of_header("Content-Type", content_type, language), json.dumps(file, ensure_ascii=False)
    if language == "python":
        return f'{header}\nbody = open({quoted}, "rb").read()'
    if language == "javascript":
        return f"{header}\nbody = fs.readFileSync({quoted});"
    return f"{header} --data-binary {shlex.quote(f'@{file}')}" if language == "sh" else header


def _written_with(
    keys: Keys, value: Any, texts: Mapping[str, tuple[str, str]], language: str, client: str | None
) -> str:
    """A value assigned, with the file's text in the place of marks."""
    file = next(name for _, name in texts.values())
    if language == "python":
        read = f'data = open({json.dumps(file, ensure_ascii=False)}, "rb").read()'
        encoded = "base64.b64encode(data).decode()"
        made = {mark: f"{json.dumps(at)} + {encoded}" if at else encoded for mark, (at, _) in texts.items()}
        return f"{read}\n{_assigned(keys, python_document(value, made, ''), language, client)}"
    if language == "javascript":
        return _assigned(keys, _javascript(value, texts), language, client)
    if language == "sh":
        return _shell(value, texts)
    written = json.dumps(value, ensure_ascii=False)
    for mark, (prefix, _) in texts.items():
        written = written.replace(mark, f"{prefix}...")
    return written


def _content_type(sent: SentForm, upload: Upload, known: str) -> str:
    if upload.format is not None:
        return as_it_should_be(upload, sent.form, sent.operation)[1]
    return preferred_type(known, "")


def _of_header(name: str, value: str, language: str) -> str:
    if language in ("python", "javascript"):
        end = ";" if language == "javascript" else ""
        return f"headers[{json.dumps(name)}] = {json.dumps(value)}{end}"
    return f"-H {shlex.quote(f'{name}: {value}')}" if language == "sh" else f"{name}: {value}"


def _way(keys: Keys, language: str, client: str | None) -> str:
    """The place as the language writes it, from the arguments of an SDK or from the body."""
    first, *rest = keys
    begin = str(first) if client in _SDKS and language == "python" else ""
    steps = [] if begin else [first]
    if not begin:
        begin = "body"
    for key in (*steps, *rest):
        if language == "javascript" and isinstance(key, str) and key.isidentifier():
            begin += f".{key}"
        else:
            begin += f"[{json.dumps(key, ensure_ascii=False)}]"
    return begin


def _assigned(keys: Keys, value: str, language: str, client: str | None) -> str:
    if language in ("python", "javascript"):
        end = ";" if language == "javascript" else ""
        return f"{_way(keys, language, client)} = {value}{end}"
    return f"{json.dumps(keys[-1])}: {value}"


def _encoded(keys: Keys, file: str, prefix: str, language: str, client: str | None) -> str:
    quoted = json.dumps(file, ensure_ascii=False)
    if language == "python":
        text = "base64.b64encode(data).decode()"
        value = f'"{prefix}" + {text}' if prefix else text
        return f'data = open({quoted}, "rb").read()\n{_assigned(keys, value, language, client)}'
    if language == "javascript":
        text = f'fs.readFileSync({quoted}).toString("base64")'
        value = f'"{prefix}" + {text}' if prefix else text
        return _assigned(keys, value, language, client)
    if language == "sh":
        return f"""{json.dumps(keys[-1])}: "{prefix}'"$(base64 -w0 {shlex.quote(file)})"'\""""
    return f"{json.dumps(keys[-1])}: {json.dumps(f'{prefix}...')}"


# -- a whole program that sends such a request --


_LONGEST = 6000
"""Characters of a document that may be written as a literal."""


def text_program(
    client: str | None, language: str, wire: WireForm, paths: Mapping[str, str]
) -> tuple[str, str, dict[str, str]] | None:
    """Language, code, and the digest of the bytes of each file that it reads, by the file's name.

    The program reads the vendor's base URL and key from its environment. None where the request cannot be
    written in a few lines. ``paths`` are names of files in the working folder, by digest.
    """
    operation = vendors.operation_of(wire.path)
    if operation is None or wire.json is None or wire.fault is not None or wire.query:
        return None
    vendor = vendors.vendor_of(operation)
    below = wire.path.removeprefix(urlsplit(vendor.base_url).path)
    files: dict[str, str] = {}
    texts = {}
    document = copy.deepcopy(wire.document)
    for number, each in enumerate(wire.embedded):
        if each.spelling != "base64":
            return None
        name = paths.get(each.sha256) or _file_name(each, files)
        files[name] = each.sha256
        texts[f"@{number}@"] = (each.prefix or "", name)
        document = put(document, keys_of(each.place), f"@{number}@")
    if len(canonical_text(document)) > _LONGEST:
        return None
    language = _LANGUAGES.get(client or "", language)
    headers = (vendor.key_header, *vendor.needed_headers.items())
    call = _Post(vendor.variables.base_url, below, headers, vendor.variables.key)
    if language == "sh":
        return language, _of_curl(call, document, texts), files
    if language == "javascript":
        return language, _of_fetch(call, document, texts), files
    if client in _SDKS and client != "azure":
        return "python", _of_sdk(str(client), operation, document, texts), files
    return "python", _of_httpx(client, call, document, texts), files


_LANGUAGES = {"curl": "sh", "fetch": "javascript", "node-openai": "javascript"}


@dataclass(frozen=True, slots=True)
class _Post:
    """The variables with base URL and key, the path behind the one; in ``headers`` {key} is the other."""

    base_url: str
    path: str
    headers: tuple[tuple[str, str], ...]
    key: str

    def written(self, write: Callable[[str, str], str]) -> str:
        """The headers as the entries of an object; ``write`` makes one of its value around {key}."""
        return ", ".join(f"{json.dumps(name)}: {write(*_around(value))}" for name, value in self.headers)


def _around(value: str) -> tuple[str, str]:
    """What stands before {key}, and that itself, empty where it does not stand there."""
    before, key, _ = value.partition("{key}")
    return before, key


def _file_name(each: Embedded, taken: Mapping[str, str]) -> str:
    family = preferred_type(each.format).partition("/")[0] if each.format else "application"
    stem = family if family != "application" else "document"
    suffix = preferred_extension(each.format) if each.format else ""
    number = sum(name.startswith(stem) for name in taken)
    return f"{stem}{number + 1 if number else ''}{suffix}"


def _literal(document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    """The document as Python, one entry a line, with an expression in the place of each file's text."""
    return python_document(document, {mark: _python_text(*text) for mark, text in texts.items()}, "")


def python_document(value: Any, texts: Mapping[str, str], indent: str = "") -> str:
    """A document as a Python literal, one entry a line, with expressions in the place of some texts."""
    inner = f"{indent}    "
    if isinstance(value, dict) and value:
        entries = [f"{json.dumps(key)}: {python_document(each, texts, inner)}" for key, each in value.items()]
        return "{" + "".join(f"\n{inner}{each}," for each in entries) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        entries = [python_document(each, texts, inner) for each in value]
        return "[" + "".join(f"\n{inner}{each}," for each in entries) + f"\n{indent}]"
    if isinstance(value, str):
        return texts.get(value) or json.dumps(value, ensure_ascii=False)
    return repr(value)


def _python_text(prefix: str, name: str) -> str:
    encoded = f"base64.b64encode(Path({json.dumps(name, ensure_ascii=False)}).read_bytes()).decode()"
    return f"{json.dumps(prefix)} + {encoded}" if prefix else encoded


def _of_sdk(client: str, operation: str, document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    method = operation if operation.endswith(".create") else f"{operation}.create"
    arguments = f"body = {_literal(document, texts)}"
    head = "import base64\nfrom pathlib import Path\n\n"
    if client == "openai-async":
        return (
            f"import asyncio\n{head}from openai import AsyncOpenAI\n\n{arguments}\n"
            f"result = asyncio.run(AsyncOpenAI().{method}(**body))\n"
            'print("accepted", type(result).__name__)\n'
        )
    return (
        f"{head}from openai import OpenAI\n\n{arguments}\nresult = OpenAI().{method}(**body)\n"
        'print("accepted", type(result).__name__)\n'
    )


def _of_httpx(client: str | None, call: _Post, document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    library = client if client in ("requests", "httpx") else "httpx"

    def value(before: str, key: str) -> str:
        told = [json.dumps(before)] if before or not key else []
        return " + ".join([*told, *([f'os.environ["{call.key}"]'] if key else [])])

    return (
        f"import base64\nimport os\nfrom pathlib import Path\n\nimport {library}\n\n"
        f"body = {_literal(document, texts)}\n"
        f"answer = {library}.post(\n"
        f'    os.environ["{call.base_url}"] + {json.dumps(call.path)},\n'
        f"    headers={{{call.written(value)}}},\n"
        "    json=body,\n    timeout=120,\n)\nanswer.raise_for_status()\n"
        'print("accepted", answer.status_code)\n'
    )


def _javascript(document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    """The document as JavaScript, likewise."""
    written = json.dumps(document, ensure_ascii=False, indent=2)
    for mark, (prefix, name) in texts.items():
        read = f'fs.readFileSync({json.dumps(name, ensure_ascii=False)}).toString("base64")'
        written = written.replace(f'"{mark}"', f"{json.dumps(prefix)} + {read}" if prefix else read)
    return written


def _shell(document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    """The document as the lines of an unquoted here-document."""
    written = _in_shell(json.dumps(document, ensure_ascii=False, indent=2))
    for mark, (prefix, name) in texts.items():
        before = _in_shell(json.dumps(prefix)[1:-1])
        written = written.replace(f'"{mark}"', f'"{before}$(base64 -w0 {shlex.quote(name)})"')
    return written


def _of_fetch(call: _Post, document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    written = _javascript(document, texts)

    def value(before: str, key: str) -> str:
        return f"`{before}${{process.env.{call.key}}}`" if key else json.dumps(before)

    return (
        f'import fs from "node:fs";\n\nconst body = {written};\n'
        f"const answer = await fetch(process.env.{call.base_url} + {json.dumps(call.path)}, {{\n"
        '  method: "POST",\n'
        f'  headers: {{ "Content-Type": "application/json", {call.written(value)} }},\n'
        "  body: JSON.stringify(body),\n});\n"
        "if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);\n"
        'console.log("accepted", answer.status);\n'
    )


def _in_shell(text: str) -> str:
    """What stands for ``text`` between the lines of an unquoted here-document."""
    return re.sub(r"([\\$`])", r"\\\1", text)


def _of_curl(call: _Post, document: Any, texts: Mapping[str, tuple[str, str]]) -> str:
    written = _shell(document, texts)
    told = "".join(f' -H "{name}: {value.replace("{key}", f"${call.key}")}"' for name, value in call.headers)
    return (
        f'curl --fail-with-body -sS "${call.base_url}{call.path}" \\\n'
        f' {told} -H "Content-Type: application/json" --data-binary @- <<BODY\n'
        f"{written}\nBODY\n"
    )
