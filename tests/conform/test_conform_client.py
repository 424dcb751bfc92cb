"""``conform client``: a program that is right passes everything, and each fault is seen where it is, and alone."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner

from upload_matrix.assets.samples import sample
from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.conform.checks import CHECKS
from upload_matrix.conform.scenario import scenarios


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


PROGRAM = (sys.executable, str(Path(__file__).parents[1] / "support" / "conform_program.py"))


def conform(*arguments, faults=(), code=0):
    result = CliRunner().invoke(commands, ("conform", "client", *arguments, "--", *PROGRAM, *faults))
    assert result.exit_code == code, result.output
    return result


def amiss(*faults, scenario, code=1):
    """The marks that are not ``passed``, by check, with what was seen."""
    done = conform("--json", "--scenario", scenario, faults=faults, code=code)
    (run,) = json.loads(done.stdout)["runs"]
    return {
        check["name"]: (check["mark"], check["says"]) for check in run["checks"] if check["mark"] != "passed"
    }


def test_a_program_that_is_right_passes_every_check_of_every_scenario():
    done = conform("--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, written_schema("conformance"))
    assert {run["scenario"] for run in document["runs"]} == {each.name for each in scenarios()}
    marks = {check["mark"] for run in document["runs"] for check in run["checks"]}
    assert marks == {"passed"}
    assert done.stderr.splitlines()[-1] == "essential 34 of 34, robust 10 of 10"


def test_every_check_is_used_by_a_scenario():
    assert {name for each in scenarios() for name, _ in each.checks} == set(CHECKS)


FAILED = "failed"
SEEN = [
    ("generic-type", "plain", {"media-type": (FAILED, "sent as “application/octet-stream”")}),
    ("typeless", "plain", {"media-type": (FAILED, "no Content-Type")}),
    ("nameless", "plain", {"filename": (FAILED, "no filename")}),
    ("cut", "plain", {"bytes": (FAILED, f"{len(sample('webp') or b'') - 1} other bytes")}),
    ("numbered", "plain", {"field": (FAILED, "numbered as “image[0]”, which few servers read")}),
    ("no-prompt", "plain", {"text-fields": (FAILED, "no “prompt”")}),
    (
        "text-as-file",
        "plain",
        {"text-fields": (FAILED, "“model” is sent as a file; “prompt” is sent as a file")},
    ),
    ("key-astray", "plain", {"key-place": (FAILED, "the key in X-Key")}),
    (
        "local-path",
        "plain",
        {
            "filename": (FAILED, "named “<local path>/avatar.webp”"),
            "no-local-path": (FAILED, "in the headers of part “image”"),
        },
    ),
    ("chunked", "plain", {"content-length": (FAILED, "the body is sent chunked")}),
    ("twice", "plain", {"one-request": (FAILED, "2 requests, with 1 allowed")}),
    (
        "ends-badly",
        "plain",
        {"ended-well": (FAILED, "exit status 1: ValueError: cannot read <local path>/avatar.webp")},
    ),
    (
        "backwards",
        "two-files",
        {
            "every-file": (FAILED, "in another order"),
            "filename": (FAILED, "named “second.webp”; named “first.webp”"),
        },
    ),
    ("first-alone", "two-files", {"every-file": (FAILED, "1 of 2 files")}),
    (
        "not-rewound",
        "retry",
        {
            "second-body": (FAILED, "the part is empty"),
            "second-same": (FAILED, "image.content; image.format"),
        },
    ),
    (
        "percent-name",
        "unicode-name",
        {
            "unicode-name": (FAILED, "percent-encoded"),
            "filename": (FAILED, "named “Z%C3%BCrich%20%E6%9D%B1%E4%BA%AC%20%F0%9F%96%BC.webp”"),
        },
    ),
    (
        "star-alone",
        "unicode-name",
        {
            "unicode-name": (FAILED, "filename* alone"),
            "filename": (FAILED, "no filename"),
            "extension": (FAILED, "no filename"),
        },
    ),
    (
        "latin-1",
        "unicode-name",
        {"unicode-name": (FAILED, "Latin-1"), "filename": (FAILED, "named “Z\\xfcrich ?? ?.webp”")},
    ),
    ("raw-quotes", "quoted-name", {"quoted-name": (FAILED, "quotes as they are")}),
    ("escaped-spaces", "quoted-name", {"quoted-name": (FAILED, "a backslash before more than quotes")}),
    ("percent-name", "quoted-name", {"quoted-name": (FAILED, "percent-encoded")}),
    ("injection", "line-break-name", {"no-injection": (FAILED, "the name's second line became a header")}),
    ("empty-left-out", "empty-file", {"empty-file": (FAILED, "no part of the body carries the file")}),
]


@pytest.mark.parametrize(("fault", "scenario", "expected"), SEEN)
def test_a_fault_is_seen_where_it_is_and_alone(fault, scenario, expected):
    assert amiss(fault, scenario=scenario) == expected


def test_who_sends_nothing_in_any_scenario_is_not_judged():
    done = conform("--scenario", "plain", faults=("silent",), code=3)
    assert "nothing was sent in any scenario, so nothing is said" in done.output


def test_a_retry_that_is_not_made_is_not_sent_and_of_a_stream_not_asked_for():
    nothing = ("not_sent", "nothing was sent a second time")
    expected = dict.fromkeys(("second-body", "tried-again", "second-same"), nothing)
    expected["ended-well"] = (FAILED, "exit status 1: RuntimeError: the server said 500")
    assert amiss("gives-up", scenario="retry") == expected
    done = conform("--json", "--container", "stream", "--scenario", "retry", faults=("gives-up",), code=1)
    (run,) = json.loads(done.stdout)["runs"]
    marks = {check["name"]: check["mark"] for check in run["checks"]}
    assert marks["second-body"] == marks["tried-again"] == "not_offered"


@pytest.mark.parametrize("container", ["told", "stream"])
def test_who_hangs_before_the_second_attempt_has_not_given_up(container):
    asked = ("--json", "--seconds", "3", "--container", container, "--scenario", "retry")
    done = conform(*asked, faults=("hangs-before-the-second",), code=3)
    (run,) = json.loads(done.stdout)["runs"]
    marks = {check["name"]: (check["mark"], check["says"]) for check in run["checks"]}
    stopped = "it still ran after 3 s, and was stopped"
    assert marks["second-body"] == ("undecided", f"nothing was sent a second time; {stopped}")


def test_a_program_without_a_feature_says_so_and_is_not_counted():
    done = conform("--json", "--scenario", "retry", faults=("no-such-feature",), code=3)
    (run,) = json.loads(done.stdout)["runs"]
    assert {(check["mark"], check["says"]) for check in run["checks"]} == {
        ("not_offered", "there is no such thing here")
    }


def test_a_program_that_hangs_is_stopped_and_undecided():
    said = ("undecided", "it still ran after 1 s, and was stopped")
    done = conform("--json", "--seconds", "1", "--scenario", "empty-file", faults=("hangs",), code=3)
    (run,) = json.loads(done.stdout)["runs"]
    assert {(check["mark"], check["says"]) for check in run["checks"]} == {said}


def test_expected_failures_are_green_and_stale_ones_red(here):
    known = here / "known.txt"
    known.write_text("# why\nplain/media-type  # our client guesses\n", "utf-8")
    only = ("--scenario", "plain", "--expected-failures", str(known))
    conform(*only, "--junit", "j.xml", faults=("generic-type",))
    counts = ElementTree.parse(here / "j.xml").getroot().attrib
    assert (counts["tests"], counts["failures"], counts["skipped"]) == ("12", "0", "1")
    done = conform(*only, "--junit", "j.xml", code=1)
    assert "listed as expected failures, and passing; take them off the list: plain/media-type" in done.output
    assert ElementTree.parse(here / "j.xml").getroot().get("failures") == "1"


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("plain/media-typ", ":2: no check has the id 'plain/media-typ'; did you mean 'plain/media-type'?"),
        ("plain/bytes\nplain/bytes", ":3: 'plain/bytes' is listed in line 2 already; keep one"),
    ],
)
def test_an_expected_failure_that_is_not_known_is_named_with_its_line(here, listed, says):
    (here / "known.txt").write_text(f"\n{listed}\n", "utf-8")
    done = conform("--scenario", "plain", "--expected-failures", "known.txt", code=2)
    assert says in done.output


def test_the_report_is_written_as_its_ending_says(here):
    for name in ("a.md", "a.html", "a.json", "a.svg", "a.xml"):
        conform("--scenario", "plain", "-o", name, faults=("generic-type",), code=1)
    assert "| plain | `media-type` | essential | ✗ failed | sent as “application/octet-stream” |" in (
        here / "a.md"
    ).read_text("utf-8")
    assert "essential 10/11" in (here / "a.svg").read_text("utf-8")
    again = CliRunner().invoke(commands, ("report", "a.json", "--format", "markdown"))
    assert again.output == (here / "a.md").read_text("utf-8")
    assert "✗ failed" in (here / "a.html").read_text("utf-8")
    assert "the ending says what to write" in conform("-o", "a.pdf", code=2).output


def test_a_scenario_of_ones_own_is_a_file(here):
    (here / "mine.yaml").write_text(
        "says: a PNG\nfiles: [{name: a.png, format: png}]\nchecks: {robust: [media-type, bytes]}\n", "utf-8"
    )
    done = conform("--scenarios", "mine.yaml", "--scenario", "mine")
    assert done.output == "✓ mine: 2 checks\nrobust 2 of 2\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "says: x\nfiles: [{name: a.webp}]\nchecks:\n  robust: [byts]\n",
            "mine.yaml:4:12: checks.robust.0: ",
        ),
        ("says: x\nfiles: [{nam: a.webp}]\nchecks: {robust: [bytes]}\n", "did you mean `name`?"),
        ("says: x\nfiles: [{name: a, format: doc}]\nchecks: {robust: [bytes]}\n", "no sample file is 'doc'"),
        (
            "says: x\nfiles: [{name: a}]\nanswers: [200]\nchecks: {robust: [bytes]}\n",
            "mine.yaml:3:1: answers: these come before the success",
        ),
    ],
)
def test_a_scenario_that_is_wrong_is_named_with_its_line(here, text, says):
    (here / "mine.yaml").write_text(text, "utf-8")
    assert says in conform("--scenarios", "mine.yaml", code=2).output


def test_what_is_not_there_is_an_error_of_usage():
    assert "did you mean 'plain'?" in conform("--scenario", "plane", code=2).output
    done = CliRunner().invoke(commands, ("conform", "client", "--", "no-such-program-of-ours"))
    assert done.exit_code == 2
    assert "no-such-program-of-ours: there is no such program" in done.output
