"""``conform server``: a server that is right passes, each that is not is told of, and nothing is guessed."""

import json
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.conform.servers.known import known
from upload_matrix.conform.servers.scenarios import request, scenarios
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.tap.http import LoopbackServer, RawResponse
from upload_matrix.tap.server import captured
from upload_matrix.wire.form import Framing, header

RULES = load_profile("openai-2026-11")


def error(status, message, **more):
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return RawResponse(status, (("content-type", "application/json"),), body)


def as_openai(sent):
    """What a server says that knows its keys, and else is as the emulator has it."""
    if header(sent.headers, b"authorization") == b"Bearer upload-matrix-wrong-key":
        return error(401, "no such key")
    said = answer(RULES, sent.wire)
    return RawResponse(said.status, (("content-type", "application/json"),), said.body)


@pytest.fixture
def serving():
    """Serves ``does``, a function from a request to an answer; gives the URL, and what came."""
    servers = []

    def serve(does=as_openai):
        came = []

        def handle(request):
            came.append(captured(request, request.target, {}))
            return does(came[-1])

        servers.append(LoopbackServer(handle, token="served"))
        return f"{servers[-1].url}/v1", came

    yield serve
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def conform(url, *arguments, code=0):
    done = CliRunner().invoke(commands, ("conform", "server", url, *arguments, "--ledger", "books.db"))
    assert done.exit_code == code, done.output
    return done


def uploads(url, *arguments, code=0):
    document = json.loads(conform(url, *arguments, "--json", code=code).stdout)
    jsonschema.validate(document, written_schema("server"))
    return {each["scenario"]: each for each in document["uploads"]}


def test_a_server_that_is_as_openai_passes_all_that_is_known(serving):
    url, came = serving()

    done = conform(url)

    known_ones = [each for each in scenarios() if each.only != "gateway" and known(each) is not None]
    essential = sum(known(each).taken for each in known_ones)
    score = f"essential {essential} of {essential}, robust {len(known_ones) - essential} of {len(known_ones) - essential}"
    assert done.stdout.startswith(score)
    assert essential > 15
    assert len(known_ones) - essential > 15
    # What is sent is what the scenario says, byte for byte.
    assert any(each.wire.framing is Framing.CHUNKED for each in came)
    assert any(len(each.body) > 8 * 1024 * 1024 for each in came)


def test_a_mock_that_takes_everything_is_told_what_openai_rejects(serving):
    url, _ = serving(lambda _: RawResponse(200, (), b'{"data": []}'))

    found = uploads(url, "--call", "images.edit", code=1)

    (check,) = found["images.edit/octet-stream"]["checks"]
    assert check["says"] == (
        "OpenAI rejects this (reported 5: rule image-type-gpt of openai-2026-11), the server takes it: "
        "callers' mistakes show only in production"
    )
    assert check["tier"] == "robust"
    # Nobody knows what is right, so nothing is wrong.
    assert found["images.edit/indexed-name"].keys() == {"scenario", "says", "reception", "sent", "status"}


def test_a_server_that_rejects_correct_uploads_is_told_who_takes_them(serving):
    def strict(sent):
        if sent.wire.framing is Framing.CHUNKED:
            return error(411, "length required")
        return as_openai(sent)

    url, _ = serving(strict)

    found = uploads(url, "--call", "images.edit", code=1)["images.edit/chunked"]

    assert (found["reception"], found["status"], found["words"]) == ("rejected", 411, "length required")
    (check,) = found["checks"]
    assert (check["tier"], check["says"]) == (
        "essential",
        "it is correct (RFC 9112, section 7.1: a recipient must be able to decode chunks), the server rejects "
        "it: a correct call fails here",
    )


def test_a_call_that_is_not_there_is_not_offered_and_is_asked_once(serving):
    url, came = serving(lambda sent: as_openai(sent) if "files" in sent.wire.path else error(404, "no route"))

    found = uploads(url)

    assert {each["reception"] for each in found.values() if each["scenario"].startswith("images.")} == {
        "not offered"
    }
    assert found["files.create/plain"]["reception"] == "taken"
    assert sum(each.wire.path.endswith("/images/edits") for each in came) == 1


@pytest.mark.parametrize(
    ("status", "says"), [(401, "no such key"), (429, "slow down"), (400, "bad"), (503, "later"), (302, "")]
)
def test_nothing_is_concluded_where_the_control_is_not_taken(serving, status, says):
    url, came = serving(lambda _: error(status, says))

    found = uploads(url, "--call", "images.edit", code=3)

    assert {each["reception"] for each in found.values()} == {"not known"}
    assert {check["mark"] for each in found.values() for check in each.get("checks", ())} == {"undecided"}
    assert len(came) == 1


def test_a_model_that_the_server_does_not_have_is_no_missing_call(serving):
    url, _ = serving(lambda _: error(404, "The model `gpt-image-2` does not exist", code="model_not_found"))

    assert uploads(url, "--call", "images.edit", code=3)["images.edit/plain"]["reception"] == "not known"


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b'{"error": {"message": "no"}}', b"[]"])
def test_a_success_that_is_none_is_not_taken_for_one(serving, body):
    url, _ = serving(lambda _: RawResponse(200, (), body))

    assert uploads(url, "--call", "images.edit", code=3)["images.edit/plain"]["reception"] == "not known"


