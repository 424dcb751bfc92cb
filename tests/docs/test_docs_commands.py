"""Every command in the docs: run where it can be, otherwise read by the command line's own parser."""

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from docs_blocks import Has, Run, Shows, Write, calls, steps
from PIL import Image

from upload_matrix import vendors
from upload_matrix.answers.service import EmulatorService
from upload_matrix.cli import commands
from upload_matrix.cli.facts import FactsGroup
from upload_matrix.emulator.profile import load_profile
from upload_matrix.starter import place

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "tools"),
]
OTHERS = [
    *sorted((ROOT / "reports").glob("README.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]

PROGRAM = """\
import io

from openai import OpenAI

picture = io.BytesIO(open("avatar.webp", "rb").read())
OpenAI().images.edit(image=picture, model="gpt-image-1", prompt="make the background white")
"""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory) -> dict[str, str]:
    """Caches and books of its own, no key, and nowhere to go but this machine."""
    home = tmp_path_factory.mktemp("home")
    nowhere = "http://127.0.0.1:9"
    own = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "UV_OFFLINE": "1",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "NO_COLOR": "1",
    }
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("OPENAI", "AZURE", "PYTEST"))
    }
    return {**kept, **own}


@pytest.fixture(scope="session")
def starter(tmp_path_factory, surroundings) -> Path:
    """A project as ``init`` leaves it, with the report of its first run."""
    folder = tmp_path_factory.mktemp("starter")
    place(folder)
    bash("upload-matrix run", folder, surroundings, 0)
    return folder


@pytest.fixture(scope="session")
def vendor():
    """A server of this machine in the vendor's place."""
    with EmulatorService(load_profile("openai-2026-02")) as service:
        yield service


def bash(script: str, folder: Path, surroundings: dict[str, str], code: int) -> str:
    terminal, keyboard = pty.openpty()
    os.write(terminal, b"y\n" * 3)  # whatever is asked for
    try:
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder, env=surroundings, stdin=keyboard, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(terminal)
        os.close(keyboard)
    assert result.returncode == code, f"{script}\n{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr


def equip(folder: Path, what: str, surroundings: dict[str, str], request: pytest.FixtureRequest) -> None:
    if what == "starter":
        shutil.copytree(request.getfixturevalue("starter"), folder, dirs_exist_ok=True)
    elif what == "checkout":
        # The package a contributor works on: found before the one that is installed.
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "harness", folder / "harness", ignore=ignored)
        surroundings |= {"PYTHONPATH": str(folder / "harness")}
    elif what == "program":
        (folder / "app.py").write_text(PROGRAM, "utf-8")
        Image.new("RGB", (64, 64), "navy").save(folder / "avatar.webp")
    elif what == "key":
        vendor = request.getfixturevalue("vendor")
        target = (vendors.ROOT / "openai" / "targets" / "openai.yaml").read_text("utf-8")
        (folder / "matrix" / "targets").mkdir(parents=True, exist_ok=True)
        (folder / "matrix" / "targets" / "openai.yaml").write_text(
            target.replace("https://api.openai.com/v1", vendor.base_url), "utf-8"
        )
        surroundings |= {"OPENAI_API_KEY": "sk-canary-of-the-docs", "OPENAI_BASE_URL": vendor.base_url}
    elif what == "node":
        if shutil.which("node") is None:
            pytest.skip("what follows on this page needs node: https://nodejs.org")
    else:
        raise AssertionError(f"there is nothing called {what!r} to have")


def follow(workflow: str, folder: Path, surroundings: dict[str, str]) -> None:
    """Run what a workflow runs, but for the installing, which is done here.

    The steps of the project's own action are tried in tests/cli/test_ci_integrations.py; here its command is.
    """
    summary = {"GITHUB_STEP_SUMMARY": str(folder / "step-summary.md")}
    for job in yaml.safe_load(workflow)["jobs"].values():
        for step in job["steps"]:
            own = "/upload-matrix@" in step.get("uses", "")
            script = f"upload-matrix {step['with']['command']}" if own else step.get("run", "true")
            if not script.startswith("pip install"):
                bash(script, folder, {**surroundings, **summary}, 0)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_does_what_it_says(path, tmp_path, surroundings, request):
    output, surroundings = "", dict(surroundings)
    for step in steps(path.read_text("utf-8")):
        if isinstance(step, Has):
            for what in step.what:
                equip(tmp_path, what, surroundings, request)
        elif isinstance(step, Write):
            file = tmp_path / step.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text, "utf-8")
            if file.parent.name == "workflows":
                follow(step.text, tmp_path, surroundings)
        elif isinstance(step, Shows):
            assert step.missing(output) is None, output
        else:
            output = "".join(bash(script, tmp_path, surroundings, code) for script, code in step.parts)


