"""``upload-matrix record`` against a server of our own: plan, agree, pay once, stop in time, go on."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from record_upstream import ACCEPTED, JSON, LIVING, REFUSED, USAGE, Vendor, answer, judged

from upload_matrix.model.price import shown
from upload_matrix.spending import Ledger
from upload_matrix.tap.http import RawResponse

MATRIX = """
name: m
target: vendor
request: {model: gpt-image-1-mini, prompt: a red door, size: 1024x1024, quality: low}
axes:
  operation: [images.generate, images.edit]
  client: [httpx]
  container: [tuple3, bytesio]
  image: [webp]
  mime_table: [builtin]
expect:
  - {when: {container: bytesio}, outcome: rejected, code: unsupported_file_mimetype}
"""
KEY = "sk-canary-" + "q" * 32


@pytest.fixture
def vendor():
    with Vendor() as running:
        yield running


class Project:
    """A folder with a matrix and a target; ``run`` runs the command there."""

    def __init__(self, folder, base_url):
        self.folder = folder
        self.ledger = folder / "ledger.sqlite"
        (folder / "matrix" / "targets").mkdir(parents=True)
        (folder / "matrix" / "m.yaml").write_text(MATRIX)
        (folder / "matrix" / "targets" / "vendor.yaml").write_text(
            f"name: vendor\nbase_url: {base_url}\nkey_env: VENDOR_KEY\n"
        )

    def command(self, *words):
        environment = {**os.environ, "VENDOR_KEY": KEY, "NO_COLOR": "1", "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "upload_matrix", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr

    def start(self, command, *words):
        # Bytecode and the mime tables are this machine's; a key only in the environment.
        environment = {**os.environ, "VENDOR_KEY": KEY, "NO_COLOR": "1", "COLUMNS": "200"}
        return subprocess.Popen(
            [sys.executable, "-m", "upload_matrix", command, "--ledger", str(self.ledger), *words],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command, *words):
        process = self.start(command, *words)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def report(self):
        return json.loads((self.folder / "reports" / "latest.json").read_text())

    def facts(self):
        return json.loads((self.folder / "reports" / "latest.run.json").read_text())

    def recordings(self):
        return sorted((self.folder / "cassettes").rglob("*.yaml"))

    def calls(self):
        with Ledger(self.ledger) as ledger:
            return [call for run in ledger.runs() for call in ledger.calls(run.id)]


@pytest.fixture
def project(tmp_path, vendor):
    return Project(tmp_path, vendor.base_url)


def outcomes(report):
    return Counter(case["outcome"]["kind"] for case in report["cases"])


def test_a_dry_run_shows_the_plan_and_sends_nothing(project, vendor):
    status, _, err = project.run("record", "--dry-run")
    assert status == 0
    assert vendor.uploads == []
    assert "3 cases, 3 distinct requests: 0 answers recorded, 3 to send" in err
    plan = re.search(r"together: 3 calls, about \$(\S+), at most \$(\S+)", err)
    assert plan is not None
    assert 0 < float(plan[1]) < float(plan[2])
    assert not project.recordings()


def test_nobody_there_to_agree_is_a_question_of_usage(project, vendor):
    status, _, err = project.run("record")
    assert status == 2
    assert "--yes sends them" in err
    assert vendor.uploads == []


def test_each_request_is_sent_once_and_then_replayed(project, vendor):
    status, _, err = project.run("record", "--yes")
    assert (status, outcomes(project.report())) == (0, {"accepted": 2, "rejected": 1}), err
    assert len(vendor.uploads) == 3
    assert all(
        {name.lower(): value for name, value in request.headers}[b"authorization"] == f"Bearer {KEY}".encode()
        for request in vendor.uploads
    )
    supplies = {
        attempt["source"]["supply"] for case in project.report()["cases"] for attempt in case["attempts"]
    }
    assert supplies == {"recorded"}

    status, _, err = project.run("record", "--yes")
    assert status == 0
    assert len(vendor.uploads) == 3
    assert "3 answers recorded, 0 to send" in err


def test_the_run_facts_hold_request_ids_and_money_and_the_recordings_no_id(project):
    project.run("record", "--yes")
    calls = project.facts()["calls"]
    assert len(calls) == 3
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", call["request_id"]) for call in calls)
    assert {call["status"] for call in calls} == {200, 400}
    # 6 text and 194 image tokens in, 272 image tokens out: 2, 2.5 and 8 dollars a million.
    assert sorted(call["usd"] for call in calls) == ["0", "0.002673", "0.002673"]
    for path in project.recordings():
        assert "req_" not in path.read_text()


def test_a_limit_on_calls_stops_with_its_own_exit_code_and_says_what_is_missing(project, vendor):
    status, out, err = project.run("record", "--yes", "--max-calls", "1")
    assert status == 4
    assert len(vendor.uploads) == 1
    stops = [line for line in err.splitlines() if line.startswith("stopped")]
    assert stops == [
        "stopped by the budget: 2 of 3 requests not sent, 2 cases without an answer: calls made or "
        "under way: 1, allowed: 1. What was answered is kept and not asked again: the same command with "
        "--max-calls 2 sends the rest"
    ]
    assert "Way out" not in out
    assert "stopped by the budget: 2 of 3 requests were not sent" in project.report()["notes"]
    assert outcomes(project.report())["unrecorded"] == 2

    status, _, _ = project.run("record", "--yes", "--max-calls", "2")
    assert (status, len(vendor.uploads)) == (0, 3)


def test_a_budget_is_never_gone_beyond(project, vendor):
    status, _, _ = project.run("record", "--yes", "--budget", "0.02", "--concurrency", "3", "--repeat", "4")
    assert status == 4
    with Ledger(project.ledger) as ledger:
        (run,) = ledger.runs()
        assert run.counted.amount <= run.budget
        assert len(vendor.uploads) == run.calls < 12


def test_an_unknown_price_is_refused_under_a_budget_unless_told_otherwise(project, vendor):
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text().replace("gpt-image-1-mini", "gpt-image-77"))
    status, _, err = project.run("record", "--yes", "--budget", "1")
    assert (status, vendor.uploads) == (2, [])
    assert "--unknown-price" in err
    assert "price unknown" in err
    status, _, err = project.run("record", "--yes", "--budget", "1", "--unknown-price", "0.10")
    assert (status, len(vendor.uploads)) == (0, 3), err


def test_only_selected_cases_are_paid_for(project, vendor):
    status, _, err = project.run("run", "--record-mode", "new_episodes", "--yes", "-k", "tuple3")
    assert status == 0, err
    # What pytest says of choosing them is no part of the answer.
    assert err.startswith("1 case, 1 distinct request: ")
    assert len(vendor.uploads) == 1
    assert b"image/webp" in vendor.uploads[0].body
    assert [case["axes"]["container"] for case in project.report()["cases"]] == ["tuple3"]


def test_repetitions_are_sent_round_by_round_the_control_first(project, vendor):
    status, _, err = project.run("record", "--yes", "--repeat", "3", "--concurrency", "1")
    assert status == 0, err
    forms = vendor.forms()
    assert len(forms) == 9
    rounds = [forms[start : start + 3] for start in (0, 3, 6)]
    assert all(set(each) == set(rounds[0]) for each in rounds)
    assert [request.target for request in vendor.uploads][::3] == ["/v1/images/generations"] * 3
    assert len(project.report()["cases"]) == 9
    status, _, err = project.run("run", "--repeat", "3")
    assert (status, len(vendor.uploads)) == (0, 9), err


def test_a_server_that_wavers_shows_as_such_and_is_replayed_so(tmp_path):
    turns = iter([ACCEPTED, REFUSED, ACCEPTED])

    def sometimes(request):
        if b"image/webp" not in request.body:
            return judged(request)
        document = next(turns)
        return answer(400 if document is REFUSED else 200, document)

    with Vendor(sometimes) as vendor:
        project = Project(tmp_path, vendor.base_url)
        status, _, _ = project.run("record", "--yes", "--repeat", "3", "--concurrency", "1")
    assert status == 1
    kinds = [
        case["outcome"]["kind"] for case in project.report()["cases"] if case["axes"]["container"] == "tuple3"
    ]
    assert kinds == ["accepted", "rejected", "accepted"]
    status, _, _ = project.run("run", "--repeat", "3")
    assert (status, outcomes(project.report())) == (1, {"accepted": 5, "rejected": 4})


def test_throttling_is_waited_out_and_a_server_in_trouble_is_inconclusive(tmp_path):
    seen = Counter()

    def troubled(request):
        seen[request.target] += 1
        if request.target.endswith("generations"):
            return answer(
                500, {"error": {"message": "down", "type": "server_error"}}, ("x-should-retry", "false")
            )
        if b"image/webp" in request.body and seen[request.target] <= 2:
            return answer(
                429, {"error": {"message": "slow down", "type": "rate_limit"}}, ("retry-after-ms", "20")
            )
        return judged(request)

    with Vendor(troubled) as vendor:
        project = Project(tmp_path, vendor.base_url)
        status, _, _ = project.run("record", "--yes", "--concurrency", "1")
    assert status == 3
    kinds = {case["axes"]["container"]: case["outcome"] for case in project.report()["cases"]}
    assert kinds["n/a"]["kind"] == "inconclusive"
    assert kinds["n/a"]["status"] == 500
    assert (kinds["tuple3"]["kind"], kinds["bytesio"]["kind"]) == ("accepted", "rejected")


def odd(request):
    """Answers a mislabelled body, one in a coding nobody reads, and the key in HTML's numbered characters."""
    if b"image/webp" in request.body:
        return RawResponse(200, (JSON, ("content-encoding", "br")), json.dumps(ACCEPTED).encode())
    if b"octet-stream" in request.body:
        entities = "".join(f"&#{ord(letter)};" for letter in KEY)
        return RawResponse(400, (("content-type", "text/html"),), f"<p>{entities}</p>".encode())
    return RawResponse(200, (JSON, ("content-encoding", "zstd")), b"\x28\xb5\x2f\xfd" + bytes(20))


