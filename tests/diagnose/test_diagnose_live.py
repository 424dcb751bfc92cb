"""A server behind a URL: agreed to before anything leaves, within limits, its cost told."""

import json
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from diagnose_world import File, edit

from upload_matrix.answers.service import EmulatorService
from upload_matrix.cli import commands
from upload_matrix.emulator.profile import load_profile
from upload_matrix.inspect.calls import Caller
from upload_matrix.inspect.saved import SavedRequest, save
from upload_matrix.model.answer import NoAnswer, Silence
from upload_matrix.tap.http import LoopbackServer, RawResponse
from upload_matrix.wire.write import head_of


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    lines = []
    with EmulatorService(load_profile("openai-2026-02"), log=lines.append) as service:
        service.lines = lines
        yield service


@pytest.fixture
def folder(tmp_path, server):
    request = edit(File())
    untapped = replace(request, head=head_of(request.wire, request.headers))
    save(
        tmp_path / "a.request",
        SavedRequest(untapped, Caller("openai"), server.base_url, NoAnswer(Silence.UNRECORDED, "none")),
    )
    return "a.request"


def run(server, *words):
    return CliRunner().invoke(commands, [*words, "--base-url", server.base_url, "--ledger", "books.sqlite"])


def posts(server):
    return [line for line in server.lines if line.startswith("POST")]


def test_nothing_leaves_before_it_is_agreed_to(server, folder):
    for command in ("isolate", "diagnose"):
        done = run(server, command, folder)
        assert done.exit_code == 2
        assert "--yes" in done.output
    assert posts(server) == []


PROGRAM = """
import os, httpx
url = os.environ["OPENAI_BASE_URL"] + "/images/edits"
fields = {"model": "gpt-image-1", "prompt": "a hat"}
print(httpx.post(url, data=fields, files={"image": b"RIFF____WEBPVP8 picture"}).text)
"""


def test_a_program_is_run_with_nobody_to_answer_until_it_is_agreed_to(server):
    words = ("diagnose", "--no-releases", "--base-url", server.base_url, "--ledger", "books.sqlite")
    program = ("--", sys.executable, "-c", PROGRAM)
    done = CliRunner().invoke(commands, [*words, *program])
    assert done.exit_code == 2, done.output
    assert "it made 1 call" in done.output
    assert posts(server) == []
    done = CliRunner().invoke(commands, [*words, "--yes", "--json", *program])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["isolation"]["causes"][0]["changes"] == ["image.content_type"]
    assert "httpx.post(" in report["fix"]["code"]
    assert report["calls"] == len(posts(server)) <= 10


def test_a_diagnosis_leaves_the_control_out_where_the_fix_says_the_same(server, folder):
    done = run(server, "diagnose", folder, "--no-releases", "--yes", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    standing = {suspect["number"]: suspect["stand"] for suspect in report["suspects"]}
    assert standing[1] == "not_needed"
    assert standing[5] == "cause"
    assert report["calls"] == len(posts(server)) <= 10
    # Who answered says itself that it is an emulator, which nobody pays.
    assert float(report["spent_usd"]) == 0
    assert report["confidence"] == "proven"
    assert "/generations" not in "".join(posts(server))
    # The key is nobody's here, but who answered is known by its own word.
    assert report["emulated"]


def test_a_limit_ends_it_with_what_it_was_narrowed_to(server, folder):
    done = run(server, "isolate", folder, "--yes", "--max-calls", "3")
    assert done.exit_code == 4
    assert len(posts(server)) == 3
    assert "whether it is the only cause was not confirmed (budget)" in done.output
    assert "made 3 calls, answered by an emulator: no live call, and nothing to pay" in done.output


def test_a_budget_holds_money_back(server, folder):
    done = run(server, "diagnose", folder, "--no-releases", "--yes", "--budget", "0.10")
    assert done.exit_code == 4, done.output
    assert posts(server) == []  # the worst case of the very first call is more than that


def test_recorded_ends_are_asked_about_anew_on_a_live_target(server, folder):
    assert run(server, "isolate", folder, "--yes").exit_code == 0
    before = len(posts(server))
    assert run(server, "isolate", folder, "--yes", "--no-reconfirm").exit_code == 0
    assert len(posts(server)) == before
    assert run(server, "isolate", folder, "--yes").exit_code == 0
    assert len(posts(server)) == before + 2


def test_repeat_auto_asks_until_it_is_sure(server, folder):
    done = run(server, "isolate", folder, "--yes", "--repeat", "auto", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["causes"][0]["changes"] == ["image.content_type"]
    failing = [asked for asked in report["asked"] if asked["purpose"] == "failing"]
    assert len(failing) > 1


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_api_key"), (429, "insufficient_quota")])
def test_an_account_at_fault_ends_it_after_one_call(server, folder, status, code):
    seen = []

    def refuse(request):
        seen.append(request.method)
        body = json.dumps({"error": {"message": "No.", "type": "t", "param": None, "code": code}}).encode()
        return RawResponse(status, (("content-type", "application/json"),), body)

    refusing = LoopbackServer(refuse)
    try:
        words = ("diagnose", folder, "--base-url", f"{refusing.url}/v1", "--yes", "--json")
        done = CliRunner().invoke(commands, [*words, "--ledger", "books.sqlite"])
    finally:
        refusing.close()
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    standing = {suspect["number"]: suspect["stand"] for suspect in report["suspects"]}
    assert standing[3] == "cause"
    assert report["confidence"] == "likely"
    assert report["fix"] is None
    assert seen.count("POST") == 1
