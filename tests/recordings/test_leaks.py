"""Canary secrets of every kind, planted in requests and answers: none may reach a file or a screen.

The command runs for real, against a server of our own on loopback that says everything it should not.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import quote_plus

import canaries
import pytest
from leak_scanner import leaks, leaks_in_files

from upload_matrix.recordings import read_cassette
from upload_matrix.tap.http import LoopbackServer, RawResponse

HEX = "c4" * 16
"""An old Azure key: nothing but its name tells."""

REAL_KEY = "sk-" + "proj-" + "REALcanaryREAL0123456789abcdef"
PLANTED = {
    "key": canaries.KEY,
    "project key": canaries.PROJECT_KEY,
    "masked key": f"Incorrect API key provided: {canaries.MASKED}. Look at",
    "token": f"Bearer {canaries.TOKEN}",
    "azure": f"api-key: {HEX}",
    "organization": canaries.ORGANIZATION,
    "project": canaries.PROJECT,
    "user": f"https://x.test/private/{canaries.USER}/a.png",
    "file": canaries.FILE,
    "request": canaries.REQUEST,
    "jwt": canaries.JWT,
    "signed": f"https://x.blob.test/a.png?st=canary0&se=canary1&sp=canary2&sig={canaries.SIGNATURE}",
    "cookie": f"Set-Cookie: session={canaries.RANDOM}; Path=/",
}
NEEDLES = ("canary", "cry1", "REALca", HEX[:20], "0123456789abcdef")

EVERYTHING = "\n".join(PLANTED.values())


def error(says: str) -> bytes:
    return json.dumps({"error": {"message": says, "type": "t", "code": None, "param": "image"}}).encode()


HEADER_ID = "kept99locally"
"""Of a call that was made, the request's id stands in the machine facts of a local report: vendors ask for it."""

HEADERS = (
    ("openai-organization", canaries.ORGANIZATION),
    ("x-request-id", "req_" + HEADER_ID),
    ("set-cookie", "session=canarycookie"),
    ("x-ratelimit-note", f"for {canaries.KEY}"),
    ("location", f"https://x.test/?sig={canaries.SIGNATURE}"),
    # Who is to try again need not wait.
    ("retry-after-ms", "1"),
)


def answer(kind: str, echo: str) -> RawResponse:
    """The answer of one kind: everything planted, and what the request's headers were."""
    says = f"{EVERYTHING}\n{echo}"
    packed = base64.b64encode(gzip.compress(says.encode())).decode()
    status, content_type, body, more = {
        "json": (400, "application/json", error(says), ()),
        "gzip": (400, "application/json", gzip.compress(error(says)), (("content-encoding", "gzip"),)),
        "deflate": (400, "application/json", zlib.compress(error(says)), (("content-encoding", "deflate"),)),
        "base64": (400, "application/json", error(base64.b64encode(says.encode()).decode()), ()),
        "packed": (400, "application/json", error(f"see {packed} there"), ()),
        "lines": (400, "text/plain", base64.encodebytes(says.encode()), ()),
        "form": (
            400,
            "application/x-www-form-urlencoded",
            f"a={quote_plus(says)}&password=canaryx".encode(),
            (),
        ),
        "html": (403, "text/html", f"<h1>no</h1><p>{says}</p>".encode(), ()),
        "bytes": (200, "application/json", b"\xff\x00" + says.encode() + b"\xfe", ()),
        "unauthorized": (401, "application/json", error(f"Incorrect API key provided: {echo}."), ()),
        "cut": (200, "application/json", error(says)[:-30], ()),
        "accepted": (
            200,
            "application/json",
            json.dumps({"data": [{"b64_json": "aGk="}], "m": says}).encode(),
            (),
        ),
        "busy": (429, "application/json", error(says), ()),
        "broken": (500, "text/plain", says.encode(), ()),
    }[kind]
    return RawResponse(status, (("content-type", content_type), *HEADERS, *more), body)


KINDS = (
    "json", "gzip", "deflate", "base64", "packed", "lines", "form",
    "html", "bytes", "unauthorized", "cut", "accepted", "busy", "broken",
)  # fmt: skip

MATRIX = """
name: leaky
target: loud
request: {{prompt: a red door}}
timeout: 10
axes:
  client: [{clients}]
  container: [tuple3]
  image: [webp]
  mime_table: [builtin]
  size: [{kinds}]
"""


