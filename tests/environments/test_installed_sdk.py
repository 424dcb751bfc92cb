"""A run beside an SDK whose client cannot be made says so once, in one sentence, and measures nothing."""

import os
import subprocess
import sys

import pytest

MATRIX = """
name: m
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: a hat}
axes: {client: [CLIENT], container: [tuple3], image: [png]}
"""


@pytest.fixture
def beside(tmp_path):
    """A function that runs a matrix of one client where the distributions given seem to be installed."""

    def run(client, **versions):
        for name, version in versions.items():
            folder = tmp_path / "site" / f"{name}-{version}.dist-info"
            folder.mkdir(parents=True)
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (tmp_path / "m.yaml").write_text(MATRIX.replace("CLIENT", client), "utf-8")
        return subprocess.run(
            [sys.executable, "-m", "upload_matrix", "run", "m.yaml", "--disable-recording"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("versions", "sentence"),
    [
        (
            {"openai": "0.28.1"},
            "openai 0.28.1 is installed, and upload-matrix can drive 1.0 and newer: pip install 'openai>=1.0'",
        ),
        (
            {"openai": "1.1.0", "httpx": "0.28.1"},
            "openai 1.1.0 cannot make a client beside the installed httpx 0.28.1, which no longer takes its"
            " argument `proxies`: pip install 'httpx<0.28', or 'openai>=1.55.3'",
        ),
    ],
)
def test_an_sdk_whose_client_cannot_be_made_is_said_in_one_sentence(beside, versions, sentence):
    done = beside("openai", **versions)
    assert done.returncode == 2
    said = [line for line in (done.stdout + done.stderr).splitlines() if "openai" in line]
    assert [line.partition(": ")[2] for line in said] == [sentence]


@pytest.mark.parametrize(
    ("client", "versions"),
    [
        ("httpx", {"openai": "0.28.1"}),
        ("openai", {"openai": "1.1.0", "httpx": "0.27.2"}),
        ("openai", {"openai": "1.55.3", "httpx": "0.28.1"}),
    ],
)
def test_what_can_call_is_run(beside, client, versions):
    done = beside(client, **versions)
    assert done.returncode == 0, done.stdout + done.stderr
