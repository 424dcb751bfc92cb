from __future__ import annotations

import json
import random

import httpx
import httpx2
import pytest
import vcr
import yaml
from cassette_wires import (
    EMULATOR,
    REFUSAL,
    edit,
    emulated,
    file,
    files,
    library,
    live,
    live_library,
    never,
    text,
)
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.recordings import RecordMode, read_cassette
from upload_matrix.recordings.files import parse, render
from upload_matrix.recordings.texts import document, rewritten
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm, canonical_json

SMALL = r"""version: 1
interactions:
- request:
    method: POST
    uri: "http://openai-2026-02.emulator.invalid/v1/images/edits"
    body: |
      method: "POST"
      path: "/v1/images/edits"
      media_type: "multipart/form-data"
      framing: "content-length"
      parts:
      - name: "prompt"
        text: "고양이에게\n모자를"
        filename: null
        content_type: null
        disposition: "form-data; name=\"prompt\""
        characters: 9
        size: 25
        sha256: "90b9c637412b71f84b49f15e11c2448614d96aeaf49ea3f85c426ba7d9ab87d4"
      - name: "image"
        filename: "upload"
        content_type: "application/octet-stream"
        disposition: "form-data; name=\"image\"; filename=\"upload\""
        asset: "avatar.webp"
        format: "webp"
        size: 150
        sha256: "abababababababababababababababababababababababababababababababab"
    headers:
      content-type:
      - "multipart/form-data"
  response:
    status:
      code: 400
      message: "Bad Request"
    headers:
      content-type:
      - "application/json"
    body:
      string: |-
        {
          "error": {
            "message": "Value must be 'dall-e-2'.",
            "param": "model"
          }
        }
  recorded:
    target: "emulator:openai-2026-02"
    provenance: emulated
    profile: "openai-2026-02"
    rule: untyped-image
    wire: "67cc91e46076ba60"
"""

PROMPT = edit(text("prompt", "고양이에게\n모자를"), file("image", "upload", "application/octet-stream"))


def test_a_small_cassette_to_the_byte(tmp_path):
    library(tmp_path).reply(PROMPT, emulated)
    (path,) = files(tmp_path)
    assert path.relative_to(tmp_path).as_posix() == (
        "emulator+openai-2026-02/images.edits/67cc91e46076ba60.yaml"
    )
    assert path.read_bytes().decode() == SMALL


def test_a_live_recording_says_when_and_an_emulated_one_does_not(tmp_path):
    live_library(tmp_path).reply(PROMPT, live)
    (path,) = files(tmp_path)
    assert path.read_text("utf-8").endswith(
        f'  recorded:\n    target: openai\n    provenance: live\n    "on": "2026-11-22"\n'
        f'    wire: "{PROMPT.digest}"\n'
    )
    (recording,) = read_cassette(path)
    assert recording.answer.source == Source(
        "openai", Provenance.LIVE, Supply.RECORDED, recorded_on="2026-11-22"
    )


def test_equal_inputs_give_equal_files(tmp_path):
    for root in ("one", "two"):
        library(tmp_path / root).reply(PROMPT, emulated)
    one, two = files(tmp_path)
    assert one.read_bytes() == two.read_bytes()


def test_the_recording_run_returns_what_a_replay_returns(tmp_path):
    asked = emulated(headers=(("x-request-id", "1"), ("x-upload-matrix-rule", "a")))
    first = library(tmp_path).reply(PROMPT, lambda: asked)
    again = library(tmp_path, RecordMode.NONE).reply(PROMPT, never)
    assert (first.status, first.headers, first.body, first.rule) == (
        again.status,
        again.headers,
        again.body,
        again.rule,
    )
    assert first.headers == (("content-type", "application/json"), ("x-upload-matrix-rule", "a"))
    assert first.source == asked.source
    assert again.source == Source(EMULATOR, Provenance.EMULATED, Supply.RECORDED, "openai-2026-02")


def test_vcrpy_reads_it(tmp_path):
    library(tmp_path).reply(PROMPT, emulated)
    (path,) = files(tmp_path)
    requests, responses = FilesystemPersister.load_cassette(path, yamlserializer)
    (request,), (response,) = requests, responses
    assert (request.method, request.uri) == (
        "POST",
        "http://openai-2026-02.emulator.invalid/v1/images/edits",
    )
    assert parse(request.body.decode()) == PROMPT
    assert json.loads(response["body"]["string"]) == json.loads(REFUSAL)
    assert response["status"] == {"code": 400, "message": "Bad Request"}


