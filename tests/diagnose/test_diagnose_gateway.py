"""``diagnose --through`` and ``isolate --through``: the same call with and without a gateway of our own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from few_cases import MATRIX

from upload_matrix.cli import commands
from upload_matrix.judge.suspects import hop
from upload_matrix.model.diagnosis import Answered, Stand
from upload_matrix.model.hop import Crossing, Effect, Forwarded, Rewriting, Speaker

PROGRAM = Path(__file__).parents[1] / "support" / "gateway_program.py"

SCRIPT = """
import httpx, os, sys

data = b"RIFF\\x10\\x00\\x00\\x00WEBPVP8 picture"
answer = httpx.post(
    os.environ["OPENAI_BASE_URL"] + "/images/edits",
    data={"model": "gpt-image-1", "prompt": "a hat"},
    files={"image": ("a.webp", data, "image/webp")},
    timeout=60,
)
sys.exit(0 if answer.status_code == 200 else 3)
"""

GOOD, BAD = "few/httpx/tuple3", "few/httpx/bytesio"


def through(do):
    return f"{sys.executable} {PROGRAM} --port {{port}} --upstream {{upstream}} --do {do}"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "few.yaml").write_text(MATRIX)
    return tmp_path


def diagnosed(case, do, *options):
    words = [
        "diagnose",
        case_id(case),
        "--no-releases",
        "--through",
        through(do),
        "-o",
        "cause.json",
        *options,
    ]
    done = CliRunner().invoke(commands, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, json.loads(Path("cause.json").read_text("utf-8")), done.output


def case_id(case):
    (found,) = [
        line
        for line in CliRunner().invoke(commands, ["cases"]).output.split()
        if f"/{case.split('/')[-1]}/" in line
    ]
    return found


def suspect(report, number=7):
    return next(each for each in report["suspects"] if each["number"] == number)


def test_a_gateway_that_spoils_the_call_is_the_cause_and_what_of_it_decides_is_isolated(project):
    status, report, output = diagnosed(GOOD, "generic-type")
    assert status == 0, output
    found = suspect(report)
    assert found["stand"] == "cause"
    assert found["says"] == (
        "the gateway `gateway_program.py` is to blame: without it the same call is accepted; it changes the "
        "upload: the `Content-Type` of part `image` is sent as `image/webp` and forwarded as "
        "`application/octet-stream`"
    )
    assert "gateway `gateway_program.py` is to blame" in report["verdict"]
    assert report["answer"]["status"] == 400, "the call as its user makes it"
    # What the gateway forwards against what was sent: the smallest change of its own that decides.
    assert report["isolation"]["causes"][0]["changes"] == ["image.content_type"]
    assert report["confidence"] == "proven"
    assert "forward the upload as it is sent" in report["fix"]["says"]
    assert {each["stand"] for each in report["suspects"] if each["number"] != 7} == {"not_needed"}


def test_a_gateway_that_answers_by_itself_is_the_cause(project):
    status, report, _ = diagnosed(GOOD, "own-400")
    assert status == 0
    assert suspect(report)["stand"] == "cause"
    assert "it answers by itself" in suspect(report)["says"]
    assert "nothing was forwarded" in suspect(report)["tried"]
    assert report["isolation"] is None
    assert report["confidence"] == "likely"


def test_a_gateway_that_repairs_the_upload_masks_the_fault_which_is_found_all_the_same(project):
    status, report, _ = diagnosed(BAD, "fix-type")
    assert status == 0
    assert suspect(report)["stand"] == "ruled_out"
    assert suspect(report)["says"].startswith("masked: only `gateway_program.py` makes the call pass")
    assert suspect(report, 5)["stand"] == "cause"
    assert report["isolation"]["causes"][0]["changes"] == ["image.content_type"]
    assert any("the fault shows only without it" in each for each in report["unexplained"])


def test_a_gateway_that_hands_on_is_ruled_out(project):
    status, report, _ = diagnosed(BAD, "pass")
    assert status == 0
    assert suspect(report)["stand"] == "ruled_out"
    assert "rejected in the same way" in suspect(report)["says"]
    assert "it was forwarded as it was sent" in suspect(report)["tried"]
    assert suspect(report, 5)["stand"] == "cause"


def test_a_fix_that_the_gateway_spoils_is_said(project):
    status, report, _ = diagnosed(BAD, "generic-type")
    assert status == 0
    assert suspect(report, 5)["stand"] == "cause"
    assert any(
        "Through `gateway_program.py` the fixed call is not accepted" in each
        for each in report["unexplained"]
    )


def test_a_call_that_passes_both_ways_is_nothing_to_diagnose(project):
    status, report, _ = diagnosed(GOOD, "pass")
    assert status == 1
    assert suspect(report)["stand"] == "ruled_out"


def test_replayed_the_comparison_costs_no_call(project):
    _, first, _ = diagnosed(GOOD, "generic-type")
    status, again, _ = diagnosed(GOOD, "generic-type")
    assert status == 0
    assert first["calls"] > 0
    assert suspect(again)["calls"] == 0
    assert again["verdict"] == first["verdict"]


def test_a_program_s_own_call_takes_the_gateway(project):
    (project / "app.py").write_text(SCRIPT, encoding="utf-8")
    words = [
        sys.executable,
        "-m",
        "upload_matrix",
        "diagnose",
        "--target",
        "emulator:openai-2026-02",
        "--through",
    ]
    done = subprocess.run(
        [*words, through("generic-type"), "--no-releases", "--json", "--", sys.executable, "app.py"],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # It was refused: its answer came by way of the gateway.
    assert "the program ended with exit status 3" in done.stderr
    assert suspect(json.loads(done.stdout))["stand"] == "cause"


def test_isolate_asks_by_way_of_the_gateway(project):
    bad, good = case_id(BAD), case_id(GOOD)
    done = CliRunner().invoke(commands, ["isolate", bad, good, "--json", "--through", through("pass")])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["causes"][0]["changes"] == ["image.content_type"]
    assert report["target"] == "emulator:openai-2026-02 through gateway_program.py"
    assert "the failing request at gateway_program.py: forwarded once" in done.stderr


def test_what_the_gateway_takes_away_cannot_decide(project):
    bad, good = case_id(BAD), case_id(GOOD)
    done = CliRunner().invoke(commands, ["isolate", bad, good, "--json", "--through", through("fix-type")])
    # The failing request passes through it: there is no failure any more.
    assert done.exit_code == 1, done.output
    assert "is forwarded otherwise" in done.stderr


def test_a_gateway_that_cannot_be_run_is_said_before_any_call(project):
    done = CliRunner().invoke(commands, ["diagnose", case_id(GOOD), "--through", "no-such-gateway {port}"])
    assert done.exit_code == 2
    assert "no-such-gateway cannot be run" in done.output


OK, NO = Answered(200), Answered(400, "invalid_value")
TYPE = Rewriting("image.content_type", None, "image/webp", effect=Effect.MASKED)
ALIAS = Rewriting("fields.model", "a", "b", effect=Effect.REWRITTEN)


def crossing(*rewritings, speaker=Speaker.TARGET, attempts=1):
    forwarded = () if speaker is Speaker.GATEWAY else (Forwarded("w", 400, rewritings=rewritings),) * attempts
    return Crossing(speaker, forwarded)


@pytest.mark.parametrize(
    ("direct", "with_it", "crossed", "stand", "says"),
    [
        (OK, NO, crossing(ALIAS), Stand.CAUSE, "is to blame"),
        (OK, NO, crossing(speaker=Speaker.GATEWAY), Stand.CAUSE, "answers by itself"),
        (OK, Answered(502), crossing(speaker=Speaker.GATEWAY), Stand.CAUSE, "answers by itself"),
        (OK, Answered(502), crossing(ALIAS), Stand.OPEN, "no conclusive answer"),
        (OK, NO, crossing(), Stand.OPEN, "the target wavers"),
        (NO, OK, crossing(ALIAS, TYPE), Stand.RULED_OUT, "`Content-Type`"),
        (NO, NO, crossing(ALIAS), Stand.RULED_OUT, "in the same way"),
        (NO, Answered(400, "other"), crossing(ALIAS), Stand.OPEN, "but otherwise"),
        (NO, NO, crossing(speaker=Speaker.GATEWAY), Stand.OPEN, "a second fault"),
        (OK, OK, crossing(ALIAS), Stand.RULED_OUT, "accepted with `g` and without it"),
        (Answered(429), NO, crossing(ALIAS), Stand.OPEN, "nothing to compare"),
        (NO, Answered(None, message="silent"), crossing(ALIAS), Stand.OPEN, "no conclusive answer"),
    ],
)
def test_what_follows_from_both_answers(direct, with_it, crossed, stand, says):
    found = hop.compared("g", direct, with_it, crossed)
    assert found.stand is stand
    assert says in found.says


def test_how_often_the_target_was_asked_is_said():
    tried = hop.compared("g", NO, NO, crossing(ALIAS, attempts=3)).tried
    assert tried[-1].startswith("it was forwarded otherwise, 3 times: ")
