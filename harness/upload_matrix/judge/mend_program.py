"""A request as a whole program in a client's own language, as somebody would write it by hand.

``mends`` has the line that changes, for a finding; this has a program to run, for a mend that is to be shown.

The program reads ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY`` from its environment and its files from the
folder it runs in, and prints a line on success. Whether it puts the form on the wire just so is for whoever
runs it to find out: it is run before it is shown.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from upload_matrix.judge.mends import SDK_CALLS, SDK_CALLS_JS
from upload_matrix.model.asked import PATHS, operation_of
from upload_matrix.wire.form import Part, WireForm
from upload_matrix.wire.media import preferred_extension

_NUMBERS = frozenset({"n", "output_compression", "partial_images"})
"""Fields that the SDK declares as numbers. Source: the openai package 3.54.0."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}(\[\])?")


@dataclass(frozen=True, slots=True)
class Program:
    """``language`` is ``python``, ``javascript`` or ``sh``; ``files`` maps the name of each file it reads to
    the place of its part in the form."""

    language: str
    code: str
    files: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Call:
    operation: str
    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, Part], ...]
    """The name to read a file by, and its part."""


def program(client: str | None, wire: WireForm) -> Program | None:
    """The program that sends ``wire`` with ``client``; None where it cannot be written in a few lines.

    For a client without a writer of its own it is that of the SDK.
    """
    call = _call(wire)
    if call is None:
        return None
    language, write = _WRITERS.get(client or "openai", _WRITERS["openai"])
    places = [place for place, part in enumerate(wire.parts or ()) if part.is_file]
    files = {name: place for (name, _), place in zip(call.files, places, strict=True)}
    return Program(language, write(call), files)


def written_for(client: str | None) -> str:
    """The client that ``program`` writes for."""
    return "openai" if client is None or client not in _WRITERS else client


def _call(wire: WireForm) -> _Call | None:
    operation = operation_of(wire)
    if operation is None or wire.parts is None or wire.fault is not None or wire.query:
        return None
    path = next(path for path, name in PATHS.items() if name == operation)
    fields = []
    files: list[tuple[str, Part]] = []
    for part in wire.parts:
        if not _NAME.fullmatch(part.name) or iskeyword(part.name):
            return None  # it becomes a word of the program, and somebody else may have chosen it
        if part.is_file:
            files.append((_own_name(part, [name for name, _ in files]), part))
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
