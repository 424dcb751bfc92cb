from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, RECORDED, REJECTED, form, released, story, sweep
from unknown_keys import unknown_keys

from upload_matrix.cli.schema import written_schema
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.sweep import Guard, Strategy, WireAnswer
from upload_matrix.report.sweep_json import dump, load

VALIDATOR = Draft202012Validator(written_schema("sweep"))

NAMES = tuple(f"1.{minor}" for minor in range(9))

BISECTED = sweep(
    {
        "1.0": {"a": (OLD, OLD, REJECTED), "b": (ACCEPTED,)},
        "1.4": {"a": (OLD, REJECTED)},
        "1.5": "no wheel",
        "1.8": {"a": (NEW, ACCEPTED), "b": (NEW, BROKEN)},
    },
    names=NAMES,
    strategy=Strategy.BISECT,
    guard=Guard(every=4),
    notes=("Environments: real ones.",),
    source=RECORDED,
)

SWEEPS = {
    "story": story(),
    "bisected": BISECTED,
    "samples": replace(BISECTED, guard=Guard(samples=3)),
    "unanswered": replace(story(), answers=(WireAnswer(OLD.digest, "openai", None),)),
    "yanked": replace(story(), releases=(replace(released("1.0")[0], yanked=""), *story().releases[1:])),
    "undated": replace(story(), releases=tuple(replace(each, published=None) for each in story().releases)),
    "nothing": sweep({}),
    "hostile": sweep({"1\u2028\ud800": {"v | `x`\n": (form("\udc80\u202e.png"), ACCEPTED)}}),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_what_is_written_is_read_back(name):
    text = dump(SWEEPS[name])
    assert load(text, "x.json") == SWEEPS[name]
    assert dump(load(text, "x.json")) == text
    text.encode("utf-8")


@pytest.mark.parametrize("name", SWEEPS)
def test_what_is_written_fits_the_schema(name):
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(dump(SWEEPS[name])))] == []


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(written_schema("sweep"))


def test_the_same_sweep_collected_in_another_order_is_the_same_text():
    turned = replace(
        BISECTED,
        results=dict(reversed(BISECTED.results.items())),
        wires=dict(reversed(BISECTED.wires.items())),
        answers=BISECTED.answers[::-1],
    )
    assert dump(turned) == dump(BISECTED)


def test_a_sweep_as_it_stands_in_the_file():
    lines = dump(sweep({"1": {"a": (OLD, ACCEPTED), "b": (OLD, ACCEPTED)}}, names=("1", "2"))).split("\n")
    assert lines[1:8] == [
        '"format": "upload-matrix sweep",',
        '"version": 2,',
        '"distribution": "openai",',
        '"strategy": "all",',
        '"guard": null,',
        '"summary": {"releases": 2, "measured": 1, "unavailable": 0, "cells": 2, "wire_forms": 1, "needed": 1, '
        '"recorded": 0, "emulated": 1, "asked": 0, "unanswered": 0},',
        '"certainty": {"tried": 1, "unlooked": [["2", "2"]], "silent": [], "longest_unlooked": 1, '
        '"longest_blind": 0, "chances_of_missing": []},',
    ]
    behaviours = [line for line in lines if '"outcome"' in line]
    assert behaviours == [
        '"dac515375272c2d9": {"wires": ["cd5f3cb0e3745e50"], "outcome": {"kind": "accepted", "status": 200}}'
    ]
    assert '{"name": "2", "published": "2024-01-02"}' in lines


def test_change_points_stand_in_the_file_for_other_programs():
    (first, second) = json.loads(dump(story()))["changes"]
    assert (first["before"], first["between"], first["after"], first["sure"]) == (
        "1.1",
        ["1.2"],
        "1.3",
        False,
    )
    assert second["differences"][0]["variants"] == ["m/bytes"]
    assert second["differences"][0]["wire"][0] == {
        "where": "image.filename",
        "from": "upload",
        "to": "a.webp",
    }
    assert second["differences"][0]["outcome"]["to"] == {"kind": "accepted", "status": 200}


def test_an_unknown_key_fails_the_schema_at_every_level():
    document = json.loads(dump(BISECTED))
    found = unknown_keys(
        document,
        lambda changed: list(VALIDATOR.iter_errors(changed)),
        "clients",
        "guesses",
        "wire_forms",
        "behaviours",
    )
    assert len(found) > 30
    assert [path for path, refused in found.items() if not refused] == []


def broken(change) -> str:
    document = json.loads(dump(story()))
    change(document)
    return json.dumps(document)


def drop(key):
    return lambda document: document.pop(key)


def put(*path_and_value):
    *path, last, value = path_and_value

    def change(document):
        for step in path:
            document = document[step]
        document[last] = value

    return change


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "x.json: not JSON"),
        ("[]", "x.json: no sweep of upload-matrix"),
        ('{"format": "upload-matrix report"}', "x.json: no sweep of upload-matrix"),
        (broken(put("version", 3)), "x.json: version 3 of the sweep was written by a newer upload-matrix"),
        (
            broken(put("version", "1")),
            "x.json: the sweep has a wrong value '1' at version: input should be 2",
        ),
        (broken(drop("releases")), "x.json: the sweep has no 'releases'"),
        (
            broken(put("strategy", "some")),
            "x.json: the sweep has a wrong value 'some' at strategy: input should be 'all' or 'bisect'",
        ),
        (broken(put("guard", {"every": 0})), "x.json: the sweep .* `every` is at least 1"),
        (broken(put("variants", ["a", "a", "b"])), "x.json: the sweep names a variant twice"),
        (broken(put("variants", ["a"])), "x.json: the sweep has 3 cells for 1 variants in 1.0"),
        (
            broken(put("releases", 0, "published", "May")),
            r"x.json: the sweep has a wrong value 'May' at releases\[0\].published: input should be a valid date",
        ),
        (
            broken(put("releases", 0, "cells", ["0" * 16, None, None])),
            "the sweep lacks the behaviour '0{16}' that 1.0 names",
        ),
        (broken(put("behaviours", {})), "the sweep lacks the behaviour"),
        (broken(put("wire_forms", {})), "lacks the wire form"),
        (
            broken(put("behaviours", "e4eee1d4f6cf5d90", "outcome", "status", 201)),
            "a behaviour e4eee1d4f6cf5d90 that is really [0-9a-f]{16}: it was changed by hand",
        ),
        (
            broken(put("wire_forms", NEW.digest, "method", "PUT")),
            rf"{NEW.digest} is really [0-9a-f]{{16}}: it was changed by hand",
        ),
        (
            broken(put("answers", 0, "source", "supply", "guessed")),
            r"a wrong value 'guessed' at answers\[0\].source.supply: input should be 'recorded'",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_the_way_out(text, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        load(text, "x.json")
    assert str(caught.value).endswith(("sweep.", "sweep has written.", "with this one."))


def test_thousands_of_cells_take_little_room():
    told = {f"1.{minor}": {f"v{number}": (OLD, REJECTED) for number in range(20)} for minor in range(400)}
    text = dump(sweep(told))
    assert len(text) < 400 * 700
