"""``record --repeat`` end to end: proportions and cost in the report, from recorded live answers."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
from ab_vendor import refused

from upload_matrix.cli.schema import written_schema


def record(*arguments, code):
    # A process of its own: pytest in pytest would share plugins.
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix", *arguments, "--ledger", "books.sqlite", "-k", "httpx"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_proportions_and_cost_stand_in_the_report_and_a_replay_gives_the_same(here, vendor):
    def says(wire, number):
        flaky = any(part.filename == "avatar.webp" for part in wire.parts or ()) and number == 2
        return refused() if flaky else None

    vendor.says = says
    # A control of the user's own takes the place of the one without an upload.
    named = "mine/images.edit/gpt-image-1/httpx/tuple3/webp/builtin"
    repeated = ("--repeat", "3", "--control", named)
    # One of the rounds is a rejection where the matrix expects none.
    told = record("record", *repeated, "--yes", "--budget", "5", "--name", "one", code=1)
    assert "repeated 3 times: 3 variants, 2 always the same, 1 flaky" in told
    assert "cost of the answers, when they were made: $" in told
    assert len(vendor.sent) == 9
    text = Path("reports/one.md").read_text("utf-8")
    assert "flaky 2/3" in text
    assert "✓ accepted 2/3" in text
    assert "## Cost" in text
    report = json.loads(Path("reports/one.json").read_text("utf-8"))
    jsonschema.validate(report, written_schema("report"))
    # Three controls and two edits that were accepted, 25 text, 194 image in and 272 out each.
    assert report["cost"]["total"]["usd"] == "0.064725"
    assert report["controls"] == [named]
    found = {each["variant"].split("/")[-3]: each for each in report["repetitions"]}
    assert found["bytesio"]["environment_rounds"] == [2]
    assert found["bytesio"]["of"] == 2

    record("run", *repeated, "--name", "two", code=1)
    assert Path("reports/two.json").read_bytes() == Path("reports/one.json").read_bytes()
    assert len(vendor.sent) == 9
