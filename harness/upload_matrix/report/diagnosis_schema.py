"""The JSON Schema (2020-12) of a diagnosis: what another program may rely on."""

from __future__ import annotations

from upload_matrix.model.diagnosis import Confidence, Stand
from upload_matrix.report.diagnosis_json import FORMAT, VERSION
from upload_matrix.report.isolation_schema import (
    ANSWERED,
    COUNT,
    DIGEST,
    FLAG,
    FLAG_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    isolation_object,
    wire_definitions,
)
from upload_matrix.report.schema_words import Schema, list_of, object_of

_MONEY: Schema = {
    "type": ["string", "null"],
    "pattern": r"^[0-9]+(\.[0-9]+)?(E[-+]?[0-9]+)?$",
    "description": "USD, exactly; null: a price is unknown",
}


def diagnosis_schema() -> Schema:
    """The schema of the current version; an unknown key is an error, at every level."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:diagnosis:{VERSION}",
        "title": FORMAT,
        "$defs": {**wire_definitions(), "isolation": isolation_object()},
        **object_of(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "verdict": TEXT,
                "confidence": {"enum": [each.value for each in Confidence]},
                "found": {**FLAG, "description": "whether there is a cause"},
                "emulated": FLAG,
                "subject": {**TEXT, "description": "a case's id, a saved request's folder, or a command"},
                "target": TEXT,
                "wire": DIGEST,
                "answer": object_of(ANSWERED),
                "stopped": {**TEXT_OR_NULL, "description": "which limit ended it"},
                "calls": COUNT,
                "recorded": COUNT,
                "spent_usd": _MONEY,
                "origins": list_of(TEXT),
                "unexplained": list_of(TEXT),
                "mend": {"anyOf": [_mend(), {"type": "null"}]},
                "suspects": list_of(_suspect()),
                "isolation": {"anyOf": [{"$ref": "#/$defs/isolation"}, {"type": "null"}]},
            }
        ),
    }


def _suspect() -> Schema:
    return object_of(
        {
            "number": {**COUNT, "description": "its place in the field report's order"},
            "name": TEXT,
            "stand": {"enum": [each.value for each in Stand]},
            "says": TEXT,
            "tried": list_of(TEXT),
            "calls": COUNT,
            "recorded": COUNT,
            "spent_usd": _MONEY,
            "emulated": FLAG,
        }
    )


def _mend() -> Schema:
    return object_of(
        {
            "says": TEXT,
            "wire": DIGEST,
            "accepted": {**FLAG_OR_NULL, "description": "by the same target; null: not asked"},
            "language": TEXT_OR_NULL,
            "code": TEXT_OR_NULL,
            "code_accepted": {**FLAG_OR_NULL, "description": "the program was run; null: it was not"},
            "note": TEXT_OR_NULL,
            "emulated": FLAG,
        }
    )
