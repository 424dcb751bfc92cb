"""A matrix over files of any kind: as parts and inside JSON, named in what is reported by their recipes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from strict_server import record_strictly

from upload_matrix.assets.studio import FILES
from upload_matrix.cli import commands
from upload_matrix.matrix.bodies import BodyFile, renamed, rendered

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
    record_strictly("json.yaml", JSON)
    report = ran("run", "json.yaml")
    assert len(report["cases"]) == 48
    for case in report["cases"]:
        wire = report["wire_forms"][case["attempts"][0]["wire"]]
        (entry,) = wire["embedded"]
        assert entry["asset"] == case["axes"]["file"]
    told = " ".join(json.dumps(report["conclusions"], ensure_ascii=False).split())
    assert "messages[0].content[1].file.file_data" in told


NAMES = """\
name: names
target: emulator:openai-2026-11
request: {model: whisper-1}
axes:
  operation: audio.transcriptions
  client: [httpx, requests, urllib3, aiohttp, curl, openai]
  container: [tuple2, tuple3, handle]
  file: mp3
  filename: [right, absent, no-extension, wrong-extension, non-ascii, generic]
  mime_table: builtin
expect:
  - when: {filename: [absent, no-extension, wrong-extension, generic]}
    outcome: rejected
  # It reads no streams.
  - when: {client: urllib3, container: handle}
    outcome: not_sent
"""

SAID = {
    "right": "memo.mp3",
    "no-extension": "memo",
    "wrong-extension": "memo.gif",
    "non-ascii": "사진-memo.mp3",
    "generic": "file",
}


AIOHTTP = {"absent": "file", "non-ascii": "%EC%82%AC%EC%A7%84-memo.mp3"}
"""What aiohttp makes of names: the field's own for none, and no letter beyond ASCII."""


def test_a_form_says_any_name(here):
    Path("names.yaml").write_text(NAMES)
    report = ran("run", "names.yaml", "--record-mode", "new_episodes")
    # An open file goes by its own name.
    assert len(report["cases"]) == 6 * (2 * 6 + 1)
    for case in report["cases"]:
        axes = case["axes"]
        if case["outcome"]["kind"] == "not_sent":
            continue
        wire = report["wire_forms"][case["attempts"][0]["wire"]]
        (part,) = (each for each in wire["parts"] if each["name"] == "file")
        said = SAID | (AIOHTTP if axes["client"] == "aiohttp" else {})
        assert part.get("filename") == said.get(axes["filename"]), case["id"]
        typed = axes["filename"] in ("right", "non-ascii")
        assert part["asset"] == "mp3"
        if axes["container"] == "tuple3":
            assert part["content_type"] == "audio/mpeg"
        assert case["facts"]["guess"] == (
            "audio/mpeg" if typed else "image/gif" if axes["filename"] == "wrong-extension" else None
        )


def test_a_body_says_any_name_where_it_has_a_place_for_one(here):
    text = "name: n\ntarget: emulator:openai-2026-02\naxes: {client: httpx, file: [png, pdf], carrier: data-url,\n"
    text += "  operation: [chat.completions.create, responses.create], filename: [right, absent, generic]}\n"
    Path("n.yaml").write_text(text)
    done = CliRunner().invoke(commands, ["cases", "n.yaml"])
    cases = [line for line in done.output.splitlines() if "/" in line]
    assert cases == [
        f"n/{operation}/httpx/{rest}"
        for operation in ("chat.completions.create", "responses.create")
        for rest in (
            "png/data-url",
            "pdf/data-url",
            "pdf/data-url/filename:absent",
            "pdf/data-url/filename:generic",
        )
    ]


def test_a_name_that_a_call_cannot_say_is_refused(here):
    text = "name: n\ntarget: emulator:openai-2026-02\naxes: {client: httpx, container: handle, filename: right}\n"
    Path("n.yaml").write_text(f"{text}include: [{{filename: absent}}]\n")
    done = CliRunner().invoke(commands, ["run", "n.yaml", "--record-mode", "new_episodes"])
    assert "the name is the file's own there, so `filename` has to be `right`" in done.output


def test_a_body_leaves_out_a_name_that_is_absent():
    template = {"file": {"filename": "{filename}", "data": "{base64}"}}
    assert rendered(template, BodyFile(b"", None, "application/pdf", "pdf"), "application/pdf", {}) == {
        "file": {"data": ""}
    }
    named = BodyFile(b"", renamed("a.pdf", "wrong-extension"), "application/pdf", "pdf")
    assert rendered(template, named, "application/pdf", {})["file"]["filename"] == "a.gif"
    assert renamed("a.gif", "wrong-extension") == "a.png"
    assert renamed("README", "no-extension") == "README"


@pytest.mark.parametrize("word", ["absent", "wrong-extension", "non-ascii"])
def test_a_bug_report_says_the_name_as_the_case_did(here, word):
    Path("matrix").mkdir()
    text = "name: n\ntarget: emulator:openai-2026-02\nrequest: {model: whisper-1}\n"
    axes = f"client: openai, operation: audio.transcriptions, container: tuple2, file: pdf, filename: {word}"
    Path("matrix/n.yaml").write_text(f"{text}axes: {{{axes}}}\nexpect: [{{outcome: rejected}}]\n")
    ran("run", "--record-mode", "new_episodes")
    case = f"n/audio.transcriptions/openai/tuple2/pdf/system/filename:{word}"
    done = CliRunner().invoke(commands, ["bug-report", "reports/latest.json", case, "-o", "bug"])
    assert "repro.py: verified identical" in done.output, done.output
    assert "client.audio.transcriptions.create(" in Path("bug/repro.py").read_text("utf-8")


def test_a_bug_report_of_a_raw_body_has_no_script_of_another_vendors_sdk(here):
    Path("matrix").mkdir()
    text = "name: r\ntarget: emulator:deepgram-2026\naxes: {client: httpx, operation: listen, file: txt}\n"
    Path("matrix/r.yaml").write_text(f"{text}expect: [{{outcome: rejected}}]\n")
    ran("run", "--record-mode", "new_episodes")
    done = CliRunner().invoke(
        commands, ["bug-report", "reports/latest.json", "r/listen/httpx/txt", "-o", "bug"]
    )
    assert "repro_rest.py: verified identical" in done.output, done.output
    assert not Path("bug/repro.py").exists()
