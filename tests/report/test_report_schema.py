from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from reports_story import ACCEPTED, RECORDED, answered, case, edit, file_part, run_of, story
from unknown_keys import unknown_keys

from upload_matrix.cli.schema import written_schema
from upload_matrix.report.json_report import dump

VALIDATOR = Draft202012Validator(written_schema("report"))


def problems(document: object) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(written_schema("report"))


@pytest.mark.parametrize(
    "run",
    [
        story(),
        run_of(),
        run_of(
            case(
                "images.edit",
                "bytes",
                "system",
                ACCEPTED,
                answered(edit(file_part(asset=None)), 200, RECORDED),
            ),
            wires=(edit(file_part(asset=None)),),
            notes=("a note",),
        ),
    ],
)
def test_a_dumped_report_fits_its_schema(run):
    assert problems(json.loads(dump(run))) == []


def test_an_unknown_key_fails_at_every_level():
    found = unknown_keys(
        json.loads(dump(story())), problems, "axes", "facts", "clients", "guesses", "wire_forms"
    )
    assert len(found) > 60
    assert [path for path, refused in found.items() if not refused] == []


@pytest.mark.parametrize("key", ["format", "version", "summary", "conclusions", "cases", "wire_forms"])
def test_a_missing_key_fails(key):
    report = json.loads(dump(story()))
    del report[key]
    assert problems(report) == [f"{key!r} is a required property"]


def test_a_part_needs_its_picture_or_its_size_and_digest():
    report = json.loads(dump(story()))
    for wire in report["wire_forms"].values():
        for part in wire.get("parts", ()):
            part.pop("asset", None)
    assert problems(report)
