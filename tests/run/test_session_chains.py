"""A case of two calls: a file is uploaded, then named by its id; both are recorded, replayed and expected."""

import json
import re
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.wire.read import wire_form

MATRIX = """\
name: chain
target: strict
axes:
  operation: [chat.completions.create, responses.create]
  model: [m-1]
  client: [openai, openai-async, httpx, requests, curl]
  image: [png, webp]
  carrier: [data-url, file-id, file-id-untyped]
exclude:
  - {client: curl, carrier: file-id-untyped}
expect:
  - when: {carrier: data-url}
    outcome: accepted
  - when: {image: webp}
    outcome: rejected
    status: 415
    at: files.create
  - when: {carrier: file-id}
    outcome: accepted
  - when: {operation: responses.create}
    outcome: rejected
    at: responses.create
    message: image/png
  - when: {operation: chat.completions.create}
    outcome: rejected
    at: chat.completions.create
"""

ANSWERS = {
    "/v1/chat/completions": {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [],
    },
    "/v1/responses": {"id": "r", "object": "response", "output": []},
}


class Shelf(BaseHTTPRequestHandler):
    """Takes any PNG as a file, under an id of its own; lets only what was typed be used."""

    typed: ClassVar[dict[str, str | None]] = {}
    calls: ClassVar[list[str]] = []

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = tuple((name.encode(), value.encode()) for name, value in self.headers.items())
        form = wire_form("POST", self.path, headers, body, {})
        self.calls.append(self.path)
        if self.path == "/v1/files":
            (upload,) = form.uploads()
            if upload.format != "png":
                self._answer(415, {"error": {"message": f"no {upload.format} here"}})
                return
            name = f"file-{secrets.token_hex(12)}"
            self.typed[name] = upload.declared
            self._answer(200, {"id": name, "object": "file", "bytes": 1, "created_at": 1, "filename": "a"})
            return
        named = re.search(rb'"file_id": ?"([^"]+)"', body)
        good = named is None or self.typed.get(named[1].decode()) == "image/png"
        told = ANSWERS[self.path] if good else {"error": {"message": "wants image/png"}}
        self._answer(200 if good else 400, told)

    def _answer(self, status: int, told: dict[str, object]) -> None:
        answer = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Shelf.typed.clear()
    Shelf.calls.clear()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    Thread(target=serving.serve_forever, daemon=True).start()
    Path("matrix/targets").mkdir(parents=True)
    url = f"http://127.0.0.1:{serving.server_port}/v1"
    Path("matrix/targets/strict.yaml").write_text(f"name: strict\nbase_url: {url}\n")
    Path("matrix/chain.yaml").write_text(MATRIX)
    yield serving
    serving.shutdown()
    serving.server_close()


def invoke(*words):
    return CliRunner().invoke(commands, list(words))


def test_both_calls_are_recorded_in_one_go_replayed_and_expected(shelf):
    done = invoke("record", "--yes")
    assert done.exit_code == 0, done.output
    assert "may go on from such an answer" in done.output
    uploads = Shelf.calls.count("/v1/files")
    # Each distinct request went out once: PNG and WebP, with and without a name, as the clients differ.
    assert uploads == len(Shelf.typed) + sum(path.suffix == ".yaml" for path in rejected_uploads())
    shelf.shutdown()
    before = list(Shelf.calls)
    replayed = invoke("run")
    assert replayed.exit_code == 0, replayed.output
    assert Shelf.calls == before
    report = json.loads(Path("reports/latest.json").read_text("utf-8"))
    ends = {case["id"]: case["outcome"].get("at") for case in report["cases"]}
    assert ends["chain/chat.completions.create/m-1/openai/png/data-url"] is None
    assert ends["chain/chat.completions.create/m-1/openai/png/file-id"] == "chat.completions.create"
    assert ends["chain/chat.completions.create/m-1/openai/webp/file-id"] == "files.create"
    assert invoke("cassettes", "check").exit_code == 0
    written = "".join(path.read_text("utf-8") for path in Path("cassettes").rglob("*.yaml"))
    assert not any(name in written for name in Shelf.typed)


def rejected_uploads():
    return [path for path in Path("cassettes").rglob("*.yaml") if "no webp here" in path.read_text("utf-8")]


def test_a_chain_that_ends_elsewhere_than_expected_is_red(shelf):
    assert invoke("record", "--yes").exit_code == 0
    text = Path("matrix/chain.yaml").read_text()
    Path("matrix/chain.yaml").write_text(
        text.replace("    at: files.create\n", "    at: chat.completions.create\n")
    )
    done = invoke("run", "-k", "webp and file-id and openai and chat")
    assert done.exit_code == 1
    assert "Expected rejected 415 at chat.completions.create" in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (
            "before: {file-id: {operation: files.creat, gives: {file_id: id}}}",
            "`files.creat` is not an operation with an upload; did you mean `files.create`?",
        ),
        (
            "before: {data-url: {operation: files.create, gives: {file_id: id}}}",
            "`data-url` has no body; ",
        ),
    ],
)
def test_an_earlier_call_that_is_none_is_named_with_its_line(tmp_path, monkeypatch, before, says):
    monkeypatch.chdir(tmp_path)
    Path("operations").mkdir()
    text = "name: a.b\nmethod: POST\npath: /a\nencoding: json\nbodies: {file-id: {f: '{file_id}'}}\n"
    Path("operations/a.b.yaml").write_text(f"{text}{before}\n")
    Path("c.yaml").write_text("name: c\naxes: {operation: a.b, client: httpx}\n")
    done = invoke("cases", "c.yaml")
    assert done.exit_code == 2
    (line,) = [line for line in done.output.splitlines() if "operations/a.b.yaml:6:" in line]
    assert says in line


def test_an_id_of_an_earlier_run_is_not_guessed(shelf):
    assert invoke("record", "-k", "png and file-id and httpx and chat", "--yes").exit_code == 0
    for path in Path("cassettes").rglob("chat.completions/*.yaml"):
        path.unlink()
    calls = list(Shelf.calls)
    done = invoke("record", "-k", "png and file-id and httpx and chat", "--yes")
    assert Shelf.calls == calls
    assert "record that upload anew" in " ".join(done.output.split())
    assert done.exit_code == 3
    anew = invoke("record", "-k", "png and file-id and httpx and chat", "--yes", "--record-mode", "all")
    assert anew.exit_code == 0, anew.output
