"""A report of a request that inspect saved: where no run noted anything, the request's own headers tell."""

import sys
from pathlib import Path

import pytest

from upload_matrix.cli import main

PROGRAM = """
import io, openai
client = openai.OpenAI(max_retries=0)
try:
    client.images.edit(image=io.BytesIO(b"RIFF\\x24\\x00\\x00\\x00WEBPVP8 " + bytes(24)), model="gpt-image-1", prompt="p")
except openai.BadRequestError:
    pass
"""


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


def test_what_the_headers_tell_and_what_nobody_knows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(PROGRAM)
    assert run("inspect", "--emulator", "--save", "avatar", "--", sys.executable, "app.py") == 1
    assert run("bug-report", "matrix/avatar.request", "-o", "report") == 0
    text = Path("report/report.md").read_text("utf-8")
    assert "- OS: not recorded" not in text
    assert "- Library: OpenAI/Python " in text
    version = ".".join(map(str, sys.version_info[:3]))
    assert f"- Runtime: CPython {version}\n" in text
    assert "returned an answer" not in text, "what the program made of it was not seen"
    assert "`upload-matrix diagnose avatar.request --target openai`" in text
    assert "upload-matrix run --target" not in text, "a saved request is no case that could be run"
