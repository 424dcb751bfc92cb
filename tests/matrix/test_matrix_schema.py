"""The JSON Schema for editors agrees with the loader, and speaks the catalog's words."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
import yaml
from matrix_files import CATALOG, loaded, problems

from upload_matrix.matrix.schema import json_schema

SCHEMA = json_schema(CATALOG)

GOOD = {
    "least": "axes: {}",
    "everything": """
        name: field-report
        description: text
        target: openai
        request: {prompt: "배경을 흰색으로", n: 1, stream: false}
        timeout: 30
        strategy: pairwise
        axes:
          operation: [images.edit, images.generate]
          container: [handle, bytesio]
          image: webp
          quality: [low, high]
        include: [{container: path, quality: auto}]
        exclude: [{container: bytesio, quality: {not: [low]}}]
        expect:
          - {when: {operation: images.generate}, outcome: accepted}
          - {when: {container: {not: bytesio}, guess: null}, outcome: rejected, status: 400, code: x}
        known_failures:
          - when: {quality: low, container: null}
            reason: text
            link: https://example.org
            expires: "2026-12-31"
    """,
}

BAD = {
    "unknown key": "{axes: {}, axs: {}}",
    "no axes": "{name: x}",
    "unknown axis": "axes: {contaner: handle}",
    "unknown value": "axes: {container: bytsio}",
    "unknown value in a list": "axes: {client: [openai, x]}",
    "no values": "axes: {n: []}",
    "repeated value": "axes: {client: [openai, openai]}",
    "unknown target": "{axes: {}, target: nobody}",
    "unknown field": "{axes: {}, request: {promt: x}}",
    "unknown strategy": "{axes: {}, strategy: some}",
    "timeout of nothing": "{axes: {}, timeout: 0}",
    "unknown outcome": "{axes: {}, expect: [{outcome: ok}]}",
    "unknown name in a condition": "{axes: {}, expect: [{outcome: accepted, when: {gues: x}}]}",
    "condition that is none": "{axes: {}, exclude: [{client: {nott: x}}]}",
    "exclude without conditions": "{axes: {}, exclude: [{}]}",
    "known failure without conditions": "{axes: {}, known_failures: [{reason: x, when: {}}]}",
    "unknown axis in include": "{axes: {}, include: [{clint: httpx}]}",
    "bad link": "{axes: {}, known_failures: [{reason: x, when: {client: openai}, link: ftp://x}]}",
}


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", GOOD)
def test_what_loads_fits_the_schema(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, GOOD[name]).cases
    jsonschema.validate(yaml.safe_load(dedent(GOOD[name])), SCHEMA)


@pytest.mark.parametrize("name", BAD)
def test_what_the_schema_refuses_does_not_load(tmp_path: Path, name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(BAD[name]), SCHEMA)
    assert problems(tmp_path, BAD[name])


def test_values_come_with_the_catalogs_descriptions() -> None:
    one, many = SCHEMA["properties"]["axes"]["properties"]["client"]["anyOf"]
    choice = {
        "anyOf": [
            {"const": "httpx", "description": "plain REST"},
            {"const": "openai", "description": "the SDK"},
        ]
    }
    assert (one, many["items"]) == (choice, choice)
    assert SCHEMA["properties"]["target"] == {
        "description": "Who answers; default: the catalog's first target.",
        "anyOf": [{"const": name} for name in CATALOG.targets],
    }
    assert "derives" in SCHEMA["$defs"]["Conditions"]["properties"]["guess"]["description"]


def test_every_key_of_a_file_is_described() -> None:
    for name, key in SCHEMA["properties"].items():
        assert key.get("description"), name
