"""The JSON Schema (2020-12) of a sweep's JSON, as data: what another program may rely on."""

from __future__ import annotations

from upload_matrix.model.sweep import Strategy
from upload_matrix.model.wire import DIGEST_LENGTH
from upload_matrix.report.json_report import report_schema
from upload_matrix.report.schema_words import Schema, list_of, object_of
from upload_matrix.report.sweep_json import FORMAT, VERSION

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_DIGEST: Schema = {"type": "string", "pattern": f"^[0-9a-f]{{{DIGEST_LENGTH}}}$"}
_SHARED = frozenset(
    {"Environment", "Outcome", "OutcomeKind", "Part", "Source", "Provenance", "Supply", "WireForm", "Framing"}
)
_COUNTS = (
    "releases",
    "measured",
    "unavailable",
    "cells",
    "wire_forms",
    "needed",
    "recorded",
    "emulated",
    "asked",
    "unanswered",
)


def sweep_schema() -> Schema:
    """The schema of the current version; an unknown key is an error, at every level."""
    shared = report_schema()["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:sweep:{VERSION}",
        "title": FORMAT,
        "$defs": {
            **{name: definition for name, definition in shared.items() if name in _SHARED},
            "delta": object_of({"where": _TEXT, "from": _TEXT_OR_NULL, "to": _TEXT_OR_NULL}),
            "change": _change(),
            "release": _release(),
        },
        **object_of(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "distribution": _TEXT,
                "strategy": {"enum": [strategy.value for strategy in Strategy]},
                "guard": _guard(),
                "summary": object_of(dict.fromkeys(_COUNTS, _COUNT)),
                "certainty": _certainty(),
                "variants": {**list_of(_TEXT), "uniqueItems": True},
                "notes": list_of(_TEXT),
                "changes": list_of(_ref("change")),
                "answers": list_of(_answer()),
                "releases": {**list_of(_ref("release")), "description": "oldest first"},
                "behaviours": _by_digest(
                    object_of({"wires": list_of(_DIGEST), "outcome": _ref("Outcome")}, {"read": _read()}),
                    "wires: keys of wire_forms, one an attempt",
                ),
                "wire_forms": _by_digest(_ref("WireForm"), "by the digest of their identity"),
            },
            {"missing": missing_schema()},
        ),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _by_digest(values: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": _DIGEST,
        "additionalProperties": values,
        "description": description,
    }


def _guard() -> Schema:
    every = object_of({"every": {"type": "integer", "minimum": 1}})
    samples = object_of({"samples": {"type": "integer", "minimum": 2}})
    return {"anyOf": [{"type": "null"}, every, samples]}


def _certainty() -> Schema:
    stretches = list_of({"type": "array", "prefixItems": [_TEXT, _TEXT], "items": False, "minItems": 2})
    chance = object_of({"releases": _COUNT, "chance": {"type": "number", "minimum": 0, "maximum": 1}})
    return object_of(
        {
            "tried": _COUNT,
            "unlooked": {**stretches, "description": "first and last of releases never tried"},
            "silent": {**stretches, "description": "first and last of releases tried in vain"},
            "longest_unlooked": _COUNT,
            "longest_blind": {
                **_COUNT,
                "description": "a change that lasts for more releases than this cannot have been missed",
            },
            "chances_of_missing": list_of(chance),
        }
    )


def missing_schema() -> Schema:
    """The schema of what a sweep does not know though it was asked for."""
    return {
        **object_of(
            {
                "releases": {**_COUNT, "description": "tried in vain"},
                "untried": {**_COUNT, "description": "not tried although every release is in question"},
                "cells": {**_COUNT, "description": "of all releases that say something"},
                "silent": {**_COUNT, "description": "cells that could not be measured"},
                "unread": {**_COUNT, "description": "cells without an answer that says anything"},
            }
        ),
        "description": "what is not known though it was asked for; a sweep leaves it out when nothing is",
    }


def _change() -> Schema:
    outcome = object_of({"from": _ref("Outcome"), "to": _ref("Outcome")})
    difference = object_of(
        {"variants": list_of(_TEXT), "wire": list_of(_ref("delta"))},
        {"outcome": outcome, "read": object_of({"from": _read(), "to": _read()})},
    )
    return object_of(
        {
            "before": _TEXT,
            "after": _TEXT,
            "between": {**list_of(_TEXT), "description": "releases between the two that say nothing"},
            "sure": {"type": "boolean"},
            "differences": list_of(difference),
            "beside": {
                **list_of(_ref("delta")),
                "description": "what else differs between the two environments",
            },
        }
    )


def _read() -> Schema:
    return {**_TEXT, "description": "what the client did: 'returns TYPE', 'raises CLASS', '' for neither"}


def _answer() -> Schema:
    return object_of(
        {
            "wire": _DIGEST,
            "target": _TEXT,
            "source": {"anyOf": [{"type": "null"}, _ref("Source")]},
        }
    )


def _release() -> Schema:
    cells = list_of({"anyOf": [{"type": "null"}, _DIGEST]})
    release = object_of(
        {"name": _TEXT},
        {
            "published": {"type": "string", "format": "date"},
            "yanked": {**_TEXT, "description": "the reason"},
            "unavailable": {**_TEXT, "description": "why it could not be measured"},
            "environments": list_of(_ref("Environment")),
            "cells": {
                **cells,
                "description": "keys of behaviours, in the order of variants; absent: not tried",
            },
        },
    )
    return release | {"dependentRequired": {"cells": ["environments"], "unavailable": ["cells"]}}
