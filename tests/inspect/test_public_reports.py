"""What strangers reported, tried as its author would: the cause is said, and the printed code is accepted."""

import json
import os
import re
import shlex
import shutil
import struct
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from inspect_upstream import json_answer, upstream
from PIL import Image

from upload_matrix.assets.samples import sample
from upload_matrix.cli import commands
from upload_matrix.inspect.command import InspectSettings, inspect_command
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.model.result import Severity

CASES = yaml.safe_load((Path(__file__).parent / "public" / "cases.yaml").read_text("utf-8"))
KNOWN = {"model", "prompt", "language", "response_format", "temperature", "purpose", "size", "quality", "n"}
EXTENSIONS = {"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"}
BEGINNINGS = {
    "wav": b"RIFF",
    "mp3": b"ID3",
    "ogg": b"OggS",
    "flac": b"fLaC",
    "webm": b"\x1aE\xdf\xa3",
    "png": b"\x89PNG",
    "jpeg": b"\xff\xd8",
    "webp": b"RIFF",
}
M4A = (
    struct.pack(">I", 28)
    + b"ftypM4A \0\0\2\0M4A isomiso2"
    + struct.pack(">I", 308)
    + b"mdat"
    + b"\x21\x10" * 150
)


def ogg_page(kind, granule, number, body):
    head = b"OggS\0" + bytes([kind]) + struct.pack("<QII", granule, 7, number) + bytes(4)
    return head + bytes([1, len(body)]) + body


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The files that the programs upload."""
    monkeypatch.chdir(tmp_path)
    for name in ("png", "webp", "jpg"):
        Image.new("RGB", (8, 8)).save(f"photo.{name}")
    Path("voice.wav").write_bytes(sample("wav"))
    opus = ogg_page(2, 0, 0, b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0")
    opus += ogg_page(0, 0, 1, b"OpusTags\4\0\0\0test\0\0\0\0") + ogg_page(4, 960, 2, b"\xfc\xff\xfe" * 60)
    webm = (
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"\x42" * 400
    )
    flac = b"fLaC\x80\0\0\x22" + struct.pack(">HH", 4096, 4096) + bytes(6) + b"\x01\xf4\x00\xf0" + bytes(20)
    line = '{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}\n'
    for name, data in {
        "voice.ogg": opus,
        "voice.m4a": M4A,
        "renamed.wav": M4A,
        "voice.webm": webm,
        "stopped.webm": webm[:5],
        "voice.flac": flac + b"\xff\xf8\x69\x08" + bytes(60),
        "voice.mp3": b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + bytes(413),
        "notes.txt": b"hello\n",
        "requests.jsonl": line.encode(),
        "marked.jsonl": line.encode("utf-8-sig"),
        "broken.jsonl": (line + '{"messages": x}\n').encode(),
    }.items():
        Path(name).write_bytes(data)


def parts_of(media_type, body):
    """(name, filename, headers, bytes) of each part."""
    boundary = re.search(r'boundary="?([^";,]+)', media_type)
    if boundary is None:
        return
    for raw in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, blank, data = raw.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank:
            continue
        text = head.decode("utf-8", "replace")
        name, filename = re.search(r'[; ]name="([^"]*)"', text), re.search(r'filename="([^"]*)"', text)
        if name is not None:
            yield name[1], filename and filename[1], text.lower(), data.removesuffix(b"\r\n")


def complaint(got, rules):
    """What the reporters' servers had against a request; None: nothing."""
    media_type, body = got.header("content-type") or "", got.body
    if re.search(r"/vector_stores/|/parts$", got.path):
        return None
    if media_type.startswith("application/json"):
        documented = got.path.endswith("/images/edits") and json.loads(body).get("images")
        return None if documented else "expected multipart/form-data"
    parts = list(parts_of(media_type, body))
    files = [part for part in parts if part[1]]
    texts = [part[0] for part in parts if not part[1]]
    if not parts or not files:
        return "no file in the request"
    if unknown := set(texts) - KNOWN:
        return f"additional properties are not allowed: {sorted(unknown)}"
    names = [part[0] for part in parts]
    if any(names.count(name) > 1 and not name.endswith("[]") for name in names):
        return "duplicate parameter"
    if "no-length-in-parts" in rules and any("content-length:" in part[2] for part in parts):
        return "purpose contains an invalid purpose"
    for name, filename, head, data in files:
        kind = re.search(r"content-type: *([^\r\n]*)", head)
        if "type-wanted" in rules and kind is None:
            return "the file has no content type"
        if why := refusal_of_file(got.path, name, filename, kind and kind[1], data, parts):
            return why
    return None


