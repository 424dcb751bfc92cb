"""``diagnose`` and ``isolate`` as commands, from a program or a case to report and exit code."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from few_cases import MATRIX
from record_upstream import Vendor

from upload_matrix.cli import commands

SCRIPT = """
import io, os, sys
from openai import OpenAI

data = b"RIFF\\x10\\x00\\x00\\x00WEBPVP8 picture"
print("the key here:", os.environ["OPENAI_API_KEY"])
try:
    OpenAI().images.edit(model="gpt-image-1", image=io.BytesIO(data), prompt="배경을 흰색으로")
except Exception as error:
    sys.exit(f"refused: {error}")
"""

CANARY = "sk-" + "canary0123456789" * 2


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "few.yaml").write_text(MATRIX)
    other = MATRIX.replace("few", "few2").replace("2026-02", "2025").replace("[bytesio, tuple3]", "[tuple3]")
    (tmp_path / "matrix" / "other.yaml").write_text(other)
    return tmp_path


def run(*args):
    return CliRunner().invoke(commands, list(args))


def by_program(project, *options):
    """In a process of its own: the program's streams are the command's."""
    (project / "app.py").write_text(SCRIPT, encoding="utf-8")
    words = [sys.executable, "-m", "upload_matrix", "diagnose", "--target", "emulator:openai-2026-02"]
    return subprocess.run(
        [*words, "--no-releases", "--json", *options, "--", sys.executable, "app.py"],
        capture_output=True,
        env={**os.environ, "OPENAI_API_KEY": CANARY, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
        check=False,
    )


@pytest.mark.parametrize("key", [CANARY, None])
def test_the_server_that_the_program_would_ask_is_asked_and_no_other(project, key):
    (project / "app.py").write_text(SCRIPT.replace("gpt-image-1", "gpt-image-1-mini"), encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environ.pop("OPENAI_API_KEY", None)
    with Vendor() as vendor:
        environ |= {"OPENAI_BASE_URL": vendor.base_url} | ({} if key is None else {"OPENAI_API_KEY": key})
        words = [
            sys.executable,
            "-m",
            "upload_matrix",
            "diagnose",
            "--no-releases",
            "--max-calls",
            "20",
            "--json",
        ]
        words += ["--yes", "--unknown-price", "0", "--record-mode", "new_episodes"]
        done = subprocess.run(
            [*words, "--", sys.executable, "app.py"], capture_output=True, env=environ, text=True, check=False
        )
        headers = [{name.lower(): value for name, value in each.headers} for each in vendor.requests]
        keys = {each.get(b"authorization") for each in headers}
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["isolation"]["causes"][0]["changes"] == ["image.content_type"]
    assert f"asking {vendor.base_url}, as OPENAI_BASE_URL says" in done.stderr
    assert ("with the key in OPENAI_API_KEY" in done.stderr) is (key is not None)
    assert keys == {None if key is None else f"Bearer {key}".encode()}
    assert CANARY not in done.stdout + done.stderr


def test_the_field_reports_failure_from_a_program(project):
    done = by_program(project, "--save", "kept.request", "-o", "found.md")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["format"] == "upload-matrix diagnosis"
    assert report["confidence"] == "proven"
    assert report["isolation"]["causes"][0]["changes"] == ["image.content_type"]
    assert report["fix"]["accepted"]
    assert report["fix"]["code_accepted"]
    assert report["calls"] <= 10
    # Every answer was recorded but the one to the request with other headers: nobody was asked unseen.
    assert report["calls"] == len(list(project.glob("cassettes/*/*/*.yaml"))) + 1
    assert report["subject"].endswith(" app.py")
    assert str(project) not in done.stdout
    assert "refused: Error code: 400" in done.stderr, "the program's own words are passed through"
    assert "(emulated)" in report["verdict"]
    assert "# Diagnosis" in (project / "found.md").read_text()

    written = [path for path in project.rglob("*") if path.is_file()]
    assert "the key here: sk-upload-matrix-dummy" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert not [path for path in written if CANARY.encode() in path.read_bytes()]

    again = run("isolate", "kept.request", "--record-mode", "none", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["causes"][0]["changes"] == ["image.content_type"]


def test_a_case_without_a_passing_one_is_fixed(project):
    done = run("isolate", "few/images.edit/httpx/bytesio/webp/builtin")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("`Content-Type` of part `image`: `application/octet-stream` is rejected")
    assert "the failing one fixed" in done.stdout
    assert "In the code: bytes and an unnamed BytesIO" in done.stdout


def test_two_cases_and_a_report_with_the_same_bytes_each_time(project):
    names = ("httpx/bytesio/webp/builtin", "few/images.edit/httpx/tuple3/webp/builtin")
    first = run("isolate", *names, "-o", "a.json")
    second, third = run("isolate", *names, "-o", "b.json"), run("isolate", *names, "-o", "c.json")
    assert [done.exit_code for done in (first, second, third)] == [0, 0, 0]
    assert (project / "b.json").read_bytes() == (project / "c.json").read_bytes()
    report = json.loads((project / "b.json").read_text())
    assert report["counts"]["calls"] == 0
    assert report["emulated"]
    assert {change["where"]: change["fate"] for change in report["changes"]} == {
        "image.content_type": "decides",
        "image.filename": "does_not_matter",
    }
    assert len(report["wires"]) == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("isolate", "few/images.edit/httpx/tuple3/webp/builtin", "bytesio/webp/builtin"), 1, "accepted now"),
        (("isolate", "bytesio/webp/builtin", "bytesio/webp/builtin"), 3, "the same on the wire"),
        (("isolate", "nonsense"), 2, "no such case"),
        (("isolate", "webp/builtin"), 2, "3 cases end so"),
        (("isolate", "bytesio/webp/builtin", "--max-calls", "0"), 4, "stopped"),
        (
            (
                "isolate",
                "bytesio/webp/builtin",
                "few/images.edit/httpx/tuple3/webp/builtin",
                "--max-calls",
                "2",
            ),
            4,
            "Narrowed to",
        ),
        (("isolate", "bytesio/webp/builtin", "--record-mode", "none"), 3, "no passing request was found"),
        (("isolate", "bytesio/webp/builtin", "few2/images.edit/httpx/tuple3/webp/builtin"), 2, "two servers"),
        (("isolate", "bytesio/webp/builtin", "-o", "x.txt"), 2, "written as .md, .json or .html"),
        (("diagnose",), 2, "give a case"),
        (("diagnose", "bytesio/webp/builtin", "--", "true"), 2, "give a case"),
        (("diagnose", "bytesio/webp/builtin", "--sdk", "newest"), 2, "not a release"),
        (("diagnose", "few/images.edit/httpx/tuple3/webp/builtin", "--no-releases"), 1, "accepted now"),
        (("diagnose", "bytesio/webp/builtin", "--no-releases", "--max-calls", "1"), 4, "Stopped early"),
        (("diagnose", "bytesio/webp/builtin", "--no-releases", "--record-mode", "none"), 3, "No cause"),
        (
            ("diagnose", "--target", "emulator:openai-2026-02", "--", "no-such-program-here"),
            2,
            "no such program",
        ),
        (
            ("diagnose", "--target", "emulator:openai-2026-02", "--", "true"),
            2,
            "`upload-matrix inspect --proxy --save NAME -- CMD`",
        ),
    ],
)
def test_exit_codes(project, words, code, says):
    done = run(*words)
    assert done.exit_code == code, done.output
    assert says in done.output


def test_a_program_needs_targets_beside_the_matrix_but_no_matrix(project):
    for path in project.glob("matrix/*.yaml"):
        path.unlink()
    (project / "matrix" / "targets").mkdir()
    (project / "matrix" / "targets" / "house.yaml").write_text(
        "name: house\nbase_url: http://127.0.0.1:9\nkey_env: HOUSE_KEY\nprovenance: emulated\n"
    )
    program = ("--", sys.executable, "-c", "pass")
    assert (
        "sent nothing to the tap" in run("diagnose", "--target", "emulator:openai-2026-02", *program).output
    )
    missing = run("diagnose", "--target", "house", *program)
    assert missing.exit_code == 2
    assert "HOUSE_KEY" in missing.output, "the target of the project is known"
    assert "no matrix to look for a case in" in run("diagnose", "bytesio/webp/builtin").output


def test_a_live_target_without_a_key_is_said_before_the_program_runs(project):
    done = run("diagnose", "--", sys.executable, "-c", "open('ran', 'w')")
    assert done.exit_code == 2
    assert "OPENAI_API_KEY" in done.output
    assert not (project / "ran").exists()


def test_the_line_that_makes_the_call_and_the_container_seen_there(project):
    (project / "app.py").write_text(
        "import openai, tempfile\n"
        "upload = tempfile.SpooledTemporaryFile()\n"
        "upload.write(b'RIFF\\x10\\x00\\x00\\x00WEBPVP8 picture')\n"
        "upload.seek(0)\n"
        "client = openai.OpenAI(max_retries=0)\n"
        "client.images.edit(image=upload, model='gpt-image-1', prompt='p')\n",
        encoding="utf-8",
    )
    words = [
        sys.executable,
        "-m",
        "upload_matrix",
        "diagnose",
        "--target",
        "emulator:openai-2026-02",
        "--no-releases",
    ]
    done = subprocess.run(
        [*words, "--json", "--", sys.executable, "app.py"],
        capture_output=True,
        env={**os.environ, "OPENAI_API_KEY": CANARY},
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    origins = json.loads(done.stdout)["isolation"]["origins"]
    assert (
        origins[0]
        == "the call is made at app.py:6: `client.images.edit(image=upload, model='gpt-image-1', prompt='p')`"
    )


def test_a_program_that_raised_before_it_sent_anything_is_told_why(project):
    (project / "app.py").write_text(
        "import openai\nopenai.OpenAI().images.edit(image='avatar.webp', model='gpt-image-1', prompt='p')\n"
    )
    words = [sys.executable, "-m", "upload_matrix", "diagnose", "--target", "emulator:openai-2026-02"]
    done = subprocess.run(
        [*words, "--", sys.executable, "app.py"],
        capture_output=True,
        env={**os.environ, "OPENAI_API_KEY": CANARY},
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "the program raised RuntimeError before it sent anything at app.py:2" in done.stderr
    assert "hand over pathlib.Path(path)" in done.stderr
    assert CANARY not in done.stderr
