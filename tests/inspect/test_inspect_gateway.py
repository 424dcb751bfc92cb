"""``inspect --through``: what a program sends, what a gateway of our own forwards, and who answered."""

import json
import socket
import sys
import textwrap
from pathlib import Path

import pytest
from inspect_upstream import upstream

from upload_matrix.cli import main
from upload_matrix.tap.http import LoopbackServer, RawResponse

GATEWAY = Path(__file__).parents[1] / "support" / "gateway_program.py"
KEY = "sk-canary-" + "a1b2" * 8

PROGRAM = """
    import os, sys, urllib.error, urllib.request
    body = (
        b'--b\\r\\nContent-Disposition: form-data; name="model"\\r\\n\\r\\ngpt-image-1\\r\\n'
        b'--b\\r\\nContent-Disposition: form-data; name="prompt"\\r\\n\\r\\nx\\r\\n'
        b'--b\\r\\nContent-Disposition: form-data; name="image"; filename="a.webp"\\r\\nContent-Type: %s\\r\\n\\r\\n'
        b'RIFF\\x10\\x00\\x00\\x00WEBPVP8 \\xff\\r\\n--b--\\r\\n' % sys.argv[1].encode()
    )
    key = "Bearer " + os.environ["OPENAI_API_KEY"]
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Authorization": key}
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/images/edits", body, headers)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    print(answer.status, answer.read()[:300].decode())
    answer.close()
"""
WEBP, OCTETS = "image/webp", "application/octet-stream"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "OPENAI_BASE_URL", "OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    Path("app.py").write_text(textwrap.dedent(PROGRAM))
    return tmp_path


def through(do):
    return f"{sys.executable} {GATEWAY} --port {{port}} --upstream {{upstream}} --do {do}"


def run(do, *words, kind=WEBP):
    with pytest.raises(SystemExit) as ended:
        main(["inspect", "--through", through(do), *words, "--", sys.executable, "app.py", kind])
    return ended.value.code


def events(do, *words, kind=WEBP):
    """Exit code, and the JSON lines by event."""
    status = run(do, "--json", "-o", "out.jsonl", *words, kind=kind)
    lines = [json.loads(line) for line in Path("out.jsonl").read_text("utf-8").splitlines()]
    return status, {line["event"]: line for line in lines}


def test_what_was_sent_stands_beside_what_was_forwarded(capfd):
    assert run("drop-type", "--emulator") == 1
    out, err = capfd.readouterr()
    assert out.startswith("200 "), "the program got the target's answer to what was forwarded"
    assert "leads to emulator:openai-2026-02 through gateway_program.py" in err
    assert "Gateway  gateway_program.py: dropped" in err
    words = " ".join(err.replace("inspect|", "").split())
    assert "forwarded once, the target answered 200; the client got the target's answer" in words.lower()
    shown = next(line for line in err.splitlines() if "image.content_type" in line)
    assert shown.split()[1:] == ["dropped", "image.content_type", "image/webp", "(none)"]


def test_a_change_that_the_server_then_rejected_is_a_fault_of_the_gateway(capfd):
    assert run("retype", "--emulator") == 1
    words = " ".join(capfd.readouterr().err.replace("inspect|", "").split())
    assert "1 upload, 0 findings" in words, "the program's own upload is sound"
    assert "the server rejected what gateway_program.py made of upload #1" in words
    assert "sent as `image/webp` and forwarded as `multipart/form-data`" in words


def test_the_hop_in_json():
    status, found = events("fix-type", "--emulator", kind=OCTETS)
    assert status == 1, "the program's own fault is a finding, whoever repairs it"
    hop = found["hop"]
    assert hop["effects"] == ["masked"]
    assert hop["faithful"] is False
    (forwarded,) = hop["crossings"][0]["forwarded"]
    assert forwarded["repaired"] == ["octet-stream"]
    assert found["answer"]["status"] == 200
    assert found["answer"]["source"]["provenance"] == "emulated"
    assert found["listening"]["gateway"] == "gateway_program.py"


def test_a_gateway_that_hands_on_is_no_finding():
    status, found = events("pass", "--emulator")
    assert status == 0
    assert found["hop"]["faithful"]


def test_a_corrupted_upload_is_a_finding():
    status, found = events("as-text", "--emulator")
    assert status == 1
    assert found["hop"]["effects"] == ["corrupted"]


def test_what_was_accepted_and_lost_at_the_gateway_is_counted_and_is_no_success(capfd):
    assert run("own-502", "--emulator") == 1
    told = capfd.readouterr().err
    assert "1 request, 1 upload, 0 findings" in told
    assert "1 answer by which the target accepted did not come back through the gateway" in told


def test_an_answer_of_the_gateway_s_own_is_not_the_targets():
    _, found = events("own-400", "--emulator")
    assert found["answer"]["source"]["provenance"] == "gateway"
    assert found["hop"]["crossings"][0]["speaker"] == "gateway"
    assert "forwarded" not in found["hop"]["crossings"][0]


