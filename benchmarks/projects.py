"""The test projects that ``replay.py`` compares: ours, and what people write with pytest-recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TIMES = """
import json, os, time

DONE = []

def pytest_runtest_logfinish():
    DONE.append(time.perf_counter())

def pytest_unconfigure():
    with open(os.environ["BENCHMARK_TIMES"], "w") as file:
        json.dump(DONE, file)
"""
"""conftest.py of every project: the moment at which pytest was done with each test."""

MATRIX = """
name: replay
target: loopback
request: {{model: gpt-image-1}}
images: {{photo: photo.png}}
axes:
  operation: [images.edit]
  client: [openai]
  container: [tuple3]
  image: [photo]
  mime_table: [system]
  prompt: [{prompts}]
"""

IN_JSON = """
name: replay
target: loopback
request: {{model: gpt-4o}}
images: {{photo: photo.png}}
axes:
  operation: [chat.completions.create]
  client: [openai]
  image: [photo]
  carrier: [data-url]
  prompt: [{prompts}]
"""

TARGET = """
name: loopback
base_url: {url}
key_env: null
"""

OURS = """
def test_uploads(upload_case):
    upload_case.check()
"""

THEIRS = """
from pathlib import Path

import pytest
from openai import OpenAI

PICTURE = Path(__file__).with_name("photo.png")

@pytest.fixture(scope="{scope}")
def client():
    return OpenAI(api_key="none", base_url="{url}", max_retries=0)

@pytest.mark.vcr
@pytest.mark.parametrize("number", range({cases}))
def test_edit(client, number):
    answer = client.images.edit(
        image=("photo.png", PICTURE.read_bytes(), "image/png"),
        model="gpt-image-1",
        prompt=f"make-the-sky-blue-{{number:05}}",
    )
    assert answer.data
"""


def ours(folder: Path, url: str, cases: int, picture: bytes, matrix: str = MATRIX) -> None:
    """A project with the plugin: one matrix, a target of its own, one test function."""
    targets = folder / "matrix" / "targets"
    targets.mkdir(parents=True)
    prompts = ", ".join(f"make-the-sky-blue-{number:05}" for number in range(cases))
    (folder / "matrix" / "replay.yaml").write_text(matrix.format(prompts=prompts), "utf-8")
    (targets / "loopback.yaml").write_text(TARGET.format(url=url), "utf-8")
    (folder / "matrix" / "photo.png").write_bytes(picture)
    _tests(folder, OURS)


def theirs(folder: Path, url: str, cases: int, picture: bytes, *, scope: str) -> None:
    """The usual hand-written test, with a client for the ``session`` or a new one for each ``function``."""
    folder.mkdir(parents=True)
    (folder / "photo.png").write_bytes(picture)
    _tests(folder, THEIRS.format(url=url, cases=cases, scope=scope))


def _tests(folder: Path, text: str) -> None:
    (folder / "test_uploads.py").write_text(text, "utf-8")
    (folder / "conftest.py").write_text(TIMES, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
