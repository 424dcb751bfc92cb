"""``conform gateway``: what gateways on loopback mask, rewrite, corrupt and drop, each told as what it is."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from gateway_builders import Elsewhere, command

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.gateway.gateway import TOKEN_FILE, behind_url, lasting_token
from upload_matrix.gateway.process import free_port


def conform(gateway, *arguments, code=0):
    done = CliRunner().invoke(commands, ("conform", "gateway", gateway, *arguments))
    assert done.exit_code == code, done.output
    return done


def uploads(gateway, *arguments, code=0):
    document = json.loads(conform(gateway, *arguments, "--json", code=code).stdout)
    jsonschema.validate(document, written_schema("server"))
    return {each["scenario"]: each for each in document["uploads"]}


def amiss(upload):
    return {check["name"]: check["says"] for check in upload["checks"] if check["mark"] == "failed"}


@pytest.mark.parametrize(
    ("do", "scenario", "seen"),
    [
        ("pass", "octet-stream", {}),
        ("rename", "octet-stream", {}),
        (
            "fix-type",
            "octet-stream",
            {
                "unmasked": "the `Content-Type` of part `image` is sent as `application/octet-stream` and "
                "forwarded as `image/png`"
            },
        ),
        (
            "drop-type",
            "two-files",
            {
                "unharmed": "the `Content-Type` of part `image[]` is sent as `image/png` and forwarded as "
                "(absent); the `Content-Type` of part `image[]#2` is sent as `image/png` and forwarded as "
                "(absent); what is forwarded has faults that were not sent: no-type"
            },
        ),
        (
            "drop-prompt",
            "array-name",
            {"forwarded": "ABSENT", "unharmed": "`prompt` is not forwarded"},
        ),
        ("own-502", "array-name", {"verdict": "the target answered 200, the gateway made 502 of it"}),
    ],
)
def test_what_a_gateway_does_is_told_as_what_it_is(do, scenario, seen):
    failing = bool(seen)
    found = uploads(command(do), "--scenario", f"images.edit/{scenario}", code=int(failing))

    expected = {name: says for name, says in seen.items() if says != "ABSENT"}
    assert amiss(found[f"images.edit/{scenario}"]) == expected


def test_bytes_that_are_read_as_text_are_corrupted():
    found = uploads(command("as-text"), "--scenario", "images.edit/array-name", code=1)

    said = amiss(found["images.edit/array-name"])
    assert said["unharmed"].startswith("the content of part `image[]` is sent as `sha256:")
    # The call itself is harmed too, and what stands in its place is rejected.
    assert amiss(found["images.edit/plain"])["forwarded"].startswith(
        "what is forwarded in its place is rejected"
    )


def test_an_upload_that_is_asked_for_twice_is_told_of():
    found = uploads(command("empty-retry"), "--scenario", "images.edit/array-name", code=1)

    assert amiss(found["images.edit/array-name"])["once"] == "forwarded 2 times"


def test_nothing_is_concluded_of_a_gateway_that_lets_nothing_through():
    found = uploads(command("own-400"), "--call", "images.edit", code=3)

    assert {each["reception"] for each in found.values()} == {"not known"}
    assert found["images.edit/octet-stream"]["words"] == (
        "not sent: the call as its document has it: answered 400, this gateway takes no uploads"
    )


def test_a_gateway_that_routes_by_headers_is_sent_them():
    only = ("--scenario", "images.edit/array-name")
    conform(command("want-route"), *only, code=3)
    conform(command("want-route"), *only, "--client-header", "x-route: here")


@pytest.mark.parametrize(("do", "code"), [("pass", 0), ("fix-type", 1)])
def test_a_gateway_that_runs_already_is_measured_by_its_url_and_left_running(do, code):
    behind = free_port()
    only = ("--scenario", "images.edit/octet-stream", "--behind-port", behind)
    with Elsewhere(behind_url(behind, "/v1", lasting_token()), do) as running:
        found = uploads(f"http://127.0.0.1:{running.port}/v1", *map(str, only), code=code)
        assert running.process.poll() is None
    assert found["images.edit/plain"]["reception"] == "taken"
    assert list(amiss(found["images.edit/octet-stream"])) == ["unmasked"] * code


def test_a_gateway_that_forwards_past_the_tap_is_not_cleared():
    behind = free_port()
    with Elsewhere(f"http://127.0.0.1:{behind}/v1") as running:
        url = f"http://127.0.0.1:{running.port}/v1"
        done = conform(url, "--scenario", "images.edit/octet-stream", "--behind-port", str(behind), code=3)
    assert f"must forward to {behind_url(behind, '/v1', lasting_token())}" in done.stderr


def test_a_url_needs_the_port_behind_it():
    assert "--behind-port N" in conform("http://127.0.0.1:9/v1", code=2).stderr


def test_a_gateway_that_does_not_start_is_told_with_its_last_words():
    done = conform("sh -c 'echo bad config; exit 7' {port}", code=2)

    assert "conform gateway: sh ended with exit code 7 before it listened" in done.stderr
    assert "bad config" in done.stderr
    assert "--through" not in done.stderr


def test_without_a_port_there_is_no_gateway():
    assert "conform gateway: the command must say where it is to listen" in conform("gw", code=2).stderr


def test_litellm_repairs_types_and_names():
    python = os.environ.get("UPLOAD_MATRIX_PYTHON_LITELLM")
    if python is None:
        pytest.skip(
            "UPLOAD_MATRIX_PYTHON_LITELLM names no interpreter with LiteLLM's proxy; .ci/run installs one"
        )
    from upload_matrix.conform.servers.subjects import subjects

    subject = subjects("gateway")["litellm"]
    text = subject.files["litellm.yaml"].replace("{upstream}", "os.environ/OPENAI_BASE_URL")
    Path("litellm.yaml").write_text(text)
    line = f"env LITELLM_LOCAL_MODEL_COST_MAP=True {Path(python).with_name('litellm')} --config litellm.yaml"

    found = uploads(
        f"{line} --host 127.0.0.1 --port {{port}}", "--scenario", "images.edit/octet-stream", code=1
    )

    assert "forwarded as `image/png`" in amiss(found["images.edit/octet-stream"])["unmasked"]
    assert found["images.edit/plain"]["reception"] == "taken"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TOKEN_FILE, str(tmp_path / "token"))
