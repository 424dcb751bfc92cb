"""What ``bug-report`` refuses, what never enters a report, and what is taken from beside it."""

import json

import pytest
from bug_cases import failing

from upload_matrix.bugreport.folder import render
from upload_matrix.bugreport.story import Story
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind

KEY = "sk-proj-" + "Zz9" * 12


def test_a_case_that_passes_has_nothing_to_report(mine):
    project, case = mine
    status, text = project.write(case.id.replace("bytesio", "tuple3"))
    assert status == 2
    assert "is accepted: nothing to report about it" in text


def test_an_unknown_case_is_answered_with_the_nearest(mine):
    project, case = mine
    status, text = project.write(case.id.replace("bytesio", "bytesoi"))
    assert status == 2
    assert f"did you mean {case.id}?" in text


def test_without_a_case_the_only_failing_one_is_taken(mine):
    project, case = mine
    project.reported(None, "--no-zip")
    assert case.id in project.text("out/exchange.har")


def test_without_a_case_the_failing_ones_are_listed(project):
    run = project.run(container="bytesio, bytes", client="httpx")
    status, text = project.write(None)
    assert status == 2
    assert all(result.id in text for result in run.results)


def test_a_folder_that_holds_something_is_left_alone_unless_forced(mine):
    project, case = mine
    project.folder.joinpath("out").mkdir()
    project.folder.joinpath("out/mine.txt").write_text("mine")
    status, text = project.write(case.id)
    assert status == 2
    assert "--force" in text
    project.reported(case.id, "--force")
    assert project.text("out/mine.txt") == "mine"


def test_a_case_that_does_something_else_now_is_no_evidence(mine):
    project, case = mine
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text("utf-8").replace('prompt: "', 'prompt: "another '), "utf-8")
    status, text = project.write(case.id)
    assert status == 2
    assert "sends something else now than in the report: fields.prompt" in text
    assert not (project.folder / "out").exists()


def test_a_matrix_that_does_not_hold_the_case_is_said(mine):
    project, case = mine
    matrix = project.folder / "matrix" / "m.yaml"
    matrix.write_text(matrix.read_text("utf-8").replace("name: m", "name: n"), "utf-8")
    status, text = project.write(case.id)
    assert status == 2
    assert "give the one it comes from with --matrix PATH" in text


def test_a_key_of_this_machine_never_enters(mine, monkeypatch):
    project, case = mine
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    project.reported(case.id)
    written = [path.read_bytes() for path in (project.folder / "out").rglob("*") if path.is_file()]
    assert len(written) > 5
    assert not any(KEY.encode() in data for data in written)
    assert not any(b"upload-matrix-dummy" in data for data in written)
    assert not any(b"127.0.0.1" in data for data in written)


def test_what_looks_like_a_key_in_the_request_stops_the_report(project):
    case = failing(project.run(client="httpx", prompt=f"use {KEY}"))
    status, text = project.write(case.id)
    assert status == 2
    assert "part 'prompt' of the request holds what looks like a secret" in text
    assert KEY not in text
    assert not (project.folder / "out").exists()


def test_the_gate_stops_a_secret_that_looks_like_none(project, monkeypatch):
    case = failing(project.run(client="httpx", prompt="correct horse battery"))
    monkeypatch.setenv("OPENAI_API_KEY", "correct horse battery")
    status, text = project.write(case.id)
    assert status == 2
    assert "would hold secret number 1" in text
    assert not (project.folder / "out").exists()