def refusal_of_file(path, name, filename, kind, data, parts):
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    if path.partition("?")[0].endswith("/images/edits"):
        if name not in ("image", "image[]"):
            return "missing image"
        format_ = (kind or "").removeprefix("image/")
        return None if data.startswith(BEGINNINGS.get(format_, b"\0")) else f"unsupported mimetype {kind}"
    if "/audio/" in path:
        if extension not in EXTENSIONS:
            return "invalid file format"
        fits = data[4:8] == b"ftyp" if extension in ("m4a", "mp4") else data.startswith(BEGINNINGS[extension])
        return None if fits and len(data) > 40 else "the file might be corrupted or unsupported"
    purpose = next((part[3].decode() for part in parts if part[0] == "purpose"), "")
    if purpose in ("batch", "fine-tune"):
        try:
            lines = [json.loads(line) for line in data.decode().splitlines()]
        except ValueError:
            return "expected JSONL"
        return None if extension == "jsonl" and lines else "invalid file format"
    return None


@pytest.fixture
def server(request):
    case = request.node.callspec.params["case"]
    answered = []

    def answer(handler, number):
        why = complaint(running.got[-1], case.get("rules", ()))
        answered.append(why)
        body = {"id": "file-1", "text": "ok", "created": 1, "data": [{"b64_json": "aGk="}]}
        if why:
            body = {"error": {"message": why, "type": "invalid_request_error", "param": None, "code": None}}
        json_answer(handler, 400 if why else 200, json.dumps(body).encode())

    with upstream(answer) as running:
        running.answered = answered
        yield running


def program(text, language):
    tool = {"node": "node", "curl": "curl"}.get(language)
    if tool and shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    if language == "curl":
        return ["sh", "-c", text]
    name = {"python": "app.py", "node": "app.mjs"}[language]
    Path(name).write_text(text, "utf-8")
    return [sys.executable if language == "python" else "node", name]


def inspected(case, server):
    language = next(each for each in ("python", "node", "curl") if each in case)
    return run(program(case[language], language), server, azure=case.get("azure", False))


def run(argv, server, azure=False):
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI_", "AZURE_"))}
    environ |= {"OPENAI_API_KEY": "dummy"}
    if azure:
        environ["AZURE_OPENAI_ENDPOINT"] = server.origin
    base = server.origin if azure else server.url
    return inspect_command(
        argv, InspectSettings(AnsweredBy.SERVER, upstream=base, environ=environ, witness=False)
    )


def fields_of(got):
    """The text fields that a program sent, whatever carried them."""
    if got.header("content-type").startswith("application/json"):
        return {name: value for name, value in json.loads(got.body).items() if name != "file"}
    sent = parts_of(got.header("content-type"), got.body)
    fields = {
        name: data.decode()
        for name, filename, _, data in sent
        if filename is None and data.isascii() and len(data) < 100
    }
    return fields or {"model": "whisper-1", "purpose": "assistants"}


