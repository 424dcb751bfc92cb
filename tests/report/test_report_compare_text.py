from __future__ import annotations

import json
from dataclasses import replace

from reports_story import (
    ACCEPTED,
    CONTROL,
    GENERIC,
    GOOD,
    HANDLE,
    REFUSED,
    TUPLE,
    UNRECORDED,
    answered,
    case,
    edit,
    file_part,
    run_of,
)

from upload_matrix.judge.compare import FailOn, compare
from upload_matrix.report.compare_text import readable, render, to_json, word
from upload_matrix.report.document import markdown, terminal

HANDLE_BEFORE = case("images.edit", "handle", "builtin", ACCEPTED, answered(GOOD, 200))
BYTESIO_BEFORE = case("images.edit", "bytesio", "system", ACCEPTED, answered(GOOD, 200))
OLD = run_of(HANDLE_BEFORE, BYTESIO_BEFORE, TUPLE[0], REFUSED)
NEW = run_of(HANDLE, UNRECORDED, TUPLE[0], CONTROL)


def test_the_whole_text_with_the_wire_apart_from_the_verdicts():
    assert render(compare(OLD, NEW)) == (
        f"""\
✗ 1 regression in 3 cases; undecided: 1 of 4 cases of the old report is not in the new one, 1 case newly \
unresolved
1 regression, 1 newly unresolved, 0 improvements, 2 cases changed on the wire, 1 unchanged

Regressions: 1
  field-report/images.edit/gpt-image-1/openai/handle/webp/builtin
    verdict: as-expected -> unexpected
    outcome: accepted -> rejected 400 invalid_value
    now says: Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.
    the client raises openai.BadRequestError where it returned ImagesResponse

Newly unresolved: 1
  field-report/images.edit/gpt-image-1/openai/bytesio/webp/system
    verdict: as-expected -> unresolved
    outcome: accepted -> unrecorded
    now says: no recording of wire form {UNRECORDED.attempts[0].wire}

Wire changes: 2
  {GOOD.digest} -> {GENERIC.digest}, 1 case
    image.content_type: image/webp -> application/octet-stream
    in field-report/images.edit/gpt-image-1/openai/handle/webp/builtin
  {GOOD.digest} -> {UNRECORDED.attempts[0].wire}, 1 case
    image.filename: avatar.webp -> upload
    image.content_type: image/webp -> application/octet-stream
    in field-report/images.edit/gpt-image-1/openai/bytesio/webp/system

Added: 1
  - field-report/images.generate/gpt-image-1/openai/builtin

Removed: 1
  - field-report/images.edit/gpt-image-1/openai/path-string/webp/builtin

`upload-matrix explain regressions` says what that word means
"""
    )


def test_equal_runs_say_so_in_a_line():
    assert render(compare(OLD, OLD)) == (
        "✓ nothing changed in 4 cases\n"
        "0 regressions, 0 newly unresolved, 0 improvements, 0 cases changed on the wire, 4 unchanged\n"
    )


def test_an_upgrade_that_changes_the_wire_alike_in_many_cases_is_one_change():
    renamed = edit(file_part("renamed.webp"))
    before = [replace(TUPLE[0], id=f"case/{n}") for n in range(3)]
    after = [replace(each, attempts=(answered(renamed, 200),)) for each in before]
    comparison = compare(run_of(*before), run_of(*after, wires=(renamed,)))
    assert render(comparison) == (
        f"""\
✓ no regression in 3 cases
0 regressions, 0 newly unresolved, 0 improvements, 3 cases changed on the wire, 0 unchanged

Wire changes: 1
  {GOOD.digest} -> {renamed.digest}, 3 cases
    image.filename: avatar.webp -> renamed.webp
    in case (3 cases)
"""
    )


def test_cases_that_changed_alike_are_told_in_groups_as_a_run_tells_them():
    def of(container, before):
        return replace(before, id=HANDLE.id.replace("/handle/", f"/{container}/"))

    names = ("bytes", "bytesio", "handle", "tuple3")
    was = [of(name, TUPLE[0]) for name in names]
    now = [of(name, HANDLE if name.startswith("bytes") else TUPLE[0]) for name in names]
    told = compare(run_of(*was), run_of(*now[:2], *was[3:]))
    assert render(told).split("\n\n", 1)[1] == (
        f"""\
Regressions: 2
  bytes, bytesio (2 cases)
    verdict: as-expected -> unexpected
    outcome: accepted -> rejected 400 invalid_value
    now says: Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.
    the client raises openai.BadRequestError where it returned ImagesResponse

Wire changes: 1
  {GOOD.digest} -> {GENERIC.digest}, 2 cases
    image.content_type: image/webp -> application/octet-stream
    in bytes, bytesio (2 cases)

Removed: 1
  - {was[2].id}

`upload-matrix explain regressions` says what that word means
"""
    )