def parse(arguments: list[str]) -> None:
    """Have click read a command's words, to the values of its choices, without looking for any file."""
    command: click.Command = commands
    words = list(arguments)
    context = click.Context(commands, info_name="upload-matrix")
    while isinstance(command, click.Group) and words:
        words = command.whole(words) if isinstance(command, FactsGroup) else words
        if words[0].startswith("-"):
            break
        word = words.pop(0)
        inner = command.get_command(context, word)
        assert inner is not None, f"there is no command {word!r}"
        command, context = inner, click.Context(inner, info_name=word, parent=context)
    given, _, _ = command.make_parser(context).parse_args(words)
    for parameter in command.params:
        value = given.get(parameter.name)
        if isinstance(parameter.type, (click.Choice, click.IntRange)):
            for each in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(each, str):
                    parameter.type.convert(each, parameter, context)


def every_call() -> list:
    found = []
    for path in (*PAGES, *OTHERS):
        for step in steps(path.read_text("utf-8")):
            if isinstance(step, Run):
                found += [
                    pytest.param(words, id=f"{name(path)}:{step.line}:{' '.join(words)}")
                    for words in calls(step.script)
                ]
    return found


def every_example() -> list:
    def of(words: tuple[str, ...], command: click.Command) -> list:
        found = []
        for line in (command.help or "").splitlines():
            if re.match(r"\s+(\w+=\S+ )*upload-matrix ", line):
                found += [pytest.param(each, id=" ".join((*words, "|", *each))) for each in calls(line)]
        if isinstance(command, click.Group):
            context = click.Context(command)
            for word in command.list_commands(context):
                found += of((*words, word), command.get_command(context, word))
        return found

    return of((), commands)


@pytest.mark.parametrize("arguments", every_call())
def test_every_call_in_the_docs_is_one_the_command_line_takes(arguments):
    parse(arguments)


@pytest.mark.parametrize("arguments", every_example())
def test_every_example_of_a_help_page_is_one_the_command_line_takes(arguments):
    parse(arguments)


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["run", "--nonsense"], ["run", "--record-mode", "sometimes"], ["cassettes", "polish"]],
)
def test_a_wrong_call_would_be_noticed(arguments):
    with pytest.raises((click.ClickException, AssertionError)):
        parse(arguments)


def test_every_command_has_its_place_in_the_docs():
    text = "\n".join(path.read_text("utf-8") for path in PAGES)
    missing = [
        word
        for word in commands.list_commands(click.Context(commands))
        if f"upload-matrix {word}" not in text
    ]
    assert missing == []


INNER_VARIABLES = {"NAME", "COMPLETE", "WITNESS", "PROXY_HOSTS", "API_KEY"}
"""Words in a docstring, of click, and of what a program is started with."""


def test_every_variable_that_a_user_may_set_has_its_place_in_the_docs():
    text = "\n".join(path.read_text("utf-8") for path in PAGES)
    code = (path.read_text("utf-8") for path in (ROOT / "harness").rglob("*.py"))
    named = {name for each in code for name in re.findall(r"UPLOAD_MATRIX_([A-Z_]*[A-Z])\b", each)}
    assert {"TRACEBACK", "NPM_PREFIX"} <= named
    own = {name for name in named - INNER_VARIABLES if not name.startswith("PYTHON_")}
    assert [name for name in sorted(own) if f"UPLOAD_MATRIX_{name}" not in text] == []


@pytest.mark.parametrize(
    ("shown", "missing"),
    [("all 3 cases\nare … fine", None), ("all 4 cases", "all 4 cases"), ("fine … all", "all")],
)
def test_what_a_page_shows_is_held_against_what_is_printed(shown, missing):
    assert Shows(shown).missing("✓ all 3\n  cases are quite\ninspect| fine\n") == missing
