"""What leaves for a server: the client's own bytes, the key, by which way and to whom."""

import socket
import threading

import pytest
from fault_server import CERTIFICATE, FaultServer, error, says
from target_requests import KEY, spec_for, upload

from upload_matrix.answers.service import EmulatorService
from upload_matrix.emulator.profile import load_profile
from upload_matrix.model.answer import Answer, Provenance, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.spec import ad_hoc
from upload_matrix.targets.upstream import Upstream

OK = says(200, {"data": []})


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def sent(server):
    (request,) = server.requests
    head, body = request
    lines = head.split(b"\r\n")
    return lines[0], lines[1:], body


def test_head_and_body_leave_as_the_client_sent_them_but_for_what_is_ours():
    spec = spec_for("http://127.0.0.1:1/v1", headers=(("x-team", "blue"),))
    with FaultServer(OK) as server:
        reply = Upstream(spec_for(server.base_url, headers=spec.headers), timeout=20).ask(upload())
    line, headers, body = sent(server)
    assert line == b"POST /v1/images/edits HTTP/1.1"
    assert headers == [
        f"Host: 127.0.0.1:{server.port}".encode(),
        b"X-Client: Kept As Is",
        b"Content-Type: multipart/form-data; boundary=b0undary",
        f"authorization: Bearer {KEY}".encode(),
        b"x-team: blue",
        b"Connection: close",
        f"Content-Length: {len(upload().body)}".encode(),
    ]
    assert body == upload().body
    assert (reply.source.provenance, reply.source.supply) == (Provenance.LIVE, Supply.FORWARDED)


def test_a_chunked_upload_stays_chunked():
    with FaultServer(OK) as server:
        Upstream(spec_for(server.base_url), timeout=20).ask(upload(chunked=True))
    _, headers, body = sent(server)
    assert b"Transfer-Encoding: chunked" in headers
    assert not any(line.lower().startswith(b"content-length") for line in headers)
    assert upload().body in body


def test_a_header_of_the_target_takes_the_place_of_the_clients():
    with FaultServer(OK) as server:
        Upstream(spec_for(server.base_url, headers=(("x-client", "ours"),)), timeout=20).ask(upload())
    names = [line.partition(b":")[0].lower() for line in sent(server)[1]]
    assert names.count(b"x-client") == 1
    assert b"x-client: ours" in sent(server)[1]


def test_a_server_without_a_key_is_sent_none():
    with FaultServer(OK) as server:
        upstream = Upstream(ad_hoc(server.base_url), timeout=20)
        upstream.ask(upload())
    assert not any(line.lower().startswith((b"authorization", b"api-key")) for line in sent(server)[1])
    assert upstream.secrets == ()


def test_our_emulator_behind_a_base_url_never_passes_for_live():
    with EmulatorService(load_profile("openai-2026-11")) as service:
        reply = Upstream(ad_hoc(service.base_url), timeout=20).ask(upload(model="gpt-image-1"))
    assert isinstance(reply, Answer)
    assert reply.status == 404
    assert (reply.source.provenance, reply.source.profile) == (Provenance.EMULATED, "openai-2026-11")
    assert reply.rule == "model-retired"


def test_secrets_are_the_key_the_proxys_password_and_confidential_headers():
    spec = spec_for(
        "https://api.upload-matrix.invalid/v1",
        proxy="http://me:pass%20word@127.0.0.1:1",
        headers=(("x-team", "blue"), ("OpenAI-Organization", "org-1"), ("x-gateway-token", "t0ken")),
    )
    assert Upstream(spec, timeout=1).secrets == (KEY, "pass word", "org-1", "t0ken")


# --- Certificates ---


@pytest.mark.parametrize("verify", [CERTIFICATE, False], ids=["own-authority", "unchecked"])
def test_tls_with_a_certificate_of_ones_own(verify):
    with FaultServer(OK, secure=True) as server:
        reply = Upstream(spec_for(server.base_url, verify=verify), timeout=20).ask(upload())
    assert isinstance(reply, Answer)
    assert f"authorization: Bearer {KEY}".encode() in sent(server)[1]


