"""``bug-report`` for calls that took a gateway: what it forwarded stands beside what was sent."""

import json
import sys
from pathlib import Path

import pytest
from bug_cases import failing

from upload_matrix.gateway.spec import parse_gateway
from upload_matrix.tap.http import LoopbackServer, RawResponse

IDENTICAL = "identical"
PROGRAM = Path(__file__).parents[1] / "support" / "gateway_program.py"

TARGET = """
name: vendor
base_url: {url}
provenance: live
"""


def through(do):
    return f"{sys.executable} {PROGRAM} --port {{port}} --upstream {{upstream}} --do {do}"


def ran(project, do, **given):
    run = project.run(client="httpx", through=parse_gateway(through(do)), **given)
    (result,) = run.results
    return result


def test_what_was_sent_and_what_was_forwarded_stand_side_by_side(project):
    case = ran(project, "generic-type", container="tuple3")
    assert case.outcome.kind.value == "rejected"
    repros, text = project.reported(case.id, "--through", through("generic-type"))
    assert text.startswith("> **DO NOT SEND")
    assert "gateway_program.py: images.edit with tuple3 is not forwarded as it was sent (rewritten)" in text
    assert "| rewritten | `image.content_type` | `image/webp` | `application/octet-stream` |" in text
    assert "The call went through the gateway `gateway_program.py`: rewritten." in text
    # The repros are measured by what the client sent to the gateway.
    assert {each["verdict"] for each in repros.values() if each["verdict"] != "not verified"} >= {IDENTICAL}
    assert repros["repro_rest.py"]["verdict"] == repros["repro.sh"]["verdict"] == IDENTICAL
    assert "Content-Type: image/webp" in project.text("out/request.http")
    assert "Content-Type: image/webp" not in project.text("out/forwarded/request.http")
    assert "EMULATED" in project.text("out/repro_rest.py")
    assert "gateway_program.py --port 4000 --upstream https://api.openai.com/v1 --do generic-type" in text
    assert "http://localhost:4000/v1" in project.text("out/repro_rest.py")
    written = [path.read_bytes() for path in (project.folder / "out").rglob("*") if path.is_file()]
    assert not any(b"127.0.0.1" in data or str(PROGRAM.parent).encode() in data for data in written)


def test_a_gateway_that_changes_nothing_leaves_the_form_to_the_library(project):
    run = project.run(through=parse_gateway(through("pass")))
    case = failing(run)
    repros, text = project.reported(case.id, "--through", through("pass"))
    assert "which passed it on unchanged: the verdict is the target's" in text
    assert "### Library version" in text
    assert repros["repro.py"]["verdict"] == IDENTICAL


def test_a_gateway_that_says_no_itself_is_shown_with_nothing_forwarded(project):
    case = ran(project, "own-400", container="tuple3")
    _, text = project.reported(case.id, "--through", through("own-400"))
    # The gateway is real, and nobody else spoke.
    assert "DO NOT SEND" not in text
    assert "nothing was forwarded; the answer is the gateway's own, not the target's" in text
    assert not (project.folder / "out/forwarded").exists()


def test_an_upload_that_a_gateway_spoils_is_reported_though_it_was_accepted(project):
    lenient = {
        "profiles/lenient.yaml": "name: lenient\ndate: 2026-01-01\nsummary: Takes it.\nextends: openai-2025\n"
        "remove: [image-not-decodable-gpt]\n"
    }
    case = ran(project, "as-text", container="tuple3", target="emulator:lenient", files=lenient)
    assert case.outcome.kind.value == "accepted"
    repros, text = project.reported(None, "--through", through("as-text"))
    assert "(corrupted)" in text
    assert repros["repro_rest.py"]["verdict"] == IDENTICAL
    assert "it passes" not in text


def test_the_passing_case_takes_the_same_gateway(project):
    run = project.run(client="httpx", container="bytesio, tuple3", through=parse_gateway(through("pass")))
    _, text = project.reported(failing(run).id, "--through", through("pass"))
    assert "container `tuple3` instead of `bytesio` it passes (emulated)" in text
    assert "Content-Type: image/webp" in project.text("out/passing/request.http")


@pytest.mark.parametrize("do", ["drop-type", "reword", "retry"])
def test_a_live_targets_answers_are_given_again_behind_the_gateway(project, do):
    body = {"error": {"message": "The type is not known.", "type": "invalid_request_error", "code": "bad"}}
    raw = json.dumps(body).encode()
    server = LoopbackServer(lambda _: RawResponse(400, (("content-type", "application/json"),), raw))
    files = {"targets/vendor.yaml": TARGET.format(url=f"{server.url}/v1")}
    case = ran(project, do, container="tuple3", target="vendor", files=files)
    server.close()
    _, text = project.reported(case.id, "--through", through(do))
    assert "The type is not known." in text
    assert "DO NOT SEND" not in text
    assert "the answer itself was not kept" in project.text("out/forwarded/answer.http")


def test_without_the_gateway_there_is_nothing_to_show(project):
    case = ran(project, "drop-type", container="tuple3")
    status, text = project.write(case.id)
    assert status == 2
    assert "took the gateway gateway_program.py: give it here too, with --through" in text


def test_another_gateway_is_no_evidence(project):
    case = ran(project, "generic-type", container="tuple3")
    status, text = project.write(case.id, "--through", through("own-400"))
    assert status == 2
    assert not (project.folder / "out").exists()
    status, text = project.write(case.id, "--through", through("retry"))
    assert status == 2
    assert "was rejected" in text


def test_a_case_without_a_gateway_takes_none(mine):
    project, case = mine
    status, text = project.write(case.id, "--through", through("pass"))
    assert status == 2
    assert "took no gateway in this report" in text


def test_the_projects_own_patterns_are_kept_out(mine):
    project, case = mine
    project.folder.joinpath("redact.yaml").write_text("nonsense: [", "utf-8")
    status, text = project.write(case.id)
    assert status == 2
    assert "not YAML" in text
