"""A command that measured, saw or verified nothing says so first, and does not end as if all were well."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from reports_story import TUPLE, run_of

from upload_matrix.cli import commands
from upload_matrix.report import json_report, registry

MATRIX = """
name: m
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: x}
axes: {client: [CLIENT], container: [tuple3], image: [webp], mime_table: [builtin]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("matrix").mkdir()
    Path("empty").mkdir()
    Path("matrix/m.yaml").write_text(MATRIX.replace("CLIENT", "httpx"))
    return tmp_path


def asked(*words, code):
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == code, done.output
    return done


def upload_matrix(*words, code):
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("form", registry.available())
def test_a_report_of_no_case(form):
    Path("nothing.json").write_text(json_report.render(run_of()), "utf-8")
    done = asked("report", "nothing.json", "--format", form, code=3)
    assert done.stderr == "? nothing.json: no case ran, so there is nothing to show\n"
    assert done.stdout


def test_a_report_of_some_cases_is_one():
    Path("some.json").write_text(json_report.render(run_of(*TUPLE)), "utf-8")
    assert asked("report", "some.json", code=0).stderr == ""


@pytest.mark.parametrize("command", ["run", "cases", "record"])
def test_a_folder_without_a_matrix(command):
    assert "empty: no *.yaml or *.yml in this folder" in asked(command, "empty", code=2).stderr


@pytest.mark.parametrize("words", [["-k", "nothing"], ["-m", "upload(client='nobody')"]])
def test_a_run_of_no_case(words):
    _, err = upload_matrix("run", *words, code=2)
    assert "no case matches; `upload-matrix cases` lists them" in err


def test_a_run_whose_cases_are_all_unrecorded():
    out, _ = upload_matrix("run", code=3)
    assert "? 0 of 1 case is as expected (1 unresolved)" in out


def test_a_run_whose_cases_are_all_unavailable(monkeypatch):
    monkeypatch.delenv("UPLOAD_MATRIX_PYTHON_LITELLM", raising=False)
    Path("matrix/m.yaml").write_text(MATRIX.replace("CLIENT", "litellm"))
    out, _ = upload_matrix("run", "--disable-recording", code=3)
    assert "? 0 of 1 case is as expected (1 unresolved)" in out
    assert "- 1 case unavailable: " in out


def test_an_inspection_of_no_request():
    _, err = upload_matrix("inspect", "--", "true", code=3)
    assert "inspect| no request was seen" in err


def test_an_inspection_of_no_upload():
    program = (
        "import os, urllib.request\nurllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/models').close()"
    )
    words = ("--emulator", "--keep-status", "--", sys.executable, "-c", program)
    _, err = upload_matrix("inspect", *words, code=3)
    assert "inspect| no upload was seen: 1 request, 0 uploads, 0 findings" in err


@pytest.mark.parametrize(
    ("requests", "code", "says"), [(0, 3, "? no request came"), (2, 0, "ended after 2 requests")]
)
def test_an_emulator_says_whether_it_was_asked(requests, code, says):
    command = [sys.executable, "-m", "upload_matrix", "serve", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        url = serving.stdout.readline().split(" at ")[1].split()[0]
        for _ in range(requests):
            httpx.get(f"{url}/models")
        serving.send_signal(signal.SIGINT)
        assert serving.stdout.read().strip() == says
    assert serving.returncode == code


def test_a_bug_report_says_what_it_verified():
    Path("matrix/m.yaml").write_text(MATRIX.replace("CLIENT", "httpx").replace("tuple3", "bytesio"))
    upload_matrix("run", "--disable-recording", code=1)
    (case,) = json.loads(Path("reports/latest.json").read_text())["cases"]
    out, _ = upload_matrix("bug-report", "reports/latest.json", case["id"], "-o", "good", code=0)
    assert "verified identical" in out