def test_odd_answers_are_inconclusive_and_neither_end_the_recording_nor_are_paid_for_again(tmp_path):
    with Vendor(odd) as vendor:
        project = Project(tmp_path, vendor.base_url)
        status, _, err = project.run("record", "--yes", "--concurrency", "1")
        assert len(vendor.uploads) == 3, err
        # The key is taken out of the page, which is judged: it has no code, and another one is expected.
        assert (status, outcomes(project.report())) == (1, {"inconclusive": 2, "rejected": 1}), err
        assert KEY not in err
        status, _, err = project.run("record", "--yes")
        assert (status, len(vendor.uploads)) == (1, 3), err
    said = [case["outcome"] for case in project.report()["cases"]]
    details = [outcome["detail"] for outcome in said if outcome["kind"] == "inconclusive"]
    assert all("answered with 200" in detail and "is not judged" in detail for detail in details)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_run_that_is_ended_keeps_what_is_under_way_and_sends_no_more(tmp_path, number):
    came, go = threading.Event(), threading.Event()

    def held(request):
        came.set()
        go.wait(30)
        return judged(request)

    with Vendor(held) as vendor:
        project = Project(tmp_path, vendor.base_url)
        process = project.start("record", "--yes", "--concurrency", "1")
        assert came.wait(60)
        process.send_signal(number)
        # The signal is on its way: the answer is held until the program says that it came.
        said = iter(process.stderr.readline, "")
        told = [next(said)]
        while not told[-1].startswith("ending: "):
            told.append(next(said))
        go.set()
        _, err = process.communicate(timeout=60)
        assert (len(vendor.uploads), len(project.recordings())) == (1, 1), err
        assert process.returncode == 130
        assert "stopped before the end: 1 of 3 requests was sent, and its answer is kept" in err
        assert [call.state for call in project.calls()] == ["settled"]


