"""Fixes as somebody would paste them: each opens the file that is there and is accepted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from upload_matrix.inspect.command import InspectSettings, inspect_command
from upload_matrix.inspect.output import TextListener
from upload_matrix.inspect.routes import AnsweredBy

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"
PYTHON = """\
import asyncio, io, os, tempfile
from pathlib import Path
import httpx, openai, requests
url = os.environ["OPENAI_BASE_URL"] + "/audio/transcriptions"
headers, fields, model = {"Authorization": "Bearer x"}, {"model": "whisper-1"}, "whisper-1"
client = openai.OpenAI(max_retries=0)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recordings of mine").mkdir()
    (tmp_path / "recordings of mine" / "talk").write_bytes(WAV)
    return tmp_path


def sent(code, name="app.py", argv=(sys.executable,)):
    Path(name).write_text(code)
    settings = InspectSettings(AnsweredBy.EMULATOR, environ={**os.environ, "OPENAI_API_KEY": "sk-dummy"})
    with inspect_command([*argv, name], settings) as seen:
        return [(each.told.status, each.sight.noticed) for each in seen.exchanges]


def the_fix(exchanges):
    codes = {each.code for _, noticed in exchanges for each in noticed if each.counts}
    assert len(codes) == 1
    return codes.pop().code


def accepted(exchanges):
    return [(status, [each.finding.code for each in noticed if each.counts]) for status, noticed in exchanges]


UPLOAD = """\
class Upload:
    filename, content_type = "talk.wav", "audio/wav"
    def __init__(self, content): self.file = io.BytesIO(content)
    def read(self, size=-1): return self.file.read(size)
"""
OPENED = 'data = open("recordings of mine/talk", "rb").read()'


@pytest.mark.parametrize(
    ("before", "call", "read"),
    [
        ("", "client.audio.transcriptions.create(file=open('recordings of mine/talk', 'rb'), model=model)", OPENED),
        ("", "client.audio.transcriptions.create(file=Path('recordings of mine/talk'), model=model)", OPENED),
        ("", "requests.post(url, headers=headers, data=fields, files={'file': open('recordings of mine/talk', 'rb')})", OPENED),
        ("", "httpx.post(url, headers=headers, data=fields, files={'file': open('recordings of mine/talk', 'rb')})", OPENED),
        (
            "sound = io.BytesIO(open('recordings of mine/talk', 'rb').read())\n",
            "client.audio.transcriptions.create(\n    model=model,\n    file=sound,\n)",
            "data = sound.getvalue()",
        ),
        (
            "data = open('recordings of mine/talk', 'rb').read()\n",
            "httpx.post(url, headers=headers, data=fields, files={'file': ('upload', data)})",
            "httpx.post(",
        ),
        (
            "class Upload:\n    file = open('recordings of mine/talk', 'rb').read()\nupload = Upload()\n",
            "requests.post(url, headers=headers, data=fields, files={'file': ('blob', upload.file)})",
            "data = upload.file",
        ),
        (
            "spooled = tempfile.SpooledTemporaryFile()\n"
            "spooled.write(open('recordings of mine/talk', 'rb').read())\nspooled.seek(0)\n",
            "client.audio.transcriptions.create(model=model, file=spooled)",
            "data = spooled.read()",
        ),
        (
            "",
            "requests.post(url, headers=headers | {'Content-Type': 'multipart/form-data; boundary=x'}, data=fields, "
            "files={'file': ('talk.wav', open('recordings of mine/talk', 'rb'), 'audio/wav')})",
            f'headers.pop("Content-Type", None)  # the client writes it, with the boundary\n{OPENED}',
        ),
        (
            "",
            "httpx.post(url, headers=headers | {'Content-Type': 'application/json'}, data=fields, "
            "files={'file': ('talk.wav', open('recordings of mine/talk', 'rb'), 'audio/wav')})",
            f'headers.pop("Content-Type", None)  # the client writes it, with the boundary\n{OPENED}',
        ),
        (
            f"{UPLOAD}upload = Upload(open('recordings of mine/talk', 'rb').read())\nupload.file.read()\n",
            "requests.post(url, headers=headers, data=fields, files={'file': upload})",
            "upload.file.seek(0)\ndata = upload.file.read()",
        ),
        (
            f"{UPLOAD}upload = Upload(open('recordings of mine/talk', 'rb').read())\n",
            "client.audio.transcriptions.create(model=model, file=upload.file)",
            "data = upload.file.getvalue()",
        ),
    ],
)  # fmt: skip
def test_python(before, call, read):
    failing = PYTHON + before + "try:\n" + "".join(f"    {line}\n" for line in call.split("\n"))
    fix = the_fix(sent(failing + "except openai.APIError: pass\n"))
    assert fix.startswith(read)
    pasted = fix.replace("model=...", "model=model")
    assert accepted(sent(PYTHON + before + pasted + "\n")) == [(200, [])]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", ["a song", 'the "best" song', "d'accord"])
def test_curl_reads_the_file_that_is_there(folder, name):
    (folder / name).write_bytes(WAV)
    at = name.replace('"', '\\"')
    call = 'curl -sS "$OPENAI_BASE_URL/audio/transcriptions" -H "Authorization: Bearer x" -F model=whisper-1 '
    escaped = ("file=@" + f'"{at}"').replace("'", "'\\''")
    fix = the_fix(sent(f"{call} -F '{escaped}'\n", "app.sh", ("sh",)))
    assert accepted(sent(f"{call} {fix}\n", "app.sh", ("sh",))) == [(200, [])]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("name", ["app.mjs", "app.ts"])
