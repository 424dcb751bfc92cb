"""A matrix over files inside JSON: rendered, sent by every client, recorded, replayed, and explained by the leaf."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from strict_server import record_strictly

from upload_matrix.cli import commands
from upload_matrix.matrix.bodies import FAMILIES, BodyFile, declared, families, rendered

MATRIX = """\
name: carriers
target: strict
axes:
  operation: [chat.completions.create, responses.create, messages.create, images.edit]
  model: [m-1]
  client: [httpx, openai]
  container: tuple3
  image: [png, webp]
  carrier: [data-url, base64]
  declared_type: [right, wrong]
exclude:
  - {client: openai, operation: messages.create}
  - {client: openai, operation: images.edit}
expect:
  - when: {operation: images.edit}
    outcome: accepted
  - when: {declared_type: wrong}
    outcome: rejected
  - when: {operation: messages.create, carrier: data-url}
    outcome: rejected
  - when: {operation: messages.create}
    outcome: accepted
  - when: {carrier: base64}
    outcome: rejected
"""


def test_one_matrix_compares_the_carriers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record_strictly("carriers.yaml", MATRIX)
    replayed = CliRunner().invoke(commands, ["run", "carriers.yaml"])
    assert replayed.exit_code == 0, replayed.output
    report = json.loads(Path("reports/latest.json").read_text("utf-8"))
    told = " ".join(json.dumps(report["conclusions"], ensure_ascii=False).split())
    assert "messages[0].content[1].image_url.url" in told
    assert "messages[0].content[1].source.media_type" in told
    case = "carriers/messages.create/m-1/httpx/png/base64/wrong"
    Path("matrix").mkdir()
    Path("carriers.yaml").rename("matrix/carriers.yaml")
    Path("targets").rename("matrix/targets")
    reported = CliRunner().invoke(commands, ["bug-report", "reports/latest.json", case, "-o", "bug"])
    assert "repro_rest.py: verified identical" in reported.output, reported.output
    assert "repro.py: verified identical" in reported.output, reported.output
    assert "client.messages.create(**body)" in Path("bug/repro.py").read_text("utf-8")
    har = Path("bug/exchange.har").read_text("utf-8")
    assert "files are not shown, <upload> stands for each: messages[0].content[1].source.data" in har
    written = "".join(path.read_text("utf-8") for path in Path("cassettes").rglob("*.yaml"))
    assert "<upload>" in written
    assert "iVBORw0KGgo" not in written


def test_a_carrier_that_an_operation_lacks_is_no_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "name: c\ntarget: emulator:openai-2026-02\naxes: {operation: [messages.create, models.generate_content], "
    Path("c.yaml").write_text(text + "client: httpx, carrier: [data-url, base64]}\n")
    done = CliRunner().invoke(commands, ["cases", "c.yaml"])
    assert [line for line in done.output.splitlines() if "/" in line] == [
        "c/messages.create/httpx/png/data-url",
        "c/messages.create/httpx/png/base64",
        "c/models.generate_content/httpx/png/base64",
    ]


RAW = """\
name: raw
target: emulator:deepgram-2026
request: {model: nova-3, smart_format: true}
axes:
  operation: listen
  client: [httpx, httpx2, requests, urllib3, aiohttp, curl]
  file: [mp3, wav]
  carrier: [raw, reference]
  declared_type: [right, absent, wrong]
