"""``upload-matrix sweep`` over releases of an SDK of our own, from an index on loopback, end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_index import FakeIndex, Wheel

SDK = """
import http.client
from urllib.parse import urlsplit


class BadRequestError(Exception):
    status_code = 400


class OpenAI:
    def __init__(self, base_url="", **_):
        self.base_url = base_url
        self.images = self

    def with_options(self, base_url, **_):
        return OpenAI(base_url)

    def edit(self, image, **fields):
        name, data, kind = image
        part = '--x\\r\\nContent-Disposition: form-data; name="%s"\\r\\n\\r\\n%s\\r\\n'
        file = '--x\\r\\nContent-Disposition: form-data; name="image"; filename="%s"\\r\\nContent-Type: %s\\r\\n\\r\\n'
        body = "".join(part % item for item in fields.items()) + file % (NAME or name, TYPE or kind)
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        path = parts.path.rstrip("/") + "/images/edits"
        connection.request("POST", path, body.encode() + data + b"\\r\\n--x--\\r\\n", headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise BadRequestError(text)
        return self
"""


def release(number: int, name: str | None = None, kind: str | None = None) -> Wheel:
    code = f"NAME, TYPE = {name!r}, {kind!r}\n{SDK}"
    return Wheel("openai", f"1.{number}.0", f"2024-01-{number + 1:02d}", code)


# Two changes: the type is right from 1.7.0 on, and the name is lost again in 1.13.0.
RELEASES = [
    *(release(number, kind="application/octet-stream") for number in range(7)),
    *(release(number) for number in range(7, 13)),
    *(release(number, name="upload") for number in range(13, 16)),
]

MATRIX = """
name: mine
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: p}
axes:
  client: [openai]
  container: [tuple3]
  image: [webp, png]
  mime_table: [builtin]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with FakeIndex(wheels=list(RELEASES)) as index:
        # The shared dependencies come from the index too; this SDK has none.
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        # As on a user's machine: a connection that fails once is tried again.
        monkeypatch.setenv("UV_HTTP_RETRIES", "3")
        yield index


def sweep(*options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "upload_matrix",
            "sweep",
            "--disable-recording",
            "--spot-check",
            "0",
            *options,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=dict(os.environ),
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def changes(name: str = "sweep") -> list[tuple[str, str]]:
    document = json.loads(Path(f"reports/{name}.json").read_text("utf-8"))
    return [(change["before"], change["after"]) for change in document["changes"]]


BOTH = [("1.6.0", "1.7.0"), ("1.12.0", "1.13.0")]


def test_both_strategies_find_the_exact_releases_and_halving_measures_fewer(here):
    everything = sweep("--strategy", "all", "--name", "all").stdout
    halving = sweep("--strategy", "bisect", "--guard", "8", "--name", "bisect").stdout
    assert changes("all") == changes("bisect") == BOTH
    assert "16 of 16 releases measured" in everything
    assert "16 of 16 releases measured" not in halving
    assert "image.content_type: application/octet-stream -> image/webp" in everything
    assert "image.filename: avatar.webp -> upload" in everything
    assert "(emulated)" in everything or "emulated" in everything


def test_the_gate_passes_what_is_the_same_and_stops_what_is_new(here):
    sweep("--sdk", "1.11.0", "--baseline", "base.json", "--update-baseline")
    assert sweep("--sdk", "1.12.0", "--baseline", "base.json").returncode == 0
    told = sweep("--sdk", "latest", "--baseline", "base.json", code=1).stdout
    assert "1.11.0 -> 1.15.0" in told
    assert "image.filename: avatar.webp -> upload" in told


def test_shards_merge_into_the_whole(here):
    sweep("--strategy", "all", "--name", "whole")
    for number in (1, 2):
        sweep("--shard", f"{number}/2", "--name", f"part{number}")
    merged = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "report", "--merge", "reports/part1.json", "reports/part2.json",
         "--format", "json", "-o", "reports/merged.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert merged.returncode == 0, merged.stderr
    assert Path("reports/merged.json").read_bytes() == Path("reports/whole.json").read_bytes()


def test_an_interrupted_sweep_goes_on(here, tmp_path):
    command = [sys.executable, "-m", "upload_matrix", "sweep", "--disable-recording", "--spot-check", "0",
               "--strategy", "all", "--workers", "1"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        for line in process.stderr:
            if " 4 left" in line:
                process.terminate()
                break
        process.communicate(timeout=60)
    again = sweep("--strategy", "all")
    assert "going on with an interrupted sweep" in again.stderr
    assert changes() == BOTH


def test_what_cannot_be_had_is_said(here):
    assert "no/such" in sweep("no/such.yaml", code=2).stderr
    assert "9.9.9" in sweep("--sdk", "9.9.9", code=2).stderr
    assert "make it with --update-baseline" in sweep("--baseline", "none.json", code=2).stderr
    assert "Python 3.1" in sweep("--python", "3.1", code=3).stderr
