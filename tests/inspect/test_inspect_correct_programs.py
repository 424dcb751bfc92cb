"""Programs that do nothing wrong, each of another kind: inspect has no finding above a note, and ends with 0."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from upload_matrix.assets.samples import sample
from upload_matrix.cli import main

SDK = "import openai, os\nclient = openai.OpenAI(max_retries=0)\n"
URL = "import os\nurl, key = os.environ['OPENAI_BASE_URL'], {'Authorization': 'Bearer dummy'}\n"

PYTHON = {
    "picture": SDK
    + "client.images.edit(model='gpt-image-1', prompt='blue', image=('photo.webp', open('photo.webp', 'rb'), 'image/webp'))",
    "pictures": SDK
    + "one = ('a.png', open('photo.png', 'rb'), 'image/png')\n"
    + "client.images.edit(model='gpt-image-1', prompt='blue', image=[one, ('b.webp', open('photo.webp', 'rb'), 'image/webp')])",
    "speech": SDK
    + "client.audio.transcriptions.create(model='whisper-1', file=open('voice.wav', 'rb'), response_format='json')",
    "speech from memory": SDK
    + "client.audio.transcriptions.create(model='whisper-1', file=('v.mp3', open('voice.mp3', 'rb').read(), 'audio/mpeg'))",
    "a file": SDK + "client.files.create(purpose='assistants', file=open('report.pdf', 'rb'))",
    "a batch": SDK + "client.files.create(purpose='batch', file=open('requests.jsonl', 'rb'))",
    "asynchronous": "import asyncio, openai\nasync def main():\n"
    + "    client = openai.AsyncOpenAI(max_retries=0)\n"
    + "    await client.files.create(purpose='assistants', file=open('report.pdf', 'rb'))\nasyncio.run(main())",
    "azure": "import openai, os\nclient = openai.AzureOpenAI(api_key='dummy', api_version='2024-06-01', max_retries=0,\n"
    + "    base_url=os.environ['OPENAI_BASE_URL'].removesuffix('/v1') + '/openai/deployments/whisper')\n"
    + "client.audio.transcriptions.create(model='whisper', file=open('voice.wav', 'rb'))",
    "httpx": URL
    + "import httpx\nhttpx.post(url + '/files', headers=key, data={'purpose': 'assistants'},\n"
    + "    files={'file': ('report.pdf', open('report.pdf', 'rb'), 'application/pdf')})",
    "requests": URL
    + "import requests\nrequests.post(url + '/audio/transcriptions', headers=key, data={'model': 'whisper-1'},\n"
    + "    files={'file': ('voice.mp3', open('voice.mp3', 'rb'), 'audio/mpeg')})",
    "by id": SDK
    + "try: client.post('/vector_stores/vs_1/files', cast_to=dict, body={'file_id': 'file-1'})\nexcept openai.APIError: pass",
    "a picture in JSON": SDK
    + "import base64\nurl = 'data:image/png;base64,' + base64.b64encode(open('photo.png', 'rb').read()).decode()\n"
    + "part = {'type': 'image_url', 'image_url': {'url': url}}\n"
    + "try: client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': [part]}])\n"
    + "except openai.APIError: pass",
}

NODE = """
import { openAsBlob } from "node:fs";
const form = new FormData();
form.append("purpose", "assistants");
form.append("file", new File([await openAsBlob("report.pdf")], "report.pdf", { type: "application/pdf" }));
const answer = await fetch(process.env.OPENAI_BASE_URL + "/files", { method: "POST", body: form });
if (!answer.ok) throw new Error(await answer.text());
"""

CURL = [
    "sh",
    "-c",
    'curl -fsS "$OPENAI_BASE_URL/images/edits" -F model=gpt-image-1 -F prompt=blue -F "image=@photo.png;type=image/png"',
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "dummy")
    for name in ("photo.png", "photo.webp", "voice.wav", "voice.mp3", "report.pdf", "requests.jsonl"):
        Path(name).write_bytes(sample(name.partition(".")[2]))


def inspected(*argv):
    with pytest.raises(SystemExit) as ended:
        main(["inspect", "--emulator", "--json", "-o", "seen.jsonl", "--", *argv])
    rows = [json.loads(line) for line in Path("seen.jsonl").read_text("utf-8").splitlines()]
    requests = [row for row in rows if row["event"] == "request"]
    counted = [finding for row in requests for finding in row["findings"] if finding["counts"]]
    return ended.value.code, len(requests), counted


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_a_correct_python_program(name):
    Path("app.py").write_text(PYTHON[name] + "\n")
    assert inspected(sys.executable, "app.py") == (0, 1, [])


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_a_correct_node_program():
    Path("app.mjs").write_text(NODE)
    assert inspected("node", "app.mjs") == (0, 1, [])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_a_correct_line_of_curl():
    assert inspected(*CURL) == (0, 1, [])


def test_a_batch_without_an_extension_was_seen_to_be_taken():
    """Recorded 18 times (openai-dotnet, 2025-10): it is advised against, and is no fault."""
    Path("app.py").write_text(
        URL + "import httpx\n"
        "parts = b'--b\\r\\nContent-Disposition: form-data; name=\"purpose\"\\r\\n\\r\\nbatch\\r\\n'\n"
        'parts += b\'--b\\r\\nContent-Disposition: form-data; name="file"; filename="test-batch-file"\\r\\n\\r\\n\'\n'
        "parts += open('requests.jsonl', 'rb').read() + b'\\r\\n--b--\\r\\n'\n"
        "kind = {'Content-Type': 'multipart/form-data; boundary=b'}\n"
        "httpx.post(url + '/files', headers={**key, **kind}, content=parts)\n"
    )
    code, requests, counted = inspected(sys.executable, "app.py")
    assert (code, requests) == (0, 1)
    assert {finding["severity"] for finding in counted} == {"warning"}