def test_two_runs_at_once_pay_once(project, vendor):
    processes = [project.start("record", "--yes", "--name", name) for name in ("one", "two")]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert sorted(Counter(vendor.forms()).values()) == [1, 1, 1]
    first, second = ((project.folder / "reports" / f"{name}.json").read_text() for name in ("one", "two"))
    assert first == second


def test_a_model_is_picked_and_kept_and_a_retired_one_is_said(project, vendor):
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text().replace("model: gpt-image-1-mini", "model: auto"))
    status, _, err = project.run("record", "--yes")
    assert status == 0, err
    assert all(b"gpt-image-1-mini" in request.body for request in vendor.uploads)
    assert LIVING["data"][1]["shutdown_date"] == "2026-10-23"
    vendor.server.close()
    status, _, err = project.run("run")
    assert (status, len(vendor.uploads)) == (0, 3), err

    matrix.write_text(matrix.read_text().replace("model: auto", "model: gpt-image-1"))


def test_a_retired_model_is_said_before_anything_is_sent(project, vendor):
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text().replace("gpt-image-1-mini", "gpt-image-1"))
    status, _, err = project.run("record", "--dry-run")
    assert status == 0
    assert "the model gpt-image-1 was shut down on 2026-10-23" in err
    assert vendor.uploads == []


