"""What strangers reported of files inside JSON and of raw bodies: the leaf is named, and the printed code is accepted."""

import base64
import json
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from inspect_upstream import json_answer, upstream
from PIL import Image

from upload_matrix.assets.samples import sample
from upload_matrix.inspect.command import InspectSettings, inspect_command
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.model.result import Severity

CASES = yaml.safe_load((Path(__file__).parent / "public" / "json_cases.yaml").read_text("utf-8"))
BEGINNINGS = {
    "png": b"\x89PNG",
    "jpeg": b"\xff\xd8",
    "wav": b"RIFF",
    "mp3": b"ID3",
    "pdf": b"%PDF",
    "xlsx": b"PK",
}
BEFORE = """import base64, json, os, requests
def b64(name):
    return base64.b64encode(open(name, "rb").read()).decode()
headers = {headers!r}
{body}
"""
POST = """
kept = body if isinstance(body, bytes) else json.dumps(body).encode()
requests.post(os.environ["UPLOAD_MATRIX_URL"] + {path!r}, data=kept, headers=headers)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The files that the programs upload."""
    monkeypatch.chdir(tmp_path)
    for name in ("png", "jpg"):
        Image.new("RGB", (8, 8)).save(f"photo.{name}")
    Path("voice.wav").write_bytes(sample("wav"))
    Path("photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x28mdat" + bytes(32))
    Path("report.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    Path("logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>')
    data = Path("photo.png").read_bytes()
    Path("large.png").write_bytes(data[:-12] + bytes(4_700_000) + data[-12:])
    Path("voice.webm").write_bytes(b"\x1aE\xdf\xa3\x84webm\x18S\x80g\xff" + bytes(64))
    with zipfile.ZipFile("table.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")


def bytes_of(text):
    """Strictly, as the reporters' servers read it; empty for what is none."""
    return base64.b64decode(text) if re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text or "") else b""


def fits(word, text, among=BEGINNINGS):
    """Whether base64 has the beginning of the format that the word or the end of a media type names."""
    known = (word or "").rpartition("/")[2]
    return known in among and bytes_of(text).startswith(BEGINNINGS[known])


def in_data_url(text, among):
    found = re.fullmatch(r"data:\w+/(\w+);base64,(.*)", text or "")
    return found is not None and fits(found[1], found[2], among)


PICTURES = ("png", "jpeg")


def is_taken(block, by_address=False):
    """Whether a block has what the reporters' servers want in it; one without a file has."""
    source, file = block.get("source") or {}, block.get("file") or block
    if "image_url" in block:
        url = block["image_url"]
        url = url if isinstance(url, str) else url["url"]
        return url.startswith("https:") or in_data_url(url, PICTURES)
    if "input_audio" in block:
        sound = block["input_audio"]
        return sound["format"] in ("wav", "mp3") and fits(sound["format"], sound["data"])
    if "file_data" in file:
        taken = in_data_url(file["file_data"], ("pdf",)) or (by_address and "://" in file["file_data"])
        return bool(file.get("filename")) and taken
    if source.get("type") == "base64":
        return fits(source["media_type"], source["data"], PICTURES if block["type"] == "image" else ("pdf",))
    inline = block.get("inlineData") or block.get("inline_data")
    if inline:
        return fits(inline.get("mimeType") or inline.get("mime_type"), inline["data"])
    for kind, among in (("image", PICTURES), ("document", ("pdf", "xlsx"))):
        if isinstance(block.get(kind), dict):
            return block[kind]["format"] in among and fits(
                block[kind]["format"], block[kind]["source"]["bytes"]
            )
    return True


