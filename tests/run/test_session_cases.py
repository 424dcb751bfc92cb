"""Cases through the real machinery: probes, tap, servers on loopback. What becomes of each is never guessed."""

import json
import threading
import time
from dataclasses import replace
from datetime import date

import pytest

from upload_matrix.answers.answering import Policy
from upload_matrix.answers.service import EmulatorService
from upload_matrix.emulator.profile import load_profile
from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import VerdictKind
from upload_matrix.recordings import RecordMode
from upload_matrix.run.collect import Collector, Record
from upload_matrix.run.loading import Request, load
from upload_matrix.run.session import Session, Settings
from upload_matrix.tap.http import LoopbackServer, RawResponse

CANARY = "canary-" + "k" * 30
TODAY = date(2026, 11, 22)
ANSWER = {"created": 1, "data": [{"b64_json": "aGVsbG8="}]}

MATRIX = """
name: live
target: {target}
request: {{model: gpt-image-1-mini, prompt: a red door}}
timeout: 2
axes:
  client: [{client}]
  container: [{container}]
  image: [webp]
  mime_table: [builtin]
"""


class Upstream:
    """A server of our own that plays the vendor: keeps what it got, answers as told."""

    def __init__(self, status=200, body=None, headers=(("content-type", "application/json"),)):
        self.requests = []
        self.reply = RawResponse(status, headers, json.dumps(ANSWER).encode() if body is None else body)
        self.delay = threading.Event()
        self.slow = False
        self.server = LoopbackServer(self.handle)

    def handle(self, request):
        self.requests.append(request)
        if self.slow:
            self.delay.wait(10)
        return self.reply

    @property
    def base_url(self):
        return f"{self.server.url}/v1"

    def close(self):
        self.delay.set()
        self.server.close()


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.close()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes a matrix with its target file and gives a session over it, with its cases."""
    sessions = []
    monkeypatch.setenv("TEST_KEY", CANARY)

    def make(
        base_url,
        *,
        client="httpx",
        container="tuple3",
        mode=RecordMode.ONCE,
        recording=True,
        target="live",
        **policy,
    ):
        (tmp_path / "targets").mkdir(exist_ok=True)
        (tmp_path / "targets" / "live.yaml").write_text(
            f"name: live\nbase_url: {base_url}\nkey_env: TEST_KEY\nheaders: {{x-team: blue}}\n"
        )
        (tmp_path / "live.yaml").write_text(MATRIX.format(target=target, client=client, container=container))
        loaded = load(Request((tmp_path / "live.yaml",), 1000))
        session = Session(
            Settings(
                policy=Policy(tmp_path / "cassettes", mode, TODAY, recording=recording, **policy),
                targets=loaded.targets,
                profiles=loaded.profiles,
                timeouts={matrix.name: matrix.timeout for matrix in loaded.matrices},
                folders=loaded.folders,
            )
        )
        sessions.append(session)
        return session, loaded.cases

    yield make
    for session in sessions:
        session.close()


def everything_written(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_live_answer_is_forwarded_with_the_real_key_and_recorded_without_it(project, upstream, tmp_path):
    session, (case,) = project(upstream.base_url)

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    source = result.attempts[0].source
    assert (source.target, source.provenance, source.supply) == ("live", Provenance.LIVE, Supply.FORWARDED)
    (request,) = upstream.requests
    headers = {name.lower(): value for name, value in request.headers}
    assert headers[b"authorization"] == f"Bearer {CANARY}".encode()
    assert headers[b"x-team"] == b"blue"
    assert request.target == "/v1/images/edits"
    assert b'filename="avatar.webp"\r\nContent-Type: image/webp' in request.body
    assert CANARY.encode() not in everything_written(tmp_path)
    assert CANARY not in repr(result)


def test_the_recording_then_answers_without_key_and_without_server(project, upstream, monkeypatch):
    session, (case,) = project(upstream.base_url)
    session.run(case)
    upstream.close()
    monkeypatch.delenv("TEST_KEY")

    session, (case,) = project(upstream.base_url, mode=RecordMode.NONE)
    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    source = result.attempts[0].source
    assert (source.supply, source.provenance, source.recorded_on) == (
        Supply.RECORDED,
        Provenance.LIVE,
        "2026-11-22",
    )


def test_one_wire_form_is_asked_once_whichever_client_sends_it(project, upstream):
    session, cases = project(upstream.base_url, client="openai, openai-async, openai-raw-response")
    assert {session.run(case).outcome.kind for case in cases} == {OutcomeKind.ACCEPTED}
    assert len(upstream.requests) == 1


def test_an_emulator_behind_a_base_url_never_passes_for_live(project):
    with EmulatorService(load_profile("openai-2026-02")) as service:
        session, (case,) = project(service.base_url, container="bytesio", recording=False)
        result = session.run(case)
    assert (result.outcome.kind, result.outcome.code) == (OutcomeKind.REJECTED, "invalid_value")
    source = result.attempts[0].source
    assert (source.provenance, source.profile) == (Provenance.EMULATED, "openai-2026-02")


@pytest.mark.parametrize(("status", "client"), [(429, "httpx"), (500, "openai"), (503, "httpx")])
def test_a_server_in_trouble_is_inconclusive_and_not_recorded(project, tmp_path, status, client):
    upstream = Upstream(status, b'{"error": {"message": "busy", "type": "server_error"}}')
    session, (case,) = project(upstream.base_url, client=client)
    result = session.run(case)
    upstream.close()
    # Without the axis `retries` a client's own are off.
    assert len(result.attempts) == 1
    assert (result.outcome.kind, result.outcome.status) == (OutcomeKind.INCONCLUSIVE, status)
    assert result.verdict.kind is VerdictKind.UNRESOLVED
    assert not list((tmp_path / "cassettes").rglob("*.yaml"))


def test_a_server_that_is_not_there_is_inconclusive(project, upstream):
    upstream.close()
    session, (case,) = project(upstream.base_url)
    result = session.run(case)
    assert result.outcome.kind is OutcomeKind.INCONCLUSIVE
    assert "no connection to 127.0.0.1" in result.outcome.detail


def test_a_server_that_does_not_answer_in_time_is_inconclusive(project, upstream):
    upstream.slow = True
    session, (case,) = project(upstream.base_url)
    result = session.run(case)
    assert result.outcome.kind is OutcomeKind.INCONCLUSIVE
    assert result.verdict.kind is VerdictKind.UNRESOLVED


@pytest.mark.parametrize("client", ["openai", "httpx"])
def test_a_2xx_the_client_cannot_read_is_unparsed(project, client):
    upstream = Upstream(200, b"<html>a gateway's page</html>", (("content-type", "text/html"),))
    session, (case,) = project(upstream.base_url, client=client, recording=False)
    result = session.run(case)
    upstream.close()
    assert result.outcome.kind is OutcomeKind.UNPARSED
    assert result.attempts[0].answer == "<html>a gateway's page</html>"


def test_what_a_server_says_is_kept_without_its_secrets(project):
    key = "sk-" + "canary" * 8
    body = json.dumps(
        {"error": {"message": f"Incorrect API key provided: {key}.", "type": "x", "code": "invalid_api_key"}}
    )
    upstream = Upstream(401, body.encode())
    session, (case,) = project(upstream.base_url, recording=False)
    result = session.run(case)
    upstream.close()
    assert result.outcome.kind is OutcomeKind.REJECTED
    assert result.outcome.message.startswith("Incorrect API key provided: [redacted")
    assert key not in repr(result)


def test_what_a_case_keeps_beside_the_wire_form_holds_no_key_and_no_folder_of_this_run(
    project, upstream, tmp_path
):
    session, (case,) = project(upstream.base_url, client="openai")
    (attempt,) = session.run(case).attempts
    assert {name.lower() for name, _ in attempt.headers} == {"user-agent", "accept", "accept-encoding"}
    write_client(tmp_path, "lost", "raise ValueError(request.sources[0][2].path)")
    session, (case,) = project(upstream.base_url, client="lost")
    assert session.run(case).client.raised[0].message == "<uploads>/webp/avatar.webp"


def test_a_run_is_in_the_matrix_order_whoever_finished_first(project, upstream):
    session, cases = project(upstream.base_url, client="httpx, openai")
    results = [session.run(case) for case in cases]
    collector = Collector()
    for index in (1, 0):
        named = tuple(replace(each, name=f"{each.name} {index}") for each in session.environments())
        collector.add(Record(index, results[index], session.wires, named))
    run = collector.run()
    assert [result.id for result in run.results] == [case.id for case in cases]
    assert [each.name[-1] for each in run.environments] == ["0", "1"]


def test_nothing_of_a_key_is_kept_where_a_clients_words_are_cut_short(project, upstream, tmp_path):
    write_client(
        tmp_path,
        "wordy",
        f"""
        try:
            raise KeyError("y" * 3990 + request.base_url)
        except KeyError:
            raise ValueError("x" * 3990 + "{CANARY}")
        """,
    )
    session, (case,) = project(upstream.base_url, client="wordy")
    outer, inner = session.run(case).client.raised
    assert outer.message == "x" * 3990 + "[redacted:"
    assert inner.message == "'" + "y" * 3990 + "<tap>/v1'"


def test_a_client_that_raises_before_sending_is_refused(project, upstream):
    session, (case,) = project(upstream.base_url, container="closed-handle")
    result = session.run(case)
    assert (result.outcome.kind, result.attempts, upstream.requests) == (OutcomeKind.NOT_SENT, (), [])
    assert result.outcome.detail == "ValueError: I/O operation on closed file"


def test_a_client_that_raises_while_sending_is_refused_and_nobody_is_asked(project, upstream):
    session, (case,) = project(upstream.base_url, container="path")
    result = session.run(case)
    assert result.outcome.kind is OutcomeKind.NOT_SENT
    assert len(result.attempts) == 1
    assert upstream.requests == []


def write_client(tmp_path, name, body):
    (tmp_path / "clients").mkdir(exist_ok=True)
    (tmp_path / "clients" / f"{name}.py").write_text(
        f'"""A client of the user\'s."""\n\nimport os, time\n\nDISTRIBUTIONS = ()\n\nclass Client:\n    def call(self, request):\n        {body}\n'
    )