@pytest.mark.parametrize("client", [httpx, httpx2])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (REFUSAL, json.dumps(json.loads(REFUSAL), indent=2).encode()),
        (b"", b""),
        (b"  not\tJSON\r\n\n", b"  not\tJSON\r\n\n"),
        (b"\x00\xff\xfe binary", b"\x00\xff\xfe binary"),
        ("자막\n둘째 줄\n".encode(), "자막\n둘째 줄\n".encode()),
    ],
)
def test_vcrpy_replays_it(tmp_path, client, body, told):
    library(tmp_path).reply(PROMPT, lambda: emulated(body, 404))
    (path,) = files(tmp_path)
    before = path.read_bytes()
    with vcr.use_cassette(str(path), record_mode="none"):
        got = client.post("http://openai-2026-02.emulator.invalid/v1/images/edits", files={"image": b"any"})
    assert (got.status_code, got.headers["content-type"], got.content) == (404, "application/json", told)
    assert library(tmp_path, RecordMode.NONE).reply(PROMPT, never).body == told
    assert path.read_bytes() == before


PIECES = [
    *"abcZ0 -:#'\"\\{}[],&*!|>%@~?=",
    "가",
    "나비",
    "😀",
    "é",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\x1b",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "\u202e",
    "\ufffe",
    "\\u0041",
    "\n- ",
    "\njson: ",
    "\nparts:",
    ": ",
    " #",
    "---\n",
    "...\n",
    "null",
    "yes",
]
HALVES = ["\udc80", "\udcff"]
"""What surrogateescape makes of bytes that are not UTF-8."""


def jumble(dice: random.Random, pieces: list[str] = PIECES + HALVES) -> str:
    return "".join(dice.choice(pieces) for _ in range(dice.randrange(9)))


def perhaps(dice: random.Random) -> str | None:
    return dice.choice([None, jumble(dice)])


def any_part(dice: random.Random) -> Part:
    return Part(
        name=jumble(dice),
        filename=perhaps(dice),
        content_type=perhaps(dice),
        disposition=jumble(dice),
        size=dice.randrange(3),
        sha256=f"{dice.getrandbits(256):064x}",
        format=dice.choice([None, "png"]),
        headers=tuple((jumble(dice), jumble(dice)) for _ in range(dice.randrange(3))),
        asset=perhaps(dice),
        text=perhaps(dice),
        characters=dice.choice([None, 7]),
    )


def any_json(dice: random.Random, depth: int = 0):
    kind = dice.randrange(7 if depth < 4 else 5)
    if kind < 2:
        return jumble(dice)
    if kind < 5:
        return [None, True, 1.5e300, -0.0, 12345678901234567890][dice.randrange(5)]
    items = [any_json(dice, depth + 1) for _ in range(dice.randrange(4))]
    return items if kind == 5 else {jumble(dice): item for item in items}


def any_form(dice: random.Random) -> WireForm:
    kind = dice.randrange(3)
    return WireForm(
        method=dice.choice(["POST", "GET"]),
        path="/" + jumble(dice),
        framing=dice.choice(list(Framing)),
        media_type=perhaps(dice),
        query=jumble(dice),
        parts=tuple(any_part(dice) for _ in range(dice.randrange(4))) if kind == 0 else None,
        json=canonical_json(json.dumps(any_json(dice)).encode()) if kind == 1 else None,
        body_size=dice.randrange(2),
        body_sha256="cd" * 32 if kind == 2 else None,
        fault=perhaps(dice),
    )


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_every_wire_form_comes_back_from_its_text(loader):
    dice = random.Random(20261122)
    for _ in range(1500):
        form = any_form(dice)
        written = document({"body": render(form)})
        back = parse(yaml.load(written, loader)["body"])
        assert back == form
        assert back.digest == form.digest


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_every_text_comes_back_from_yaml(loader):
    dice = random.Random(20261123)
    for _ in range(1500):
        tree = {
            jumble(dice, PIECES): [jumble(dice, PIECES), {"key": jumble(dice, PIECES), "on": "off"}],
            "none": [None, {}, [], 3, b"\xff\x00", jumble(dice, PIECES).encode()],
        }
        assert yaml.load(document(tree), loader) == tree


def test_laying_out_json_keeps_what_it_says():
    dice = random.Random(20261124)
    for _ in range(1500):
        tree = [any_json(dice)]
        for text_ in (json.dumps(tree), json.dumps(tree, ensure_ascii=False), json.dumps(tree, indent=1)):
            assert json.loads(rewritten(text_, lambda _, value: value)) == tree


def test_laying_out_json_keeps_how_numbers_and_strings_are_written():
    written = (
        r'{"cost": 1.10, "big": 1E400, "twice": 1, "twice": 2, "word": "\u0041\/", "none": [ ], "of": {}}'
    )
    assert rewritten(written, lambda _, value: value) == (
        '{\n  "cost": 1.10,\n  "big": 1E400,\n  "twice": 1,\n  "twice": 2,\n'
        '  "word": "\\u0041\\/",\n  "none": [],\n  "of": {}\n}'
    )


def test_json_too_deep_to_lay_out_is_kept_as_it_is(tmp_path):
    body = b"[" * 500 + b"]" * 500
    assert library(tmp_path).reply(PROMPT, lambda: emulated(body)).body == body
