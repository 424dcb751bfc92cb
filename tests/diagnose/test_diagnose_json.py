"""A program that hands a file over inside JSON: the leaf that decides is found, and the fix is a program that runs."""

import base64
import json
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.judge.fix_code import program
from upload_matrix.wire.read import wire_form

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4 + b"IEND\xaeB`\x82"

CLAUDE = """
import base64, httpx, os
data = base64.{encode}(open("cat.png", "rb").read()).decode()
source = {{"type": "base64", "media_type": "{media_type}", "data": {data}}}
body = {{"model": "claude-test", "max_tokens": 9, "messages": [{{"role": "user", "content": [
    {{"type": "text", "text": "What is it?"}}, {{"type": "image", "source": source}}]}}]}}
httpx.post(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json=body,
           headers={{"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"}})
"""


class Strict(BaseHTTPRequestHandler):
    """Takes a PNG said to be one, in plain base64, with the right key; anything else is a 400 or 401."""

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer(404, "there is no list")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["x-api-key"] != "sk-canary-of-this-test":
            self._answer(401, "whose key is that?")
            return
        source = body["messages"][0]["content"][1]["source"]
        try:
            data = base64.b64decode(source["data"], validate=True)
        except ValueError:
            self._answer(400, "not base64")
            return
        good = data == PNG and source["media_type"] == "image/png" and self.headers["anthropic-version"]
        self._answer(200 if good else 400, "a cat" if good else "declared and detected type differ")

    def _answer(self, status: int, says: str) -> None:
        told = (
            {"error": {"type": "invalid_request_error", "message": says}} if status >= 400 else {"says": says}
        )
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "cat.png").write_bytes(PNG)
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Strict)
    Thread(target=serving.serve_forever, daemon=True).start()
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{serving.server_port}")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-canary-of-this-test")
    yield serving
    serving.shutdown()
    serving.server_close()


@pytest.mark.parametrize(
    ("media_type", "encode", "data", "where"),
    [
        ("image/jpeg", "b64encode", "data", "Field `messages[0].content[1].source.media_type`"),
        ("image/png", "encodebytes", "data", "Spelling of `messages[0].content[1].source.data`"),
        ("image/png", "urlsafe_b64encode", "data", "Spelling of `messages[0].content[1].source.data`"),
        (
            "image/png",
            "b64encode",
            "'data:image/png;base64,' + data",
            "Prefix of `messages[0].content[1].source.data`",
        ),
    ],
)
def test_the_leaf_that_decides_is_found_and_its_fix_runs(server, media_type, encode, data, where):
    Path("claude.py").write_text(CLAUDE.format(encode=encode, media_type=media_type, data=data), "utf-8")
    words = ["diagnose", "--yes", "--no-releases", "--json", "--", sys.executable, "claude.py"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    diagnosis = json.loads(done.stdout)
    assert diagnosis["confidence"] == "proven"
    assert diagnosis["verdict"].startswith(f"{where}: ")
    assert "sk-canary-of-this-test" not in done.output
    fix = diagnosis["fix"]
    assert (fix["accepted"], fix["code_accepted"]) == (True, True)
    assert "anthropic-version" in fix["code"]


def test_the_emulator_answers_for_another_vendor_where_nobody_is_to_be_asked(server):
    Path("claude.py").write_text(
        CLAUDE.format(encode="b64encode", media_type="image/jpeg", data="data"), "utf-8"
    )
    words = ["diagnose", "--no-releases", "--json", "--target", "emulator:anthropic-2026"]
    words += ["--env", "ANTHROPIC_BASE_URL", "--", sys.executable, "claude.py"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    diagnosis = json.loads(done.stdout)
    assert diagnosis["answer"]["message"].startswith(
        "messages.0.content.1.image.source.base64: The image was"
    )
    assert "(emulated" in diagnosis["verdict"]
    assert any("`--target anthropic`" in each for each in diagnosis["unexplained"])
    assert (diagnosis["fix"]["accepted"], diagnosis["fix"]["code_accepted"]) == (True, True)


CHAT = """
import base64, httpx, os
data = "data:application/pdf;base64," + base64.b64encode(open("scan.pdf", "rb").read()).decode()
body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": [
    {"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": data}}]}]}
httpx.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json=body,
           headers={"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]})
"""


def test_a_pdf_in_a_pictures_place_is_tried_in_the_block_for_documents(server):
    Path("scan.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF")
    Path("chat.py").write_text(CHAT, "utf-8")
    words = ["diagnose", "--no-releases", "--json", "--target", "emulator:openai-2026-11"]
    done = CliRunner().invoke(commands, [*words, "--", sys.executable, "chat.py"])
    assert done.exit_code == 0, done.output
    diagnosis = json.loads(done.stdout)
    assert diagnosis["verdict"].startswith("Field `messages[0].content[1]`: ")
    fix = diagnosis["fix"]
    assert fix["says"] == "messages[0].content[1].image_url.url: in the block for documents"
    assert (fix["accepted"], fix["code_accepted"]) == (True, True)
    assert '"type": "file"' in fix["code"]
    # The list of a target is no proof: a model that answers is alive.
    model = diagnosis["suspects"][0]
    assert (model["stand"], model["says"]) == ("ruled_out", "the fixed call was accepted by gpt-4o-mini")


def form(text: str, path: str = "/v1/chat/completions", prompt: str = "?"):
    document = {
        "model": "m",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": prompt},
                    {"type": "image_url", "image_url": {"url": text}},
                ],
            }
        ],
    }
    headers = ((b"content-type", b"application/json"), (b"content-length", b"1"))
    return wire_form("POST", path, headers, json.dumps(document).encode(), {})


@pytest.mark.parametrize("client", ["openai", "openai-async", "httpx", "requests", "fetch", "curl"])
def test_what_is_written_for_a_client_sends_that_very_form(client, tmp_path):
    nasty = "a'b\"c$(touch x)`y`\n${z}\\n BODY\nBODY\n"
    wire = form("data:image/png;base64," + base64.b64encode(PNG).decode(), prompt=nasty)
    written = program(client, wire)
    assert list(written.files) == ["image.png"]
    (tmp_path / "image.png").write_bytes(PNG)
    command = {
        "python": [sys.executable, "-c", written.code],
        "javascript": ["node", "--input-type=module", "-e", written.code],
        "sh": ["sh", "-c", written.code],
    }[written.language]
    if shutil.which(command[0]) is None or (client == "curl" and shutil.which("curl") is None):
        pytest.skip(f"there is no {command[0]} here")
    seen: list[bytes] = []

    class Keeper(Strict):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(200, "kept")

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    Thread(target=serving.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{serving.server_port}/v1"
        environ = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "dummy", "NO_PROXY": "*"}
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)
    finally:
        serving.shutdown()
        serving.server_close()
    assert seen, done.stderr.decode()
    headers = ((b"content-type", b"application/json"), (b"content-length", b"1"))
    assert wire_form("POST", wire.path, headers, seen[0], {}).digest == wire.digest
    assert not (tmp_path / "x").exists()
