"""Documents: a type is its own JSON form and its own JSON Schema, so what is read back is what was written.

What holds its default is left out, so a document holds what is known and nothing else; a type that is
``whole`` has every key. A document is laid out for a reader of differences: one entry of a list a line, one
part of a request a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from upload_matrix.model.errors import ConfigurationError

T = TypeVar("T")
R = TypeVar("R")

Document = dict[str, Any]
Schema = dict[str, Any]

_CLAIMS = ("format", "version")
"""What a document says it is; always written, and first."""

_ESCAPED = re.compile("[\x7f\x85\u2028\u2029\ud800-\udfff]")
"""A lone surrogate cannot be written as UTF-8, and the others end a line for some readers."""


class MalformedError(ValueError):
    """A document lacks a key, or holds a value of another type; the message says where."""


MOST_NESTED = 200
"""Levels of a JSON value that are read: whoever walks through one afterwards needs room of its own."""


def parsed(
    text: str | bytes | bytearray, objects: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None
) -> Any:
    """JSON of whoever wrote it as plain data; raises ValueError for what is none, or is nested too deep.

    ``objects`` makes a dict of an object's pairs.
    """
    try:
        value = json.loads(text, object_pairs_hook=objects)
    except RecursionError:
        raise ValueError(f"nested more than {MOST_NESTED} levels deep") from None
    opened = (
        text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")
    )
    if opened > MOST_NESTED:
        level = [value]
        for _ in range(MOST_NESTED):
            level = [below for each in level for below in _children(each)]
        if level:
            raise ValueError(f"nested more than {MOST_NESTED} levels deep")
    return value


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


_WHOLE: set[type] = set()


def whole(kind: type[T]) -> type[T]:
    """Decorate a class of which every key is written, also where it holds its default.

    It may stand as a value of a document or as an entry of one's list, not deeper.
    """
    _WHOLE.add(kind)
    return kind


_RENEWED: set[type] = set()


def renewed(kind: type[T]) -> type[T]:
    """Decorate a document whose version before this one differs in its words alone, and is still read."""
    _RENEWED.add(kind)
    return kind


_OLD_KEYS = {"mend": "fix", "refused": "not_sent"}
_OLD_WORDS = {"refused": "not_sent", "mended": "fixed"}
_WORDED = frozenset({"kind", "expected", "outcome", "how"})
"""Keys whose values are words of a document; elsewhere a text is somebody's own."""