def test_the_systems_variable_for_certificates_is_honoured(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with FaultServer(OK, secure=True) as server:
        assert isinstance(Upstream(spec_for(server.base_url), timeout=20).ask(upload()), Answer)


def test_a_file_that_holds_no_certificates_is_said_at_once(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing of that kind")
    spec = spec_for("https://127.0.0.1:1/v1", verify=tmp_path / "ca.pem")
    with pytest.raises(ConfigurationError, match=r"target live: verify: .*ca\.pem holds no certificates"):
        Upstream(spec, timeout=1)


# --- Proxies ---


def test_the_environments_proxy_is_asked_and_gets_the_request(monkeypatch):
    with FaultServer(OK) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{proxy.port}")
        reply = Upstream(spec_for("http://api.upload-matrix.invalid/v1"), timeout=20).ask(upload())
    assert isinstance(reply, Answer)
    line, headers, _ = sent(proxy)
    assert line == b"POST http://api.upload-matrix.invalid/v1/images/edits HTTP/1.1"
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0" in headers


def tunnel_to(port):
    """A proxy that grants CONNECT and passes bytes on to ``port``."""

    def pump(source, sink):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)

    def behave(server, connection):
        server.requests.append((connection.recv(65536), b""))
        with socket.create_connection(("127.0.0.1", port), timeout=20) as beyond:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            forth = threading.Thread(target=pump, args=(connection, beyond), daemon=True)
            forth.start()
            pump(beyond, connection)
            forth.join(20)

    return behave


def test_through_a_proxy_tls_reaches_the_server_and_the_key_nobody_else():
    with (
        FaultServer(OK, secure=True) as server,
        FaultServer(tunnel_to(server.port)) as proxy,
    ):
        # A name of this machine that is not taken for loopback, so that a proxy is used at all.
        spec = spec_for(
            "https://api.upload-matrix.invalid/v1", proxy=f"http://127.0.0.1:{proxy.port}", verify=False
        )
        reply = Upstream(spec, timeout=20).ask(upload())
    assert isinstance(reply, Answer)
    assert f"authorization: Bearer {KEY}".encode() in sent(server)[1]
    assert proxy.requests[0][0].startswith(b"CONNECT api.upload-matrix.invalid:443 ")
    assert KEY.encode() not in proxy.requests[0][0]


@pytest.mark.parametrize(
    "environment",
    [
        {"http_proxy": "http://127.0.0.1:1"},
        {"all_proxy": "http://127.0.0.1:1"},
        {"HTTP_PROXY": "http://127.0.0.1:1"},
    ],
    ids=["http", "all", "upper"],
)
def test_loopback_is_never_reached_through_a_proxy(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with FaultServer(OK) as server:
        assert isinstance(Upstream(spec_for(server.base_url), timeout=20).ask(upload()), Answer)
        named = spec_for(server.base_url.replace("127.0.0.1", "localhost"), proxy="http://127.0.0.1:1")
        assert isinstance(Upstream(named, timeout=20).ask(upload()), Answer)


def test_no_proxy_is_honoured_and_none_means_none(monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "upload-matrix.invalid")
    Upstream(spec_for("https://api.upload-matrix.invalid/v1"), timeout=1)
    monkeypatch.delenv("no_proxy")
    Upstream(spec_for("https://api.upload-matrix.invalid/v1", proxy="none"), timeout=1)
    with pytest.raises(ConfigurationError, match=r"only HTTP proxies are supported, not socks5"):
        Upstream(spec_for("https://api.upload-matrix.invalid/v1"), timeout=1)


# --- What a server echoes ---


def test_a_sentence_about_a_failure_never_holds_a_secret():
    def echoes(server, connection):
        server.read(connection)
        connection.sendall(f"HTTP/1.1 200 Said\r\nbad header {KEY}\r\n\r\n".encode())

    with FaultServer(echoes) as server:
        reply = Upstream(spec_for(server.base_url), timeout=20).ask(upload())
    assert KEY not in reply.says


def test_informational_answers_are_not_the_answer():
    def two(server, connection):
        server.read(connection)
        body = b'{"data": []}'
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 Said\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with FaultServer(two) as server:
        reply = Upstream(spec_for(server.base_url), timeout=20).ask(upload())
    assert (reply.status, reply.body) == (200, b'{"data": []}')


def test_an_answer_before_the_upload_is_read_still_counts():
    """413 in the middle of a large upload: the server has spoken, although it did not listen to the end."""

    def refuses_early(server, connection):
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        while connection.recv(65536):
            continue

    with FaultServer(refuses_early) as server:
        reply = Upstream(spec_for(server.base_url), timeout=20).ask(upload("x" * 3_000_000))
    assert reply.status == 413


def test_answers_of_any_status_are_handed_on_as_they_are():
    with FaultServer(error(418, "teapot")) as server:
        reply = Upstream(spec_for(server.base_url), timeout=20).ask(upload())
    assert reply.status == 418
    assert b"teapot" in reply.body
