"""``upload-matrix ab`` end to end: a plan, a word, turns, a verdict, files, an exit code."""

import json
from pathlib import Path

import jsonschema
import pytest
from ab_vendor import KEY, refused
from click.testing import CliRunner

from upload_matrix.answers.service import EmulatorService
from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.emulator.profile import load_profile

A, B = "mine/images.edit/gpt-image-1/httpx/bytesio/webp/builtin", "httpx/tuple3"


def ab(*words, code=0):
    arguments = ["ab", *words, "--ledger", "books.sqlite"]
    done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == code, done.output
    return done


def document(name="latest"):
    found = json.loads(Path(f"reports/{name}.ab.json").read_text("utf-8"))
    jsonschema.validate(found, written_schema("ab"))
    return found


def test_two_cases_are_sent_in_turns_with_the_control_first_and_told_apart(here, vendor):
    told = ab(A, B, "--repeat", "4", "--budget", "5", "--yes").stdout
    assert told.startswith("≠ told apart: A rejected 400 invalid_value 4/4, B accepted 4/4")
    found = document()
    control = found["controls"][0]
    assert control["variant"] == "mine/images.generate/gpt-image-1/httpx"
    edits = "/v1/images/edits"
    turn = [("/v1/images/generations", None), (edits, "upload"), (edits, "avatar.webp")]
    assert vendor.sent == turn * 4
    assert found["verdict"] == "different"
    # 25 text in at 5, 194 image in at 10, 272 image out at 40, per million, four times.
    assert found["b"]["cost"]["usd"] == "0.05178"
    assert found["a"]["cost"]["usd"] == "0"
    facts = json.loads(Path("reports/latest.ab.run.json").read_text("utf-8"))
    assert [call["sample"] for call in facts["calls"]] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert all(call["seconds"] > 0 for call in facts["calls"])
    text = Path("reports/latest.ab.md").read_text("utf-8")
    assert "## Latency (measured)" in text
    assert "as of 2026-11-22, source: the vendor's model page" in text
    page = Path("reports/latest.ab.html").read_text("utf-8")
    assert "accepted 0/4, " in page.partition("</h1>")[0]
    assert 'id="latency"' in page
    written = b"".join(path.read_bytes() for path in here.rglob("*") if path.is_file())
    assert KEY.encode() not in written

    # Again: nothing is asked, and the JSON is the same to the byte.
    first = Path("reports/latest.ab.json").read_bytes()
    told = ab(A, B, "--repeat", "4", "--record-mode", "none", "-o", "mine/same.json").stdout
    assert told.endswith("wrote mine/same.json\n")
    assert Path("reports/latest.ab.json").read_bytes() == Path("mine/same.json").read_bytes() == first
    assert "Latency" not in Path("reports/latest.ab.md").read_text("utf-8")
    assert 'id="latency"' not in Path("reports/latest.ab.html").read_text("utf-8")
    assert len(vendor.sent) == 12


def test_a_file_of_an_unknown_kind_is_refused_before_anything_is_asked(here, vendor):
    done = ab(A, B, "--yes", "-o", "ab.txt", code=2)
    assert "-o ab.txt: a comparison is written as .md, .json or .html; end the name so" in done.output
    assert vendor.sent == []


def test_without_a_word_nothing_is_sent(here, vendor):
    assert "3 distinct requests" in ab(A, B, "--dry-run").output
    assert "--yes sends them" in ab(A, B, code=2).output
    assert vendor.sent == []
    assert not Path("reports").exists()


def test_the_same_request_is_said_first_and_sent_once(here, vendor):
    done = ab("openai/bytesio", "openai-raw-response/bytesio", "--repeat", "2", "--yes")
    lines = done.stderr.splitlines()
    assert lines[0] == (
        "A and B send the same request: any difference is the client's reading. Nothing is sent for B."
    )
    assert len(vendor.sent) == 4  # the control and the one request, twice
    assert document()["controls"][0]["variant"] == "mine/images.generate/gpt-image-1/openai"
    assert document()["verdict"] == "same-request"
    assert document()["differences"] == []