def test_what_could_not_be_compared_stands_first():
    told = compare(run_of(TUPLE[0], UNRECORDED), run_of(TUPLE[0], UNRECORDED))
    assert render(told).split("\n\n")[0] == (
        "? no regression in the 1 case that could be compared, but 1 case still unresolved\n"
        "0 regressions, 0 newly unresolved, 0 improvements, 0 cases changed on the wire, "
        "1 unresolved as\n  before, 1 unchanged"
    )
    assert word(compare(run_of(), run_of())).startswith("? nothing to compare: ")
    retried = replace(TUPLE[0], attempts=TUPLE[0].attempts * 2)
    other = compare(run_of(TUPLE[0], HANDLE), run_of(retried, HANDLE), FailOn.CHANGE)
    assert word(other) == "✗ no regression, but 1 case of 2 changed"


def test_an_improvement_and_another_change():
    retried = replace(TUPLE[0], attempts=TUPLE[0].attempts * 2)
    text = render(compare(run_of(HANDLE, TUPLE[0]), run_of(HANDLE_BEFORE, retried)))
    assert text == (
        f"""\
✓ no regression in 2 cases
0 regressions, 0 newly unresolved, 1 improvement, 1 case changed on the wire, 0 unchanged

Improvements: 1
  {HANDLE.id}
    verdict: unexpected -> as-expected
    outcome: rejected 400 invalid_value -> accepted
    the client returns ImagesResponse where it raised openai.BadRequestError

Changed otherwise: 1
  {TUPLE[0].id}
    attempts: 1 -> 2

Wire changes: 1
  {GENERIC.digest} -> {GOOD.digest}, 1 case
    image.content_type: application/octet-stream -> image/webp
    in {HANDLE.id}

`upload-matrix explain improvements` says what that word means
"""
    )


def test_the_json_holds_all_of_it():
    document = json.loads(to_json(compare(OLD, NEW)))
    assert document | {"changed": None} == {
        "format": "upload-matrix comparison",
        "version": 2,
        "result": word(compare(OLD, NEW)),
        "exit_code": 1,
        "fail_on": "regression",
        "still_unresolved": [],
        "unavailable": [],
        "rejudged": [],
        "regressions": [HANDLE.id],
        "newly_unresolved": [UNRECORDED.id],
        "improvements": [],
        "changed": None,
        "added": [CONTROL.id],
        "removed": [REFUSED.id],
        "unchanged": [TUPLE[0].id],
    }
    assert document["changed"][0] == {
        "case": HANDLE.id,
        "verdict": {"from": "as-expected", "to": "unexpected"},
        "outcome": {
            "from": {"kind": "accepted", "status": 200},
            "to": {
                "kind": "rejected",
                "status": 400,
                "type": "invalid_request_error",
                "code": "invalid_value",
                "param": "model",
                "message": "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
            },
        },
        "wire": {
            "from": GOOD.digest,
            "to": GENERIC.digest,
            "differences": [
                {"where": "image.content_type", "from": "image/webp", "to": "application/octet-stream"}
            ],
        },
        "read": {"from": "returns ImagesResponse", "to": "raises openai.BadRequestError"},
    }


def test_cases_in_which_nothing_changed_are_a_list_and_no_empty_table():
    silent = readable(compare(run_of(TUPLE[0], UNRECORDED), run_of(TUPLE[0], UNRECORDED)))
    assert markdown(silent).endswith(f"## Still unresolved: 1\n\n- `{UNRECORDED.id}`\n")
    assert f"Still unresolved: 1\n  - {UNRECORDED.id}\n" in terminal(silent)


def test_hostile_ids_cannot_steer_the_terminal():
    odd = replace(TUPLE[0], id="case\x1b[2J\nsecond")
    assert "case\\x1b[2J\\nsecond\n" in render(compare(run_of(), run_of(odd)))
