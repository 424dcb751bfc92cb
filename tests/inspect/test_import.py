"""``upload-matrix import``: recordings of others become saved requests, and what they lost is said."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest
import vcr
import yaml
from click.testing import CliRunner

from upload_matrix.answers.service import EmulatorService
from upload_matrix.cli import commands
from upload_matrix.emulator.profile import load_profile
from upload_matrix.inspect import saved
from upload_matrix.inspect.tapes import read_tape
from upload_matrix.model.errors import ConfigurationError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
CANARY = "sk-" + "canary0123456789" * 2
BOUNDARY = "b0undary"
HEAD = {
    "Authorization": f"Bearer {CANARY}",
    "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    "User-Agent": "somebody/1",
}


def form(content=PNG, kind="application/octet-stream"):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
    head += f"Content-Type: {kind}\r\n\r\n" if kind else "\r\n"
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def run(*arguments, code=0):
    done = CliRunner().invoke(commands, ["import", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entry(body=None, *, text=None, encoding=None, headers=None, posted=True):
    data = {
        "mimeType": "multipart/form-data",
        "text": text if body is None else base64.b64encode(body).decode(),
    }
    data |= {"encoding": "base64"} if body is not None else {"encoding": encoding} if encoding else {}
    pairs = {**HEAD, **(headers or {})}
    return {
        "startedDateTime": "2026-03-04T05:06:07.000Z",
        "request": {
            "method": "POST",
            "url": "https://api.openai.com/v1/images/edits",
            "headers": [
                {"name": ":method", "value": "POST"},
                *({"name": n, "value": v} for n, v in pairs.items()),
            ],
            **({"postData": data} if posted else {}),
        },
        "response": {
            "status": 400,
            "headers": [{"name": "content-encoding", "value": "gzip"}],
            "content": {"text": '{"error": {"message": "no", "code": "invalid_value"}}'},
        },
    }


def har(path, *entries):
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}), "utf-8")
    return path


def test_a_har_with_its_bytes_is_saved_whole_without_its_key(here):
    other = entry(b"{}", headers={"Content-Type": "application/json"})
    output = run("har", har(here / "Session one.har", other, entry(form())))
    assert "matrix/session-one-2.request  POST /v1/images/edits, 1 file, 400" in output
    assert "✓ 1 request saved; 1 request without a file left aside" in output
    kept = saved.load(here / "matrix" / "session-one-2.request")
    (part,) = kept.request.wire.parts
    assert (part.filename, part.content_type, part.format) == ("a.png", "application/octet-stream", "png")
    assert kept.request.body == form()
    assert (kept.asked, kept.reply.status, kept.reply.source.recorded_on) == (
        "https://api.openai.com/v1",
        400,
        "2026-03-04",
    )
    assert all(
        CANARY.encode() not in path.read_bytes() for path in (here / "matrix").rglob("*") if path.is_file()
    )


def test_what_a_har_lost_is_said(here):
    length = str(len(form()))
    broken = form().decode("utf-8", "replace")
    narrow = form().decode("latin-1")
    taped = read_tape(
        har(
            here / "a.har",
            entry(text=broken, headers={"Content-Length": length}),
            entry(text=narrow, headers={"Content-Length": length}),
            entry(posted=False, headers={"Content-Length": length}),
            entry(form(), headers={"Content-Length": length}),
        ),
        "har",
    )
    assert "bytes of the body that are no text" in taped[0].lost
    assert any(each.startswith("bytes of the body: ") for each in taped[0].lost)
    assert (taped[1].lost, taped[1].saved.request.body) == ((), form())
    assert "the body" in taped[2].lost
    assert not taped[2].saved.request.complete
    assert taped[3].lost == ()
    output = run("har", here / "a.har")
    assert "  lost in recording: the body" in output.splitlines()


def recorded(path, **options):
    """A cassette that vcrpy itself writes of an upload to the emulator."""
    with EmulatorService(load_profile("openai-2025")) as service, vcr.use_cassette(str(path), **options):
        httpx.post(
            f"{service.base_url}/images/edits",
            headers={"Authorization": f"Bearer {CANARY}"},
            data={"model": "dall-e-2", "prompt": "a hat"},
            files={"image": ("a.png", PNG, "application/octet-stream")},
        )
    return path


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_a_cassette_of_vcrpy(here, serializer):
    if serializer == "json":
        path = recorded(here / "edit.yaml")
        data = yaml.safe_load(path.read_text("utf-8"))
        body = data["interactions"][0]["request"]["body"]
        data["interactions"][0]["request"]["body"] = {"base64_string": base64.b64encode(body).decode()}
        path = here / "edit.json"
        path.write_text(json.dumps(data), "utf-8")
    else:
        path = recorded(here / "edit.yaml")
    assert "✓ 1 request saved" in run("vcr", path, "--folder", here / "out")
    kept = saved.load(here / "out" / "edit-1.request")
    parts = {part.name: part for part in kept.request.wire.parts}
    assert (parts["image"].content_type, parts["image"].size) == ("application/octet-stream", len(PNG))
    assert (parts["model"].text, kept.reply.status) == ("dall-e-2", 400)


def test_a_cassette_of_rubys_vcr(here):
    interaction = {
        "request": {
            "method": "post",
            "uri": "https://api.openai.com/v1/images/edits",
            "body": {"encoding": "ASCII-8BIT", "base64_string": base64.encodebytes(form()).decode()},
            "headers": {name: [value] for name, value in HEAD.items()},
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {},
            "body": {"encoding": "UTF-8", "string": "{}"},
        },
        "recorded_at": "Wed, 04 Mar 2026 05:06:07 GMT",
    }
    path = here / "edit.yml"
    path.write_text(
        yaml.safe_dump({"http_interactions": [interaction], "recorded_with": "VCR 6.3.1"}), "utf-8"
    )
    (taped,) = read_tape(path, "vcr")
    assert taped.lost == ("how the body's end was told (a Content-Length is put in)",)
    assert taped.saved.request.body == form()
    assert taped.saved.reply.source.recorded_on == "2026-03-04"
    del interaction["request"]["headers"]["Content-Type"]
    path.write_text(yaml.safe_dump({"http_interactions": [interaction]}), "utf-8")
    assert "the Content-Type of the request" in read_tape(path, "vcr")[0].lost


def test_an_imported_request_is_isolated(here):
    recorded(here / "edit.yaml")
    run("vcr", here / "edit.yaml")
    done = CliRunner().invoke(
        commands, ["isolate", "matrix/edit-1.request", "--target", "emulator:openai@2025-09", "--json"]
    )
    assert done.exit_code == 0, done.output
    assert "`Content-Type` of part `image`" in json.loads(done.stdout)["sentence"]


def test_a_body_that_holds_the_key_is_not_saved(here):
    path = har(here / "a.har", entry(form(CANARY.encode())))
    output = run("har", path, code=3)
    assert "✗ request 1 is not saved" in output
    assert CANARY not in output
    assert list(here.rglob("*.request")) == []


def test_nothing_to_save_is_unresolved(here):
    assert "? 0 requests saved" in run("har", har(here / "a.har"), code=3)


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("har", "[]", "not a HAR file"),
        ("har", '{"log": {"entries": 7}}', "log.entries is no list"),
        ("har", '{"log": {"entries": [{}]}}', "entry 1 is no exchange of a har file: has no 'request'"),
        ("har", json.dumps({"log": {"entries": [7]}}), "entry 1 is no exchange"),
        ("vcr", "interactions: 7", "not a cassette"),
        ("vcr", "interactions: [{request: {method: GET}}]", "entry 1 is no exchange"),
        ("vcr", "interactions: [{request: {method: GET, uri: 'file:///etc/passwd'}}]", "no URL of HTTP"),
        ("vcr", "interactions: [{request: {method: 'GET x', uri: 'http://a/'}}]", "no method"),
        (
            "vcr",
            'interactions: [{request: {method: GET, uri: "http://a/", headers: {A: "b\\r\\nc"}}}]',
            "more than a line",
        ),
        ("vcr", "a: &a [x, x]\nb: &b [*a, *a]\ninteractions: !!python/object:os.system []", "not YAML"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_place(here, kind, text, says):
    path = here / ("a.har" if kind == "har" else "a.yaml")
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=f"^a\\.\\w+.*{says}"):
        read_tape(Path(path.name), kind)
    assert says in run(kind, path, code=2)


def test_a_dated_target_of_nobody_who_is_emulated_is_named(here):
    recorded(here / "edit.yaml")
    run("vcr", here / "edit.yaml")
    for target, says in (
        ("perplexity@2026-01", "perplexity is not emulated"),
        ("openai@2026-13", "profile 'openai@2026-13'"),
    ):
        done = CliRunner().invoke(
            commands, ["isolate", "matrix/edit-1.request", "--target", f"emulator:{target}"]
        )
        assert done.exit_code == 2
        assert says in done.output


def upload_whose_bytes_are_lost():
    head = "Content-Disposition: form-data; name="
    text = f'--{BOUNDARY}\r\n{head}"purpose"\r\n\r\nassistants\r\n--{BOUNDARY}\r\n{head}"file"; filename="a.pdf"\r\n'
    text += f"Content-Type: application/pdf\r\n\r\n%PDF-1.7 \ufffd\ufffd\r\n--{BOUNDARY}--\r\n"
    one = entry(text=text, headers={"Content-Length": "9000"})
    one["request"]["url"] = "https://api.openai.com/v1/files"
    return one


LOST = (
    "bytes of the body that are no text",
    f"bytes of the body: {len(upload_whose_bytes_are_lost()['request']['postData']['text'].encode())} are there, and 9,000 were sent",
)


def test_what_is_left_of_a_call_does_not_clear_it(here):
    """The recording's call was rejected; what a recorder kept of it is accepted, without the bytes it lost."""
    run("har", har(here / "lossy.har", upload_whose_bytes_are_lost()))
    assert saved.load(here / "matrix" / "lossy-1.request").lost == LOST
    asked = ["matrix/lossy-1.request", "--target", "emulator:openai-2026-11"]
    done = CliRunner().invoke(commands, ["diagnose", *asked, "-o", "cause.html"])
    assert done.exit_code == 3, done.output
    assert f"What the recorder kept of the call is accepted; it lost {'; '.join(LOST)}." in (
        " ".join(done.stdout.split())
    )
    assert "accepted now" not in done.output
    assert "What is left of the call is accepted" in (here / "cause.html").read_text("utf-8")
    whole = entry(text=upload_whose_bytes_are_lost()["request"]["postData"]["text"].replace("\ufffd", "!"))
    whole["request"]["url"] = "https://api.openai.com/v1/files"
    run("har", har(here / "whole.har", whole))
    done = CliRunner().invoke(commands, ["isolate", asked[0], "matrix/whole-1.request", *asked[1:], "--json"])
    assert done.exit_code == 3, done.output
    assert json.loads(done.stdout)["stopped"] == "remains_pass"
    assert "lossy-1.request: The recorder lost bytes of the body that are no text" in done.stderr


def test_what_a_recorder_lost_stands_beside_a_cause(here):
    text = form().decode("utf-8", "replace")
    run("har", har(here / "lossy.har", entry(text=text, headers={"Content-Length": str(len(text.encode()))})))
    asked = ["diagnose", "matrix/lossy-1.request", "--target", "emulator:openai-2025", "--json"]
    done = CliRunner().invoke(commands, asked)
    found = json.loads(done.stdout)
    assert found["lost"] == ["bytes of the body that are no text"]
    assert (
        "The recorder lost bytes of the body that are no text: all this is of what it kept."
        in (found["unexplained"])
    )


def test_a_curl_line_loses_nothing_with_its_boundary(here):
    (here / "a.png").write_bytes(PNG)
    (here / "call.sh").write_text(
        "curl https://api.openai.com/v1/images/edits -F image=@a.png -F prompt=hat\n"
    )
    assert "lost in recording: which boundary curl chose" in run("curl", here / "call.sh")
    assert saved.load(here / "matrix" / "call-1.request").lost == ()