def test_with_workers_the_plan_is_sent_once_by_the_coordinator(project, vendor):
    status, _, err = project.run("run", "--record-mode", "once", "--yes", "-n", "2")
    assert status == 0, err
    assert len(vendor.uploads) == 3


def test_rewriting_asks_anew_and_removes_what_nobody_sends(project, vendor):
    project.run("record", "--yes")
    before = {path.name for path in project.recordings()}
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text().replace("a red door", "a blue door"))
    status, _, err = project.run("record", "--yes", "--record-mode", "rewrite")
    assert status == 0, err
    after = {path.name for path in project.recordings()}
    assert len(vendor.uploads) == 6
    assert len(after) == 3
    assert not before & after


def test_a_url_on_the_command_line_needs_no_file(project, vendor):
    status, _, err = project.run("record", "--base-url", vendor.base_url, "--yes")
    assert status == 0, err
    assert len(vendor.uploads) == 3
    status, _, err = project.run("run", "--base-url", vendor.base_url, "--cassettes", "cassettes")
    assert (status, len(vendor.uploads)) == (0, 3), err


def test_recordings_of_a_server_given_by_its_url_are_like_any_others(project, vendor):
    (project.folder / "matrix" / "targets" / "vendor.yaml").unlink()
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text().replace("target: vendor", "target: emulator:openai-2026-02"))
    given = ("--base-url", vendor.base_url, "--key-env", "VENDOR_KEY", "--header", f"X-Gate-Token: {KEY}")
    status, _, err = project.run("record", *given, "--yes")
    assert status == 0, err
    (folder,) = (project.folder / "cassettes").iterdir()
    # Its own target is not answered from them, and is told where they are.
    status, out, _ = project.run("run")
    assert (status, f"--target {folder.name}" in " ".join(out.split())) == (3, True)
    status, _, err = project.run("run", "--target", folder.name)
    assert (status, outcomes(project.report())) == (0, {"accepted": 2, "rejected": 1}), err
    assert f"--target {folder.name}" in (project.folder / "reports" / "latest.md").read_text()
    assert project.command("cassettes", "check")[1].endswith("3 files: nothing wrong\n")
    assert project.command("cassettes", "prune", "--yes")[1].endswith("0 files\n")
    # A header that may be a secret is not kept: without it the server is not asked, and no drift is made up.
    description = folder / "target.yaml"
    assert KEY not in description.read_text()
    status, _, err = project.command("cassettes", "check", "--verify", "--ledger", str(project.ledger))
    assert (status, "X-Gate-Token, whose values are not kept" in err, len(vendor.uploads)) == (2, True, 3)
    description.write_text(description.read_text().replace("unkept_headers:\n- X-Gate-Token\n", ""))
    status, out, err = project.command("cassettes", "check", "--verify", "--ledger", str(project.ledger))
    assert (status, len(vendor.uploads)) == (0, 6), err
    assert out.startswith("verified 3 of 3 recorded requests: 3 same\n")


