"""Values from the environment and ``pyproject.toml``: which one counts, and what is said of one that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.settings import KNOWN, Setting, settings, variable

TABLE = '[project]\nname = "a"\n\n[tool.upload-matrix]\nreports = "from-file"\nmax-calls = 20\nbudget = 0.5\n'


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in KNOWN:
        monkeypatch.delenv(variable(name), raising=False)
    Path("matrix").mkdir()
    Path("matrix/m.yaml").write_text(
        "target: emulator:openai-2026-02\nrequest: {model: gpt-image-1, prompt: x}\n"
        "axes: {client: [httpx], container: [tuple3], image: [png], mime_table: [builtin]}\n"
    )


def found(environ=None):
    return {each.name: each for each in settings(environ or {}, Path.cwd())}


def test_the_environment_goes_before_the_file_and_the_file_before_the_default():
    Path("pyproject.toml").write_text(TABLE)
    every = found({"UPLOAD_MATRIX_MAX_CALLS": "5"})
    assert every["max-calls"] == Setting("max-calls", 5, "UPLOAD_MATRIX_MAX_CALLS")
    assert every["reports"] == Setting("reports", "from-file", "pyproject.toml:5")
    assert every["budget"] == Setting("budget", "0.5", "pyproject.toml:7")
    assert every["cassettes"] == Setting("cassettes", None, "default")


@pytest.mark.parametrize(
    ("words", "environ", "folder"),
    [
        ([], {}, "from-file"),
        ([], {"UPLOAD_MATRIX_REPORTS": "from-environment"}, "from-environment"),
        (["--reports", "typed"], {"UPLOAD_MATRIX_REPORTS": "from-environment"}, "typed"),
    ],
)
def test_a_run_writes_where_the_first_that_says_so_has_it(words, environ, folder, monkeypatch):
    Path("pyproject.toml").write_text(TABLE)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    CliRunner().invoke(commands, ["run", "--format", "json", "--disable-recording", *words])
    assert [path.parent.name for path in Path().rglob("latest.json")] == [folder]


def test_doctor_shows_each_value_and_where_it_came_from(monkeypatch):
    Path("pyproject.toml").write_text(TABLE)
    monkeypatch.setenv("UPLOAD_MATRIX_CASSETTES", "tapes")
    document = json.loads(CliRunner().invoke(commands, ["doctor", "--json"]).stdout)
    shown = {each["name"]: (each["value"], each["origin"]) for each in document["settings"]}
    assert shown["cassettes"] == ("tapes", "UPLOAD_MATRIX_CASSETTES")
    assert shown["max-calls"] == (20, "pyproject.toml:6")
    assert list(shown) == list(KNOWN)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('reprts = "x"', "pyproject.toml:2:1: unknown word `reprts`; did you mean `reports`?\n    reprts = "),
        ("max-calls = -1", "pyproject.toml:2:13: `max-calls` is a whole number from 0 on (found -1)"),
        ("max-calls = true", "pyproject.toml:2:13: `max-calls` is a whole number from 0 on (found True)"),
        ('budget = "much"', "pyproject.toml:2:10: `budget` is an amount in USD, such as 0.50 (found 'much')"),
        ("budget = [1]", "pyproject.toml:2:10: `budget` is an amount in USD, such as 0.50 (found [1])"),
        ("reports = 7", "pyproject.toml:2:11: `reports` is a text, such as a path (found 7)"),
        ("reports = ", "pyproject.toml: not TOML: "),
    ],
)
def test_what_cannot_be_ends_with_its_line_and_a_way_out(lines, says):
    Path("pyproject.toml").write_text(f"[tool.upload-matrix]\n{lines}\n")
    done = CliRunner().invoke(commands, ["run"])
    assert done.exit_code == 2
    assert says in done.output
    assert CliRunner().invoke(commands, ["explain", "3"]).exit_code == 0, "it has no such option"


def test_a_variable_that_cannot_be_is_named(monkeypatch):
    monkeypatch.setenv("UPLOAD_MATRIX_MAX_CALLS", "some")
    done = CliRunner().invoke(commands, ["run"])
    assert done.exit_code == 2
    assert "UPLOAD_MATRIX_MAX_CALLS: max-calls is a whole number from 0 on (found 'some')" in done.output


def test_a_project_without_our_table_is_left_alone():
    Path("pyproject.toml").write_text("[tool.other]\nreports = 7\n")
    assert {each.origin for each in found().values()} == {"default"}
