from __future__ import annotations

import json
from dataclasses import replace

import pytest
from reports_story import (
    ACCEPTED,
    FORWARDED,
    GENERIC,
    GOOD,
    HANDLE,
    RECORDED,
    answered,
    case,
    edit,
    file_part,
    run_of,
    story,
)

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.report.json_report import dump, load
from upload_matrix.wire.form import Framing, WireForm


def test_a_report_read_back_is_the_run():
    assert load(dump(story()), "report.json") == story()


def test_a_run_without_anything_reads_back():
    empty = Run((), (), {}, ())
    assert load(dump(empty), "report.json") == empty


def test_every_kind_of_body_and_every_odd_field_reads_back():
    part = replace(
        file_part("사진\u202e.webp", None, asset=None),
        headers=(("Content-Transfer-Encoding", "binary"), ("X-Two", "a\x85b\u2028c")),
    )
    form = "application/x-www-form-urlencoded"
    wires = (
        edit(part, prompt="x" * 9),
        WireForm("GET", "/v1/models", Framing.NONE, query="limit=1"),
        WireForm("POST", "/v1/files", Framing.CHUNKED, form, body_size=0, body_sha256="e3b0"),
        WireForm("POST", "/v1/files", Framing.CHUNKED, "multipart/form-data", parts=(), fault="broke off"),
    )
    results = tuple(
        case("images.edit", f"c{index}", "system", ACCEPTED, answered(wire, 200, RECORDED))
        for index, wire in enumerate(wires)
    )
    run = run_of(*results, wires=wires, notes=("2 recordings expire within a week",))
    assert load(dump(run), "report.json") == run


def test_seconds_are_not_written():
    slow = run_of(replace(HANDLE, seconds=1.25))
    assert dump(slow) == dump(run_of(HANDLE))


def test_the_encoder_of_shipped_pictures_does_not_show():
    def on_a_machine_whose_pictures_have(size: int, sha256: str) -> Run:
        part = replace(file_part(), size=size, sha256=sha256)
        wire = edit(part)
        assert wire.digest == GOOD.digest
        return run_of(case("images.edit", "tuple", "system", ACCEPTED, answered(wire, 200)), wires=(wire,))

    first = dump(on_a_machine_whose_pictures_have(1234, "aa" * 32))
    assert first == dump(on_a_machine_whose_pictures_have(999, "bb" * 32))
    back = load(first, "report.json")
    assert dump(back) == first
    (wire,) = back.wires.values()
    assert wire.digest == GOOD.digest
    assert wire.parts[0].content == "asset:avatar/webp"


def test_an_empty_part_named_as_a_picture_stays_empty():
    wire = edit(replace(file_part(), size=0, sha256="e3b0"))
    run = run_of(case("images.edit", "tuple", "system", ACCEPTED, answered(wire, 200)), wires=(wire,))
    assert load(dump(run), "report.json") == run


def test_a_lone_surrogate_and_line_separators_stay_on_one_line_of_utf8():
    wire = edit(file_part("a\udc80\u2028\x85.webp"))
    run = run_of(case("images.edit", "tuple", "system", ACCEPTED, answered(wire, 200)), wires=(wire,))
    text = dump(run)
    assert '"filename": "a\\udc80\\u2028\\u0085.webp"' in text
    assert text.splitlines() == text.encode("utf-8").decode("utf-8").split("\n")[:-1]
    assert load(text, "report.json") == run


def test_one_case_and_one_part_a_line():
    lines = dump(story()).splitlines()
    assert sum(line.startswith('{"id": ') for line in lines) == len(story().results)
    assert lines[lines.index('"wire_forms": {') + 2 :][:2] == [
        f'"{sorted(story().wires)[1]}": {{"method": "POST", "path": "/v1/images/edits", '
        '"framing": "content-length", "media_type": "multipart/form-data", "parts": [',
        '  {"name": "image", "filename": "upload", "content_type": "application/octet-stream", '
        '"disposition": "form-data; name=\\"image\\"; filename=\\"upload\\"", "format": "webp", '
        '"asset": "avatar/webp"},',
    ]


def test_the_summary_tells_supply_from_provenance_and_counts_paid_calls():
    run = run_of(
        HANDLE,
        case(
            "images.edit",
            "tuple",
            "system",
            ACCEPTED,
            answered(GOOD, 503, FORWARDED),
            answered(GOOD, 200, FORWARDED),
        ),
        case("images.edit", "bytes", "system", ACCEPTED, answered(GOOD, 200, RECORDED)),
    )
    assert json.loads(dump(run))["summary"] == {
        "cases": 3,
        "by_outcome": {"accepted": 2, "rejected": 1},
        "by_verdict": {"as-expected": 2, "unexpected": 1},
        "wire_forms": 2,
        "answers": {
            "by_supply": {"recorded": 1, "emulator": 1, "forwarded": 2},
            "by_provenance": {"live": 3, "emulated": 1},
        },
        "calls": 2,
    }


def without(key: str):
    def change(document):
        del document[key]

    return change


def in_first_case(key: str, value: object):
    def change(document):
        document["cases"][0][key] = value

    return change


def rename_part(document):
    document["wire_forms"][GENERIC.digest]["parts"][0]["filename"] = "other.webp"


def drop_form(document):
    del document["wire_forms"][GENERIC.digest]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("cases"), "the report has no 'cases'"),
        (without("environments"), "the report has no 'environments'"),
        (lambda d: d.update(version=3), "version 3 of the report was written by a newer upload-matrix"),
        (lambda d: d.update(version="1"), "the report has a wrong value '1' at version: "),
        (lambda d: d.update(format="something"), "no report of upload-matrix"),
        (lambda d: d["cases"][1].pop("verdict"), "has no 'verdict' at cases[1]"),
        (lambda d: d["cases"].append("x"), "has a wrong value 'x' at cases[7]: "),
        (in_first_case("id", 7), "has a wrong value 7 at cases[0].id: input should be a valid string"),
        (
            in_first_case("axes", {"a": 1}),
            "has a wrong value 1 at cases[0].axes.a: input should be a valid string",
        ),
        (
            in_first_case("outcome", {"kind": "maybe"}),
            "has a wrong value 'maybe' at cases[0].outcome.kind: input should be 'accepted', ",
        ),
        (rename_part, f"at wire_forms: {GENERIC.digest} is really"),
        (drop_form, f"lacks the wire form '{GENERIC.digest}' that '{HANDLE.id}' names"),
    ],
)
def test_a_damaged_report_is_refused_by_name_with_what_is_wrong(change, says):
    document = json.loads(dump(story()))
    change(document)
    with pytest.raises(ConfigurationError) as caught:
        load(json.dumps(document), "old/report.json")
    assert str(caught.value).startswith("old/report.json: ")
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(ConfigurationError, match=r"^report\.json: not JSON: "):
        load(text, "report.json")


@pytest.mark.parametrize("text", ["[]", "null", '{"cases": []}'])
def test_json_that_is_no_report_is_refused(text):
    with pytest.raises(ConfigurationError, match=r'^report\.json: no report of upload-matrix: .* "format"'):
        load(text, "report.json")
