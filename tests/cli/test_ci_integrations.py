"""The action, the GitLab job, the pre-commit hook and the Dockerfile: their scripts run as the servers run them.

What the servers themselves do (fetching an action, keeping an artifact) is theirs, and is not played here. That
the files are of their servers' schemas is checked where `check-jsonschema` is installed, as in CI.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
WITH_BIN = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def project(tmp_path):
    """A user's project, as ``init`` writes it."""
    upload_matrix(tmp_path, "init")
    return tmp_path


def upload_matrix(folder, *words):
    return subprocess.run(
        ["upload-matrix", *words],
        cwd=folder,
        env={**os.environ, "PATH": WITH_BIN},
        capture_output=True,
        text=True,
        check=False,
    )


def play(folder, command, **inputs):
    """The action's own scripts in their order, with what each wrote for the next; the last exit code."""
    given = {name: each["default"] for name, each in ACTION["inputs"].items() if "default" in each}
    given |= {"command": command, **inputs}
    outputs, said, code = {}, [], 0
    for name in ("Run upload-matrix", "Show what came of it", "End as upload-matrix ended"):
        step = STEPS[name]
        if "outputs.report" in step.get("if", "") and not outputs["report"]:
            continue
        files = {"GITHUB_OUTPUT": folder / "output.txt", "GITHUB_STEP_SUMMARY": folder / "summary.md"}
        variables = {variable: _filled(value, given, outputs) for variable, value in step["env"].items()}
        done = subprocess.run(
            # As the runner calls `shell: bash`.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder / given["working-directory"],
            env={
                **os.environ,
                "PATH": WITH_BIN,
                **variables,
                **{key: str(path) for key, path in files.items()},
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said.append(done.stdout + done.stderr)
        code = done.returncode
        if files["GITHUB_OUTPUT"].exists():
            outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return code, outputs, "\n".join(said)


def _filled(value, given, outputs):
    """A variable's value with its expressions replaced, as the runner does before the script begins."""

    def replaced(match):
        return given[match[2]] if match[1] == "inputs" else outputs[match[2].rpartition(".")[2]]

    return re.sub(r"\$\{\{ (\w+)\.([\w.-]+) \}\}", replaced, value)


def test_the_action_is_green_where_the_matrix_is(project):
    code, outputs, said = play(project, "run")
    assert (code, outputs) == (0, {"exit-code": "0", "report": "reports/uploads.json"}), said
    assert "cases are as expected" in (project / "summary.md").read_text("utf-8")
    assert (project / "reports" / "uploads.sarif").exists()
    assert "::error" not in said


def test_the_action_ends_red_after_it_has_shown_the_lines_that_are(project):
    matrix = project / "matrix" / "uploads.yaml"
    text = matrix.read_text("utf-8")
    assert "code: invalid_value" in text
    matrix.write_text(text.replace("code: invalid_value", "code: another_one"), "utf-8")
    code, outputs, said = play(project, "run matrix")
    assert (code, outputs["exit-code"]) == (1, "1"), said
    assert "::error file=matrix/uploads.yaml,line=" in said
    assert (project / "summary.md").read_text("utf-8").startswith("## ")


def test_the_action_tells_a_mistake_and_has_no_report_to_show(project):
    (project / "matrix" / "uploads.yaml").write_text("axes: {container: [tupel3]}\n", "utf-8")
    code, outputs, said = play(project, "run")
    assert (code, outputs) == (2, {"exit-code": "2", "report": ""}), said
    assert not (project / "summary.md").exists()


def test_a_report_of_an_earlier_step_is_not_shown_for_this_one(project):
    play(project, "run")
    (project / "output.txt").unlink()
    (project / "matrix" / "uploads.yaml").write_text("axes: {container: [tupel3]}\n", "utf-8")
    assert play(project, "run")[1]["report"] == ""


def test_what_an_input_holds_is_never_run(project):
    code, _, said = play(
        project, "run 'matrix; touch caught' $(touch caught) `touch caught`", name="x;touch caught"
    )
    assert code == 2, said
    assert not (project / "caught").exists()


def test_every_use_of_an_input_in_a_script_goes_through_the_environment():
    assert [name for name, step in STEPS.items() if "${{" in step.get("run", "")] == []


def test_the_hook_finds_mistakes_and_known_failures_that_have_expired(project):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    words = hook["entry"].split()[1:]
    assert re.search(hook["files"], "matrix/uploads.yaml")
    assert upload_matrix(project, *words).returncode == 0
    matrix = project / "matrix" / "uploads.yaml"
    text = matrix.read_text("utf-8")
    late = "known_failures:\n  - {when: {container: handle}, reason: told them, expires: 2024-01-31}\n"
    assert "\nknown_failures:" not in text
    matrix.write_text(f"{text}\n{late}", "utf-8")
    told = upload_matrix(project, *words)
    line = len(matrix.read_text("utf-8").splitlines())
    assert told.returncode == 1
    assert told.stdout == (
        f"matrix/uploads.yaml:{line}:1: known failure (told them) expired on 2024-01-31; "
        "fix it, or set another date under `expires`\n"
    )
    matrix.write_text(text.replace("axes:", "axis:"), "utf-8")
    assert upload_matrix(project, *words).returncode == 2


def test_the_gitlab_job_writes_what_its_artifacts_name(project):
    job = yaml.safe_load((ROOT / ".ci" / "gitlab.yml").read_text("utf-8"))[".upload-matrix"]
    (script,) = job["script"]
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=project,
        env={**os.environ, "PATH": WITH_BIN, **job["variables"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (project / job["artifacts"]["reports"]["junit"]).exists()
    (pattern,) = job["artifacts"]["paths"]
    assert list(project.glob(pattern))


def test_the_image_is_built_with_the_pinned_uv_from_files_that_are_there():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"][
        "constraint-dependencies"
    ]
    assert [f"uv=={version}" in pins for version in re.findall(r"uv==([\d.]+)", text)] == [True]
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M) for word in line.split()]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M)
    assert set(copied) <= set(let_in)


def test_the_image_gives_pip_the_wheel_apart_from_pins_with_hashes():
    # pip refuses a wheel without a hash in one breath with requirements that have them.
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip install ([^&\n]*)", text)
    assert [("--requirement" in each, "*.whl" in each) for each in installs] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert "--no-deps" in installs[2]


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("action.yml", "vendor.github-actions"),
        (".ci/gitlab.yml", "vendor.gitlab-ci"),
        (".github/workflows/release.yml", "vendor.github-workflows"),
        (".github/ISSUE_TEMPLATE/config.yml", "vendor.github-issue-config"),
        (".github/ISSUE_TEMPLATE/vendor.yml", "vendor.github-issue-forms"),
        (".github/ISSUE_TEMPLATE/wrong.yml", "vendor.github-issue-forms"),
        ("CITATION.cff", "vendor.citation-file-format"),
        ("examples/workflows/suite-weekly.yml", "vendor.github-workflows"),
        ("examples/workflows/uploads-pull-request.yml", "vendor.github-workflows"),
        ("examples/workflows/uploads-weekly.yml", "vendor.github-workflows"),
    ],
)
def test_each_file_is_of_its_servers_schema(file, schema):
    if shutil.which("check-jsonschema", path=WITH_BIN) is None:
        pytest.skip("check-jsonschema is not installed; `uv sync` does")
    more = ["--data-transform", "gitlab-ci"] if schema == "vendor.gitlab-ci" else []
    done = subprocess.run(
        ["check-jsonschema", "--builtin-schema", schema, *more, str(ROOT / file)],
        env={**os.environ, "PATH": WITH_BIN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