def test_a_probe_that_dies_is_our_failure_and_the_rest_goes_on(project, upstream, tmp_path):
    write_client(tmp_path, "dies", "os._exit(3)")
    session, cases = project(upstream.base_url, client="dies, httpx")
    first, second = (session.run(case) for case in cases)
    assert first.outcome.kind is OutcomeKind.HARNESS_ERROR
    assert "exit status 3" in first.outcome.detail
    assert second.outcome.kind is OutcomeKind.ACCEPTED


def test_a_client_that_hangs_is_our_failure_and_the_rest_goes_on(project, upstream, tmp_path, monkeypatch):
    write_client(tmp_path, "hangs", "time.sleep(60)")
    session, cases = project(upstream.base_url, client="hangs, httpx")
    started = time.monotonic()
    with monkeypatch.context() as impatient:
        impatient.setattr("upload_matrix.run.session.GRACE_SECONDS", -1.0)
        first = session.run(cases[0])
    second = session.run(cases[1])
    assert first.outcome.kind is OutcomeKind.HARNESS_ERROR
    assert second.outcome.kind is OutcomeKind.ACCEPTED
    assert time.monotonic() - started < 30


def test_success_without_a_request_is_never_accepted(project, upstream, tmp_path):
    write_client(tmp_path, "liar", "return object()")
    session, (case,) = project(upstream.base_url, client="liar")
    assert session.run(case).outcome.kind is OutcomeKind.HARNESS_ERROR


