"""What differs between a recorded answer and today's, and what does not count."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cassette_wires import SILENT, Asked, edit, emulated, library, named

from upload_matrix.ask.cassette_verify import Allowance, Compared, verify
from upload_matrix.judge.compare import drift, shape
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.bodies import TINY
from upload_matrix.wire.form import Captured


def accepted(document) -> object:
    return emulated(json.dumps(document).encode(), 200)


def words(recorded, now) -> list[str]:
    return [str(difference) for difference in drift(recorded, now)]


IMAGE = {"created": 1, "data": [{"b64_json": TINY["png"]}], "usage": {"total_tokens": 5}}


def test_values_and_pictures_do_not_count():
    other = {"created": 2, "data": [{"b64_json": TINY["png"][::-1]}], "usage": {"total_tokens": 6.5}}
    assert words(accepted(IMAGE), accepted(other)) == []


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ({**IMAGE, "data": [{"url": "x"}]}, ["shape of data[].b64_json: string -> nothing", "shape of data[].url: nothing -> string"]),
        ({**IMAGE, "created": "1"}, ["shape of created: number -> string"]),
        ({**IMAGE, "usage": None}, ["shape of usage: object -> null", "shape of usage.total_tokens: number -> nothing"]),
        ({**IMAGE, "data": [{"b64_json": "a"}, {"b64_json": None}]}, ["shape of data[].b64_json: string -> null or string"]),
        ([1], None),
    ],
)  # fmt: skip
def test_the_shape_counts(now, says):
    found = words(accepted(IMAGE), accepted(now))
    assert found == says if says is not None else "shape of the body: object -> list" in found


def test_an_error_counts_field_by_field():
    def refusal(**fields):
        return emulated(json.dumps({"error": {"message": "m", "type": "t", **fields}}).encode())

    assert words(refusal(code=None), refusal(code="c", message="n")) == [
        "error.code: nothing -> c",
        "error.message: m -> n",
        "shape of error.code: null -> string",
    ]
    assert words(refusal(), replace(refusal(), status=403)) == ["status: 400 -> 403"]


def test_what_was_refused_and_is_accepted_now_is_told_by_status_and_error_alone():
    assert words(emulated(b'{"error": {"message": "no", "code": "c"}}'), accepted(IMAGE)) == [
        "status: 400 -> 200",
        "error.code: c -> nothing",
        "error.message: no -> nothing",
    ]


def test_what_differs_in_every_call_is_no_drift():
    def refusal(address):
        said = {"message": f"not a file: <_io.BytesIO object at {address}>", "code": "c"}
        return emulated(json.dumps({"error": said}).encode())

    assert words(refusal("0x7f3a2c1d4e90"), refusal("0x7f99d0a1b2c0")) == []


def test_a_page_in_the_place_of_json_is_told():
    page = replace(emulated(b"<h1>no</h1>", 200), headers=(("Content-Type", "text/html; charset=utf-8"),))
    found = words(accepted({"a": 1}), page)
    assert found[0] == "content-type: application/json -> text/html"
    assert "shape of the body: object -> no JSON" in found


def test_a_shape_is_bounded():
    deep: object = 1
    for _ in range(400):
        deep = [deep]
    assert len(shape(deep)) == 51


def captured(wire) -> Captured:
    return Captured(b"", (), b"", wire, complete=True)


def recorded(root):
    shelf = library(root)
    shelf.reply(edit(), Asked(accepted(IMAGE)))
    shelf.reply(named("a.webp"), Asked(emulated()), 0)
    shelf.reply(named("a.webp"), Asked(emulated(b'{"error": {"message": "other"}}', 403)), 1)
    return library(root, RecordMode.NONE)


def test_asking_again_compares_with_every_sample(tmp_path):
    shelf = recorded(tmp_path)
    requests = [captured(edit()), captured(edit()), captured(named("a.webp")), captured(named("new.webp"))]
    asked = []

    def ask(request):
        asked.append(request.wire.digest)
        if request.wire == edit():
            return accepted({"created": 5, "data": [], "token": 1})
        return emulated(b'{"error": {"message": "other"}}', 403)

    one, two = verify(requests, shelf, ask)
    assert asked == [edit().digest, named("a.webp").digest], "once a form, and only what is recorded"
    assert (one.compared, two.compared) == (Compared.DRIFTED, Compared.SAME)
    assert "shape of token: nothing -> number" in str(one)


@pytest.mark.parametrize("reply", [SILENT, emulated(b"busy", 429), emulated(b"", 502)])
def test_no_usable_answer_is_no_drift(tmp_path, reply):
    (verified,) = verify([captured(edit())], recorded(tmp_path), lambda _: reply)
    assert verified.compared is Compared.UNANSWERED
    assert verified.says


def test_what_may_not_be_sent_is_not(tmp_path):
    requests = [captured(edit()), captured(named("a.webp"))]
    asked = []

    def ask(request):
        asked.append(request)
        return accepted(IMAGE)

    one, two = verify(requests, recorded(tmp_path), ask, allowance=Allowance(1))
    assert (one.compared, two.compared, len(asked)) == (Compared.SAME, Compared.UNANSWERED, 1)
    assert two.says == "not sent: calls allowed: 1"