"""

UNTYPED = {"aiohttp": "application/octet-stream", "curl": "application/x-www-form-urlencoded"}
"""What clients add by themselves to a body whose type nobody says."""


def test_a_file_is_the_body_and_what_is_said_beside_it_the_query(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("raw.yaml").write_text(RAW)
    done = CliRunner().invoke(commands, ["run", "raw.yaml", "--record-mode", "new_episodes"])
    assert done.exit_code == 0, done.output
    report = json.loads(Path("reports/latest.json").read_text("utf-8"))
    # An address has no type, so that is no axis of it.
    assert len(report["cases"]) == 6 * 2 * (3 + 1)
    for case in report["cases"]:
        axes = case["axes"]
        wire = report["wire_forms"][case["attempts"][0]["wire"]]
        assert wire["query"] == "model=nova-3&smart_format=true"
        if axes["carrier"] == "reference":
            assert json.loads(wire["json"]) == {"url": f"https://example.com/memo.{axes['file']}"}
            assert "raw" not in wire
            continue
        assert wire["raw"]["asset"] == axes["file"]
        own = {"mp3": "audio/mpeg", "wav": "audio/wav"}[axes["file"]]
        said = {"right": own, "wrong": "image/gif", "absent": UNTYPED.get(axes["client"])}
        assert wire.get("media_type") == said[axes["declared_type"]]


def test_every_operation_has_the_carriers_that_it_takes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "name: c\ntarget: emulator:openai-2026-02\naxes: {client: httpx, container: tuple3, file: [png, pdf],\n"
    text += "  carrier: [multipart, base64, raw, reference], mime_table: builtin,\n"
    text += (
        "  operation: [files.create, responses.create, chat.completions.create, upload, images.generate]}\n"
    )
    Path("c.yaml").write_text(text)
    done = CliRunner().invoke(commands, ["cases", "c.yaml"])
    assert [line[2:] for line in done.output.splitlines() if "/" in line] == [
        "files.create/httpx/tuple3/png/builtin/multipart",
        "files.create/httpx/tuple3/pdf/builtin/multipart",
        "responses.create/httpx/png/base64",
        "responses.create/httpx/png/reference",
        "responses.create/httpx/pdf/base64",
        "responses.create/httpx/pdf/reference",
        "chat.completions.create/httpx/png/base64",
        "chat.completions.create/httpx/png/reference",
        "chat.completions.create/httpx/pdf/base64",
        "upload/httpx/png/raw",
        "upload/httpx/pdf/raw",
        "images.generate/httpx",
    ]


def test_a_file_of_a_kind_that_an_operation_has_no_place_for_is_no_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "name: c\ntarget: emulator:openai-2026-02\naxes: {client: httpx, file: [png, mp3, txt], carrier: base64,\n"
    text += "  operation: [messages.create, responses.create, chat.completions.create, models.generate_content]}\n"
    Path("c.yaml").write_text(text)
    done = CliRunner().invoke(commands, ["cases", "c.yaml"])
    assert [line[2:-7] for line in done.output.splitlines() if "/" in line] == [
        "messages.create/httpx/png",
        "messages.create/httpx/txt",
        "responses.create/httpx/png",
        "responses.create/httpx/txt",
        "chat.completions.create/httpx/png",
        "chat.completions.create/httpx/mp3",
        "chat.completions.create/httpx/txt",
        "models.generate_content/httpx/png",
        "models.generate_content/httpx/mp3",
        "models.generate_content/httpx/txt",
    ]


@pytest.mark.parametrize(
    ("bodies", "says"),
    [
        (
            "bodies: {dataurl: {a: '{data_url}'}}",
            "`dataurl` is not a carrier in JSON; did you mean `data-url`?",
        ),
        ("bodies: {raw: {a: '{base64}'}}", "`raw` is not a carrier in JSON; known: "),
        ("bodies: {reference: {a: '{base64}'}}", "the body has none of `{url}`, so no file would be sent"),
        (
            "bodies: {data-url: {a: b}}",
            "the body has none of `{data_url}`, `{base64}`, so no file would be sent",
        ),
        (
            "bodies: {data-url: {a: {'{image}': '{data_url}', '{sound}': '{data_url}'}}}",
            "`{image}` is no key; an object with a value for each kind of file has only `{image}`, `{audio}`, "
            "`{video}`, `{document}`",
        ),
    ],
)
def test_a_body_that_sends_no_file_is_named_with_its_line(tmp_path, monkeypatch, bodies, says):
    monkeypatch.chdir(tmp_path)
    Path("operations").mkdir()
    text = "name: a.b\nmethod: POST\npath: /a\nencoding: json\ntext_fields: [model]\n"
    Path("operations/a.b.yaml").write_text(f"{text}{bodies}\n")
    Path("c.yaml").write_text("name: c\naxes: {operation: a.b, client: httpx}\n")
    done = CliRunner().invoke(commands, ["cases", "c.yaml"])
    assert done.exit_code == 2
    assert done.output.startswith("Error: operations/a.b.yaml:6:")
    assert says in done.output.rstrip()


PNG = BodyFile(b"\x00\x01", "a.png", "image/png", "png")
MP3 = BodyFile(b"\x00\x01", "a.mp3", "audio/mpeg", "mp3")


def test_a_body_is_rendered_with_what_is_declared():
    template = {"content": [{"text": "{prompt}"}, {"type": "{media_type}", "data": "{base64}"}]}
    sent = rendered(template, PNG, "image/png", {"model": "m", "prompt": "hi", "n": 2})
    assert sent == {"model": "m", "n": 2, "content": [{"text": "hi"}, {"type": "image/png", "data": "AAE="}]}
    assert rendered(template, PNG, declared("image/png", "absent"), {})["content"][1] == {"data": "AAE="}
    assert rendered({"u": "{data_url}"}, PNG, None, {}) == {"u": "data:;base64,AAE="}


@pytest.mark.parametrize(
    ("own", "word", "said"),
    [
        ("image/png", "unregistered", "image/jpg"),
        ("audio/mpeg", "unregistered", "audio/mp3"),
        ("application/pdf", "unregistered", "application/x-pdf"),
        ("text/csv", "right", "text/csv"),
        ("text/csv", "wrong", "image/gif"),
        ("image/gif", "wrong", "image/png"),
        ("audio/wav", "absent", None),
    ],
)
def test_what_is_declared_depends_on_what_the_file_is(own, word, said):
    assert declared(own, word) == said


def test_a_body_has_a_place_for_each_kind_of_file():
    template = {
        "say": {"{image}": {"url": "{data_url}"}, "{audio}": {"data": "{base64}", "format": "{format}"}},
        "name": "{filename}",
    }
    assert families(template) == {"image", "audio"}
    assert families({"data": "{base64}"}) == set(FAMILIES)
    assert rendered(template, PNG, "image/png", {}) == {
        "say": {"url": "data:image/png;base64,AAE="},
        "name": "a.png",
    }
    assert rendered(template, MP3, "audio/mpeg", {})["say"] == {"data": "AAE=", "format": "mp3"}
    assert rendered(template, MP3, None, {})["say"] == {"data": "AAE="}
    assert rendered(template, MP3, "image/gif", {})["say"] == {"data": "AAE=", "format": "gif"}