def test_node_reads_the_file_with_the_very_same_bytes(folder, name):
    (folder / "song one").write_bytes(WAV)
    start = 'import fs from "node:fs";\nconst form = new FormData();\nform.append("model", "whisper-1");\n'
    end = (
        'await fetch(process.env.OPENAI_BASE_URL + "/audio/transcriptions", '
        '{ method: "POST", headers: { authorization: "Bearer x" }, body: form });\n'
    )
    argv = ("node",)
    if name.endswith(".ts"):
        argv = ("node", "--experimental-strip-types")
        Path("try.ts").write_text("const a: number = 1;")
        if subprocess.run([*argv, "try.ts"], capture_output=True, check=False).returncode:
            pytest.skip("this node does not run TypeScript")
    append = 'form.append("file", new Blob([fs.readFileSync("song one")]));\n'
    exchanges = sent(start + append + end, name, argv)
    fix = the_fix(exchanges)
    assert 'readFileSync("song one")' in fix
    languages = {each.code.language for _, noticed in exchanges for each in noticed if each.code}
    assert languages == {"typescript" if name.endswith(".ts") else "javascript"}
    assert accepted(sent(start + fix + "\n" + end, name, argv)) == [(200, [])]


AWKWARD = 'd\'accord "one"'


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_form_that_curl_was_told_is_json(folder):
    (folder / AWKWARD).write_bytes(WAV)
    call = 'curl -sS "$OPENAI_BASE_URL/audio/transcriptions" -H "Authorization: Bearer x" -F model=whisper-1 '
    typed = """-H 'Content-Type: application/json' -F 'file=@"d'\\''accord \\"one\\""'"""
    seen = sent(f"{call}{typed}\n", "app.sh", ("sh",))
    codes = [each.code for _, noticed in seen for each in noticed if each.finding.code == "form-media-type"]
    fix = codes[0].code
    assert "without -H 'Content-Type: ...'" in fix
    assert accepted(sent(f"{call} {fix}\n", "app.sh", ("sh",))) == [(200, [])]


def test_what_has_to_be_converted_has_no_code_that_only_names_it_anew(folder):
    (folder / "a.svg").write_text("<svg/>")
    call = 'curl -sS "$OPENAI_BASE_URL/files" -H "Authorization: Bearer x" -F purpose=assistants -F file=@a.svg\n'
    seen = [each for _, noticed in sent(call, "app.sh", ("sh",)) for each in noticed if each.counts]
    assert [each.finding.code for each in seen] == ["extension-not-taken"]
    assert seen[0].finding.fix.startswith("Convert the file to what is taken (`.pdf`, ")
    assert seen[0].code is None


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_type_that_hides_the_boundary_is_taken_out_in_node(folder):
    start = (
        'import fs from "node:fs";\nconst form = new FormData();\nform.append("model", "whisper-1");\n'
        'form.append("file", new File([await fs.openAsBlob("recordings of mine/talk")], "a.wav", '
        '{ type: "audio/wav" }));\n'
        'const headers = { authorization: "Bearer x", "Content-Type": "multipart/form-data" };\n'
    )
    end = (
        'await fetch(process.env.OPENAI_BASE_URL + "/audio/transcriptions", '
        '{ method: "POST", headers, body: form });\n'
    )
    fix = the_fix(sent(start + end, "app.mjs", ("node",)))
    assert accepted(sent(f"{start}{fix}\n{end}", "app.mjs", ("node",))) == [(200, [])]


def test_what_was_rejected_without_a_finding_points_to_diagnose(capfd):
    file = "{'file': ('a.wav', open('recordings of mine/talk', 'rb'), 'audio/wav')}"
    Path("app.py").write_text(f"{PYTHON}requests.post(url, headers=headers, files={file})\n")
    settings = InspectSettings(AnsweredBy.EMULATOR, environ={**os.environ, "OPENAI_API_KEY": "sk-dummy"})
    listener = TextListener(sys.stderr, {}, frozenset())
    with inspect_command([sys.executable, "app.py"], settings, listener) as seen:
        assert [(each.told.status, each.sight.faults) for each in seen.exchanges] == [(400, ())]
    told = " ".join(capfd.readouterr().err.replace("inspect|", "").split())
    assert "upload #1 was rejected, and nothing looks wrong with it: `upload-matrix diagnose`" in told


@pytest.mark.parametrize("prompt", ["words " * 100, "a\\0b", "x" * 400, "/"])
def test_a_text_field_that_is_no_path_is_a_text_field(prompt):
    file = "('a.wav', open('recordings of mine/talk', 'rb'), 'audio/wav')"
    code = f"{PYTHON}client.audio.transcriptions.create(file={file}, model=model, prompt='{prompt}')\n"
    assert accepted(sent(code)) == [(200, [])]


def test_an_sdk_that_is_not_known_gets_no_method_of_another():
    other = {"User-Agent": "Acme/Python 1.2.0", "X-Stainless-Lang": "python"}
    code = (
        f"{PYTHON}requests.post(url, headers=headers | {other}, data=fields, "
        "files={'file': open('recordings of mine/talk', 'rb')})\n"
    )
    assert the_fix(sent(code)).startswith("Content-Disposition: form-data;")