def test_too_few_rounds_cannot_tell_and_say_what_it_would_take(here, vendor):
    done = ab(A, B, "--repeat", "2", "--yes", "--json", "--name", "few", code=3)
    told = done.stderr[done.stderr.index("? could not be told apart") :]
    assert "(--repeat 4)" in told
    assert document("few")["repeats_needed"] == 4
    # With --json, stdout has the JSON alone.
    assert Path("reports/few.ab.json").read_text("utf-8") == done.stdout


def test_another_model_in_place_of_a_second_case(here, vendor):
    told = ab(B, "--model-b", "gpt-image-1-mini", "--repeat", "2", "--yes").stdout
    assert told.startswith("= no difference")
    assert [each["where"] for each in document()["differences"]] == ["fields.model"]
    assert len(document()["controls"]) == 2
    costs = [document()[side]["cost"]["usd"] for side in "ab"]
    assert costs == ["0.02589", "0.005422"]


def test_another_target_that_is_emulated_is_marked(here, vendor):
    told = ab(B, "--target-b", "emulator:openai-2026-11", "--yes").stdout
    assert "(emulated)" in told.splitlines()[0]
    assert "the answers to B are emulated" in told.replace("\n  ", " ")
    found = document()
    assert (found["emulated"], found["same_wire"]) == (True, True)
    assert "cost" not in found["b"]


def test_an_emulator_behind_a_base_url_is_no_live_call_and_costs_nothing(here, vendor):
    with EmulatorService(load_profile("openai-2026-02")) as service:
        done = ab(A, B, "--base-url", service.base_url, "--repeat", "2", "--yes", "--json", code=3)
    # The two sides and the control, twice.
    assert "made 6 calls, answered by an emulator: no live call, and nothing to pay" in done.stderr
    assert "so far" not in done.stderr
    facts = json.loads(Path("reports/latest.ab.run.json").read_text("utf-8"))
    assert "live" not in facts
    assert [(call["usd"], call["emulated"], call.get("usage")) for call in facts["calls"]] == [
        ("0", True, None)
    ] * 6
    page = Path("reports/latest.ab.html").read_text("utf-8")
    assert "calls to an emulator" in page
    assert "live call" not in page
    assert "Latency (measured)" not in Path("reports/latest.ab.md").read_text("utf-8")


def test_a_server_in_trouble_is_not_taken_for_a_rejection(here, vendor):
    # In rounds 1 to 4 everything is turned away, the control too.
    vendor.says = lambda _, number: refused(401) if number < 5 else None
    told = ab(A, B, "--repeat", "5", "--yes", code=3).stdout
    assert "environment: in rounds 1, 2, 3, 4 the control did not pass either" in told.replace("\n", " ")
    assert document()["b"]["repetition"]["votes"] == [
        {"number": 1, "outcome": {"kind": "accepted", "status": 200}}
    ]
    assert document()["verdict"] == "untold"


def test_stopped_by_the_budget_it_reports_what_there_is_and_exits_with_4(here, vendor):
    told = ab(A, B, "--max-calls", "3", "--yes", code=4)
    assert len(vendor.sent) == 3
    assert "stopped by the budget: 12 of 15 requests were not sent" in told.stdout.replace("\n  ", " ")
    assert document()["a"]["repetition"]["of"] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("matrix",), "ab compares two cases; 0 of the words"),
        ((A, B, "handle"), "ab compares two cases; 3 of the words"),
        ((A, "--set-b", "quality"), "give FIELD=VALUE"),
        ((A, "--model-b", "x", "--set-b", "model=y"), "model is given twice"),
        ((A, B, "--name", "a/b"), "leave folders to the folder"),
        ((A, A), "A and B are the same case"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(here, vendor, words, says):
    assert says in ab(*words, "--yes", code=2).output
    assert vendor.sent == []
