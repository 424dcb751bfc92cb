"""``bug-report`` for the ways a call fails: what is written, and that repros do what the report says."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from bug_cases import failing
from forgetful import FORGETFUL

from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.tap.http import LoopbackServer, RawResponse
from upload_matrix.tap.server import Tap

IDENTICAL = "identical"

FORM = (
    "### Confirm this is an issue with the Python library and not an underlying OpenAI API",
    "### Describe the bug",
    "### To Reproduce",
    "### Code snippets",
    "### OS",
    "### Python version",
    "### Library version",
)

TARGET = """
name: vendor
base_url: {url}
provenance: live
"""

LENIENT = """
name: lenient
date: 2026-01-01
summary: Takes whatever comes.
extends: openai-2025
remove: [image-not-decodable-gpt]
"""


def emulated(status=400):
    return Answer(
        status,
        (("content-type", "application/json"),),
        b"{}",
        Source("t", Provenance.EMULATED, Supply.EMULATOR),
    )


def run_clean(folder, command, assets):
    """Run a repro as a vendor would, with an environment of its own; the wire forms it sent."""
    with Tap(assets) as tap:
        channel = tap.open(lambda _: emulated())
        subprocess.run(
            command,
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "OPENAI_BASE_URL": f"{channel.url}/v1",
                "OPENAI_API_KEY": "a-vendor's-own",
            },
            capture_output=True,
            timeout=60,
            check=False,
        )
        return [exchange.request.wire for exchange in tap.release(channel, raised=True)]


def assets_of(folder):
    from upload_matrix.assets.studio import Studio

    with Studio() as studio:
        studio.upload("webp")
        return dict(studio.assets)


def test_a_rejected_upload_is_told_with_repros_that_were_seen_to_send_the_same(reported):
    project, _, repros, text = reported
    assert {each["verdict"] for each in repros.values()} == {IDENTICAL}
    assert set(repros) == {"repro.py", "repro_rest.py", "repro.sh"}
    assert repros["repro.py"]["ends"] == "ends as in the case: raises openai.BadRequestError"
    places = [text.index(heading) for heading in FORM]
    assert places == sorted(places)
    assert "- [ ] This is an issue with the Python library" in text
    # Said at the very top, before anything that could be sent on.
    assert text.startswith("> **DO NOT SEND THIS TO A VENDOR AS A LIVE FAILURE.** Answers: emulated")
    assert "container `tuple3` instead of `bytesio` it passes (emulated)" in text
    assert "| the `Content-Type` of part `image` | `image/webp` | `application/octet-stream` |" in text
    assert "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'." in text
    assert "Content-Type: image/webp" in project.text("out/passing/request.http")


@pytest.mark.parametrize(
    "command", [(sys.executable, "repro.py"), (sys.executable, "repro_rest.py"), ("sh", "repro.sh")]
)
def test_the_repros_do_it_again_in_a_clean_environment(reported, command):
    project, case, _, _ = reported
    folder = project.folder / "out"
    (wire,) = run_clean(folder, command, assets_of(folder))
    assert wire.digest == case.attempts[-1].wire


def test_a_type_that_depends_on_the_machine_is_pinned(project):
    (project.folder / "empty.types").write_text("text/plain txt\n")
    table = f"builtin={project.folder / 'empty.types'}"
    case = failing(project.run(container="handle", tables={"builtin": project.folder / "empty.types"}))
    repros, _ = project.reported(case.id, "--mime-table", table)
    assert repros["repro.py"]["verdict"] == IDENTICAL
    assert 'mimetypes.types_map.pop(".webp", None)' in project.text("out/repro.py")
    # Whatever table the vendor's machine has, it must fail there all the same.
    (wire,) = run_clean(project.folder / "out", [sys.executable, "repro.py"], assets_of(project.folder))
    assert wire.digest == case.attempts[-1].wire


def test_azure_has_an_endpoint_and_a_key_of_its_own(project):
    case = failing(project.run(client="azure"))
    repros, _ = project.reported(case.id)
    assert {name: each["verdict"] for name, each in repros.items()} == dict.fromkeys(repros, IDENTICAL)
    assert 'os.environ["AZURE_OPENAI_ENDPOINT"]' in project.text("out/repro.py")


def test_what_a_form_cannot_say_is_sent_byte_by_byte(project):
    case = failing(project.run(client="requests", container="stream-at-end"))
    repros, text = project.reported(case.id)
    # requests sends no Content-Type at all: neither httpx nor curl -F can be told that.
    assert repros["repro_rest.py"]["verdict"] == repros["repro.sh"]["verdict"] == IDENTICAL
    assert "--data-binary @body.bin" in project.text("out/repro.sh")
    assert b"webp" in (project.folder / "out/body.bin").read_bytes()
    # The SDK does otherwise, and the report says in what.
    assert repros["repro.py"]["verdict"] == "different"
    assert "image.content_type" in repros["repro.py"]["says"]
    assert "image.content_type" in text


def test_a_refused_call_sends_nothing_and_so_does_its_repro(project):
    case = failing(project.run(container="closed-handle, tuple3"))
    assert case.outcome.kind.value == "not_sent"
    repros, text = project.reported(case.id)
    assert repros["repro.py"]["verdict"] == IDENTICAL
    assert "sent no request, like the original" in repros["repro.py"]["says"]
    assert repros["repro.py"]["ends"].startswith("ends as in the case: raises ")
    assert (
        repros["repro_rest.py"]["says"] == "not written: nothing was sent, so there is no request to repeat"
    )
    assert "- [x] This is an issue with the Python library" in text
    # The failure is real; that the other way passes is a stand-in's word.
    assert "DO NOT SEND" not in text
    assert "container `tuple3` instead of `closed-handle` it passes (emulated)" in text
    assert not (project.folder / "out/repro_rest.py").exists()


@pytest.fixture
def vendor():
    """A server of our own that plays a live vendor, with a page where JSON was promised."""
    reply = RawResponse(200, (("content-type", "text/html"), ("x-request-id", "req_1")), b"<html>busy</html>")
    server = LoopbackServer(lambda _: reply)
    yield f"{server.url}/v1"
    server.close()


def test_an_answer_the_client_cannot_read_is_given_again_to_the_repro(project, vendor):
    files = {"targets/vendor.yaml": TARGET.format(url=vendor)}
    run = project.run(target="vendor", container="tuple3", files=files, record=True)
    case = failing(run)
    assert case.outcome.kind.value == "unparsed"
    repros, text = project.reported(case.id)
    assert repros["repro.py"]["verdict"] == IDENTICAL
    assert repros["repro.py"]["ends"] == "ends as in the case: it is given a bare str"
    assert "DO NOT SEND" not in text
    assert "<html>busy</html>" in project.text("out/answer.http")
    assert "python server.py" in text
    # The same from the server that goes with it, as a vendor would run it.
    folder = project.folder / "out"
    with subprocess.Popen(
        [sys.executable, "server.py", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as server:
        url = server.stdout.readline().strip()
        done = subprocess.run(
            [sys.executable, "repro.py"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "dummy"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout.strip() == "str"
        assert server.stdout.readline().startswith("request 1: POST /v1/images/edits, ")
        server.kill()


def test_a_live_rejection_without_a_recording_is_told_from_the_report_s_fields(project):
    body = {"error": {"message": "No.", "type": "invalid_request_error", "param": "image", "code": "bad"}}
    server = LoopbackServer(
        lambda _: RawResponse(400, (("content-type", "application/json"),), json.dumps(body).encode())
    )
    files = {"targets/vendor.yaml": TARGET.format(url=f"{server.url}/v1")}
    case = failing(project.run(client="httpx", target="vendor", container="tuple3", files=files))
    server.close()
    _, text = project.reported(case.id)
    assert "the answer itself was not kept" in project.text("out/answer.http")
    assert "- code: `bad`" in text


def test_wrong_on_retry_shows_both_requests_and_gives_a_server_that_provokes_it(project):
    files = {"clients/forgetful.py": FORGETFUL, "profiles/lenient.yaml": LENIENT}
    run = project.run(
        client="forgetful", container="one-way", retries="after-500", target="emulator:lenient", files=files
    )
    case = failing(run)
    assert case.outcome.kind.value == "altered"
    repros, text = project.reported(case.id)
    # The request without the SDK is the altered one, byte by byte.
    assert repros["repro_rest.py"]["verdict"] == repros["repro.sh"]["verdict"] == IDENTICAL
    assert "### Request 1 of 2" in text
    assert "### Request 2 of 2" in text
    assert "(0 bytes, sha256" in project.text("out/request-2.http")
    assert [answer["status"] for answer in json.loads(project.text("out/answers.json"))] == [500, 200]


def test_retries_of_the_sdk_are_repeated_attempt_by_attempt(project):
    case = failing(project.run(container="bytesio", retries="after-429"))
    repros, _ = project.reported(case.id)
    assert "all 2 requests are" in repros["repro.py"]["says"]
    assert repros["repro.py"]["verdict"] == IDENTICAL


def test_without_curl_the_report_says_what_was_not_verified(mine, monkeypatch):
    project, case = mine
    which = shutil.which
    monkeypatch.setattr(
        "upload_matrix.run.repro.shutil.which", lambda name: None if name == "curl" else which(name)
    )
    repros, text = project.reported(case.id)
    assert repros["repro.sh"]["says"] == "not verified: curl is not installed"
    assert "not verified: curl is not installed" in text
    assert "--form" in project.text("out/repro.sh")


def test_the_folder_and_the_zip_hold_the_same_and_are_the_same_each_time(reported, mine):
    first, case, _, _ = reported
    second, _ = mine
    second.reported(case.id)

    def content(project):
        with zipfile.ZipFile(project.folder / "out.zip") as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    files, again = content(first), content(second)
    folder = first.folder
    on_disk = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (folder / "out").rglob("*")
        if path.is_file()
    }
    assert files == on_disk
    # The boundary is the client's, and new each time.
    varying = {name for name in files if name.endswith((".har", ".http", "report.md"))}
    assert {name: data for name, data in files.items() if name not in varying} == {
        name: data for name, data in again.items() if name not in varying
    }
