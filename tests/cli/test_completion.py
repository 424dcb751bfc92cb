"""What a shell completes: the script it loads, and what the program offers it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands

MATRIX = """
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: x}
axes: {client: [httpx], container: [tuple3, handle], image: [png], mime_table: [builtin]}
"""


def offered(line: str, folder: Path) -> list[str]:
    """What the program offers bash behind ``line``."""
    words = line.split(" ")
    env = {**os.environ, "_UPLOAD_MATRIX_COMPLETE": "bash_complete", "COMP_WORDS": line}
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix"],
        env={**env, "COMP_CWORD": str(len(words) - 1)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [each.partition(",")[2] for each in done.stdout.split()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program_and_its_variable(shell):
    done = CliRunner().invoke(commands, ["completion", shell])
    assert done.exit_code == 0
    assert "_UPLOAD_MATRIX_COMPLETE" in done.output
    assert "upload-matrix" in done.output


def test_an_unknown_shell_is_told_the_known_ones():
    done = CliRunner().invoke(commands, ["completion", "tcsh"])
    assert done.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in done.output


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("upload-matrix dia", "diagnose"),
        ("upload-matrix run --rep", "--reports"),
        ("upload-matrix explain no-fil", "no-filename"),
        ("upload-matrix inspect --ignore octet", "octet-stream"),
        ("upload-matrix ab m/images.edit/httpx/ha", "m/images.edit/httpx/handle/png/builtin"),
    ],
)
def test_what_can_follow(tmp_path, line, first):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "m.yaml").write_text(MATRIX)
    assert offered(line, tmp_path)[0] == first


def test_files_that_are_at_fault_offer_nothing_and_say_nothing(tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "m.yaml").write_text("axes: {clinet: [httpx]}\n")
    assert offered("upload-matrix ab m", tmp_path) == []
