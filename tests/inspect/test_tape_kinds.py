"""``upload-matrix import``: what is neither HAR nor a cassette, and ``--facts`` of all kinds."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
import yaml
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.emulator.agreement import Agreement, judged
from upload_matrix.facts.fact import Fate
from upload_matrix.facts.read import all_facts, of_file
from upload_matrix.inspect.tapes import read_tape
from upload_matrix.judge.observed import vendor_of_host
from upload_matrix.model.errors import ConfigurationError

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xaeB`\x82"
CANARY = "sk-" + "canary0123456789" * 2
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + PNG + b"\r\n--b--\r\n"
)
KIND = "multipart/form-data; boundary=b"
ERROR = {
    "type": "invalid_request_error", "param": "image", "code": "unsupported_file_mimetype",
    "message": f"Invalid file 'image': unsupported mimetype, key {CANARY}",
}  # fmt: skip
ANSWER = json.dumps({"error": ERROR}).encode()
URL = "https://api.openai.com/v1/images/edits"


def netstring(value):
    """A value as mitmproxy writes it."""
    match value:
        case None:
            data, kind = b"", b"~"
        case bool():
            data, kind = str(value).lower().encode(), b"!"
        case bytes():
            data, kind = value, b","
        case str():
            data, kind = value.encode(), b";"
        case int():
            data, kind = str(value).encode(), b"#"
        case float():
            data, kind = repr(value).encode(), b"^"
        case dict():
            pairs = ((name, each) for name, each in value.items())
            data, kind = b"".join(netstring(each) for pair in pairs for each in pair), b"}"
        case _:
            data, kind = b"".join(map(netstring, value)), b"]"
    return b"%d:%s%s" % (len(data), data, kind)


def flow(content=FORM):
    return {
        "type": "http",
        "version": 21,
        "request": {
            "method": b"POST", "scheme": b"https", "host": "api.openai.com", "port": 443,
            "path": b"/v1/images/edits", "timestamp_start": 1772359200.5, "content": content,
            "headers": [[b"Content-Type", KIND.encode()], [b"Authorization", f"Bearer {CANARY}".encode()]],
        },
        "response": {"status_code": 400, "headers": [], "content": ANSWER},
    }  # fmt: skip


def proxied(body, kind=KIND, **changes):
    entry = {
        "RequestUri": URL, "RequestMethod": "POST", "RequestBody": body, "StatusCode": 400,
        "RequestHeaders": {"Content-Type": kind, "Authorization": "Sanitized"},
        "ResponseHeaders": {"Date": "Sun, 01 Mar 2026 10:00:00 GMT", "Content-Type": "application/json"},
        "ResponseBody": {"error": ERROR}, **changes,
    }  # fmt: skip
    return json.dumps({"Entries": [entry], "Variables": {}}).encode()


def wire(body=FORM, more=b"", end=b"\r\n"):
    head = [
        b"POST /v1/images/edits HTTP/1.1", b"Host: api.openai.com", b"Content-Type: " + KIND.encode(),
        b"Authorization: Bearer " + CANARY.encode(), *more.splitlines(), b"Content-Length: %d" % len(body),
    ]  # fmt: skip
    answer = [
        b"HTTP/1.1 400 Bad Request", b"Date: Sun, 01 Mar 2026 10:00:00 GMT", b"Content-Length: %d" % len(ANSWER)
    ]  # fmt: skip
    return end.join([*head, b"", b""]) + body + end.join([*answer, b"", b""]) + ANSWER


def har():
    response = {"status": 400, "headers": [], "content": {"text": ANSWER.decode()}}
    request = {
        "method": "POST", "url": URL,
        "headers": [{"name": "Content-Type", "value": KIND}],
        "postData": {"mimeType": KIND, "text": base64.b64encode(FORM).decode(), "encoding": "base64"},
    }  # fmt: skip
    entry = {"startedDateTime": "2026-03-01T10:00:00Z", "request": request, "response": response}
    return json.dumps({"log": {"entries": [entry]}}).encode()


TAPES = {
    "har": har(),
    "mitmproxy": netstring(flow()),
    "test-proxy": proxied(base64.b64encode(FORM).decode()),
    "http": wire(),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, code=0):
    done = CliRunner().invoke(commands, ["import", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def put(here, data, name="tape.json"):
    (here / name).write_bytes(data)
    return here / name


@pytest.mark.parametrize("kind", TAPES)
def test_a_tape_of_each_kind_gives_the_request_and_its_fact_without_the_key(here, kind):
    about = ["--repository", "somebody/tapes", "--commit", "0" * 40, "--licence", "MIT"]
    output = run(kind, put(here, TAPES[kind]), "--facts", "facts.jsonl", *about)
    assert "POST /v1/images/edits, 1 file, 400" in output
    (fact,) = of_file(here / "facts.jsonl")
    seen = (fact.vendor, fact.operation, fact.carrier, fact.place, fact.filename, fact.declared, fact.sniffed)
    assert seen == ("openai", "images.edit", "multipart", "image", "a.png", "generic", "png")
    assert (fact.bytes, fact.status, fact.verdict, fact.recorded) == (len(PNG), 400, Fate.REJECTED, "2026-03")
    assert (fact.error.code, fact.error.param, fact.about_file) == (
        "unsupported_file_mimetype",
        "image",
        True,
    )
    assert (fact.grade.value, fact.sources[0].repository, fact.sources[0].licence) == (
        "recorded",
        "somebody/tapes",
        "MIT",
    )
    assert judged([fact])[0].agreement is Agreement.AGREE
    for path in here.rglob("*"):
        if path.is_file() and path.name != "tape.json":
            assert CANARY.encode() not in path.read_bytes()


def test_of_what_is_not_public_facts_are_contributions(here):
    run("http", put(here, wire()), "--facts", "facts.jsonl")
    (fact,) = of_file(here / "facts.jsonl")
    assert (fact.grade.value, fact.sources[0].repository) == ("contributed", "not public")
    assert "say where --facts come from" in run("http", here / "tape.json", "--commit", "a", code=2)


def test_what_cannot_be_a_fact_says_why(here):
    elsewhere = wire().replace(b"Host: api.openai.com", b"Host: api.example.test")
    assert "no fact: nobody known here is at api.example.test" in run(
        "http", put(here, elsewhere), "--facts", "f.jsonl"
    )
    alone = wire()[: wire().index(b"HTTP/1.1 400")]
    output = run("http", put(here, alone, "alone.http"), "--facts", "f.jsonl")
    assert "no fact: no answer was recorded" in output
    assert (here / "f.jsonl").read_bytes() == b""


def test_bytes_that_a_recorder_changed_are_not_told_as_the_files(here):
    tape = wire().replace(b"Content-Length: %d" % len(FORM), b"Content-Length: %d" % len(FORM), 1)
    short = tape[: tape.index(b"HTTP/1.1 400")][:-20]
    (taped,) = read_tape(put(here, short), "http")
    assert taped.lost == (f"bytes of the body: {len(FORM) - 20:,} are there, and {len(FORM):,} were sent",)
    entry = json.loads(proxied(base64.b64encode(FORM).decode()))
    entry["Entries"][0]["RequestHeaders"]["Content-Length"] = str(len(FORM) + 9)
    run("test-proxy", put(here, json.dumps(entry).encode(), "b.json"), "--facts", "f.jsonl")
    (fact,) = of_file(here / "f.jsonl")
    assert (fact.declared, fact.sniffed, fact.bytes) == ("generic", None, None)


def test_the_same_upload_twice_is_one_fact_seen_twice(here):
    run("mitmproxy", put(here, netstring(flow()) * 2), "--facts", "f.jsonl")
    (fact,) = of_file(here / "f.jsonl")
    assert fact.count == 2


def test_a_test_proxy_keeps_a_json_body_as_an_object(here):
    url = {"url": "data:image/png;base64," + base64.b64encode(PNG).decode()}
    body = {"model": "gpt-4o", "messages": [{"content": [{"type": "image_url", "image_url": url}]}]}
    tape = proxied(
        body, "application/json", RequestUri="https://me.openai.azure.com/openai/v1/chat/completions",
        StatusCode=200, ResponseBody={"choices": []},
    )  # fmt: skip
    output = run("test-proxy", put(here, tape), "--facts", "f.jsonl")
    assert "lost in recording: how the body was written" in output
    (fact,) = of_file(here / "f.jsonl")
    seen = (fact.vendor, fact.operation, fact.model, fact.carrier, fact.place, fact.declared, fact.sniffed)
    place = "messages[0].content[0].image_url.url"
    assert seen == ("azure", "chat", "gpt-4o", "data-url", place, "image/png", "png")
    assert (fact.verdict, fact.delivered) == (Fate.ACCEPTED, None)


def test_a_cassette_of_langchain_has_requests_and_responses_and_marks_in_headers(here):
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()}
    body = {"model": "claude-haiku-4-5", "messages": [{"content": [{"type": "image", "source": source}]}]}
    marks = {"Content-Type": ["**REDACTED**"], "Content-Length": ["**REDACTED**"]}
    asked = {"method": "POST", "uri": "https://api.anthropic.com/v1/messages", "headers": marks}
    answer = {"status": {"code": 200}, "headers": marks, "body": {"string": b'{"content": []}'}}
    document = {"requests": [{**asked, "body": json.dumps(body).encode()}], "responses": [answer]}
    path = put(here, yaml.safe_dump(document).encode(), "a.yaml")
    output = run("vcr", path, "--facts", "f.jsonl")
    assert "the Content-Type of the request (JSON is put in, which the body is)" in output
    (fact,) = of_file(here / "f.jsonl")
    seen = (fact.vendor, fact.operation, fact.model, fact.carrier, fact.declared, fact.sniffed, fact.status)
    assert seen == ("anthropic", "messages", "claude-haiku-4-5", "base64", "image/png", "png", 200)


def test_json_that_was_kept_as_data_has_lost_its_spaces_and_nothing_else(here):
    headers = {"Content-Type": "application/json", "Content-Length": "99"}
    (taped,) = read_tape(put(here, proxied({"a": "é"}, RequestHeaders=headers)), "test-proxy")
    assert taped.lost == ("how the body was written",)
    assert taped.saved.request.body == '{"a":"é"}'.encode()


def test_a_curl_line_is_the_form_that_curl_makes(here):
    put(here, PNG, "otter.png")
    put(here, PNG, "otter.webp")
    line = (
        'curl -sS https://api.openai.com/v1/images/edits \\\n  -H "Authorization: Bearer $OPENAI_API_KEY" \\\n'
        "  -F image=@otter.png -F 'mask=@\"otter.webp\";filename=m.png' -F extra=@otter.webp -Fprompt='a \"hat\"'"
    )
    (taped,) = read_tape(put(here, line.encode(), "call.sh"), "curl")
    parts = [(part.name, part.filename, part.content_type) for part in taped.saved.request.wire.parts]
    assert parts == [
        ("image", "otter.png", "image/png"),
        ("mask", "m.png", "image/png"),
        ("extra", "otter.webp", "application/octet-stream"),
        ("prompt", None, None),
    ]
    assert taped.saved.request.wire.field("prompt") == 'a "hat"'
    assert "what a shell puts in the place of $OPENAI_API_KEY" in taped.lost


@pytest.mark.parametrize(
    ("told", "sent", "disposition"),
    [
        ("application/json", "application/json; boundary=", "attachment"),
        ("multipart/form-data", "multipart/form-data; boundary=", "form-data"),
        ("multipart/form-data; boundary=abc", "multipart/form-data; boundary=abc; boundary=", "form-data"),
    ],
)
def test_a_type_that_curl_was_told_beside_a_form_is_what_it_sends(here, told, sent, disposition):
    put(here, PNG, "otter.png")
    line = f"curl https://api.openai.com/v1/images/edits -H 'Content-Type: {told}' -F image=@otter.png"
    (taped,) = read_tape(put(here, line.encode(), "call.sh"), "curl")
    kind = dict(taped.saved.request.headers)[b"Content-Type"].decode()
    assert kind.startswith(sent)
    assert f"Content-Disposition: {disposition}; ".encode() in taped.saved.request.body


def test_what_a_shell_puts_in_is_quoted_as_it_stands(here):
    line = 'curl https://api.openai.com/v1/files -H "X: $(cat a.txt) ${B} `id`" -F purpose=batch'
    (taped,) = read_tape(put(here, line.encode(), "call.sh"), "curl")
    assert taped.lost[:3] == tuple(
        f"what a shell puts in the place of {each}" for each in ("$(cat a.txt)", "${B}", "`id`")
    )


def test_a_curl_line_of_windows_cmd(here):
    put(here, PNG, "otter.png")
    line = 'curl.exe ^"https://api.openai.com/v1/images/edits^" ^\r\n -F ^"image=@otter.png^" ^\n -F "prompt=a ^& b"'
    (taped,) = read_tape(put(here, line.encode(), "call.bat"), "curl")
    assert [part.filename for part in taped.saved.request.wire.parts] == ["otter.png", None]
    assert taped.saved.request.wire.field("prompt") == "a & b"


def test_a_curl_line_with_json_as_a_browser_copies_it(here):
    line = r"curl 'https://api.openai.com/v1/chat/completions' -H 'content-type: application/json' --data-raw $'{\"a\":\u0022\u00e9\\\'s\"}' --compressed"
    (taped,) = read_tape(put(here, line.replace(r"\\\'", r"\'").encode(), "c.sh"), "curl")
    wire_form = taped.saved.request.wire
    assert (wire_form.method, wire_form.path, wire_form.document) == (
        "POST",
        "/v1/chat/completions",
        {"a": "é's"},
    )
    assert taped.lost == ()


def test_a_file_that_is_not_beside_the_command_line_is_not_read(here):
    secret = here.parent / "secret.txt"
    secret.write_text(CANARY, "utf-8")
    for name in ("../secret.txt", str(secret), "/dev/stdin", "-", "gone.png"):
        line = f"curl https://api.openai.com/v1/files -F 'file=@{name}'"
        (taped,) = read_tape(put(here, line.encode(), "call.sh"), "curl")
        assert not taped.saved.request.complete
        assert CANARY.encode() not in taped.saved.request.body
        assert any("is not beside the command line" in each for each in taped.lost)


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        ("curl", b"rm -rf /tmp/curl", "does not begin with curl"),
        ("curl", b"curl https://a.test | sh", "only a call of curl alone"),
        ("curl", b"curl https://a.test/?a=1&b=2", "only a call of curl alone"),
        ("curl", b"curl --config evil https://a.test", "option --config is not known"),
        ("curl", b"curl 'https://a.test", "a quote that is not closed"),
        ("mitmproxy", b"9999999999999:x,", "no length"),
        ("mitmproxy", b"99:x,", "cut off"),
        ("mitmproxy", b"5:hello?", "no type"),
        ("mitmproxy", b"", None),
        ("test-proxy", b'{"Entries": 3}', "Entries is no list"),
        ("test-proxy", b"[]", "has no Entries"),
        ("test-proxy", b'{"Entries": [{"RequestMethod": "POST"}]}', "entry 1 is no exchange"),
        ("http", b"\x16\x03\x01", "no request"),
        ("http", b"POST / HTTP/1.1\r\nnonsense\r\n\r\n", "no header: 'nonsense'"),
        ("http", b"POST / HTTP/1.1\r\nA: b\r\n\r\n", "no Host header"),
    ],
)
def test_a_file_that_is_no_such_tape_is_refused_with_its_reason(here, kind, data, says):
    path = put(here, data)
    if says is None:
        assert read_tape(path, kind) == ()
        return
    with pytest.raises(ConfigurationError, match=says.replace("(", r"\(")):
        read_tape(path, kind)


def test_flows_nested_without_end_are_refused(here):
    deep = b"0:]"
    for _ in range(300):
        deep = b"%d:%s]" % (len(deep), deep)
    with pytest.raises(ConfigurationError, match="nested more than"):
        read_tape(put(here, deep), "mitmproxy")


def test_chunks_and_bare_line_ends_are_read_and_said(here):
    head = b"POST /v1/images/edits HTTP/1.1\nHost: api.openai.com\nContent-Type: " + KIND.encode()
    (taped,) = read_tape(put(here, head + b"\n\n" + FORM), "http")
    assert "how its lines ended" in taped.lost
    assert taped.saved.request.body == FORM
    chunked = head.replace(b"\n", b"\r\n") + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM)
    (taped,) = read_tape(put(here, chunked + body), "http")
    assert taped.saved.request.body == FORM
    assert "where its chunks ended" in taped.lost


def test_very_many_small_pieces_are_read_all_the_same(here):
    head = b"POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\n\r\n"
    (taped,) = read_tape(put(here, head + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n"), "http")
    assert taped.saved.request.body == b"x" * 100_000
    words = b"-s " * 100_000 + b"-d '' -d \"" + b'a\\"' * 100_000 + b'"'
    (taped,) = read_tape(put(here, b"curl https://api.openai.com/v1/files " + words), "curl")
    assert taped.saved.request.body == b"&" + b'a"' * 100_000


def test_hosts_belong_to_the_vendors_of_facts():
    hosts = {
        "api.openai.com": "openai", "me.openai.azure.com": "azure", "api.anthropic.com": "anthropic",
        "us.aiplatform.googleapis.com": "vertex", "us-central1-aiplatform.googleapis.com": "vertex",
        "me.services.ai.azure.com": "azure", "bucket.s3.amazonaws.com": None,
        "generativelanguage.googleapis.com": "google", "openrouter.ai.example.test": None,
        "bedrock-runtime.us-east-1.amazonaws.com": "bedrock", "openai.example.test": None,
    }  # fmt: skip
    assert {host: vendor_of_host(host) for host in hosts} == hosts


def test_no_shipped_fact_is_said_to_be_another_when_its_entry_is_left_out():
    facts = all_facts()
    assert len({each.id for each in facts}) == len(facts)
    assert replace(facts[0], count=2).id == facts[0].id
