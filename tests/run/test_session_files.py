"""A matrix over files of any kind: as parts and inside JSON, named in what is reported by their recipes."""

import json
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from test_session_carriers import Strict

from upload_matrix.assets.studio import FILES
from upload_matrix.cli import commands

FORMS = """\
name: forms
target: emulator:openai-2026-11
request: {model: whisper-1, purpose: assistants}
axes:
  operation: [audio.transcriptions, files.create]
  client: [httpx, openai]
  container: [tuple3, handle]
  file: [wav, mp3, m4a, ogg, webm, flac, pdf, txt, csv, jsonl, docx, mine]
  mime_table: builtin
files: {mine: notes.flac}
expect:
  - when: {operation: audio.transcriptions, file: [pdf, txt, csv, jsonl, docx]}
    outcome: rejected
    message: Unrecognized file format
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*arguments: str) -> dict:
    done = CliRunner().invoke(commands, list(arguments))
    assert done.exit_code == 0, done.output
    return json.loads(Path("reports/latest.json").read_text("utf-8"))


def test_forms_carry_any_file(here):
    Path("notes.flac").write_bytes(b"fLaC" + bytes(60))
    Path("forms.yaml").write_text(FORMS)
    report = ran("run", "forms.yaml", "--record-mode", "new_episodes")
    assert {each["outcome"]["kind"] for each in report["cases"]} == {"accepted", "rejected"}
    for case in report["cases"]:
        (wire,) = (report["wire_forms"][each["wire"]] for each in case["attempts"])
        (part,) = (each for each in wire["parts"] if each["name"] == "file")
        word = case["axes"]["file"]
        assert "image" not in case["axes"]
        if word == "mine":
            assert (part["filename"], part["size"]) == ("notes.flac", 64)
        else:
            assert (part["asset"], part["filename"]) == (word, FILES[word].filename)
            assert part.get("format") == (None if word in ("txt", "csv", "jsonl") else word)
    # What the environment makes of the name is known for every file that is sent, and asked of no other.
    (environment,) = report["environments"]
    assert environment["guesses"][".txt"] == "text/plain"
    assert environment["guesses"][".flac"] is None
    assert ".md" not in environment["guesses"]
    told = Path("reports/latest.md").read_text("utf-8")
    assert "| pdf … docx (5 values) | ✗ rejected 400 | ✗ rejected 400 | ✓ accepted | ✓ accepted |" in told
    assert "| `page.txt` | `text/plain` | the file |" in told


JSON = """\
name: json
target: strict
axes:
  operation: [chat.completions.create, responses.create, messages.create]
  model: [m-1]
  client: [httpx, openai]
  file: [png, mp3, pdf]
  carrier: [data-url, base64]
  declared_type: [right, wrong]
exclude:
  - {client: openai, operation: messages.create}
expect:

  - when: {declared_type: wrong}
    outcome: rejected
  - when: {operation: messages.create, carrier: data-url}
    outcome: rejected
  - when: {operation: messages.create}
    outcome: accepted
  - when: {file: mp3, carrier: base64}
    outcome: accepted
  - when: {file: mp3}
    outcome: rejected
  - when: {carrier: base64}
    outcome: rejected
"""


def test_a_body_carries_any_file(here):
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Strict)
    Thread(target=serving.serve_forever, daemon=True).start()
    Path("targets").mkdir()
    address = f"http://127.0.0.1:{serving.server_port}/v1"
    Path("targets/strict.yaml").write_text(f"name: strict\nbase_url: {address}\n")
    Path("json.yaml").write_text(JSON)
    try:
        done = CliRunner().invoke(commands, ["record", "json.yaml", "--yes"])
    finally:
        serving.shutdown()
        serving.server_close()
    assert done.exit_code == 0, done.output
    report = ran("run", "json.yaml")
    assert len(report["cases"]) == 48
    for case in report["cases"]:
        wire = report["wire_forms"][case["attempts"][0]["wire"]]
        (entry,) = wire["embedded"]
        assert entry["asset"] == case["axes"]["file"]
    told = " ".join(json.dumps(report["conclusions"], ensure_ascii=False).split())
    assert "messages[0].content[1].file.file_data" in told
