"""The JSON Schema (2020-12) of an isolation: what another program may rely on."""

from __future__ import annotations

from upload_matrix.judge.isolate.questions import Purpose
from upload_matrix.judge.isolate.result import Stop
from upload_matrix.judge.isolate.votes import Vote
from upload_matrix.model.change import ChangeKind
from upload_matrix.model.wire import DIGEST_LENGTH
from upload_matrix.report.isolation_json import FORMAT, VERSION
from upload_matrix.report.isolation_words import FATES, HOW
from upload_matrix.report.json_report import report_schema
from upload_matrix.report.schema_words import Schema, list_of, object_of

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
FLAG_OR_NULL: Schema = {"type": ["boolean", "null"]}
DIGEST: Schema = {"type": "string", "pattern": f"^[0-9a-f]{{{DIGEST_LENGTH}}}$"}
STATUS_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 100, "maximum": 999}

ANSWERED: Schema = {
    "status": {**STATUS_OR_NULL, "description": "null: no answer, and `message` is why"},
    "code": TEXT_OR_NULL,
    "param": TEXT_OR_NULL,
    "message": TEXT_OR_NULL,
    "recorded": FLAG,
    "emulated": FLAG,
}
"""The properties of an answer."""


def isolation_schema() -> Schema:
    """The schema of the current version; an unknown key is an error, at every level."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:isolation:{VERSION}",
        "title": FORMAT,
        "$defs": wire_definitions(),
        **isolation_object(),
    }


def wire_definitions() -> Schema:
    """The definitions that ``isolation_object`` refers to."""
    shared = report_schema()["$defs"]
    return {name: shared[name] for name in ("WireForm", "Part", "Framing")}


def isolation_object() -> Schema:
    """The isolation itself, as it also stands in a diagnosis."""
    signature = object_of(
        {
            "layer": {**TEXT, "description": "who refused: `target`, or a hop before it"},
            "status": STATUS_OR_NULL,
            "code": TEXT_OR_NULL,
            "param": TEXT_OR_NULL,
        }
    )
    counts = object_of(
        {
            "calls": COUNT,
            "recorded": COUNT,
            "inconclusive": {**COUNT, "description": "answers that said nothing, and did not count"},
            "searched": COUNT,
            "bound": {**COUNT, "description": "the most questions that the search may take"},
        }
    )
    return object_of(
        {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "sentence": TEXT,
            "stopped": {"enum": [stop.value for stop in Stop]},
            "emulated": FLAG,
            "target": {**TEXT, "description": "with ` through NAME` where every question took a gateway"},
            "failing": object_of({"name": TEXT, "wire": DIGEST}),
            "passing": object_of({"name": TEXT, "how": {"enum": list(HOW)}, "wire": DIGEST}),
            "signature": {"anyOf": [signature, {"type": "null"}]},
            "causes": list_of(_cause()),
            "origins": {**list_of(TEXT), "description": "how the deciding difference comes from the code"},
            "counts": counts,
            "changes": list_of(_change()),
            "tried": {
                **list_of(object_of({"says": TEXT, **ANSWERED})),
                "description": "what was asked before the passing request was found",
            },
            "asked": list_of(_asked()),
            "wires": {
                "type": "object",
                "propertyNames": DIGEST,
                "additionalProperties": {"$ref": "#/$defs/WireForm"},
            },
        }
    )


def _cause() -> Schema:
    return object_of(
        {
            "changes": {**list_of(TEXT), "description": "`where` of changes; together they decide"},
            "along": {**list_of(TEXT), "description": "those that cannot be left out beside them"},
            "sufficient": FLAG,
            "minimal": FLAG_OR_NULL,
            "necessary": FLAG_OR_NULL,
            "searched": COUNT,
            "bound": COUNT,
        }
    )


def _change() -> Schema:
    return object_of(
        {
            "where": TEXT,
            "kind": {"enum": [kind.value for kind in ChangeKind]},
            "part": TEXT_OR_NULL,
            "passing": TEXT_OR_NULL,
            "failing": TEXT_OR_NULL,
            "fate": {"enum": list(FATES)},
        }
    )


def _asked() -> Schema:
    return object_of(
        {
            "purpose": {"enum": [purpose.value for purpose in Purpose]},
            "changes": {**list_of(TEXT), "description": "what of the failing request it has; none: passing"},
            "vote": {"enum": [vote.value for vote in Vote]},
            "signature": TEXT_OR_NULL,
            "recorded": FLAG,
            "emulated": FLAG,
            "says": TEXT,
        }
    )
