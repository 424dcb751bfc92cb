"""The JSON Schema (2020-12) of a regression gate's result: what another program may rely on."""

from __future__ import annotations

from upload_matrix.judge.gate import GateVerdict
from upload_matrix.judge.regression import FailOn, Judgement
from upload_matrix.report.gate_json import FORMAT, VERSION
from upload_matrix.report.schema_words import Schema, list_of, object_of
from upload_matrix.report.sweep_schema import sweep_schema

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def gate_schema() -> Schema:
    """The schema of the current version; an unknown key is an error, at every level."""
    shared = sweep_schema()["$defs"]
    summary = object_of(
        {
            "releases": _COUNT,
            "unlooked": {**_COUNT, "description": "releases that halving left out"},
            "changed": {**_COUNT, "description": "variants that changed in any release"},
            "changed_as": {
                **object_of(dict.fromkeys((judgement.value for judgement in Judgement), _COUNT)),
                "description": "the same by what the change means; a variant may be in several",
            },
            "undecided": {**_COUNT, "description": "entries of undecided"},
            "unchanged": {**_COUNT, "description": "cells that behave as their reference does"},
            "unavailable": {**_COUNT, "description": "cells that could be had neither now nor then"},
        }
    )
    undecided = object_of(
        {
            "release": _TEXT,
            "variants": {**list_of(_TEXT), "description": "none: all of them"},
            "why": _TEXT,
        }
    )
    sources = list_of({"$ref": "#/$defs/Source"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:gate:{VERSION}",
        "title": FORMAT,
        "$defs": {
            name: shared[name]
            for name in ("Source", "Provenance", "Supply", "Outcome", "OutcomeKind", "delta")
        },
        **object_of(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "distribution": _TEXT,
                "verdict": {"enum": [verdict.value for verdict in GateVerdict]},
                "exit_code": {"enum": [0, 1, 3]},
                "fail_on": {"enum": [choice.value for choice in FailOn], "description": "what is red"},
                "summary": summary,
                "releases": {**list_of(_TEXT), "description": "those that were judged"},
                "answers": {**sources, "description": "who answered, each once"},
                "baseline_answers": {**sources, "description": "who answered when the baseline was made"},
                "departures": {
                    **list_of(_departure(shared["change"])),
                    "description": "changes from the baseline's release `before` to the new release `after`",
                },
                "undecided": list_of(undecided),
            }
        ),
    }


def _departure(change: Schema) -> Schema:
    kept = {name: each for name, each in change["properties"].items() if name not in {"between", "sure"}}
    return object_of(kept | {"judgement": {"enum": [judgement.value for judgement in Judgement]}})
