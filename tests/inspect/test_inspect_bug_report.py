"""A report of a file in JSON has a script in the caller's own SDK, which was run and sends the same."""

import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from inspect_upstream import json_answer, upstream
from PIL import Image

from upload_matrix.bugreport import repro_json
from upload_matrix.cli import main

BEFORE = """import base64
data = base64.b64encode(open("photo.png", "rb").read()).decode()
"""
OPENAI = """from openai import OpenAI
try:
    OpenAI(max_retries=0).chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + data}}]}])
except Exception as error:
    print(error)
"""
ANTHROPIC = """from anthropic import Anthropic
try:
    Anthropic(max_retries=0).messages.create(model="claude-haiku-4-5", max_tokens=16, messages=[
        {"role": "user", "content": [{"type": "image", "source":
            {"type": "base64", "media_type": "image/jpeg", "data": "data:image/png;base64," + data}}]}])
except Exception as error:
    print(error)
"""
GOOGLE = """from google import genai
client = genai.Client()
try:
    client.models.generate_content(model="gemini-2.5-flash", contents=[{"role": "user", "parts": [
        {"text": "What?"}, {"inline_data": {"mime_type": "audio/wav", "data": base64.b64decode(data)}}]}],
        config={"temperature": 0.5})
except Exception as error:
    print(error)
"""
BROKEN_UP = """from openai import OpenAI
lines = "\\n".join(data[start:start + 20] for start in range(0, len(data), 20))
try:
    OpenAI(max_retries=0).chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + lines}}]}])
except Exception as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.effect_noise((24, 24), 80).save("photo.png")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    canary = "sk-" + "canary0123456789" * 2
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, canary)
    return tmp_path


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


@contextmanager
def rejecting():
    """A server that rejects whatever comes, below each vendor's own root."""
    error = {"error": {"message": "Invalid image", "type": "invalid_request_error", "code": None}}
    with upstream(lambda handler, _: json_answer(handler, 400, json.dumps(error).encode())) as running:
        yield running.origin


@pytest.mark.parametrize(
    ("module", "program", "call", "files"),
    [
        ("openai", OPENAI, "client.chat.completions.create(**body)", {"image.png"}),
        ("anthropic", ANTHROPIC, "client.messages.create(**body)", {"image.png"}),
        ("google.genai", GOOGLE, "client.models.generate_content(", {"image.png"}),
        ("openai", BROKEN_UP, "client.chat.completions.create(**body)", {"text.txt"}),
    ],
)
def test_the_script_in_the_callers_sdk_sends_the_very_same(module, program, call, files):
    pytest.importorskip(module)
    Path("app.py").write_text(BEFORE + program, "utf-8")
    with rejecting() as url:
        run("inspect", "--upstream", url, "--save", "photo", "--", sys.executable, "app.py")
    assert run("bug-report", "matrix/photo.request", "-o", "bug", "--no-zip") in (0, 3)
    assert Path("bug/repro.py").exists(), Path("bug/report.md").read_text("utf-8")[-3000:]
    text = Path("bug/repro.py").read_text("utf-8")
    assert call in text
    assert files <= {path.name for path in Path("bug").iterdir()}
    assert all(name in text for name in files)
    report = Path("bug/report.md").read_text("utf-8")
    said = re.search(r"`repro.py`[^\n]*", report)[0]
    assert "verified identical: run against the tap, the request is field by field" in said, said
    assert "canary" not in text + report


def test_another_language_s_request_has_no_script():
    Path("app.py").write_text(
        BEFORE
        + 'import os, requests\nrequests.post(os.environ["UPLOAD_MATRIX_URL"] + "/v1/chat/completions", json={"model": "m",'
        ' "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": '
        '"data:image/jpeg;base64," + data}}]}]})\n',
        "utf-8",
    )
    with rejecting() as url:
        run("inspect", "--upstream", url, "--save", "photo", "--", sys.executable, "app.py")
    run("bug-report", "matrix/photo.request", "-o", "bug", "--no-zip")
    assert not Path("bug/repro.py").exists()
    assert "no SDK for Python made it" in Path("bug/report.md").read_text("utf-8")


def test_each_sdk_that_is_written_for_is_a_vendors():
    assert set(repro_json.SDKS) == {"openai", "anthropic", "google"}
    assert json.dumps(sorted(each.package for each in repro_json.SDKS.values())) == (
        '["anthropic", "google-genai", "openai"]'
    )
