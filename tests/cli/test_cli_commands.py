"""The command line as a user meets it: what is printed, what is written, and the exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import httpx
import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from upload_matrix.cli import COMMANDS, commands
from upload_matrix.cli.running import exit_status
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.setting import RECORD_MODES
from upload_matrix.recordings import RecordMode

ROOT = Path(__file__).resolve().parents[2]

MATRIX = """\
name: mine
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: make the sky blue}
axes:
  client: [httpx]
  container: [bytesio, tuple3]
  image: [webp]
  mime_table: [builtin]
expect:
  - when: {container: bytesio}
    outcome: rejected
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A user's folder with a matrix, as the current one."""
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cli(*arguments, code=0):
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == code, result.output
    return result


def run(*arguments, code=0):
    """``run`` in a process of its own: pytest in pytest would share plugins."""
    result = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "run", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name):
    text = cli(name, "--help").output
    assert re.search(r"Examples?:\n +(OPENAI_BASE_URL=\S+ )?upload-matrix " + name, text)


def test_an_unknown_command_suggests_the_closest(here):
    assert "No such command 'cases'" not in cli("cases", "--count").output
    assert "Did you mean 'cases'?" in cli("case", code=2).output


def test_cases_lists_ids_and_counts(here):
    result = cli("cases")
    assert result.stdout.splitlines() == [
        "mine/images.edit/httpx/bytesio/webp/builtin",
        "mine/images.edit/httpx/tuple3/webp/builtin",
    ]
    assert cli("cases", "--count").stdout == "mine: 2 cases (full)\n"
    assert [case["axes"]["container"] for case in json.loads(cli("cases", "--json").stdout)] == [
        "bytesio",
        "tuple3",
    ]


def test_a_typo_names_file_line_column_value_and_the_way_out(here):
    (here / "matrix" / "mine.yaml").write_text(MATRIX.replace("tuple3]", "tupel3]"), "utf-8")
    output = cli("cases", code=2).output
    assert "matrix/mine.yaml:6:24:" in output
    assert "`tupel3` is not a known value; did you mean `tuple3`?" in output


def test_no_matrix_here_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "matrix" in cli("cases", code=2).output


def test_run_ends_with_a_report_and_its_exit_code(here):
    result = run("--disable-recording")
    assert "✓ all 2 cases are as expected" in result.stdout
    assert sorted(path.name for path in (here / "reports").iterdir()) == [
        "latest.html", "latest.json", "latest.md", "latest.run.json", "latest.xml",
    ]  # fmt: skip


def test_run_without_recordings_is_unresolved(here):
    result = run(code=3)
    assert "unrecorded" in result.stdout
    assert "--record-mode new_episodes" in result.stdout


def test_run_with_a_regression_is_red(here):
    (here / "matrix" / "mine.yaml").write_text(
        MATRIX.replace("outcome: rejected", "outcome: accepted"), "utf-8"
    )
    assert "✗ 1 of 2 cases is not as expected" in run("--disable-recording", code=1).stdout


def test_run_with_a_bad_matrix_or_no_match_is_a_usage_error(here):
    assert (
        "-k 'no-such': no case matches; `upload-matrix cases` lists them"
        in run("-k", "no-such", code=2).stderr
    )
    (here / "matrix" / "mine.yaml").write_text(MATRIX.replace("axes:", "axis:"), "utf-8")
    result = run(code=2)
    assert "mine.yaml:4:1:" in result.stdout + result.stderr


def test_run_with_an_unknown_format_or_target_says_so_and_writes_nothing(here):
    assert "markdwon" in (lambda r: r.stdout + r.stderr)(
        run("--format", "markdwon", "--disable-recording", code=2)
    )
    assert "emulator:openai-2026-02" in (lambda r: r.stdout + r.stderr)(run("--target", "nobody", code=2))
    assert not (here / "reports").exists()


def test_run_json_prints_the_report_and_nothing_else_on_stdout(here):
    document = json.loads(run("--disable-recording", "--json").stdout)
    assert document["summary"]["cases"] == 2


