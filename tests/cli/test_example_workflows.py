"""The example workflows are sound YAML, and every command in them is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from upload_matrix.cli import commands

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
COMMAND = re.compile(r"^\s*#?\s*(upload-matrix .+)$")
ENDS = {"||", "&&", "|", ">", ">>", ";"}


def lines_of(path: Path) -> list[str]:
    """Every command of a workflow, those that its comments tell people to type among them."""
    text = path.read_text("utf-8")
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]
    scripts = [line for step in steps for line in step.get("run", "").splitlines()]
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    found = [COMMAND.match(line) for line in [*scripts, *comments]]
    return [match[1] for match in found if match is not None]


COMMANDS = [(path.name, line) for path in FILES for line in lines_of(path)]


def words_of(line: str) -> list[str]:
    words = []
    for word in shlex.split(line)[1:]:
        if word in ENDS:
            break
        words.append(word)
    return words


def parse(words: list[str]) -> None:
    """Have click parse a command with its subcommands, without running it."""
    command: click.Command | None = commands
    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command), words)
    assert command is not None
    command.make_context("upload-matrix", list(words))


def test_there_are_workflows_with_commands():
    assert [path.name for path in FILES] == [
        "suite-weekly.yml",
        "uploads-pull-request.yml",
        "uploads-weekly.yml",
    ]
    assert {words_of(line)[0] for _, line in COMMANDS} == {
        "sweep",
        "report",
        "run",
        "compare",
        "environments",
    }


@pytest.mark.parametrize(("name", "line"), COMMANDS)
def test_every_command_parses(name, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = words_of(line)
    (tmp_path / "reports").mkdir()
    for word in words:
        if word.endswith(".json"):
            (tmp_path / word).write_text("{}")
    parse(words)


def test_a_command_with_a_wrong_option_would_be_noticed():
    with pytest.raises(click.UsageError):
        parse(["sweep", "--basline", "x.json"])
    with pytest.raises(click.UsageError):
        parse(["environments", "prun"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_has_what_a_workflow_needs(path):
    document = yaml.safe_load(path.read_text("utf-8"))
    # YAML 1.1 reads the key `on` as true.
    assert document.keys() >= {"name", True, "permissions", "jobs"}
    assert document["permissions"]["contents"] == "read"
    for job in document["jobs"].values():
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            # What somebody types or names must not become part of a script.
            assert "${{" not in step.get("run", "")
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/checkout@v4"))


def test_the_suite_runs_weekly_on_the_newest_and_on_the_lowest_versions():
    document = yaml.safe_load((FOLDER / "suite-weekly.yml").read_text("utf-8"))
    assert "schedule" in document[True]
    scripts = {
        name: "\n".join(step.get("run", "") for step in job["steps"])
        for name, job in document["jobs"].items()
    }
    assert scripts.keys() == {"newest", "lowest"}
    assert all(re.search("^uv run .*pytest", script, re.MULTILINE) for script in scripts.values())
    named = re.findall(r"\.ci/[\w./-]+", "\n".join(scripts.values()))
    assert named == [".ci/pins.py", ".ci/sets/lowest-for-tests.txt"]
    assert all((FOLDER.parents[1] / path).is_file() for path in named)


def test_the_weekly_one_runs_on_a_schedule_and_by_hand_and_tells_people():
    path = FOLDER / "uploads-weekly.yml"
    document = yaml.safe_load(path.read_text("utf-8"))
    assert document[True].keys() == {"schedule", "workflow_dispatch"}
    steps = document["jobs"]["gate"]["steps"]
    used = [step["uses"].partition("@")[0] for step in steps if "uses" in step]
    assert used[2:] == ["actions/cache", "actions/upload-artifact"]
    (issue,) = [step for step in steps if "gh issue create" in step.get("run", "")]
    assert issue["if"] == "always() && steps.gate.outputs.code == '1'"
    assert document["permissions"]["issues"] == "write"
    assert any("$GITHUB_STEP_SUMMARY" in step.get("run", "") for step in steps)
