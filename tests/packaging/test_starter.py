"""The starter: what ``init`` writes and leaves alone, when ``run`` takes the built-in matrix, its recordings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.running import PROJECT
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.starter import RECORDINGS, STARTER_MATRIX, place, starter_files

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "matrix" / "tables"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cli(*arguments, code=0):
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == code, result.output
    return result.output


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_init_writes_matrix_test_workflow_and_recordings(here):
    output = cli("init", "mine")
    written = contents(here / "mine")
    assert {"matrix/uploads.yaml", "tests/test_uploads.py", ".github/workflows/uploads.yml"} <= written.keys()
    recordings = [path for path in written if path.startswith("cassettes/")]
    assert len(recordings) == len(list(RECORDINGS.rglob("*.yaml"))) > 5
    assert "wrote mine/matrix/uploads.yaml" in output
    assert f"wrote mine/cassettes/ ({len(recordings)} recordings)" in output
    assert not any(path.endswith(".part") for path in written)


def test_init_again_changes_nothing(here):
    cli("init")
    before = contents(here)
    assert "kept" in cli("init")
    assert contents(here) == before


def test_init_never_writes_over_a_file_of_the_users(here):
    (here / "tests").mkdir()
    (here / "tests" / "test_uploads.py").write_text("mine = 1\n", "utf-8")
    before = contents(here)
    assert "tests/test_uploads.py: there already, with another content" in cli("init", code=2)
    assert contents(here) == before, "nothing else is written either"
    cli("init", "--force")
    assert b"upload_case" in (here / "tests" / "test_uploads.py").read_bytes()


def test_init_says_what_stands_in_the_way(here):
    (here / "matrix").write_text("", "utf-8")
    assert "is no folder, and matrix/uploads.yaml is to lie below it" in cli("init", "--force", code=2)
    (here / "matrix").unlink()
    (here / "matrix" / "uploads.yaml").mkdir(parents=True)
    assert "is a folder where a file is to be written" in cli("init", "--force", code=2)
    assert not (here / "tests").exists()


@pytest.mark.parametrize("own", [None, "pyproject.toml", "tox.ini"])
def test_pytest_ini_is_written_only_where_nothing_else_marks_the_root(tmp_path, own):
    if own:
        (tmp_path / own).write_text("", "utf-8")
    assert ("pytest.ini" in place(tmp_path).written) is (own is None)


def test_place_into_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ConfigurationError, match="is no folder"):
        place(tmp_path / "file" / "below")


@pytest.mark.parametrize("marker", PROJECT)
def test_a_missing_matrix_in_a_project_is_an_error_not_a_green_run(here, marker):
    (here / marker).mkdir()
    output = cli("run", code=2)
    assert f"in what is a project by its {marker}" in output
    assert "upload-matrix init" in output
    assert not (here / "reports").exists()


@pytest.mark.parametrize(
    "arguments",
    [("--record-mode", "once"), ("--base-url", "http://127.0.0.1:9/v1"), ("matrix",), ("--target", "openai")],
)
def test_the_starter_never_stands_in_where_something_may_be_sent_or_a_matrix_is_named(here, arguments):
    assert "no such file or folder" in cli("run", *arguments, code=2)
    assert "no such file or folder" in cli("record", "--dry-run", code=2)


def test_the_workflow_is_yaml_and_runs_only_commands_there_are():
    (workflow,) = (
        file.source for file in starter_files(Path("nowhere")) if file.target.startswith(".github/")
    )
    steps = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]["uploads"]["steps"]
    lines = [line.strip() for step in steps for line in step.get("run", "").splitlines()]
    words = [line.split()[1] for line in lines if line.startswith("upload-matrix ")]
    assert words == ["run", "report"]
    context = commands.make_context("upload-matrix", [], resilient_parsing=True)
    assert all(commands.get_command(context, word) for word in words)


def test_the_shipped_recordings_are_what_the_emulator_answers_under_every_mime_table(tmp_path):
    """Recorded anew, with a table that knows WebP and one that does not: the same files, byte for byte."""
    result = subprocess.run(
        [
            sys.executable, "-m", "upload_matrix", "run", str(STARTER_MATRIX), "--record-mode", "new_episodes",
            "--cassettes", str(tmp_path / "cassettes"), "--reports", str(tmp_path / "reports"),
            "--mime-table", f"system={TABLES / 'debian-12.types'}",
            "--mime-table", f"builtin={TABLES / 'python-3.12.types'}",
        ],
        capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path, env=dict(os.environ),
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert contents(tmp_path / "cassettes") == contents(RECORDINGS)
