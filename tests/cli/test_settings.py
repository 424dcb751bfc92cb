"""Values from the environment and ``pyproject.toml``: which one counts, and what is said of one that cannot be."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.settings import defaults
from upload_matrix.model.setting import KNOWN, Setting
from upload_matrix.run.loading import Request, load
from upload_matrix.run.settings import settings, variable

TABLE = '[project]\nname = "a"\n\n[tool.upload-matrix]\nreports = "from-file"\nmax-calls = 20\nbudget = 0.5\n'


@pytest.fixture(autouse=True)
def here(pytester, monkeypatch):
    monkeypatch.chdir(pytester.path)
    for name in KNOWN:
        monkeypatch.delenv(variable(name), raising=False)
    Path("matrix").mkdir()
    Path("matrix/m.yaml").write_text(MATRIX)


def found(environ=None):
    return {each.name: each for each in settings(environ or {}, Path.cwd())}


def test_the_environment_goes_before_the_file_and_the_file_before_the_default():
    Path("pyproject.toml").write_text(TABLE)
    every = found({"UPLOAD_MATRIX_MAX_CALLS": "5"})
    assert every["max-calls"] == Setting("max-calls", 5, "UPLOAD_MATRIX_MAX_CALLS")
    assert every["reports"] == Setting("reports", "from-file", "pyproject.toml:5")
    assert every["budget"] == Setting("budget", "0.5", "pyproject.toml:7")
    assert every["cassettes"] == Setting("cassettes", None, "default")


MATRIX = (
    "target: emulator:openai-2026-02\nrequest: {model: gpt-image-1, prompt: x}\n"
    "axes: {client: [httpx], container: [tuple3], image: [png], mime_table: [builtin]}\n"
)

LEVELS = ("typed", "environment", "matrix", "pyproject", "default")


def place(level, monkeypatch):
    """Give the folder of reports on this level and all below it, each another; what a run is to be told."""
    for each in LEVELS[LEVELS.index(level) :]:
        if each == "environment":
            monkeypatch.setenv("UPLOAD_MATRIX_REPORTS", each)
        elif each == "matrix":
            Path("matrix/m.yaml").write_text(MATRIX + "settings: {reports: ../matrix-says}\n")
        elif each == "pyproject":
            Path("pyproject.toml").write_text('[tool.upload-matrix]\nreports = "pyproject"\n')
    return "typed" if level == "typed" else None


FOLDERS = dict(zip(LEVELS, ("typed", "environment", "matrix-says", "pyproject", "reports"), strict=True))


@pytest.mark.parametrize("level", LEVELS)
def test_a_run_writes_where_the_first_that_says_so_has_it(level, monkeypatch):
    typed = place(level, monkeypatch)
    words = ["--reports", typed] if typed else []
    CliRunner().invoke(commands, ["run", "--format", "json", "--disable-recording", *words])
    assert [path.parent for path in Path().rglob("latest.json")] == [Path(FOLDERS[level])]


@pytest.mark.parametrize("level", LEVELS)
def test_pytest_writes_where_a_run_does(level, pytester, monkeypatch):
    typed = place(level, monkeypatch)
    pytester.makepyfile("def test_uploads(upload_case): upload_case.check()")
    words = ["--upload-reports", typed] if typed else []
    done = pytester.runpytest("-pno:cacheprovider", "--disable-recording", "--upload-report=r", *words)
    done.assert_outcomes(passed=1)
    assert [path.parent for path in Path().rglob("r.json")] == [Path(FOLDERS[level])]


def test_pytest_takes_its_own_ini_value_before_the_project_s_table(pytester):
    Path("pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nupload_reports = "ini"\n[tool.upload-matrix]\nreports = "table"\n'
    )
    pytester.makepyfile("def test_uploads(upload_case): upload_case.check()")
    pytester.runpytest(
        "-pno:cacheprovider", "--disable-recording", "--upload-report=r", "--upload-formats=json"
    )
    assert [path.parent for path in Path().rglob("r.json")] == [Path("ini")]


def test_the_matrix_of_a_mark_has_its_settings_too(pytester):
    Path("own").mkdir()
    Path("own/m.yaml").write_text(MATRIX + "settings: {reports: said, record-mode: once, cassettes: tapes}\n")
    test = "import pytest\n@pytest.mark.upload_matrix('own/m.yaml')\n"
    pytester.makepyfile(test + "def test_uploads(upload_case): upload_case.check()")
    pytester.runpytest("-pno:cacheprovider", "--upload-report=r", "--upload-formats=json").assert_outcomes(
        passed=1
    )
    assert [path.parent for path in Path().rglob("r.json")] == [Path("own/said")]
    assert [path.name for path in Path("own/tapes").iterdir()] == ["emulator+openai-2026-02"]


def test_the_main_process_of_xdist_says_that_it_cannot_know_them(pytester):
    test_the_matrix_of_a_mark_has_its_settings_too(pytester)
    done = pytester.runpytest("-pno:cacheprovider", "-n1", "--upload-report=r")
    assert done.ret != 0
    done.stdout.fnmatch_lines(["*put them into pyproject.toml, or name the matrix with --upload-matrix*"])


def test_the_nearest_file_above_counts_that_has_the_table_and_its_paths_start_there(monkeypatch):
    Path("pyproject.toml").write_text('[tool.upload-matrix]\nreports = "out"\nmax-calls = 3\n')
    Path("pkg/deep").mkdir(parents=True)
    Path("pkg/pyproject.toml").write_text('[project]\nname = "no table of ours"\n')
    monkeypatch.chdir("pkg/deep")
    every = found()
    assert every["reports"] == Setting("reports", "../../out", "../../pyproject.toml:2")
    assert every["max-calls"] == Setting("max-calls", 3, "../../pyproject.toml:3")
    CliRunner().invoke(commands, ["run", "../../matrix", "--format", "json", "--disable-recording"])
    assert Path("../../out/latest.json").is_file()
    Path("pyproject.toml").write_text("[tool.upload-matrix]\nmax-calls = 4\n")
    assert found()["reports"].value is None
    assert found()["max-calls"] == Setting("max-calls", 4, "pyproject.toml:2")


def test_a_mode_in_the_matrix_records_and_one_that_is_typed_does_not():
    Path("matrix/m.yaml").write_text(MATRIX + "settings: {record-mode: once}\n")
    assert CliRunner().invoke(commands, ["run", "--record-mode", "none"]).exit_code == 3
    assert not Path("cassettes").exists()
    assert CliRunner().invoke(commands, ["run"]).exit_code == 0
    assert len(list(Path("cassettes").rglob("*.yaml"))) == 1


def test_a_limit_of_the_project_holds_for_commands_below_others():
    Path("pyproject.toml").write_text("[tool.upload-matrix]\nmax-calls = 0\n")
    group = commands.get_command(None, "cassettes")
    context = click.Context(commands)
    assert defaults(context, group, ("check",), {}) == {"check": {"max_calls": 0}}


def test_what_a_command_is_for_is_no_setting_s_to_say():
    Path("pyproject.toml").write_text(
        '[tool.upload-matrix]\nrecord-mode = "none"\nconcurrency = 9\nledger = "b"\n'
    )
    assert CliRunner().invoke(commands, ["record", "--yes"]).exit_code == 0
    assert len(list(Path("cassettes").rglob("*.yaml"))) == 1, "record records"
    context = click.Context(commands)
    of = {
        name: defaults(context, commands.get_command(None, name), (), {})
        for name in ("record", "ab", "costs")
    }
    assert of == {"record": {"concurrency": 9, "ledger": "b"}, "ab": {"ledger": "b"}, "costs": {}}


def targets(*words):
    listed = CliRunner().invoke(commands, ["cases", "--json", *words]).stdout
    return [each["target"] for each in json.loads(listed)]


def test_a_target_of_the_project_is_for_matrices_that_name_none():
    Path("pyproject.toml").write_text('[tool.upload-matrix]\ntarget = "emulator:openai-2026-11"\n')
    Path("matrix/own.yaml").write_text(MATRIX.partition("\n")[2])
    assert targets() == ["emulator:openai-2026-02", "emulator:openai-2026-11"]
    Path("pyproject.toml").write_text('[tool.upload-matrix]\ntarget = "emulator:openai-2026-12"\n')
    assert targets("matrix/m.yaml") == ["emulator:openai-2026-02"]
    done = CliRunner().invoke(commands, ["cases"])
    assert done.exit_code == 2
    assert (
        "pyproject.toml:2: `target`: no target is called 'emulator:openai-2026-12', and matrix/own.yaml"
        in done.output
    )


def test_a_target_of_the_environment_goes_before_the_matrix_s_own_but_not_before_a_url():
    environ = {"UPLOAD_MATRIX_TARGET": "emulator:openai-2026-11"}
    run = ["run", "--disable-recording", "--format", "json"]
    CliRunner().invoke(commands, run, env=environ)
    assert json.loads(Path("reports/latest.json").read_text())["target"] == "emulator:openai-2026-11"
    done = CliRunner().invoke(commands, [*run, "--base-url", "http://127.0.0.1:9/v1"], env=environ)
    assert "give one of them" not in done.output


def seconds(*words):
    return {
        each.name: each.timeout
        for each in load(Request((Path("matrix"),), timeout=words[0] if words else None)).matrices
    }


def test_the_time_of_a_case_is_said_on_every_level(monkeypatch):
    Path("matrix/own.yaml").write_text(MATRIX + "timeout: 7\n")
    assert seconds() == {"m": 30.0, "own": 7.0}
    Path("pyproject.toml").write_text("[tool.upload-matrix]\ntimeout = 5.5\n")
    assert seconds() == {"m": 5.5, "own": 7.0}
    monkeypatch.setenv("UPLOAD_MATRIX_TIMEOUT", "90")
    assert seconds() == {"m": 90.0, "own": 90.0}
    assert seconds(8.0) == {"m": 8.0, "own": 8.0}


def test_a_time_that_cannot_be_is_an_error_on_both_command_lines(pytester):
    done = CliRunner().invoke(commands, ["run", "--timeout", "0"])
    assert (done.exit_code, "--timeout 0: give a number of seconds above 0" in done.output) == (2, True)
    pytester.makepyfile("def test_uploads(upload_case): upload_case.check()")
    told = pytester.runpytest("-pno:cacheprovider", "--upload-timeout=0").stdout
    told.fnmatch_lines(["*-timeout 0: give a number of seconds above 0*"])


def test_doctor_shows_what_a_matrix_says_at_its_top():
    Path("pyproject.toml").write_text("[tool.upload-matrix]\ntimeout = 5.5\n")
    Path("matrix/two.yaml").write_text(MATRIX.replace("2026-02", "2026-11") + "timeout: 7\n")
    found = {each.name: each for each in settings({}, Path.cwd(), [Path("matrix")], alone=True)}
    assert found["target"] == Setting("target", "2 different ones", "matrix/m.yaml:1, matrix/two.yaml:1")
    assert found["timeout"] == Setting("timeout", "7", "matrix/two.yaml:4")
    shown = CliRunner().invoke(commands, ["doctor", "matrix/m.yaml"]).output
    assert re.search(r"target +emulator:openai-2026-02 +matrix/m.yaml:1\n", shown)
    assert re.search(r"timeout +5.5 +pyproject.toml:2\n", shown)


def test_matrices_that_run_together_agree_or_the_run_says_which():
    Path("matrix/a.yaml").write_text(MATRIX + "settings: {budget: 0.50}\n")
    Path("matrix/b.yaml").write_text(MATRIX + "settings: {budget: 2}\n")
    done = CliRunner().invoke(commands, ["run"])
    assert done.exit_code == 2
    assert (
        "matrix/b.yaml:4: `budget` is 2, and 0.50 in matrix/a.yaml:4; matrices that run together"
        in done.output
    )
    run = ["run", "--disable-recording", "--format", "json"]
    assert CliRunner().invoke(commands, [*run, "--budget", "1"]).exit_code == 0
    assert CliRunner().invoke(commands, run, env={"UPLOAD_MATRIX_BUDGET": "1"}).exit_code == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{bugdet: 1}", "matrix/m.yaml:4:12: unknown setting `bugdet`; did you mean `budget`?"),
        (
            "{target: openai}",
            "matrix/m.yaml:4:12: unknown setting `target`; it stands at the top of the file",
        ),
        ("{ledger: x}", "matrix/m.yaml:4:12: unknown setting `ledger`; known: `record-mode`, `reports`, "),
        ("{budget: much}", "4:20: `budget` is an amount in USD, such as 0.50 (found 'much')"),
        (
            "{record-mode: onec}",
            "4:25: `record-mode` is one of none, once, new_episodes, all, rewrite (found 'onec')",
        ),
        ("{reports: }", "`reports` is a text, such as a path (found '')"),
        ("{reports: [a]}", "`settings.reports`: must be a single value"),
        ("[a]", "`settings`: must be a mapping"),
    ],
)
def test_a_setting_of_a_matrix_that_cannot_be_is_said_with_the_file_s_other_faults(line, says):
    Path("matrix/m.yaml").write_text(MATRIX + f"settings: {line}\nnmae: x\n")
    done = CliRunner().invoke(commands, ["run"])
    assert done.exit_code == 2
    assert says in done.output
    assert "unknown key `nmae`; did you mean `name`?" in done.output


def test_doctor_shows_the_folders_that_count_where_nobody_names_one():
    shown = json.loads(CliRunner().invoke(commands, ["doctor", "--json"]).stdout)["settings"]
    assert {(each["name"], each["value"]) for each in shown} >= {
        ("reports", "reports"),
        ("cassettes", "cassettes"),
    }


def test_doctor_says_what_is_wrong_with_a_matrix_s_settings():
    Path("matrix/m.yaml").write_text(MATRIX + "settings: {bugdet: 1}\n")
    done = CliRunner().invoke(commands, ["doctor"])
    assert (done.exit_code, "did you mean `budget`?" in done.output) == (2, True)


def test_the_schema_for_editors_knows_the_settings_of_a_matrix():
    schema = json.loads(CliRunner().invoke(commands, ["schema"]).stdout)["properties"]["settings"]
    assert list(schema["properties"]) == [name for name, each in KNOWN.items() if each.in_matrix]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["max-calls"]["type"] == "integer"


def test_a_variable_with_a_slip_of_the_pen_is_no_silent_absence_of_a_limit():
    done = CliRunner().invoke(commands, ["run"], env={"UPLOAD_MATRIX_BUGDET": "1"})
    assert done.exit_code == 2
    assert "UPLOAD_MATRIX_BUGDET: no such setting; did you mean UPLOAD_MATRIX_BUDGET?" in done.output
    assert found({"UPLOAD_MATRIX_MODEL": "x", "UPLOAD_MATRIX_TYPES": "y"})["budget"].value is None


def test_the_line_of_a_strange_word_is_not_quoted():
    canary = "canary-" + "secret" * 2
    Path("pyproject.toml").write_text(f'[tool.upload-matrix]\napi-key = "{canary}"\n')
    done = CliRunner().invoke(commands, ["doctor"])
    assert (done.exit_code, canary in done.output) == (2, False)
    assert "pyproject.toml:2:1: unknown word `api-key`; known: target, " in done.output


def test_doctor_shows_each_value_and_where_it_came_from(monkeypatch):
    Path("pyproject.toml").write_text(TABLE)
    monkeypatch.setenv("UPLOAD_MATRIX_CASSETTES", "tapes")
    Path("matrix/m.yaml").write_text(MATRIX + "settings:\n  unknown-price: 0.05\n")
    document = json.loads(CliRunner().invoke(commands, ["doctor", "--json"]).stdout)
    shown = {each["name"]: (each["value"], each["origin"]) for each in document["settings"]}
    assert shown["cassettes"] == ("tapes", "UPLOAD_MATRIX_CASSETTES")
    assert shown["max-calls"] == (20, "pyproject.toml:6")
    assert shown["concurrency"] == (4, "default")
    assert shown["ledger"] == (None, "default")
    assert shown["reports"] == ("from-file", "pyproject.toml:5")
    place, there = document["folders"]["cassettes"]
    assert (Path(place), there) == (Path.cwd() / "tapes", False)
    assert shown["unknown-price"] == ("0.05", "matrix/m.yaml:5")
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