def test_nobody_is_asked_with_no_answer(capfd):
    assert run("pass", "--no-answer") == 0
    assert capfd.readouterr().out.startswith("424 ")


def test_the_real_key_is_put_in_behind_the_gateway_and_stands_nowhere(folder, monkeypatch, capfd):
    asked = []

    def answer(request):
        asked.append(dict(request.headers))
        return RawResponse(200, (("content-type", "application/json"),), b'{"data": []}')

    server = LoopbackServer(answer)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    try:
        status, found = events("pass", "--upstream", f"{server.url}/v1")
    finally:
        server.close()
    assert status == 0
    (headers,) = asked
    assert {name.lower(): value for name, value in headers.items()}[
        b"authorization"
    ] == f"Bearer {KEY}".encode()
    assert found["answer"]["source"]["provenance"] == "live"
    assert found["hop"]["crossings"][0]["speaker"] == "target"
    assert capfd.readouterr().out.startswith("200 ")
    assert KEY not in Path("out.jsonl").read_text("utf-8")


def test_the_gateway_never_sees_the_key(monkeypatch, capfd):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    run("tell", "--emulator")
    told = json.loads(json.loads(capfd.readouterr().out.partition(" ")[2])["error"]["message"])
    assert told["OPENAI_API_KEY"] == "upload-matrix-dummy"
    assert told["sent"] == "Bearer upload-matrix-dummy"


def test_the_request_is_saved_as_the_program_sent_it():
    assert run("drop-type", "--emulator", "--save", "kept") == 1
    document = json.loads(Path("matrix/kept.request/wire.json").read_text("utf-8"))
    assert document["asked"] == "emulator:openai-2026-02"
    image = next(part for part in document["wire"]["parts"] if part["name"] == "image")
    assert image["content_type"] == WEBP


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        ((), {}, "set OPENAI_API_KEY, or ask the emulator"),
        (
            ("--emulator",),
            {"AZURE_OPENAI_ENDPOINT": "http://127.0.0.1:9"},
            "AZURE_OPENAI_ENDPOINT leads elsewhere",
        ),
        (("--emulator", "--env", "X=http://127.0.0.1:9/v1"), {}, "X leads elsewhere"),
        (("--emulator", "--behind-port", "4000"), {}, "only for a gateway that runs already"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(monkeypatch, capfd, words, environ, says):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert run("pass", *words) == 2
    out, err = capfd.readouterr()
    assert says in err
    assert out == ""


def test_a_gateway_is_sent_the_headers_that_it_wants_and_they_are_not_told(capfd):
    header = ("--client-header", f"x-route: {KEY}")
    for words, status in ((), "400"), (header, "200"):
        run("want-route", "--emulator", *words)
        assert capfd.readouterr().out.startswith(status)
    run("tell-route", "--emulator", *header)
    told = "".join(capfd.readouterr())
    assert "no way by ****" in told
    assert KEY not in told


@pytest.mark.parametrize("header", ["x-route", "x route: a", "content-type: text/plain"])
def test_a_header_for_the_gateway_that_is_none_is_said_without_its_value(header, capfd):
    assert run("pass", "--emulator", "--client-header", header) == 2
    assert "header" in capfd.readouterr().err


def test_a_header_for_no_gateway_is_a_mistake(capfd):
    with pytest.raises(SystemExit) as ended:
        main(["inspect", "--client-header", "x-route: a", "--", sys.executable, "app.py", WEBP])
    assert ended.value.code == 2
    assert "--client-header go with --through" in capfd.readouterr().err


def hang_up(handler, _):
    handler.close_connection = True


def noted(capfd):
    return " ".join(capfd.readouterr().err.replace("inspect|", "").split())


UPLOAD = "upload #1 (`image`: a.webp, 17 bytes of webp): "


def test_a_server_that_hangs_up_on_an_upload_is_told_from_a_gateway_that_does(capfd, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with upstream(hang_up) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        run("pass")
    words = noted(capfd)
    assert f"{UPLOAD}the server behind gateway_program.py hung up on what was forwarded of it" in words
    run("hang-up", "--emulator")
    words = noted(capfd)
    assert f"{UPLOAD}gateway_program.py hung up on it without a whole answer" in words
    assert "it had forwarded nothing" in words


@pytest.mark.parametrize(
    ("last", "words"), [(False, "it takes connections still"), (True, "it takes no connection any more")]
)
def test_a_server_that_dies_of_an_upload_is_named_with_it(last, words, capfd, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def answer(handler, number):
        hang_up(handler, number)
        if last:
            handler.server.socket.shutdown(socket.SHUT_RDWR)

    with upstream(answer) as server, pytest.raises(SystemExit):
        main(["inspect", "--upstream", server.url, "--", sys.executable, "app.py", WEBP])
    told = noted(capfd)
    assert f"{UPLOAD}the server hung up on it without a whole answer" in told
    assert words in told