def test_a_server_that_breaks_down_over_one_upload_is_told_apart_from_one_that_is_down(serving):
    def empties(sent):
        return any(part.size == 0 and part.is_file for part in sent.wire.parts or ())

    url, _ = serving(lambda sent: error(500, "oops") if empties(sent) else as_openai(sent))
    found = uploads(url, "--call", "images.edit", code=1)
    assert found["images.edit/empty-file"]["reception"] == "broke down"
    assert found["images.edit/large"]["reception"] == "taken"

    broken = []

    def falls_over(sent):
        if broken or empties(sent):
            broken.append(sent)
            return error(500, "oops")
        return as_openai(sent)

    url, _ = serving(falls_over)
    found = uploads(url, "--call", "images.edit", code=3)
    assert found["images.edit/empty-file"]["reception"] == "not known"
    assert found["images.edit/large"]["words"] == (
        "not sent: after empty-file the control was no longer taken"
    )
    assert found["images.edit/octet-stream"]["reception"] == "rejected"
    assert len(broken) == 2


def test_a_limit_that_sets_in_halfway_is_no_rejection_of_uploads(serving):
    count = []

    def limited(sent):
        count.append(sent)
        return error(400, "you have used up your trial") if len(count) > 12 else as_openai(sent)

    url, _ = serving(limited)

    found = uploads(url, "--call", "images.edit", code=3)

    words = {each["reception"] for each in found.values()}
    assert words == {"taken", "not known"}
    assert "asked again at the end, the control was no longer taken" in found["images.edit/large"]["words"]


def test_expected_failures_are_green_and_red_once_they_pass(serving, here):
    url, _ = serving(
        lambda sent: error(411, "no") if sent.wire.framing is Framing.CHUNKED else as_openai(sent)
    )
    (here / "known.txt").write_text("images.edit/chunked/received\n")
    only = ("--call", "images.edit", "--expected-failures", "known.txt")

    conform(url, *only, "--junit", "j.xml", "--badge", "b.svg", "-o", "r.html")

    skipped = ElementTree.parse(here / "j.xml").findall(".//skipped")
    assert [each.get("message")[:19] for each in skipped] == ["an expected failure"]
    assert "essential" in (here / "b.svg").read_text()
    assert "length" not in (here / "r.html").read_text()[:200]
    assert "images.edit/chunked" in (here / "r.html").read_text()
    right, _ = serving()
    assert "take them off the list: images.edit/chunked/received" in conform(right, *only, code=1).stdout


def test_the_model_and_the_scenarios_are_those_that_are_asked_for(serving):
    url, came = serving()

    found = uploads(url, "--scenario", "images.edit/array-name", "--model", "images.edit=own", code=3)

    assert list(found) == ["images.edit/plain", "images.edit/array-name"]
    assert {each.wire.field("model") for each in came} == {"own"}


def test_a_limit_on_calls_ends_it(serving):
    url, came = serving()

    done = conform(url, "--call", "images.edit", "--max-calls", "5", code=4)

    assert len(came) == 5
    assert "✓ images.edit/plain" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("https://llm.example/v1",), "no key; name the variable"),
        (("https://llm.example/v1", "--key-env", "TEST_KEY"), "your agreement is needed"),
        (("https://llm.example/v1", "--key-env", "TEST_KEY", "--budget", "1"), "so the budget cannot hold"),
        (("http://127.0.0.1:9/v1", "--scenario", "arrayname"), "did you mean 'array-name'?"),
        (("http://127.0.0.1:9/v1", "--call", "image.edit"), "did you mean 'images.edit'?"),
        (("http://127.0.0.1:9/v1", "-o", "r.pdf"), "the ending says what to write"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(arguments, says, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "sk-" + "canary0123456789" * 2)

    done = conform(*arguments, code=2)

    assert says in " ".join(done.output.split())
    assert "canary" not in done.output


def test_who_agrees_is_told_what_would_be_sent_where(monkeypatch):
    monkeypatch.setenv("TEST_KEY", "sk-" + "canary0123456789" * 2)

    done = conform("https://llm.example/v1", "--key-env", "TEST_KEY", "--call", "files.create", code=2)

    first, second, *_ = done.stderr.splitlines()
    assert first.startswith("14 calls to llm.example, ")
    assert "files.create; 4 of them should be rejected" in first
    assert second == "  what they cost is unknown of 14 calls"


def test_a_server_that_nobody_runs_is_not_known(silent_port):
    found = uploads(f"http://127.0.0.1:{silent_port}/v1", "--call", "images.edit", code=3)

    assert found["images.edit/plain"]["reception"] == "not known"
    assert "status" not in found["images.edit/plain"]


def test_every_scenario_is_another_request_than_its_control():
    controls = {each.call: request(each) for each in scenarios() if each.is_control}
    for each in scenarios():
        sent, control = request(each), controls[each.call]
        otherwise = (sent.head, sent.body) != (control.head, control.body)
        assert otherwise is not (each.is_control or each.wrong_key), each.id
