"""Gateways as programs: read from an option, started, found, ended, and never trusted with a key."""

import json
import socket
import sys
import threading

import gateway_program
import httpx
import pytest
from gateway_builders import Elsewhere, refuses

from upload_matrix.gateway.gateway import TOKEN_FILE, BehindTap, Gateway, behind_url, lasting_token
from upload_matrix.gateway.process import GatewayProcess, environment_of, free_port
from upload_matrix.gateway.spec import GatewaySpec, parse_gateway
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.hop import Speaker
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.tap.http import LoopbackServer, RawResponse
from upload_matrix.wire.form import Captured, Framing, WireForm

PROGRAM = gateway_program.__file__
KEY = "canary-" + "k" * 30
REQUEST = Captured(
    b"",
    (),
    b"{}",
    WireForm("POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "application/json", json="{}"),
    True,
)


@pytest.fixture(autouse=True)
def own_token(tmp_path, monkeypatch):
    monkeypatch.setenv(TOKEN_FILE, str(tmp_path / "token"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("litellm --port {port}", "litellm"),
        ("/opt/somebody/bin/litellm --port {port}", "litellm"),
        ("python3.11 -u /home/somebody/gw.py --port={port}", "gw.py"),
        ("env A=b uvx --from x y --port {port}", "uvx"),
        ("python --port {port}", "python"),
    ],
)
def test_a_gateway_is_called_by_what_it_runs_without_folders(text, name):
    assert parse_gateway(text).name == name


def test_placeholders_are_filled_in_and_nothing_else():
    spec = parse_gateway("gw --listen 127.0.0.1:{port} --to {upstream}/x '--json={\"a\": 1}'")

    assert spec.words(8, "http://u/v1") == [
        "gw",
        "--listen",
        "127.0.0.1:8",
        "--to",
        "http://u/v1/x",
        '--json={"a": 1}',
    ]


@pytest.mark.parametrize(
    ("upstream", "root"),
    [
        ("http://127.0.0.1:9/token/1/v1", "http://127.0.0.1:9/token/1"),
        ("http://127.0.0.1:9/token/1/openai/v1", "http://127.0.0.1:9/token/1"),
        ("http://127.0.0.1:9/token/1/other", "http://127.0.0.1:9/token/1/other"),
    ],
)
def test_a_gateway_that_adds_the_root_itself_is_told_the_upstream_without_it(upstream, root):
    spec = parse_gateway("gw --port {port} --to {upstream_root} --whole {upstream}")
    assert spec.words(80, upstream) == ["gw", "--port", "80", "--to", root, "--whole", upstream]


def test_a_gateway_that_leaves_the_path_is_told_where_alone_and_its_files_are_written(tmp_path):
    config = tmp_path / "gw.conf"
    spec = GatewaySpec(
        "gw", ("gw", "{port}"), files=((config, "to {upstream_origin} {upstream_address} {upstream_port}"),)
    )
    assert spec.leaves_path
    assert not GatewaySpec("gw", ("gw", "{port}", "{upstream}")).leaves_path

    spec.write_files(80, "http://127.0.0.1:9/token/v1")

    assert config.read_text() == "to http://127.0.0.1:9 127.0.0.1:9 9"


def test_a_mistake_is_named_as_it_was_given():
    with pytest.raises(ConfigurationError, match=r"^conform gateway: the command must say"):
        parse_gateway("gw", option="conform gateway")


@pytest.mark.parametrize(
    ("text", "port", "says"),
    [
        ("litellm --config x.yaml", None, "must say where it is to listen"),
        ("", None, "give a command"),
        ("litellm 'unbalanced", None, "cannot be read as a command"),
        ("litellm --port {port}", 4000, "--behind-port: only for a gateway that runs already"),
        ("http://localhost:4000", None, "--behind-port N"),
        ("https://gateway.example.com/v1", 4001, "tunnel both ways"),
        ("http://user:secret@localhost:4000", 4001, "carries no credentials"),
    ],
)
def test_a_mistake_is_named_with_the_way_out(text, port, says):
    with pytest.raises(ConfigurationError, match=says) as raised:
        parse_gateway(text, behind_port=port)

    assert "secret" not in str(raised.value)


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(ConfigurationError, match="no-such-gateway cannot be run"):
        GatewayProcess(["no-such-gateway"], free_port(), {})


def test_a_program_that_ends_gives_its_last_words():
    words = [sys.executable, "-c", "print('no such config'); raise SystemExit(3)"]

    with pytest.raises(ConfigurationError, match=r"exit code 3 before it listened.*\n.*no such config"):
        GatewayProcess(words, free_port(), {})


def test_a_program_that_listens_elsewhere_is_ended():
    words = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]

    with pytest.raises(ConfigurationError, match="did not listen on port"):
        GatewayProcess(words, free_port(), {}, seconds=0.3)


def test_a_gateway_ends_with_what_it_started():
    port = free_port()
    words = [PROGRAM, "--port", str(port), "--upstream", "http://127.0.0.1:1/v1"]
    inner = f"import subprocess, sys; subprocess.run([sys.executable, *{words!r}])"
    process = GatewayProcess([sys.executable, "-c", inner], port, {})

    process.close()

    # The system takes a moment to end what was killed.
    while not refuses(port):
        continue


def test_the_environment_points_at_the_tap_and_holds_no_key():
    given = {"PATH": "/bin", "REAL_KEY": KEY, "OPENAI_API_KEY": KEY, "NO_PROXY": "intranet"}

    found = environment_of(given, "http://127.0.0.1:9/t/v1", {"REAL_KEY"})

    assert KEY not in json.dumps(found)
    assert found["PATH"] == "/bin"
    assert found["OPENAI_BASE_URL"] == found["OPENAI_API_BASE"] == "http://127.0.0.1:9/t/v1"
    assert found["NO_PROXY"] == "intranet,127.0.0.1,localhost"


