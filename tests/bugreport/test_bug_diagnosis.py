"""``bug-report`` from a diagnosis: the cause, how it was isolated, and the fix stand in the report."""

import contextlib
import json

import pytest
from bug_cases import failing
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report.diagnosis import load

IDENTICAL = "identical"


def command(*words):
    return CliRunner().invoke(commands, list(words))


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory):
    """A project whose failing case was diagnosed into ``cause.json``, and kept in ``kept.request``."""
    from bug_cases import Project

    project = Project(tmp_path_factory.mktemp("diagnosed"))
    case = failing(project.run(client="openai", container="bytesio, tuple3"))
    with contextlib.chdir(project.folder):
        done = command("diagnose", case.id, "--no-releases", "-o", "cause.json", "--save", "kept.request",
                       "--ledger", "ledger.sqlite", "--state", "state.json")  # fmt: skip
    assert done.exit_code == 0, done.output
    return project, case, done.output


@pytest.fixture
def cause(diagnosed, tmp_path, monkeypatch):
    project, case, _ = diagnosed
    monkeypatch.chdir(tmp_path)
    return project.copied(tmp_path), case


def test_a_diagnosis_is_told_with_cause_isolation_fix_and_confidence(cause):
    project, _ = cause
    repros, text = project.reported(None, report="cause.json")
    assert repros["repro.py"]["verdict"] == IDENTICAL
    assert repros["repro.py"]["ends"] == "ends as in the case: raises openai.BadRequestError"
    assert text.startswith("> **DO NOT SEND")
    assert "`Content-Type` of part `image`: `application/octet-stream` is rejected" in text
    assert "Confidence: proven" in text
    assert "### How the cause was found" in text
    assert "| `Content-Type` of part `image` | `image/webp` | `application/octet-stream` | decides |" in text
    assert "sufficient (the passing request with it fails) and necessary" in text
    assert "accepted by the emulator; the program below was run and accepted too" in text
    assert "OpenAI()" in project.text("out/fix.py")
    assert "- `fix.py`: the call as it should be" in text


def test_diagnose_offers_just_this_report(diagnosed):
    _, _, output = diagnosed
    assert "upload-matrix bug-report cause.json kept.request" in output


def test_the_saved_request_of_a_diagnosis_has_repros_too(cause):
    project, _ = cause
    folder = str(project.folder / "kept.request")
    status, text = project.write(folder, "--json", report="cause.json")
    assert status == 0, text
    repros = {each["file"]: each for each in json.loads(text)["repros"]}
    assert repros["repro_rest.py"]["verdict"] == repros["repro.sh"]["verdict"] == IDENTICAL
    assert "Confidence: proven" in project.text("out/report.md")


def test_another_request_than_the_diagnosed_one_is_no_evidence(cause):
    project, case = cause
    status, text = project.write(case.id.replace("bytesio", "tuple3"), report="cause.json")
    assert status == 2
    assert "is not the request that was diagnosed" in text
    assert not (project.folder / "out").exists()


def test_a_program_s_call_is_asked_for(cause):
    project, _ = cause
    document = json.loads(project.text("cause.json"))
    document["subject"] = "python app.py"
    (project.folder / "cause.json").write_text(json.dumps(document), "utf-8")
    status, text = project.write(None, report="cause.json")
    assert status == 2
    assert "give the folder that `diagnose --save FOLDER` wrote as a second argument" in text


def test_an_accepted_call_has_nothing_to_report(cause):
    project, _ = cause
    document = json.loads(project.text("cause.json"))
    document["answer"] |= {"status": 200}
    (project.folder / "cause.json").write_text(json.dumps(document), "utf-8")
    status, text = project.write(None, report="cause.json")
    assert status == 2
    assert "the call is accepted: nothing to report" in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"confidence": "certain"}, "has a wrong value 'certain' at confidence"),
        ({"version": 99}, "version 99"),
        ({"suspects": {}}, "has a wrong value at suspects"),
        ({"spent_usd": "much"}, "has a wrong value 'much' at spent_usd"),
    ],
)
def test_an_unsound_diagnosis_is_named_with_what_is_wrong(diagnosed, change, says):
    project, _, _ = diagnosed
    document = {**json.loads(project.text("cause.json")), **change}
    with pytest.raises(ConfigurationError, match=f"cause.json: .*{says}"):
        load(json.dumps(document), "cause.json")


def test_a_wire_form_that_was_changed_by_hand_is_not_believed(diagnosed):
    project, _, _ = diagnosed
    document = json.loads(project.text("cause.json"))
    form = document["isolation"]["wires"][document["wire"]]
    form["path"] = "/v1/elsewhere"
    with pytest.raises(ConfigurationError, match="changed by hand"):
        load(json.dumps(document), "cause.json")


def test_what_is_read_is_what_was_written(diagnosed):
    project, case, _ = diagnosed
    told = load(project.text("cause.json"), "cause.json")
    document = json.loads(project.text("cause.json"))
    assert told.diagnosis.subject == case.id
    assert told.diagnosis.verdict == document["verdict"]
    assert [each.number for each in told.diagnosis.inquiries] == [
        each["number"] for each in document["suspects"]
    ]
    assert told.isolation.forms[1].digest == document["wire"]
    assert {each.fate for each in told.isolation.changes} >= {"decides"}
