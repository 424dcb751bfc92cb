"""The JSON Schema (2020-12) of a comparison of two variants: what another program may rely on."""

from __future__ import annotations

from upload_matrix.judge.ab import AbVerdict
from upload_matrix.report.ab_json import FORMAT, VERSION
from upload_matrix.report.json_report import report_schema
from upload_matrix.report.schema_words import Schema, list_of, object_of

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}


def ab_schema() -> Schema:
    """The schema of the current version; an unknown key is an error, at every level."""
    report = report_schema()
    repetition = {"$ref": "#/$defs/Proportion"}
    side = object_of(
        {
            "case": _TEXT,
            "target": _TEXT,
            "environment": _TEXT,
            "wires": {**list_of(_TEXT), "description": "keys of wire_forms"},
            "repetition": repetition,
        },
        {"cost": {"$ref": "#/$defs/CostOf"}},
    )
    delta = object_of({"where": _TEXT, "from": _TEXT_OR_NULL, "to": _TEXT_OR_NULL})
    kept = ("environments", "cases", "wire_forms")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:ab:{VERSION}",
        "title": FORMAT,
        "$defs": report["$defs"],
        **object_of(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "verdict": {"enum": [verdict.value for verdict in AbVerdict]},
                "exit_code": {"enum": [0, 3]},
                "emulated": {"type": "boolean", "description": "a stand-in answered A or B"},
                "same_wire": {"type": "boolean", "description": "A and B send the same request"},
                "a": side,
                "b": side,
                "differences": {**list_of(delta), "description": "on the wire, from A to B"},
                "controls": list_of(repetition),
                "notes": list_of(_TEXT),
                "prices": list_of({"$ref": "#/$defs/Price"}),
                **{name: report["properties"][name] for name in kept},
            },
            {
                "test": _test(),
                "repeats_needed": {**_COUNT, "description": "of each, for shares like these to differ"},
            },
        ),
    }


def _test() -> Schema:
    pair = {"type": "array", "prefixItems": [_COUNT, _COUNT], "items": False, "minItems": 2}
    return object_of(
        {
            "name": {"const": "fisher"},
            "p": {"type": "number", "minimum": 0, "maximum": 1},
            "significant": {"type": "boolean"},
            "a": pair,
            "b": pair,
            "answers_tried": _COUNT,
        },
        {"about": {"$ref": "#/$defs/Outcome", "description": "the answer tested; none: accepted"}},
    )