def test_a_running_gateway_sees_neither_key_nor_the_way_around_the_tap(through, monkeypatch, tmp_path):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "live.yaml").write_text(
        "name: live\nbase_url: http://127.0.0.1:1/v1\nkey_env: TEST_KEY\n"
    )
    session, (case,) = through("tell")

    told = json.loads(session.run(case).outcome.message)

    assert told["TEST_KEY"] is None
    assert KEY not in json.dumps(told)
    assert told["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")


def test_the_key_is_put_in_behind_the_gateway(through, monkeypatch, tmp_path):
    got = []

    def handle(request):
        got.append({name.lower(): value for name, value in request.headers})
        status = 503 if len(got) == 1 else 200
        return RawResponse(status, (("content-type", "application/json"),), b'{"created": 1, "data": []}')

    server = LoopbackServer(handle)
    monkeypatch.setenv("TEST_KEY", KEY)
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "live.yaml").write_text(
        f"name: live\nbase_url: {server.url}/v1\nkey_env: TEST_KEY\n"
    )
    try:
        session, (case,) = through("retry", target="live")
        result = session.run(case)
    finally:
        server.close()

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    assert [each[b"authorization"].decode() for each in got] == [f"Bearer {KEY}"] * 2
    assert [each.status for each in result.hop.forwarded] == [503, 200]
    assert KEY not in repr(result)


def test_targets_with_other_roots_do_not_share_a_gateway():
    gateway = Gateway(
        parse_gateway(f"{sys.executable} {PROGRAM} --port {{port}} --upstream {{upstream}}"), {}
    )
    try:
        gateway.start("/v1")
        with pytest.raises(ConfigurationError, match="roots /v1 and /openai"):
            gateway.start("/openai")
    finally:
        gateway.close()


@pytest.mark.parametrize("root", ["", "/v1"])
def test_a_gateway_that_runs_already_is_used_and_left_running(through, root):
    behind = free_port()
    with Elsewhere(behind_url(behind, "/v1", lasting_token())) as running:
        session, (case,) = through(f"http://127.0.0.1:{running.port}{root}", "bytes", behind_port=behind)
        result = session.run(case)
        session.close()
        assert running.process.poll() is None

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    assert result.hop.gateway == f"127.0.0.1:{running.port}"
    assert [each.value for each in result.hop.effects] == ["masked"]


def test_a_gateway_configured_past_the_tap_is_told_apart_from_one_that_says_no(through):
    behind = free_port()
    with Elsewhere(f"http://127.0.0.1:{behind}/v1") as running:
        session, (case,) = through(f"http://127.0.0.1:{running.port}/v1", behind_port=behind)
        (crossing,) = session.run(case).hop.crossings

    assert crossing.speaker is Speaker.GATEWAY
    assert "not to its base URL" in crossing.says


def test_the_token_lasts_and_is_nobody_elses_to_read(tmp_path):
    first = lasting_token()

    assert lasting_token() == first
    assert len(first) >= 32
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0


def test_a_port_in_use_is_named():
    with LoopbackPort() as port, pytest.raises(ConfigurationError, match=f"--behind-port {port}"):
        BehindTap({}, port=port)


class LoopbackPort:
    def __enter__(self):
        self.server = LoopbackServer(lambda _: RawResponse(200, (), b""))
        return self.server.port

    def __exit__(self, *_):
        self.server.close()


def test_after_a_call_that_was_not_answered_in_time_nothing_is_taken_for_the_next_ones():
    release = threading.Event()

    def handle(_):
        release.wait()
        return RawResponse(200, (), b"{}")

    server = LoopbackServer(handle)
    gateway = Gateway(GatewaySpec("slow", url=f"{server.url}/v1"), {}, patience=0.3)
    try:
        gateway.start("/v1")
        late = gateway.pass_on(REQUEST, never)
        after = gateway.pass_on(REQUEST, never)
    finally:
        release.set()
        gateway.close()
        server.close()

    assert isinstance(late.reply, NoAnswer)
    assert isinstance(after.reply, NoAnswer)
    assert after.reply.why is Silence.UNREACHABLE
    assert "start it anew" in after.reply.says


def never(_):
    raise AssertionError("nothing was to be forwarded")


def test_what_the_harness_fails_at_behind_the_gateway_is_the_harness_failure():
    gateway = Gateway(
        parse_gateway(f"{sys.executable} {PROGRAM} --port {{port}} --upstream {{upstream}}"), {}
    )
    gateway.start("/v1")
    try:
        with pytest.raises(AssertionError, match="nothing was to be forwarded"):
            gateway.pass_on(REQUEST, never)
        answer = Answer(200, (), b"{}", Source("t", Provenance.EMULATED, Supply.EMULATOR))
        assert gateway.pass_on(REQUEST, lambda _: answer).forwarded[0].reply == answer
    finally:
        gateway.close()


def test_requests_while_no_call_is_under_way_are_refused():
    tap = BehindTap({})
    try:
        assert httpx.get(tap.url("/v1") + "/models", trust_env=False).status_code == 404
        assert tap.strays == 1
    finally:
        tap.close()


def test_a_port_for_a_gateway_is_none_that_the_system_hands_out():
    with socket.create_server(("127.0.0.1", free_port())) as gateway:
        assert gateway.getsockname()[1] < 32_768
