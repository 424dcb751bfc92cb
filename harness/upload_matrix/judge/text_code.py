"""The fix of a finding about a file in JSON, or one that is the body, as code for whoever made the call."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

from upload_matrix.judge.findings._sent import SentForm
from upload_matrix.judge.handed_over import FileOrigin
from upload_matrix.model.result import Finding
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.json_body import Keys, keys_of
from upload_matrix.wire.media import preferred_extension, preferred_type, word_of_format
from upload_matrix.wire.upload import Upload

_BY_TYPE = frozenset(
    {"no-type", "octet-stream", "type-contradicts-bytes", "type-is-none", "type-not-preferred"}
)
"""Findings that another declared type is all that is needed for."""

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
    if upload is None or upload.format is None or upload.condition is not None:
        return None
    if finding.code == "type-not-taken" and "Convert" in finding.fix:
        return None
    content_type = _content_type(sent, upload)
    if upload.carrier == "raw":
        return _of_header(upload.typed_at or "Content-Type", content_type, language)
    keys = keys_of(upload.place)
    if finding.code in _BY_TYPE | {"type-not-taken"} and upload.typed_at is not None:
        typed = keys_of(upload.typed_at)
        told = upload.declared or ""
        value = json.dumps(content_type if "/" in told or not told else word_of_format(upload.format))
        return _assigned(typed, value, language, client)
    known = origin_of(str(keys[0]) if keys else "", None)
    file = path or known.path or f"{_stem(upload)}{preferred_extension(upload.format)}"
    block = sent.block(upload)
    as_url = upload.carrier == "data-url" if block is None else block.wants == "data-url"
    if block is not None and block.wants == "either":
        as_url = upload.carrier == "data-url"
    prefix = f"data:{content_type};base64," if as_url else ""
    return _encoded(keys, file, prefix, language, client)


def _content_type(sent: SentForm, upload: Upload) -> str:
    found = re.search(r"data:([\w./+-]+);base64", sent.fix(upload)) if upload.carrier == "data-url" else None
    if found is not None:
        return found[1]
    block = sent.block(upload)
    return preferred_type(str(upload.format), "" if block is None else block.family)


def _stem(upload: Upload) -> str:
    """What to call a file that nothing names: by its kind."""
    family = preferred_type(str(upload.format)).partition("/")[0]
    return {"image": "image", "audio": "audio", "video": "video"}.get(family, "document")


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
