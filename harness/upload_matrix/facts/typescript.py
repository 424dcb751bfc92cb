"""A JSON Schema as TypeScript declarations: only what the schemas of this project have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def declarations(schema: Mapping[str, Any]) -> str:
    """The declarations of a module that is a document of the schema.

    Raises ValueError for a part of a schema that has no translation here.
    """
    named = {**schema.get("$defs", {}), "Registry": schema}
    types = "\n".join(line for name, each in sorted(named.items()) for line in _named(name, each))
    end = "declare const registry: registry.Registry;\nexport = registry;\n"
    return f"declare namespace registry {{\n{types}\n}}\n{end}"


def _named(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield from _words(schema.get("description"), "  ")
    if "properties" not in schema:
        yield f"  type {name} = {_type(schema)};"
        return
    yield f"  interface {name} {{"
    needed = schema.get("required", ())
    for key, each in schema["properties"].items():
        yield from _words(each.get("description"), "    ")
        yield f"    {key}{'' if key in needed else '?'}: {_type(each)};"
    yield "  }"


def _words(text: str | None, indent: str) -> Iterator[str]:
    if text:
        lines = text.replace("*/", "* /").splitlines()
        yield f"{indent}/** {lines[0]}"
        yield from (f"{indent} * {line}".rstrip() for line in lines[1:])
        yield f"{indent} */"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array":
        return f"Array<{_type(schema['items'])}>"
    if kind == "object":
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    if kind not in _PLAIN:
        raise ValueError(f"no TypeScript for {schema!r:.80}")
    return _PLAIN[kind]