def _in_new_words(data: Any) -> Any:
    if isinstance(data, list):
        return [_in_new_words(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {
        _OLD_KEYS.get(key, key): _OLD_WORDS.get(value, value)
        if key in _WORDED and isinstance(value, str)
        else _in_new_words(value)
        for key, value in data.items()
    }


def encode(value: Any, kind: Any = None) -> Any:
    """``value`` as plain JSON data; ``kind`` is its type where that is no class of its own."""
    return _adapter(kind or type(value)).dump_python(
        value, mode="json", by_alias=True, exclude_defaults=type(value) not in _WHOLE
    )


def decode(kind: Any, data: Any) -> Any:
    """A ``kind`` from what ``encode`` wrote; raises ``MalformedError``."""
    try:
        return _adapter(kind).validate_python(data)
    except ValidationError as error:
        raise MalformedError(_fault(error)) from error


def _fault(error: ValidationError) -> str:
    """The first fault in a sentence that follows a subject: ``has no 'cases'``."""
    fault = error.errors(include_url=False)[0]
    *above, last = fault["loc"] or ("",)
    if fault["type"] == "missing":
        return f"has no {last!r}{_at(above)}"
    value = fault["input"]
    shown = "" if isinstance(value, dict | list) else f" {value!r:.80}"
    words = fault["msg"].removeprefix("Value error, ")
    return f"has a wrong value{shown}{_at(fault['loc'])}: {words[:1].lower()}{words[1:]}"


def _at(steps: Iterable[int | str]) -> str:
    place = ""
    for step in steps:
        plain = isinstance(step, str) and step.isidentifier()
        place += (f".{step}" if place else str(step)) if plain else f"[{step}]"
    return f" at {place}" if place else ""


# -- text --


def line(value: Any) -> str:
    """``value``, plain JSON data, on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def separated(lines: Iterable[str]) -> Iterator[str]:
    """``lines``, each on its own with commas between, as the inside of a list or an object."""
    separator = "\n"
    for each in lines:
        yield separator + each
        separator = ",\n"
    if separator != "\n":
        yield "\n"


def chunks(document: Any) -> Iterator[str]:
    """A document (a data class) as JSON text, in pieces of a line or so.

    An entry of a list or of a mapping stands on a line of its own, and so a hundred thousand of them need
    not be in memory twice. A document in a document is laid out alike.
    """
    separator = "{\n"
    for field in fields(document):
        value = getattr(document, field.name)
        if value == field.default and field.name not in _CLAIMS:
            continue
        yield f"{separator}{line(field.name)}: "
        separator = ",\n"
        if isinstance(value, tuple):
            yield "["
            yield from separated(line(_plain(each)) for each in value)
            yield "]"
        elif isinstance(value, Mapping) and any(map(is_dataclass, value.values())):
            yield "{"
            yield from separated(f"{line(key)}: {in_lines(_plain(value[key]))}" for key in sorted(value))
            yield "}"
        elif hasattr(value, "format") and is_dataclass(value):
            yield from chunks(value)
        else:
            yield line(_plain(value))
    yield "\n}\n"


def _plain(value: Any) -> Any:
    return encode(value) if not isinstance(value, str | int | float | None) else value


def in_lines(document: Document) -> str:
    """An object; a list of ``parts`` in it stands last and takes a line a part."""
    rest = {key: value for key, value in document.items() if key != "parts"}
    if "parts" not in document:
        return line(rest)
    listed = "".join(separated(f"  {line(part)}" for part in document["parts"]))
    return f'{line(rest)[:-1]}, "parts": [{listed}]}}'


def load(
    kind: type[T], text: str, name: str, *, what: str, way_out: str, build: Callable[[T], R] | None = None
) -> R:
    """A document, which is a ``kind`` with ``format`` and ``version`` as defaults, or what ``build`` makes
    of it.

    ``name`` is its file, ``what`` it is ("report"), ``way_out`` how to come by a good one. ``build`` may
    raise ``MalformedError`` for a document that contradicts itself.
    Raises ConfigurationError with all three, and what is wrong.
    """
    claims = _claims(kind)
    try:
        data = parsed(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: not JSON: {error}. {way_out}") from error
    if not isinstance(data, dict) or data.get("format") != claims["format"]:
        raise ConfigurationError(
            f'{name}: no {what} of upload-matrix: it does not say "format": "{claims["format"]}". {way_out}'
        )
    version = data.get("version")
    if isinstance(version, int) and version > claims["version"]:
        raise ConfigurationError(
            f"{name}: version {version} of the {what} was written by a newer upload-matrix; this one reads "
            f"version {claims['version']}. Upgrade upload-matrix, or write it again with this one."
        )
    if version == claims["version"] - 1 and kind in _RENEWED:
        data = {**_in_new_words(data), "version": claims["version"]}
    elif isinstance(version, int) and version < claims["version"]:
        raise ConfigurationError(
            f"{name}: version {version} of the {what}; this upload-matrix reads version {claims['version']}. "
            f"{way_out}"
        )
    try:
        document = decode(kind, data)
        return cast("R", document) if build is None else build(document)
    except MalformedError as error:
        raise ConfigurationError(f"{name}: the {what} {error}. {way_out}") from error


def _claims(kind: Any) -> dict[str, Any]:
    return {field.name: field.default for field in fields(kind) if field.name in _CLAIMS}


# -- schema --


class _Strict(GenerateJsonSchema):
    """An unknown key is an error at every level."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        found = {**super().dataclass_schema(schema), "additionalProperties": False}
        return found | {"required": list(found["properties"])} if schema["cls"] in _WHOLE else found

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - of the base class
        return False


def json_schema(kind: Any, name: str) -> Schema:
    """The JSON Schema (2020-12) of a document: what another program may rely on."""
    claims = _claims(kind)
    schema = _adapter(kind).json_schema(schema_generator=_Strict, ref_template="#/$defs/{model}")
    schema["required"] = [*claims, *schema.get("required", ())]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:{name}:{claims.get('version', 1)}",
        **schema,
        "title": claims.get("format", f"upload-matrix: a {name}"),
    }