def pasted(code, path, fields, file):
    """The printed code in the place of its program: what stands around it is the same for all."""
    if code.language == "python":
        lines = re.sub(r"\b(\w+)=\.\.\.", r'\1=fields["\1"]', code.code)
        before = "import asyncio, io, os, openai, requests, httpx\nfrom pathlib import Path\n"
        client = "AsyncOpenAI" if "await " in lines else "OpenAI"
        before += f"client = openai.{client}(max_retries=0)\n"
        before += f"url, headers, fields = os.environ['OPENAI_BASE_URL'] + {path!r}, {{}}, {fields!r}\n"
        if client == "AsyncOpenAI":
            lines = "async def main():\n" + textwrap.indent(lines, "    ") + "\nasyncio.run(main())"
        return program(before + lines, "python")
    if code.language == "javascript":
        before = 'import fs from "node:fs";\nconst form = new FormData();\n'
        before += "".join(
            f"form.append({json.dumps(name)}, {json.dumps(value)});\n" for name, value in fields.items()
        )
        after = f'\nawait fetch(process.env.OPENAI_BASE_URL + {json.dumps(path)}, {{ method: "POST", body: form }});\n'
        return program(before + code.code + after, "node")
    if code.code.startswith("Content-Disposition:"):
        # For a client that nobody knows: the head that its part has to have.
        parts = [
            (f'Content-Disposition: form-data; name="{name}"', value.encode())
            for name, value in fields.items()
        ]
        parts.append((code.code.replace("\n", "\r\n"), file))
        body = b"".join(b"--b1\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts)
        Path("body").write_bytes(body + b"--b1--\r\n")
        typed = "-H 'Content-Type: multipart/form-data; boundary=b1'"
        return program(f'curl -s "$OPENAI_BASE_URL{path}" {typed} --data-binary @body', "curl")
    # Where curl's line has to change, the rest of it stays, but for what the line says is to go.
    left_out = re.findall(r"# without -F '?(\w+)=", code.code)
    rest = {name: value for name, value in fields.items() if name not in left_out}
    words = " ".join(f"--form-string {shlex.quote(f'{name}={value}')}" for name, value in rest.items())
    whole = code.code.startswith("curl")
    return program(code.code if whole else f'curl -s "$OPENAI_BASE_URL{path}" {words} {code.code}', "curl")


@pytest.mark.parametrize("case", CASES["reports"], ids=lambda case: case["source"])
def test_the_cause_is_said_and_its_code_is_accepted(case, server, capfd):
    with inspected(case, server) as seen:
        (one,) = seen.exchanges
        assert server.answered[-1] is not None, "the reporter's server rejects it"
        said = "\n".join(each.finding.says for each in one.sight.faults)
        assert re.search(case["says"], said, re.IGNORECASE), said
        got = server.got[-1]
        path = one.captured().wire.path.split("/v1", 1)[1]
        sent = list(parts_of(got.header("content-type"), got.body))
        file = next((data for _, _, head, data in sent if "filename=" in head), b"")
        codes = {each.code.code: each.code for each in one.sight.faults if each.code is not None}
    assert bool(codes) == case.get("fix", True), said
    for code in codes.values():
        asked = len(server.answered)
        with run(pasted(code, path, fields_of(got), file), server):
            assert server.answered[asked:] == [None], code.code


@pytest.mark.parametrize("case", CASES["reports"], ids=lambda case: case["source"])
def test_what_decides_is_found_within_the_bound_and_every_call_is_counted(case, server, monkeypatch, capfd):
    language = next(each for each in ("python", "node", "curl") if each in case)
    argv = program(case[language], language)
    monkeypatch.setenv("XDG_STATE_HOME", str(Path("state").absolute()))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "dummy")
    options = ["--no-releases", "--yes", "--unknown-price", "0", "--record-mode", "new_episodes"]
    done = CliRunner().invoke(commands, ["diagnose", *options, "-o", "found.json", "--", *argv])
    assert done.exit_code == 0, done.output
    found = json.loads(Path("found.json").read_text("utf-8"))
    changes = [change for cause in found["isolation"]["causes"] for change in cause["changes"]]
    assert changes == case["diagnosed"]["decides"]
    # The list of models costs nothing, and is no call.
    asked = [got for got in server.got if got.path != "/v1/models"]
    bound = re.search(r"diagnosing: at most (\d+) calls", capfd.readouterr().err + done.stderr)
    assert found["calls"] == case["diagnosed"]["calls"] == len(asked) <= int(bound[1])
    assert (found["confidence"] == "proven") is (found["fix"] is not None)
    assert found["fix"] is None or (found["fix"]["accepted"] and found["fix"]["code_accepted"])


def test_the_page_says_how_many_calls_each_took():
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "public-reports.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\S+#\d+|own) .*\| (\d+) \|$", page, re.MULTILINE))
    told = {case["source"]: str(case["diagnosed"]["calls"]) for case in CASES["reports"]}
    own = {source for source in told if source.startswith("own")}
    assert {source: calls for source, calls in told.items() if source not in own} == {
        source: calls for source, calls in rows.items() if source != "own"
    }


@pytest.mark.parametrize("case", CASES["correct"], ids=lambda case: case["name"])
def test_a_correct_program_has_no_finding_above_a_note(case, server, capfd):
    with inspected(case, server) as seen:
        faults = [each.finding for one in seen.exchanges for each in one.sight.faults]
        assert [each.says for each in faults if each.severity is not Severity.NOTE] == []
        assert [one.reply().status for one in seen.exchanges] == [200]
        assert seen.exit_status == 0
