"""The JSON Schema of a matrix file, for editors: the shape of the file, filled with the catalog's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upload_matrix.matrix.shape import DECLARED, NAME_PATTERN, ORDER, RESERVED, MatrixShape
from upload_matrix.model.case import FACTS, Catalog
from upload_matrix.model.setting import KNOWN

Schema = dict[str, Any]


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FREE = {"type": ["string", "number", "boolean"]}
_FREE_OR_NULL = {"type": ["string", "number", "boolean", "null"]}


def json_schema(catalog: Catalog) -> dict[str, Any]:
    """A JSON Schema (2020-12), as plain data, of the matrix files that this catalog allows.

    It knows words and kinds. What takes the whole file to judge (a condition that no case can meet, the
    number of cases) is left to loading.
    """
    schema = MatrixShape.model_json_schema(mode="validation")
    definitions, properties = schema["$defs"], schema["properties"]
    axes = _axes(catalog)
    fields = sorted(catalog.text_fields() - RESERVED)
    definitions["ConditionShape"] = _condition(_FREE_OR_NULL)
    definitions["Conditions"] = _object(
        {name: _condition({"anyOf": [value, {"type": "null"}]}) for name, value in axes.items()}
        | {name: {"description": text, **_condition(_FREE_OR_NULL)} for name, text in FACTS.items()}
    )
    conditions = {"$ref": "#/$defs/Conditions"}
    for entry in ("ExpectShape", "KnownFailureShape"):
        when = definitions[entry]["properties"]["when"]
        definitions[entry]["properties"]["when"] = {"description": when["description"], **conditions}
    definitions["KnownFailureShape"]["properties"]["when"]["minProperties"] = 1
    properties["exclude"]["items"] = {**conditions, "minProperties": 1}
    properties["include"]["items"] = _object(axes)
    properties["axes"] = {
        "description": properties["axes"]["description"],
        **_object({name: _some(value) for name, value in axes.items()}),
    }
    properties["request"] |= _object(dict.fromkeys(fields, _FREE))
    properties["settings"] |= _object(
        {name: {"description": each.summary, **each.schema} for name, each in KNOWN.items() if each.in_matrix}
    )
    properties["target"] = {"description": properties["target"]["description"], **axes["target"]}
    return {"$schema": _DIALECT, **schema, "title": "upload-matrix: a matrix"}


def _axes(catalog: Catalog) -> dict[str, Schema]:
    """The schema of one value, for every axis that a file can name."""
    words: dict[str, Mapping[str, str]] = dict(catalog.axes)
    words["operation"] = {name: operation.summary for name, operation in catalog.operations.items()}
    words["target"] = dict.fromkeys(catalog.targets, "")
    choices: dict[str, Schema] = {name: _choice(known) for name, known in words.items()}
    for name in DECLARED.keys() & choices.keys():
        choices[name]["anyOf"].append({"type": "string", "pattern": NAME_PATTERN})
    choices |= dict.fromkeys(sorted(catalog.text_fields() - choices.keys()), _FREE)
    first = [name for name in (*ORDER, "target") if name in choices]
    return {name: choices[name] for name in dict.fromkeys([*first, *choices])}


def _choice(words: Mapping[str, str]) -> Schema:
    return {
        "anyOf": [
            {"const": word, "description": text} if text else {"const": word} for word, text in words.items()
        ]
    }


def _some(value: Schema) -> Schema:
    """One value, or a list of them without repetition."""
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1, "uniqueItems": True}]}


def _condition(value: Schema) -> Schema:
    some = _some(value)
    return {"anyOf": [*some["anyOf"], {**_object({"not": some}), "required": ["not"]}]}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}