class Loud:
    """Says everything it knows, the real key it was sent included."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.server = LoopbackServer(self.handle)

    def handle(self, request):
        headers = {name.decode().lower(): value.decode() for name, value in request.headers}
        self.keys.add(headers.get("authorization", ""))
        if request.method == "GET":
            return RawResponse(200, HEADERS, error(f"{EVERYTHING}\n{json.dumps(headers)}"))
        kind = re.search(rb'name="size"\r\n\r\n([a-z0-9]+)\r\n', request.body)
        return answer(kind[1].decode(), json.dumps(headers))


@pytest.fixture
def loud():
    running = Loud()
    yield running
    running.server.close()


@pytest.fixture
def here(tmp_path, loud):
    (tmp_path / "matrix" / "targets").mkdir(parents=True)
    (tmp_path / "matrix" / "targets" / "loud.yaml").write_text(
        f"name: loud\nbase_url: {loud.server.url}/v1\nkey_env: LOUD_KEY\n"
    )

    def write(clients="httpx", kinds=KINDS):
        (tmp_path / "matrix" / "m.yaml").write_text(
            MATRIX.format(clients=clients, kinds=", ".join(kinds)), "utf-8"
        )
        return tmp_path

    return write


def command(folder, key, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "upload_matrix", *arguments],
        cwd=folder,
        env={**os.environ, "LOUD_KEY": key},
        capture_output=True,
        timeout=180,
        check=False,
    )


def assert_nothing_leaked(folder, result, needles):
    assert (folder / "reports" / "latest.json").exists(), result.stderr.decode()
    assert leaks(result.stdout, needles) == set(), result.stdout.decode()
    assert leaks(result.stderr, needles) == set(), result.stderr.decode()
    assert leaks_in_files(folder, needles) == {}


def test_the_scanner_finds_what_is_planted_however_it_is_packed():
    """Or the test below would prove nothing."""
    for kind in KINDS:
        reply = answer(kind, json.dumps({"authorization": f"Bearer {REAL_KEY}"}))
        missing = {"REALca"} - leaks(reply.body, NEEDLES)
        assert missing == set(), kind


def test_nothing_a_server_says_is_leaked_by_a_recording_run(here, loud):
    folder = here()
    result = command(folder, REAL_KEY, "run", "--record-mode", "once", "--yes")
    assert loud.keys == {f"Bearer {REAL_KEY}"}, result.stderr.decode()
    assert_nothing_leaked(folder, result, NEEDLES)
    recorded = [read_cassette(path)[0].wire.field("size") for path in recordings(folder)]
    assert sorted(set(recorded)) == sorted(set(KINDS) - {"busy", "broken"}), "those say nothing of the upload"
    assert set(leaks_in_files(folder, [HEADER_ID])) <= {"reports/latest.run.json"}

    again = command(folder, "", "run")
    assert_nothing_leaked(folder, again, NEEDLES)
    checked = command(folder, "", "cassettes", "check")
    assert checked.returncode == 0, checked.stdout.decode()
    assert_nothing_leaked(folder, checked, NEEDLES)


def test_a_key_that_looks_like_nothing_is_kept_out_too(here, loud):
    """No pattern knows it: only the run itself does."""
    key = "Plain/canary+of=this,run"
    folder = here("openai", ("json", "base64", "packed", "accepted"))
    result = command(folder, key, "run", "--record-mode", "once", "--yes")
    assert loud.keys == {f"Bearer {key}"}, result.stderr.decode()
    assert_nothing_leaked(folder, result, [key, "Plain/canary", "canary+of"])
    # Taken out, so that the answer is kept all the same.
    assert "[redacted:own-secret]" in "".join(path.read_text("utf-8") for path in recordings(folder))


def test_a_request_with_the_key_in_it_is_not_recorded(here, loud):
    """A replay knows no key and would look for another request, so this one is kept from the disk instead."""
    key = "Plain/canary+of=this,run"
    folder = here("httpx", ("json",))
    matrix = folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text("utf-8").replace("a red door", json.dumps(key)), "utf-8")
    result = command(folder, key, "run", "--record-mode", "once", "--yes")
    assert loud.keys == {f"Bearer {key}"}, result.stderr.decode()
    assert leaks_in_files(folder / "cassettes", [key]) == {}


def test_what_a_client_says_of_an_answer_that_nobody_records_is_clean_too(here):
    """Nothing was taken out before the client saw it: its own words are all there is to clean."""
    folder = here("openai", ("1024x1024",))
    matrix = folder / "matrix" / "m.yaml"
    text = matrix.read_text("utf-8").replace("target: loud", "target: emulator:openai-2026-02")
    matrix.write_text(text.replace("{prompt: a red door}", f"{{prompt: a red door, model: {canaries.KEY}}}"))
    result = command(folder, "", "run", "--disable-recording")
    said = json.loads((folder / "reports" / "latest.json").read_text("utf-8"))
    words = [json.dumps(case["client"]) for case in said["cases"]]
    assert [each.count("[redacted:api-key]") > 0 for each in words] == [True], words
    assert_nothing_leaked_but(matrix, folder, result)


def paste(folder) -> Path:
    """Everything planted, in the prompt that the matrix asks with; the matrix's file."""
    matrix = folder / "matrix" / "m.yaml"
    text = matrix.read_text("utf-8").replace("a red door", json.dumps(EVERYTHING))
    matrix.write_text(text, "utf-8")
    return matrix


def test_what_a_request_holds_is_not_leaked_by_recordings(here, loud):
    folder = here("httpx", ("json",))
    paste(folder)
    result = command(folder, REAL_KEY, "run", "--record-mode", "once", "--yes")
    assert loud.keys, result.stderr.decode()
    assert len(recordings(folder)) == 1
    assert leaks_in_files(folder / "cassettes", NEEDLES) == {}


def test_what_a_request_holds_is_not_leaked_by_reports(here, loud):
    folder = here("httpx", ("json",))
    matrix = paste(folder)
    result = command(folder, REAL_KEY, "run", "--record-mode", "once", "--yes")
    assert_nothing_leaked_but(matrix, folder, result)


def assert_nothing_leaked_but(matrix, folder, result):
    assert (folder / "reports" / "latest.json").exists(), result.stderr.decode()
    assert leaks_in_files(folder, NEEDLES, but=[matrix]) == {}
    assert leaks(result.stdout + result.stderr, NEEDLES) == set()


def recordings(folder):
    return sorted((folder / "cassettes").rglob("*.yaml"))