def test_request_ids_and_times_come_from_beside_the_report(mine):
    project, case = mine
    call = {"wire": case.attempts[-1].wire, "target": case.target, "status": 400, "seconds": 1.25}
    undated = {**call, "request_id": "req_def456"}
    others = [undated, {**call, "request_id": "req_other", "wire": "0" * 16}, {"nonsense": 1}, 3]
    facts = {
        "platform": "Plan9-4",
        "started": "2026-11-22T10:00:00+00:00",
        "calls": [{**call, "request_id": "req_abc123", "at": "2026-11-22T10:00:03+00:00"}, *others],
    }
    (project.folder / "report.run.json").write_text(json.dumps(facts))
    _, text = project.reported(case.id)
    assert "| `req_abc123` | 400 | 2026-11-22T10:00:03+00:00 | 1.25 s |" in text
    assert "| `req_def456` | 400 | in the run begun 2026-11-22T10:00:00+00:00 | 1.25 s |" in text
    assert "req_other" not in text
    assert "### OS\n\nPlan9-4" in text
    assert (
        json.loads(project.text("out/exchange.har"))["log"]["entries"][0]["startedDateTime"]
        == facts["started"]
    )


def test_a_template_of_the_user_s_own(mine):
    project, case = mine
    own = project.folder / "mine.md"
    own.write_text("{% include '_top.md' %}\n## Ours\n{{ snippet('repro.sh', 'sh') }}\n")
    _, text = project.reported(case.id, "--template", str(own))
    assert "DO NOT SEND" in text
    assert "## Ours" in text
    assert "--form-string" in text


def test_a_template_that_cannot_be_filled_in_is_named(tmp_path):
    own = tmp_path / "mine.md"
    own.write_text("first\n{{ no_such_word }}")
    outcome = Outcome(OutcomeKind.NOT_SENT)
    story = Story("m/x", "openai", "https://x.invalid/v1", "/v1", outcome, ClientReport(), ())
    with pytest.raises(ConfigurationError, match="'no_such_word' is undefined"):
        render(story, (), {}, str(own))
    own.write_text("{% if %}")
    with pytest.raises(ConfigurationError, match=r"mine\.md:1: "):
        render(story, (), {}, str(own))


@pytest.mark.parametrize("name", ["nonsense", "missing.md"])
def test_a_template_that_is_not_there(mine, name):
    project, case = mine
    status, text = project.write(case.id, "--template", name)
    assert status == 2
    assert name in text


def test_the_plain_template_for_who_has_no_form(project):
    case = failing(project.run(client="httpx"))
    _, text = project.reported(case.id)
    assert "## What happens" in text
    assert "import httpx" in text


def test_a_saved_request_has_repros_without_the_call(mine):
    from datetime import date

    from upload_matrix.answers.answering import Policy
    from upload_matrix.inspect.calls import Caller
    from upload_matrix.inspect.saved import SavedRequest, save
    from upload_matrix.recordings import RecordMode
    from upload_matrix.run.loading import Request, load, settings_of
    from upload_matrix.run.retrace import Retracing, unanswered
    from upload_matrix.targets.sending import Live

    project, _ = mine
    loaded = load(Request((project.folder / "matrix",)))
    policy = Policy(project.folder / "cassettes", RecordMode.NONE, date(2026, 11, 22))
    settings = settings_of((loaded,), policy, tables={}, live=Live())
    with Retracing(settings) as retracing:
        (exchange,) = retracing.run(loaded.cases[0], unanswered).exchanges
    request = _without_asset(exchange.request)
    save(
        project.folder / "avatar.request",
        SavedRequest(request, Caller("openai"), "https://api.openai.com/v1", exchange.reply),
    )
    repros, text = project.reported(None, report="avatar.request")
    assert repros["repro_rest.py"]["verdict"] == repros["repro.sh"]["verdict"] == "identical"
    assert "only the request is known" in repros["repro.py"]["says"]
    assert "400 invalid_value" in text


def _without_asset(request):
    """As ``inspect`` sees it: the path without the tap's own, and pictures by their digest."""
    from dataclasses import replace

    head, _, rest = request.head.partition(b"\r\n")
    method, _, version = head.split(b" ")
    line = method + b" " + request.wire.path.encode() + b" " + version
    parts = tuple(replace(part, asset=None) for part in request.wire.parts)
    return replace(request, head=line + b"\r\n" + rest, wire=replace(request.wire, parts=parts))