def test_no_key_is_said_before_anything_is_sent(project, upstream, monkeypatch):
    monkeypatch.delenv("TEST_KEY")
    session, (case,) = project(upstream.base_url)
    with pytest.raises(ConfigurationError, match="the variable TEST_KEY holds no key"):
        session.run(case)
    assert upstream.requests == []


def test_a_blocked_network_is_said_and_nothing_is_sent(project, upstream):
    session, (case,) = project(upstream.base_url, recording=False, blocked=True)
    result = session.run(case)
    assert result.outcome.kind is OutcomeKind.UNRECORDED
    assert "the network is blocked" in result.outcome.detail
    assert upstream.requests == []


def test_a_damaged_recording_is_our_failure_and_names_the_file(project, upstream, tmp_path):
    session, (case,) = project(upstream.base_url)
    session.run(case)
    (path,) = (tmp_path / "cassettes").rglob("*.yaml")
    path.write_text(path.read_text("utf-8").replace("image/webp", "image/png"), "utf-8")

    session, (case,) = project(upstream.base_url, mode=RecordMode.NONE)
    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.HARNESS_ERROR
    assert path.name in result.outcome.detail


def test_chunked_uploads_stay_chunked_on_the_way_to_the_server(project, upstream):
    session, (case,) = project(upstream.base_url, container="one-way", recording=False)
    session.run(case)
    (request,) = upstream.requests
    names = {name.lower() for name, _ in request.headers}
    assert b"transfer-encoding" in names
    assert b"content-length" not in names


@pytest.mark.parametrize("client", ["openai", "httpx"])
def test_a_redirect_takes_no_client_past_the_tap(project, upstream, client):
    elsewhere = Upstream()
    upstream.reply = RawResponse(307, (("location", f"{elsewhere.base_url}/images/edits"),), b"")
    session, (case,) = project(upstream.base_url, client=client, recording=False)
    result = session.run(case)
    elsewhere.close()
    assert (result.outcome.kind, result.outcome.status) == (OutcomeKind.REJECTED, 307)
    assert elsewhere.base_url in result.outcome.detail
    assert elsewhere.requests == []
