"""A disputed answer says so wherever it is shown, and no conclusion rests on it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from emulator_wires import edit, file, vary

from upload_matrix.answers.service import EmulatorService
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.model.answer import Dispute
from upload_matrix.report.wording import of_source

OCTET = "application/octet-stream"
BOTH = "disputed: 6 recordings accept this, 3 reports reject it"
WORDS = "disputed: 1 report has this answer, 5 reports another rejection"
TYPED = file("image", "a.png", OCTET, "png")


@pytest.mark.parametrize(
    ("profile", "sent", "dispute"),
    [
        ("openai-2025", edit(TYPED, model="dall-e-2"), Dispute(BOTH, whether_rejected=True)),
        ("openai-2025", vary(TYPED), Dispute(BOTH, whether_rejected=True)),
        ("openai-2026-02", edit(TYPED, model="gpt-image-1"), Dispute(WORDS)),
        ("openai-2025", edit(TYPED, model="gpt-image-1"), None),
        ("openai-2025", edit(model="dall-e-2"), None),
    ],
)
def test_an_emulated_answer_carries_what_disputes_it(profile, sent, dispute):
    said = answer(load_profile(profile), sent)
    assert said.source.disputed == dispute
    shown = of_source(said.source, said.rule or "none")
    assert shown.endswith(f"; {dispute.says}" if dispute else "not the vendor's words")
    # A recording keeps the answer; what is known of it may grow.
    assert all("disputed" not in name for name, _ in said.headers)


def test_a_served_answer_says_it_in_a_header():
    with EmulatorService(load_profile("openai-2025")) as service:
        said = httpx.post(
            f"{service.base_url}/images/edits",
            data={"model": "dall-e-2", "prompt": "a hat"},
            files={"image": ("a.png", b"\x89PNG\r\n\x1a\n", OCTET)},
        )
    assert said.headers["x-upload-matrix-rule"] == "image-type-dall-e-2"
    assert said.headers["x-upload-matrix-disputed"] == BOTH


MATRIX = """target: emulator:openai-2025
request: {model: dall-e-2, prompt: a hat}
axes:
  operation: [images.edit]
  client: [httpx]
  container: [tuple3, bytesio]
  image: [png]
  mime_table: [builtin]
"""


def test_a_run_that_replays_older_recordings_says_what_is_known_today(tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX, "utf-8")

    def run(*options):
        done = subprocess.run(
            [sys.executable, "-m", "upload_matrix", "run", *options],
            capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path,
        )  # fmt: skip
        assert "rejected" in (tmp_path / "reports" / "latest.json").read_text("utf-8"), (
            done.stdout + done.stderr
        )
        return (tmp_path / "reports" / "latest.md").read_text("utf-8")

    first = run("--record-mode", "new_episodes")
    kept = b"".join(path.read_bytes() for path in sorted(Path(tmp_path / "cassettes").rglob("*.yaml")))
    assert b"image-type-dall-e-2" in kept
    assert b"disputed" not in kept
    again = run()
    for text in (first, again):
        assert BOTH in text
        assert "decides" not in text
    report = json.loads((tmp_path / "reports" / "latest.json").read_text("utf-8"))
    assert any("no conclusion rests on it" in each for each in report["conclusions"])


def test_an_isolation_that_rests_on_a_disputed_rejection_says_so_in_its_sentence(tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "isolate", "mine/images.edit/httpx/bytesio/png/builtin"],
        capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert f"(emulated, {BOTH})." in " ".join(done.stdout.split()), done.stdout + done.stderr


def test_a_diagnosis_by_a_disputed_rejection_is_not_called_proven(tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX, "utf-8")

    def diagnosed(*options):
        done = subprocess.run(
            [sys.executable, "-m", "upload_matrix", "diagnose", "mine/images.edit/httpx/bytesio/png/builtin", "--json",
             *options],
            capture_output=True, text=True, check=False, timeout=300, cwd=tmp_path,
        )  # fmt: skip
        return json.loads(done.stdout)

    disputed = diagnosed()
    assert disputed["confidence"] == "likely"
    assert f"(emulated, {BOTH})." in disputed["verdict"]
    assert f"The emulated rejection is {BOTH}." in disputed["unexplained"]