def test_paid_answers_of_a_server_nobody_describes_are_pruned_only_by_name(project, vendor):
    project.run("record", "--base-url", vendor.base_url, "--yes")
    for path in (project.folder / "cassettes").rglob("target.yaml"):
        path.unlink()
    status, out, _ = project.command("cassettes", "check", "--verify", "--ledger", str(project.ledger))
    assert (status, len(vendor.uploads)) == (3, 3)
    assert out.startswith("verified nothing of 3 recorded requests: 3 unasked\n")
    _, out, _ = project.command("cassettes", "prune", "--yes")
    assert "orphaned answers of real servers that stay: 3;" in out
    assert len(project.recordings()) == 3
    project.command("cassettes", "prune", "--kind", "orphaned", "--yes")
    assert project.recordings() == []


def test_disabling_recordings_against_a_live_target_is_refused(project, vendor):
    status, _, err = project.run("run", "--disable-recording")
    assert (status, vendor.uploads) == (2, [])
    assert "upload-matrix record" in err


def test_the_key_is_nowhere_in_what_is_written_or_said(project):
    _, out, err = project.run("record", "--yes")
    everything = out + err
    for path in project.folder.rglob("*"):
        if path.is_file():
            everything += path.read_bytes().decode("latin-1")
    assert KEY not in everything


def test_concurrency_is_a_limit(tmp_path):
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2, timeout=20)

    def counted(request):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if b"image" in request.body[:10_000] and request.target.endswith("edits"):
            both.wait()
        with lock:
            running -= 1
        return judged(request)

    with Vendor(counted) as vendor:
        project = Project(tmp_path, vendor.base_url)
        status, _, err = project.run("record", "--yes", "--concurrency", "2")
    assert status == 0, err
    assert most == 2


def test_what_a_gateway_forwards_is_planned_paid_for_and_replayed(project, vendor):
    program = Path(__file__).parents[1] / "support" / "gateway_program.py"
    gateway = f"{sys.executable} {program} --port {{port}} --upstream {{upstream}} --do fix-type"
    status, _, err = project.run("record", "--yes", "--through", gateway)
    assert status == 1, err
    # The gateway sniffs the type, so two uploads become one kind, and each form is sent once.
    assert all(b"octet-stream" not in request.body for request in vendor.uploads)
    sent = len(vendor.uploads)
    assert sent == len(project.recordings())
    cases = {case["axes"]["container"]: case for case in project.report()["cases"]}
    assert cases["bytesio"]["outcome"]["kind"] == "accepted"
    assert cases["bytesio"]["hop"]["crossings"]
    status, _, err = project.run("run", "--through", gateway)
    assert (status, len(vendor.uploads)) == (1, sent), err


def test_what_a_gateway_loses_is_counted_with_its_money(project, vendor):
    program = Path(__file__).parents[1] / "support" / "gateway_program.py"
    gateway = f"{sys.executable} {program} --port {{port}} --upstream {{upstream}} --do own-502"
    status, out, err = project.run("record", "--yes", "--through", gateway)
    assert (status, len(vendor.uploads)) == (3, 3), err
    # Two were accepted; 6 text and 194 image tokens in, 272 image tokens out: 2, 2.5 and 8 dollars a million.
    assert "lost 2 answers by which the target accepted" in " ".join(out.split())
    assert "made 3 live calls, counted at $0.005346" in err
    assert "cost of the answers, when they were made: $0.005346 for 3 live answers" in out
    assert "did not judge the upload" not in out
    live = project.facts()["live"]
    assert (live["calls"], live["usd"], sum(call.counted for call in project.calls())) == (
        3,
        "0.005346",
        Decimal("0.005346"),
    )