def objects(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from objects(each)


OF_MESSAGES = {"text", "image", "document", "tool_use", "tool_result"}


def is_of_the_api(got, document, block):
    """Whether the API at a path has such a block at all."""
    kind = block.get("type")
    if "/messages" in got.path:
        within = [block, *block.get("content", ())]
        sourced = all("source" in each for each in within if each["type"] in ("image", "document"))
        return sourced and all(each["type"] in OF_MESSAGES for each in within)
    if "/chat/completions" in got.path:
        as_object = isinstance(block.get("image_url", {}), dict) or "gpt" not in document.get("model", "gpt")
        return kind in ("text", "image_url", "input_audio", "file", "document_url") and as_object
    if "/responses" in got.path:
        as_text = isinstance(block.get("image_url", ""), str)
        return kind in ("input_text", "input_image", "input_file") and as_text
    return kind is None or "/ocr" in got.path


def is_accepted(got):
    kind = got.header("content-type") or ""
    if "/messages" in got.path and got.size > 5_242_880:
        return False
    if "/listen" in got.path and kind == "application/json":
        return "url" in json.loads(got.body)
    if "/v2/upload" in got.path and kind == "application/json":
        return False
    if "/listen" in got.path or kind.startswith("audio/"):
        return fits(kind.partition(";")[0], base64.b64encode(got.body).decode())
    if kind == "application/octet-stream":
        return got.body.startswith(b"RIFF")
    document = json.loads(got.body)
    if "document_url" in document.get("document", {}):
        return in_data_url(document["document"]["document_url"], ("pdf",))
    turns = [*document.get("messages", ()), *document.get("contents", ()), *document.get("input", ())]
    blocks = [
        each for turn in turns for name in ("content", "parts", "output") for each in turn.get(name, ())
    ]
    if "gpt" in document.get("model", ""):
        others = [each for turn in document["messages"] if turn["role"] != "user" for each in turn["content"]]
        if any("image_url" in each for each in others):
            return False
    known = all(is_of_the_api(got, document, each) for each in blocks if isinstance(each, dict))
    return known and all(is_taken(each, "/" in document.get("model", "")) for each in objects(document))


@pytest.fixture
def server():
    answered = []

    def answer(handler, number):
        answered.append(is_accepted(running.got[-1]))
        json_answer(handler, 200 if answered[-1] else 400, b"{}")

    with upstream(answer) as running:
        running.answered = answered
        yield running


def inspected(case, server, code=""):
    body = case["python"] if not code else f"{case['python']}\n{code}"
    text = BEFORE.format(headers=case.get("headers", {"Content-Type": "application/json"}), body=body)
    Path("app.py").write_text(text + POST.format(path=case["path"]), "utf-8")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI_", "AZURE_"))}
    settings = InspectSettings(
        AnsweredBy.SERVER,
        upstream=server.origin,
        environ={**environ, "OPENAI_API_KEY": "dummy"},
        witness=False,
    )
    return inspect_command([sys.executable, "app.py"], settings)


@pytest.mark.parametrize(
    "case", [*CASES["reports"], *CASES["kinds"]], ids=lambda case: case.get("source") or case["name"]
)
def test_the_leaf_is_named_and_its_code_is_accepted(case, server, capfd):
    with inspected(case, server) as seen:
        (one,) = seen.exchanges
        assert server.answered == [False], "the reporter's server rejects it"
        (fault,) = one.sight.faults
        assert case["at"] in fault.finding.says
        assert re.search(case["says"], fault.finding.says), fault.finding.says
    assert (fault.code is not None) is case.get("fix", True), fault.finding.fix
    if fault.code is None:
        assert fault.finding.fix.split()[0] in ("Convert", "Send", "Make")
        return
    with inspected(case, server, fault.code.code) as again:
        assert server.answered == [False, True], fault.code.code
        assert [one.sight.faults for one in again.exchanges] == [()]


@pytest.mark.parametrize("case", CASES["correct"], ids=lambda case: case["name"])
def test_a_correct_call_has_no_finding_above_a_note(case, server, capfd):
    with inspected(case, server) as seen:
        assert server.answered == [True]
        faults = [each.finding for one in seen.exchanges for each in one.sight.faults]
        assert [each.says for each in faults if each.severity is not Severity.NOTE] == []
        assert all(one.sight.passed.wire.uploads() or not case.get("files", True) for one in seen.exchanges)


RESUMABLE = """import os, requests
root, data = os.environ["UPLOAD_MATRIX_URL"], open("photo.png", "rb").read()
begun = requests.post(root + "/upload/v1beta/files", json={"file": {"display_name": "a"}}, headers={
    "X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start",
    "X-Goog-Upload-Header-Content-Type": "image/png", "X-Goog-Upload-Header-Content-Length": str(len(data))})
requests.post(begun.headers["X-Goog-Upload-URL"], data=data, headers={
    "X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}).raise_for_status()
"""


def test_a_resumable_upload_is_followed_by_its_absolute_address(capfd):
    def answer(handler, number):
        onward = f"{running.origin}/upload/v1beta/files?upload_id=u1&upload_protocol=resumable"
        json_answer(handler, 200, b"{}", [("X-Goog-Upload-URL", onward)] if number == 1 else [])

    Path("app.py").write_text(RESUMABLE)
    with upstream(answer) as running:
        settings = InspectSettings(AnsweredBy.SERVER, upstream=running.origin, witness=False)
        with inspect_command([sys.executable, "app.py"], settings) as seen:
            assert len(seen.exchanges) == len(running.got) == 2
            assert seen.exit_status == 0
            assert [one.sight.faults for one in seen.exchanges] == [(), ()]
            assert [each.format for each in seen.exchanges[1].sight.passed.wire.uploads()] == ["png"]
