"""The plan of a sweep as JSON, for a program that decides about it; it is not read back."""

from __future__ import annotations

import json
from dataclasses import asdict

from upload_matrix.judge.certainty import Missing
from upload_matrix.judge.needs import Needs
from upload_matrix.judge.outlook import Outlook
from upload_matrix.report.schema_words import Schema, list_of, object_of
from upload_matrix.report.sweep_schema import missing_schema

FORMAT = "upload-matrix sweep plan"
VERSION = 1

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def dump(outlook: Outlook, needs: Needs, lacking: Missing) -> str:
    """What the sweep would do, whom it would ask for what, and what could not be captured to tell."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "outlook": {**asdict(outlook), "cells": outlook.cells, "most_cells": outlook.most_cells},
        "needs": asdict(needs),
        "missing": asdict(lacking),
    }
    return json.dumps(document, indent=2) + "\n"


def plan_schema() -> Schema:
    """The JSON Schema (2020-12) of the current version; an unknown key is an error."""
    count_or_null = {"type": ["integer", "null"], "minimum": 0}
    texts_or_null = {"anyOf": [{"type": "null"}, list_of(_TEXT)]}
    outlook = object_of(
        {
            "distribution": _TEXT,
            "python": _TEXT,
            "way": {**_TEXT, "description": "how environments come to their dependencies"},
            "releases": {**_COUNT, "description": "in question"},
            "first": {**_COUNT, "description": "measured in any case; further ones by halving"},
            "variants": _COUNT,
            "kept": {**count_or_null, "description": "environments that need not be built"},
            "elsewhere": {"type": "boolean", "description": "environments are built on a cluster"},
            "resume": {**_COUNT, "description": "releases measured by an interrupted sweep"},
            "known": {**count_or_null, "description": "releases that the baseline has"},
            "new": {**texts_or_null, "description": "releases that the baseline does not have"},
            "cells": _COUNT,
            "most_cells": _COUNT,
        }
    )
    target = object_of(
        {
            "target": _TEXT,
            "needed": _COUNT,
            "recorded": _COUNT,
            "given": {**_COUNT, "description": "by a stand-in, at no cost"},
            "to_ask": _COUNT,
            "free": {"type": "boolean"},
        }
    )
    wanted = object_of(dict.fromkeys(("wire", "target", "release", "variant"), _TEXT))
    needs = object_of(
        {
            "forms": {**_COUNT, "description": "distinct wire forms that were captured"},
            "unknown": {**texts_or_null, "description": "digests of forms that the baseline never saw"},
            "targets": list_of(target),
            "wanted": {**list_of(wanted), "description": "what is to be asked, and the cell that sends it"},
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:upload-matrix:sweep-plan:{VERSION}",
        "title": FORMAT,
        **object_of(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "outlook": outlook,
                "needs": needs,
                "missing": missing_schema(),
            }
        ),
    }