def test_run_ignores_the_users_own_pytest_configuration(here, monkeypatch):
    (here / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (here / "conftest.py").write_text("raise RuntimeError('not mine')\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    run("--disable-recording")
    run("--disable-recording", "-n", "2")


def test_run_answers_from_another_target(here):
    result = run("--target", "emulator:openai-2026-11", "--disable-recording", code=1)
    text = (here / "reports" / "latest.md").read_text("utf-8")
    assert "model_not_found" in text
    assert "every case asks emulator:openai-2026-11 in place of its matrix's own target" in " ".join(
        text.split()
    )
    assert "not as expected" in result.stdout


def test_compare_tells_wire_from_verdict_and_exits_1_on_a_regression(here):
    run("--disable-recording", "--name", "old")
    run("--target", "emulator:openai-2026-11", "--disable-recording", "--name", "new", code=1)
    result = cli("compare", "reports/old.json", "reports/new.json", code=1)
    assert "mine/images.edit/httpx/tuple3/webp/builtin" in result.output
    document = json.loads(cli("compare", "reports/old.json", "reports/new.json", "--json", code=1).output)
    assert document["regressions"] == ["mine/images.edit/httpx/tuple3/webp/builtin"]
    cli("compare", "reports/old.json", "reports/old.json")


def test_an_edited_expectation_is_no_regression_and_a_renamed_matrix_compares_nothing(here):
    run("--disable-recording", "--name", "old")
    matrix = here / "matrix" / "mine.yaml"
    matrix.write_text(MATRIX.replace("outcome: rejected", "outcome: accepted"), "utf-8")
    run("--disable-recording", "--name", "edited", code=1)
    edited = ("compare", "reports/old.json", "reports/edited.json")
    assert cli(*edited).output.startswith("✓ no regression in 2 cases, 1 only judged otherwise\n")
    cli(*edited, "--fail-on", "change")
    matrix.write_text(MATRIX.replace("name: mine", "name: other"), "utf-8")
    run("--disable-recording", "--name", "renamed")
    renamed = ("compare", "reports/old.json", "reports/renamed.json")
    said = "nothing to compare: the two reports have no case in common (the old one has 2 cases, the new one 2 cases)"
    assert cli(*renamed, "--html", "page.html", code=3).output.startswith(f"? {said}\n")
    assert json.loads(cli(*renamed, "--json", code=3).output)["result"] == f"? {said}"
    page = (here / "page.html").read_text("utf-8")
    assert "Nothing to compare: the two reports have no case in common" in page


def test_report_renders_again_from_json(here):
    run("--disable-recording")
    assert cli("report", "reports/latest.json").output == (here / "reports" / "latest.md").read_text("utf-8")
    cli("report", "reports/latest.json", "--format", "junit", "-o", "out.xml")
    assert (here / "out.xml").read_text("utf-8") == (here / "reports" / "latest.xml").read_text("utf-8")
    assert "markdown" in cli("report", "reports/latest.json", "--format", "word", code=2).output


def test_report_of_something_else_says_what_is_wrong(here):
    (here / "x.json").write_text("{}")
    assert "x.json" in cli("report", "x.json", code=2).output


def test_schema_of_a_matrix_accepts_every_shipped_matrix(monkeypatch):
    monkeypatch.chdir(ROOT)
    schema = json.loads(cli("schema").output)
    paths = sorted((ROOT / "matrix").glob("*.yaml"))
    assert paths
    for path in paths:
        jsonschema.validate(yaml.safe_load(path.read_text("utf-8")), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"axes": {"container": ["tupel3"]}}, schema)


def test_schema_of_a_report_accepts_the_example():
    schema = json.loads(cli("schema", "report").output)
    jsonschema.validate(json.loads((ROOT / "reports" / "example.json").read_text("utf-8")), schema)


def test_doctor_tells_versions_guesses_and_whether_a_key_is_there_never_which(here, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-secret")
    text = cli("doctor").output
    assert re.search(r"Clients +.*openai \d", text)
    assert re.search(r"\.png +image/png +image/png", text)
    assert "openai: OPENAI_API_KEY is set" in text
    document = json.loads(cli("doctor", "--json").output)
    assert document["guesses"]["builtin"][".png"] == "image/png"
    assert "canary-secret" not in text + json.dumps(document)


def test_the_record_modes_offered_are_those_there_are():
    assert tuple(RecordMode) == RECORD_MODES


def test_serve_lists_its_rules_with_sources():
    text = cli("serve", "--profile", "openai-2026-02", "--rules").output
    assert "image-type-falls-through\n   source: field report, 2026-02-22" in text


def test_serve_with_an_unknown_profile_suggests_one():
    assert "openai-2026-02" in cli("serve", "--profile", "openai-2026-2", code=2).output


def test_serve_answers_marked_as_emulated_until_interrupted():
    process = subprocess.Popen(
        [sys.executable, "-m", "upload_matrix", "serve", "--profile", "openai-2026-11"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        url = re.search(r"http://127\.0\.0\.1:\d+/v1", process.stdout.readline())[0]
        answer = httpx.post(f"{url}/images/variations", files={"image": ("a.png", b"x", "image/png")})
        assert (answer.status_code, answer.content) == (404, b"")
        assert answer.headers["x-upload-matrix-provenance"] == "emulated"
        assert "POST /v1/images/variations 404" in process.stdout.readline()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        process.stdout.close()


def test_serve_on_a_taken_port_says_so():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"--port {port}" in cli("serve", "--port", port, code=2).output


@pytest.mark.parametrize("kind", pytest.ExitCode)
def test_where_pytest_never_came_to_the_cases_nothing_is_as_expected(kind):
    codes = {pytest.ExitCode.INTERRUPTED: 130, pytest.ExitCode.USAGE_ERROR: 2}
    assert exit_status(kind, None) == codes.get(kind, 3)


@pytest.mark.parametrize(("verdicts", "code"), [(0, 3), (1, 1), (3, 3)])
def test_a_test_that_failed_outside_its_case_is_never_as_expected(verdicts, code):
    coordinator = SimpleNamespace(run=object(), exit_code=verdicts)
    assert exit_status(pytest.ExitCode.TESTS_FAILED, coordinator) == code


@pytest.mark.parametrize(("error", "code"), [(ConfigurationError, 2), (HarnessError, 3)])
def test_what_the_user_can_fix_and_what_stands_in_the_way_end_differently(monkeypatch, error, code):
    @click.command()
    def failing():
        raise error("the scheduler is gone")

    monkeypatch.setattr("upload_matrix.cli.doctor.command", failing)
    done = CliRunner().invoke(commands, ["doctor"])
    assert (done.exit_code, done.stderr) == (code, "Error: the scheduler is gone\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "stopped before the end; what was recorded until then is kept\n"),
        (KeyboardInterrupt("1 of 3 requests was sent"), "1 of 3 requests was sent\n"),
        (click.Abort(), "stopped before the end; what was recorded until then is kept\n"),
    ],
)
def test_what_the_user_ends_says_what_is_kept(monkeypatch, error, said):
    @click.command()
    def ended():
        raise error

    monkeypatch.setattr("upload_matrix.cli.doctor.command", ended)
    done = CliRunner().invoke(commands, ["doctor"])
    assert (done.exit_code, done.stderr) == (130, said)


def test_a_commands_help_loads_no_work():
    program = (
        "import sys\n"
        "from upload_matrix.cli import COMMANDS, main\n"
        "for name in COMMANDS:\n"
        "    try: main([name, '--help'])\n"
        "    except SystemExit as end: assert not end.code\n"
        "heavy = {'pydantic', 'httpx', 'httpcore', 'PIL', 'yaml', 'jinja2', 'pytest', 'openai', 'difflib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "print('LOADED', *sorted(name for name in sys.modules if name.partition('.')[0] == 'upload_matrix'))"
    )
    # A variable of the project's that is no setting is compared with them all.
    environ = {**os.environ, "UPLOAD_MATRIX_REQUIRE_CHROMIUM": ""}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, done.stderr
    shown, _, names = done.stdout.rpartition("LOADED ")
    assert shown.count("Examples:") + shown.count("Example:") >= 19
    loaded = {name for name in names.split() if not name.startswith("upload_matrix.cli")}
    assert loaded == {
        "upload_matrix",
        "upload_matrix.ask",
        "upload_matrix.ask.declared",
        "upload_matrix.model",
        "upload_matrix.model.errors",
        "upload_matrix.model.setting",
        "upload_matrix.model.words",
        "upload_matrix.report",
        "upload_matrix.report.streams",
        "upload_matrix.report.visible",
        "upload_matrix.run",
        "upload_matrix.run.settings",
    }
