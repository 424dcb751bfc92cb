"""The reference of the YAML files, from the pydantic models that read them."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

from docs_markdown import code, fenced, page, prose, table

from upload_matrix import vendors
from upload_matrix.emulator.profile import Model as ProfileModel
from upload_matrix.emulator.profile import ProfileFile
from upload_matrix.emulator.rule import Rule
from upload_matrix.matrix.load import OperationShape
from upload_matrix.matrix.shape import MatrixShape
from upload_matrix.starter import STARTER_MATRIX
from upload_matrix.targets.spec import TargetDocument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel


OPENAI = vendors.ROOT / "openai"

_WRITTEN_OTHERWISE = frozenset({"ConditionShape"})
"""Models whose keys no file has: their text says how they are written."""


def matrix_page() -> str:
    """The keys of a matrix file, and the starter with its comments."""
    return page(
        "Matrix files",
        "`matrix/NAME.yaml`: one file, one matrix. Generated from the model that reads it; "
        "`upload-matrix schema` prints it as JSON Schema, for completion in an editor. The values that axes "
        "may have: [words](words.md). How to write one: [a matrix of your own](../how-to/own-matrix.md).",
        [
            *_model(MatrixShape),
            *_example("What `upload-matrix init` writes", STARTER_MATRIX / "uploads.yaml"),
        ],
    )


def files_page() -> str:
    """The keys of the other YAML files."""
    return page(
        "Other files",
        "Each lies in a folder beside the matrix, and is found by its name. Generated from the models that "
        "read them.",
        [
            "## Operations",
            "",
            "`matrix/operations/NAME.yaml`.",
            "",
            *_model(OperationShape, 3),
            *_example("A built-in one", OPENAI / "operations" / "images.edit.yaml", 3),
            "## Targets",
            "",
            "`matrix/targets/NAME.yaml`. How to write one: [a target of your own](../how-to/own-target.md).",
            "",
            *_model(TargetDocument, 3),
            *_example(
                "A built-in one, which says what each word means", OPENAI / "targets" / "openai.yaml", 3
            ),
            "## Emulator profiles",
            "",
            "`matrix/profiles/NAME.yaml`. How to write one: "
            "[an emulator profile of your own](../how-to/own-profile.md).",
            "",
            *_model(ProfileFile, 3),
            *_model(ProfileModel, 3),
            *_model(Rule, 3),
        ],
    )


def _model(model: type[BaseModel], level: int = 2) -> Iterator[str]:
    """A table of the model's keys, then one for each model it is made of."""
    schema = model.model_json_schema(mode="validation", ref_template="{model}")
    definitions = schema.pop("$defs", {})
    yield from _keys(schema, schema["title"], level)
    for name, definition in definitions.items():
        if definition.get("properties"):
            yield from _keys(definition, name, level + 1)


def _keys(schema: dict[str, Any], title: str, level: int) -> Iterator[str]:
    yield f"{'#' * level} {_title(title)}"
    yield ""
    if schema.get("description"):
        yield prose(inspect.cleandoc(schema["description"]))
        yield ""
    if title in _WRITTEN_OTHERWISE:
        return
    required = set(schema.get("required", ()))
    rows = [
        (
            code(name),
            _kind(value),
            "required" if name in required else _default(value),
            prose(value.get("description", "")),
        )
        for name, value in schema["properties"].items()
    ]
    described = any(row[3] for row in rows)
    heads = ("key", "value", "default", "what it says")
    yield from table(heads if described else heads[:3], rows if described else [row[:3] for row in rows])


def _title(model: str) -> str:
    """A model's name as words: ``KnownFailureShape`` is a known failure."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub("(Shape|Document)$", "", model))
    return words.capitalize() or "Keys"


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "" if default is None else code(json.dumps(default, ensure_ascii=False))


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        title = _title(schema["$ref"])
        return f"[{title}](#{title.lower().replace(' ', '-')})"
    if "anyOf" in schema:
        kinds = [_kind(item) for item in schema["anyOf"] if item.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema or "const" in schema:
        return ", ".join(code(str(value)) for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "any value")
    if isinstance(kind, list):
        return " or ".join(word for word in kind if word != "null")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"mapping to {_kind(inner)}" if isinstance(inner, dict) and inner else "mapping"
    return _limited(kind, schema)


def _limited(kind: str, schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum", schema.get("ge")), schema.get("maximum", schema.get("le"))
    words = [kind if schema.get("format") is None else str(schema["format"])]
    if low is not None and high is not None:
        words.append(f"{low} to {high}")
    if "pattern" in schema:
        words.append(f"like {code(schema['pattern'])}")
    return ", ".join(words)


def _example(title: str, path: Path, level: int = 2) -> Iterator[str]:
    yield f"{'#' * level} {title}"
    yield ""
    yield from fenced(path.read_text("utf-8"), "yaml")