def test_retries_and_answers_without_a_usage_are_one_count_and_one_sum_everywhere(tmp_path):
    turns = itertools.count()

    def judge(request):
        if next(turns) % 2 == 0:
            return answer(500, {"error": {"message": "down"}}, ("retry-after-ms", "1"))
        return answer(200, {**ACCEPTED, "usage": dict.fromkeys(USAGE, 0)})

    with Vendor(judge) as vendor:
        project = Project(tmp_path, vendor.base_url)
        _, out, err = project.run("record", "--yes", "--concurrency", "1")
        assert len(vendor.uploads) == 6
    counted = sum(call.counted for call in project.calls())
    told = (
        f"made 6 live calls for 3 requests, counted at {shown(counted)}; {shown(counted)} of it is the most"
    )
    assert told in err
    assert "unknown for 3 live answers" in out
    assert "calls forwarded" not in out
    live = project.facts()["live"]
    assert (live["requests"], live["calls"]) == (3, 6)
    assert Decimal(live["usd"]) == Decimal(live["usd_feared"]) == counted


def test_recordings_that_are_too_old_are_asked_for_anew(project, vendor):
    project.run("record", "--yes")
    old, *others = project.recordings()
    text = old.read_text()
    day = re.search(r'"on": "(\d{4}-\d\d-\d\d)"', text)
    assert day is not None
    old.write_text(text.replace(day[1], "2026-01-01"))
    before = {path: path.read_text() for path in others}
    status, _, err = project.run("record", "--max-age", "30", "--dry-run")
    assert status == 0
    assert "too old and are asked for anew: 1" in err
    status, _, err = project.run("record", "--max-age", "30", "--yes")
    assert (status, len(vendor.uploads)) == (0, 4), err
    assert old.read_text() == text
    assert {path: path.read_text() for path in others} == before


def test_asking_again_tells_drift_and_keeps_to_the_budget(tmp_path):
    said = dict(REFUSED["error"])

    def judge(request):
        if b"application/octet-stream" in request.body:
            return answer(400, {"error": said})
        return answer(200, ACCEPTED)

    with Vendor(judge) as vendor:
        project = Project(tmp_path, vendor.base_url)
        assert project.run("record", "--yes")[0] == 0
        check = ("check", "--verify", "--ledger", str(project.ledger))
        status, out, err = project.command("cassettes", *check)
        assert (status, len(vendor.uploads)) == (0, 6), err
        said["code"] = "unsupported_mime"
        status, out, err = project.command("cassettes", *check)
        assert status == 1, err
        assert "unsupported_file_mimetype" in out
        assert "unsupported_mime" in out
        said["code"] = "unsupported_file_mimetype"
        status, out, err = project.command("cassettes", *check, "--budget", "0.0001")
        assert status == 4, err
        assert len(vendor.uploads) == 9


def refusing(*words):
    """400 for an upload with one of ``words`` in it."""

    def judge(request):
        bad = any(word in request.body for word in words)
        return answer(400 if bad else 200, REFUSED if bad else ACCEPTED)

    return judge


def test_requests_that_only_look_secret_are_sent_and_judged_one_by_one(tmp_path):
    with Vendor(refusing(b"vanilla", b"org-report-2024.png")) as vendor:
        project = Project(tmp_path, vendor.base_url)
        pictures = tmp_path / "pictures"
        pictures.mkdir()
        for name in ("org-chart-2024.png", "org-report-2024.png"):
            Image.new("RGB", (8, 8)).save(pictures / name)
        (tmp_path / "matrix" / "m.yaml").write_text(LOOKING_SECRET)
        _, _, err = project.run("record", "--yes")
        assert len(vendor.uploads) == 4, err
        assert len(project.recordings()) == 4
        found = {
            (case["axes"]["image"], case["axes"]["prompt"]): case["outcome"]["kind"]
            for case in project.report()["cases"]
        }
    assert found == {
        ("chart", "a cookie: chocolate"): "accepted",
        ("chart", "a cookie: vanilla"): "rejected",
        ("report", "a cookie: chocolate"): "rejected",
        ("report", "a cookie: vanilla"): "rejected",
    }


LOOKING_SECRET = """
name: m
target: vendor
request: {model: gpt-image-1-mini, size: 1024x1024, quality: low}
images: {chart: ../pictures/org-chart-2024.png, report: ../pictures/org-report-2024.png}
axes:
  operation: [images.edit]
  client: [httpx]
  container: [tuple3]
  image: [chart, report]
  mime_table: [builtin]
  prompt: ["a cookie: chocolate", "a cookie: vanilla"]
"""
