"""``upload-matrix sweep`` against a live target: nothing is asked without a plan and a word, and each form once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from fake_index import FakeIndex
from sweep_releases import release

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.tap.http import LoopbackServer, RawResponse

KEY = "canary-" + "k" * 30
SWEEP = ["sweep", "--spot-check", "0", "--ledger", "books.sqlite"]
ASKING = ("--record-mode", "new_episodes")

MATRIX = """
name: mine
target: vendor
request: {model: gpt-image-2, prompt: p}
axes:
  client: [openai]
  container: [tuple2]
  image: [webp, png]
  mime_table: [builtin]
"""


class Vendor:
    """A server of our own that plays the vendor, and counts."""

    def __init__(self):
        self.requests = []
        self.reply = RawResponse(200, (("content-type", "application/json"),), b'{"created": 1, "data": []}')
        self.server = LoopbackServer(self.handle)

    def handle(self, request):
        self.requests.append(request)
        return self.reply


@pytest.fixture
def vendor():
    running = Vendor()
    yield running
    running.server.close()


@pytest.fixture
def here(tmp_path, monkeypatch, vendor):
    """A folder with a matrix and a live target; two releases, of which the newer one loses the name."""
    targets = tmp_path / "matrix" / "targets"
    targets.mkdir(parents=True)
    targets.with_name("mine.yaml").write_text(MATRIX)
    targets.joinpath("vendor.yaml").write_text(
        f"name: vendor\nbase_url: {vendor.server.url}/v1\nkey_env: VENDOR_KEY\n"
    )
    for name in list(os.environ):
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    given = {
        "UV_CACHE_DIR": "uv-cache",
        "UV_NO_CONFIG": "1",
        "UV_HTTP_RETRIES": "3",
        "XDG_CACHE_HOME": "cache",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, str(tmp_path / value) if "CACHE" in name else value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("VENDOR_KEY", KEY)
    with FakeIndex(wheels=[release(0), release(1, name="upload")]) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        yield tmp_path


def sweep(*options: str, code: int = 0):
    """In this process, with nobody at the keyboard."""
    done = CliRunner().invoke(commands, [*SWEEP, *options])
    assert done.exit_code == code, done.output
    return done


def summary():
    return json.loads(Path("reports/sweep.json").read_text("utf-8"))["summary"]


def test_a_plan_needs_no_key_asks_nobody_and_writes_nothing(here, vendor, monkeypatch):
    monkeypatch.delenv("VENDOR_KEY")
    told = sweep(*ASKING, "--plan").stdout
    assert "2 environments (overlay, Python 3." in told
    assert "0 kept, 2 to build" in told
    assert "2 variants: 4 cells" in told
    assert "answers needed: 4, recorded 0, to ask 4 (live target vendor)" in told
    document = json.loads(sweep(*ASKING, "--plan", "--json").stdout)
    jsonschema.validate(document, written_schema("plan"))
    assert document["outlook"]["kept"] == 2
    assert len(document["needs"]["wanted"]) == 4
    assert vendor.requests == []
    assert not Path("reports").exists()
    assert not Path("cassettes").exists()


def test_unattended_and_without_a_word_nobody_is_asked(here, vendor, monkeypatch):
    refused = sweep(*ASKING, code=2).output
    assert "to ask 4 (live target vendor)" in refused
    for way_out in ("--yes", "--plan", "--record-mode none"):
        assert way_out in refused
    assert (
        "--disable-recording with the target vendor" in sweep("--disable-recording", "--yes", code=2).output
    )
    monkeypatch.delenv("VENDOR_KEY")
    assert "VENDOR_KEY" in sweep(*ASKING, "--yes", code=2).output
    assert vendor.requests == []


def test_each_form_is_asked_for_once_and_read_by_every_release(here, vendor):
    sweep(*ASKING, "--yes", "--sdk", "1.0.0", "--baseline", "base.json", "--update-baseline")
    assert len(vendor.requests) == 2
    assert summary()["asked"] == 2
    assert all(
        dict(request.headers)[b"authorization"] == f"Bearer {KEY}".encode() for request in vendor.requests
    )
    # A release that sends what is recorded costs no call, and so needs no word.
    sweep(*ASKING, "--sdk", "1.0.0", "--baseline", "base.json")
    assert (summary()["recorded"], summary()["asked"]) == (2, 0)
    # One that sends something new is a change: undecided as long as nobody was asked about it.
    told = sweep("--sdk", "latest", "--baseline", "base.json", code=3).stdout
    assert told.startswith(
        "? 1.1.0: 2 variants changed with nobody to say how that is read against the baseline"
    )
    sweep("--sdk", "latest", "--baseline", "base.json", "--fail-on", "change", code=1)
    gate = json.loads(Path("reports/sweep.gate.json").read_text("utf-8"))
    jsonschema.validate(gate, written_schema("gate"))
    assert (gate["verdict"], gate["exit_code"]) == ("undecided", 1)
    (departure,) = gate["departures"]
    assert {delta["where"] for each in departure["differences"] for delta in each["wire"]} == {
        "image.filename"
    }
    assert len(vendor.requests) == 2
    told = sweep(*ASKING, "--yes").stdout
    assert "4 answers needed: 2 recorded, 2 asked live" in told.replace("\n  ", " ")
    assert len(vendor.requests) == 4
    written = b"".join(path.read_bytes() for path in here.rglob("*") if path.is_file())
    assert KEY.encode() not in written


def test_all_asks_anew_for_every_form_once(here, vendor):
    sweep(*ASKING, "--yes")
    sweep("--record-mode", "all", "--yes")
    assert len(vendor.requests) == 8
    assert summary()["asked"] == 4


def test_an_answer_that_says_nothing_is_not_asked_for_again_and_is_unresolved(here, vendor):
    vendor.reply = RawResponse(503, (), b"")
    told = sweep(*ASKING, "--yes", "--sdk", "latest", code=3)
    assert "asked vendor for wire form" in told.output
    assert "unknown so far" in told.output, "the vendor has no price here"
    notes = json.loads(Path("reports/sweep.json").read_text("utf-8"))["notes"]
    assert len([note for note in notes if note.startswith("asked in vain: vendor for wire form")]) == 2


def test_a_limit_on_calls_stops_it_and_the_same_command_asks_for_the_rest(here, vendor):
    first = sweep(*ASKING, "--yes", "--max-calls", "3", code=4)
    assert first.stdout.startswith("stopped by the budget: 1 of 4 answers not asked for: ")
    assert len(vendor.requests) == 3
    document = json.loads(Path("reports/sweep.json").read_text("utf-8"))
    assert first.stdout.splitlines()[0] in document["notes"]
    assert (document["summary"]["asked"], document["summary"]["unanswered"]) == (3, 1)
    sweep(*ASKING, "--yes", "--max-calls", "1")
    assert len(vendor.requests) == 4
    books = CliRunner().invoke(commands, ["costs", "--ledger", "books.sqlite"]).output
    assert [line.split("  ")[2:4] for line in books.splitlines()[:2]] == [
        ["sweep", "3 calls"],
        ["sweep", "1 call"],
    ]


def test_a_budget_that_cannot_hold_lets_nothing_be_sent(here, vendor):
    """The vendor has no price here: without one the budget cannot hold, with one it does not allow a call."""
    refused = sweep(*ASKING, "--yes", "--budget", "5", code=2).output
    assert "say what an unknown call is to count as" in refused
    told = sweep(*ASKING, "--yes", "--budget", "0.01", "--unknown-price", "0.02", code=4).stdout
    assert told.startswith("stopped by the budget: 4 of 4 answers not asked for: ")
    assert vendor.requests == []
    assert "--budget" in sweep(*ASKING, "--yes", "--budget", "much", code=2).output


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@pytest.mark.parametrize(("word", "calls", "code"), [("y", 2, 0), ("n", 0, 3)])
def test_somebody_at_a_terminal_is_asked_for_a_word(here, vendor, word, calls, code):
    master, slave = os.openpty()
    try:
        os.write(master, f"{word}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "upload_matrix", *SWEEP, *ASKING, "--sdk", "latest"],
            stdin=slave, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == code, done.stderr
    assert "ask for 2? [y/N]" in done.stderr
    assert len(vendor.requests) == calls
