"""What the intercepting proxy lets pass unread, what it opens, and what it says when it could not see."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import textwrap
import threading
import urllib.request
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from inspect_upstream import PICTURE, json_answer, upstream

from upload_matrix.cli import main
from upload_matrix.inspect.proxy.authority import Authority
from upload_matrix.inspect.proxy.intercepting import InterceptingProxy, ProxyTraffic
from upload_matrix.inspect.proxy.words import missed_words, nothing_through
from upload_matrix.inspect.routes import forwarder
from upload_matrix.model.answer import NoAnswer, Silence
from upload_matrix.tap.passing import PassingTap, Route

pytest.importorskip(
    "cryptography", reason="cryptography is not installed: pip install 'upload-matrix[proxy]'"
)

KEY = "sk-" + "canary0123456789" * 2
CERTIFICATE = Path(__file__).resolve().parents[1] / "targets" / "loopback.pem"
HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("COLUMNS", "4000")
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


class Behind:
    """A proxy on a tap, with nothing else."""

    def __init__(self, folder, hosts, sends, route):
        self.notes, self.told = [], []
        self.authority = Authority(folder)
        self.proxy = InterceptingProxy(self.authority, hosts, route, sends=sends, note=self.notes.append)
        self.tap = PassingTap([], told=lambda *pair: self.told.append(pair), proxy=self.proxy.serve)
        self.port = int(self.tap.address.rpartition(":")[2])

    def connect(self, host, port):
        """A connection through the proxy, by CONNECT."""
        connection = socket.create_connection((HERE, self.port), timeout=30)
        connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        return connection, int(head.split(b" ")[1])

    def trusting(self):
        """TLS that believes the proxy's authority, and nobody else."""
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        # As Python 3.13 and later do by themselves.
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def https(self, host, port):
        """A client of a server that is opened."""
        client = HTTPSConnection(HERE, self.port, context=self.trusting(), timeout=30)
        client.set_tunnel(host, port)
        return client


def passed_on(origin):
    return Route(origin, "", forward=forwarder(origin))


def nobody(origin):
    return Route(origin, "", answerer=lambda _: NoAnswer(Silence.BLOCKED, "nobody"))


@contextlib.contextmanager
def behind(folder, hosts=(), sends=True, route=passed_on):
    one = Behind(folder, hosts, sends, route)
    try:
        yield one
        assert one.tap.failure is None
    finally:
        one.proxy.close()
        one.tap.close()


@contextlib.contextmanager
def server(talk, tls=None):
    """A server for connections of any kind; each is given to ``talk`` in a thread of its own."""
    listener = socket.create_server((HERE, 0))
    reached = []

    def one(connection):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if tls is not None:
                connection = stack.enter_context(tls.wrap_socket(connection, server_side=True))
            talk(connection)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                reached.append(1)
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], reached
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def servers_tls(*protocols):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.set_alpn_protocols(list(protocols))
    return context


def all_of(connection):
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def echoes(connection):
    """Greets first, takes everything to its end, and then says it backwards."""
    connection.sendall(b"hello")
    connection.sendall(all_of(connection)[::-1])


# -- what passes unread --


def test_a_tunnel_carries_both_ways_byte_for_byte_side_by_side(tmp_path):
    got = {}
    with server(echoes) as (port, _), behind(tmp_path) as seen:

        def one(number):
            data = os.urandom(1 << 20)
            connection, status = seen.connect(HERE, port)
            greeting = connection.recv(5, socket.MSG_WAITALL)
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            got[number] = (status, greeting, all_of(connection) == data[::-1])
            connection.close()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        traffic = seen.proxy.traffic()
        assert (seen.told, traffic.unread, traffic.missed) == ([], {HERE: 8}, False)
    assert got == dict.fromkeys(range(8), (200, b"hello", True))


def test_a_server_that_is_not_there_is_said_before_the_tunnel_stands(tmp_path):
    with socket.create_server((HERE, 0)) as free:
        port = free.getsockname()[1]
    with behind(tmp_path) as seen:
        connection, status = seen.connect(HERE, port)
        connection.close()
        assert status == 502
        assert seen.proxy.traffic().unread == {}
        assert "refused" in seen.proxy.traffic().failed[HERE]


def test_the_environments_own_proxy_is_used_for_what_passes(tmp_path, monkeypatch):
    heads = []

    def talk(connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        heads.append(head)
        if b"closed.invalid" in head:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\nhello")
        connection.sendall(all_of(connection)[::-1])

    with server(talk) as (port, _), behind(tmp_path) as seen:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:word@{HERE}:{port}")
        connection, status = seen.connect("anywhere.invalid", 8443)
        connection.sendall(b"abc")
        connection.shutdown(socket.SHUT_WR)
        assert (status, all_of(connection)) == (200, b"hellocba")
        connection.close()
        connection, status = seen.connect("closed.invalid", 443)
        connection.close()
        assert status == 502
        assert "answered HTTP/1.1 407" in seen.proxy.traffic().failed["closed.invalid"]
    assert heads[0].startswith(b"CONNECT anywhere.invalid:8443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6d29yZA==\r\n" in heads[0]


def test_at_the_end_tunnels_are_broken_off_on_both_sides(tmp_path):
    ended = threading.Event()

    def talk(connection):
        connection.sendall(b"hello")
        all_of(connection)
        ended.set()

    with server(talk) as (port, _), behind(tmp_path) as seen:
        connection, _ = seen.connect(HERE, port)
        assert connection.recv(5, socket.MSG_WAITALL) == b"hello"
        seen.proxy.close()
        assert all_of(connection) == b""
        assert ended.wait(30)
        connection.close()


def test_a_request_in_the_clear_passes_unread(tmp_path):
    data = os.urandom(300_000)
    with upstream() as real, behind(tmp_path) as seen:
        client = HTTPConnection(HERE, seen.port, timeout=30)
        for headers in ({}, {"Proxy-Authorization": "Basic canary"}):
            body = iter([data[:100], data[100:]]) if headers else data
            client.request("POST", f"{real.url}/images/edits?a=b", body, headers, encode_chunked=True)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, PICTURE)
        client.close()
        assert (seen.told, seen.proxy.traffic().unread) == ([], {HERE: 2})
    assert [each.path for each in real.got] == ["/v1/images/edits?a=b"] * 2
    assert {each.sha256 for each in real.got} == {hashlib.sha256(data).hexdigest()}
    assert real.got[1].header("proxy-authorization") is None


def test_what_is_no_address_is_turned_down(tmp_path):
    with behind(tmp_path) as seen:
        for target in ("host:port", "a:99999"):
            connection, status = seen.connect(*target.split(":"))
            connection.close()
            assert status == 400


# -- what is opened --


def test_a_large_upload_is_opened_and_passed_on_as_it_comes(tmp_path):
    piece = os.urandom(1 << 16)
    digest = hashlib.sha256(piece * 320).hexdigest()
    with upstream(tls=servers_tls()) as real, behind(tmp_path, (HERE,)) as seen:
        port = int(real.origin.rpartition(":")[2])
        client = seen.https(HERE, port)
        for headers in ({"Content-Length": str(320 << 16)}, {"Transfer-Encoding": "chunked"}):
            client.request(
                "POST",
                "/v1/files",
                iter([piece] * 320),
                headers,
                encode_chunked="Transfer-Encoding" in headers,
            )
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, PICTURE)
        client.close()
        seen.tap.settle()
        assert [request.body.size for request, _ in seen.told] == [320 << 16] * 2
        assert [request.route.name for request, _ in seen.told] == [real.origin] * 2
        assert seen.proxy.traffic().unread == {}
    assert [each.sha256 for each in real.got] == [digest] * 2


def test_an_answer_comes_piece_by_piece(tmp_path):
    read = threading.Event()

    def answer(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"data: first\n\n")
        assert read.wait(30)
        handler.wfile.write(b"data: last\n\n")

    with upstream(answer, tls=servers_tls()) as real, behind(tmp_path, (HERE,)) as seen:
        client = seen.https(HERE, int(real.origin.rpartition(":")[2]))
        client.request("POST", "/v1/chat/completions", b"{}")
        told = client.getresponse()
        assert told.readline() == b"data: first\n"
        read.set()
        assert told.read() == b"\ndata: last\n\n"
        client.close()


def test_clear_text_in_a_tunnel_is_opened_too(tmp_path):
    with upstream() as real, behind(tmp_path, (HERE,)) as seen:
        client = HTTPConnection(HERE, seen.port, timeout=30)
        client.set_tunnel(HERE, int(real.origin.rpartition(":")[2]))
        client.request("POST", "/v1/files", b"abc")
        assert client.getresponse().read() == PICTURE
        client.close()
        seen.tap.settle()
        assert [request.wire.path for request, _ in seen.told] == ["/v1/files"]


def test_a_websocket_passes_as_it_is(tmp_path):
    heads = []

    def talk(connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        heads.append(head)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
        while data := connection.recv(65536):
            connection.sendall(data[::-1])

    with server(talk, servers_tls("http/1.1")) as (port, _), behind(tmp_path, (HERE,)) as seen:
        connection, _ = seen.connect(HERE, port)
        with seen.trusting().wrap_socket(connection, server_hostname=HERE) as secured:
            ask = b"GET /v1/realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            secured.sendall(ask)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += secured.recv(1)
            assert head.startswith(b"HTTP/1.1 101")
            for message in (b"\x81\x05first", b"\x81\x06second"):
                secured.sendall(message)
                assert secured.recv(100) == message[::-1]
        assert (seen.told, seen.proxy.traffic().sockets) == ([], {HERE: 1})
    assert heads == [ask]


def http2_alone(seen, port, trusts):
    connection, _ = seen.connect(HERE, port)
    context = ssl.create_default_context(cafile=trusts)
    context.set_alpn_protocols(["h2"])
    with context.wrap_socket(connection, server_hostname=HERE) as secured:
        secured.sendall(b"PRI * HTTP/2.0")
        return secured.selected_alpn_protocol(), secured.recv(100)


def test_http2_alone_passes_unread_and_is_said(tmp_path):
    talk = lambda connection: connection.sendall(connection.recv(100)[::-1])  # noqa: E731
    with server(talk, servers_tls("h2")) as (port, _), behind(tmp_path, (HERE,)) as seen:
        # Not our certificate: the client's TLS ends at the server.
        assert http2_alone(seen, port, CERTIFICATE) == ("h2", b"0.2/PTTH * IRP")
        assert seen.notes == [f"a connection to {HERE} speaks HTTP/2 alone (gRPC does), and passes unread"]
        assert seen.proxy.traffic().missed


def test_where_nothing_may_be_sent_http2_is_ended_and_the_server_not_reached(tmp_path):
    with server(echoes, servers_tls("h2")) as (port, reached):
        with behind(tmp_path, (HERE,), sends=False, route=nobody) as seen:
            with pytest.raises(OSError):
                http2_alone(seen, port, CERTIFICATE)
            assert "was ended, as nothing may be sent" in seen.notes[0]
        assert reached == []


def by_name(seen, context, name):
    """A connection that begins with TLS at once, as of a program whose lookup of names leads here."""
    connection = socket.create_connection((HERE, seen.port), timeout=30)
    return context.wrap_socket(connection, server_hostname=name)


def test_a_connection_that_was_led_here_by_its_address_is_opened_by_the_name_in_tls(tmp_path):
    with behind(tmp_path, sends=False, route=nobody) as seen:
        with by_name(seen, seen.trusting(), "api.openai.com") as secured:
            secured.sendall(
                b"POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 3\r\n\r\nabc"
            )
            assert secured.recv(100).startswith(b"HTTP/1.1 424 ")
        seen.tap.settle()
        ((passed, _),) = seen.told
        assert (passed.route.name, passed.captured().body) == ("https://api.openai.com", b"abc")


def test_one_that_names_no_server_is_closed(tmp_path):
    with behind(tmp_path, sends=False, route=nobody) as seen:
        context = seen.trusting()
        context.check_hostname = False
        with pytest.raises(OSError):
            by_name(seen, context, None)
        assert (seen.told, seen.proxy.traffic().unread) == ([], {})


def test_a_client_that_does_not_believe_the_certificate_is_said(tmp_path):
    with behind(tmp_path, sends=False, route=nobody) as seen:
        connection, _ = seen.connect("api.openai.com", 443)
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(connection, server_hostname="api.openai.com")
        connection.close()
        seen.tap.stop()
        traffic = seen.proxy.traffic()
        assert (traffic.distrusted, traffic.missed) == ({"api.openai.com": 1}, True)
        assert seen.notes == [
            "api.openai.com: the client does not believe the certificate of this run, and gave the connection up"
        ]


# -- the command --


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(["inspect", *words])
    return ended.value.code


def said(capfd):
    """What was shown, as one line."""
    return " ".join(capfd.readouterr().err.replace("inspect|", " ").split())


def program(text):
    Path("app.py").write_text(textwrap.dedent(text))
    return ["--", sys.executable, "app.py"]


UPLOAD = """
    import os, ssl, urllib.request
    body = (
        b'--b\\r\\nContent-Disposition: form-data; name="model"\\r\\n\\r\\ngpt-image-1\\r\\n'
        b'--b\\r\\nContent-Disposition: form-data; name="prompt"\\r\\n\\r\\nx\\r\\n'
        b'--b\\r\\nContent-Disposition: form-data; name="image"; filename="a.webp"\\r\\nContent-Type: image/webp\\r\\n\\r\\n'
        b'RIFF....WEBPVP8 \\r\\n--b--\\r\\n'
    )
    key = os.environ["OPENAI_API_KEY"]
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Authorization": "Bearer " + key}
    request = urllib.request.Request("https://api.openai.com/v1/images/edits", body, headers)
    with urllib.request.urlopen(request) as answer:
        print(answer.status)
"""


@pytest.mark.parametrize("how", [["--json"], []])
def test_the_key_is_in_no_output(how, capfd):
    assert run("--proxy", "--emulator", *how, "--save", "kept", *program(UPLOAD)) == 0
    out, err = capfd.readouterr()
    assert "/v1/images/edits" in out + err
    assert "canary" not in out + err
    kept = [each for each in Path("matrix").rglob("*") if each.is_file()]
    assert len(kept) > 2
    assert not any(b"canary" in each.read_bytes() for each in kept)
    assert "is saved as matrix/kept.request" in out + err


def test_with_upstream_what_was_meant_for_the_vendor_goes_there(capfd):
    with upstream() as real:
        status = run("--proxy", "--upstream", f"{real.origin}/api/v9", *program(UPLOAD))
    assert status == 0
    assert [(each.path, each.header("authorization")) for each in real.got] == [
        ("/api/v9/images/edits", f"Bearer {KEY}")
    ]


def test_a_rejection_with_no_reason_is_for_isolate(capfd):
    refusal = b'{"error": {"message": "no"}}'
    with upstream(lambda handler, _: json_answer(handler, 400, refusal)) as real:
        text = UPLOAD.replace("import os", "import contextlib, os").replace(
            "with ", "with contextlib.suppress(OSError), "
        )
        assert run("--proxy", "--upstream", real.url, *program(text)) == 0
    assert "`upload-matrix isolate`, of what --save keeps, asks what" in said(capfd)


def test_a_program_that_makes_no_call_is_not_cleared(capfd):
    assert run("--proxy", "--emulator", *program("print('nothing')")) == 3
    words = said(capfd)
    assert "no connection came to the proxy" in words
    assert "These go past: - Python programs that read no HTTPS_PROXY (aiohttp without trust_env" in words


def test_a_program_that_does_not_believe_the_certificate_is_not_cleared(capfd):
    text = UPLOAD.replace(
        "urlopen(request)", "urlopen(request, context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))"
    )
    assert run("--proxy", "--emulator", *program(text)) == 3
    words = said(capfd)
    assert "api.openai.com: 1 connection given up, as the client does not believe the certificate" in words


def test_what_was_missed_is_said_by_host():
    traffic = ProxyTraffic(
        connections=9,
        unread={f"{letter}.example.com": 1 for letter in "jihgfedcba"},
        silent={"api.anthropic.com": 1},
        sockets={"api.openai.com": 2},
        unreadable={"us-central1-aiplatform.googleapis.com": "HTTP/2 alone (gRPC does)"},
        unheard=("api.anthropic.com",),
        failed={"b.example.com": "refused"},
    )
    assert list(missed_words(traffic)) == [
        "us-central1-aiplatform.googleapis.com: not looked at, as a connection there speaks HTTP/2 alone (gRPC does)",
        "api.anthropic.com: 1 connection brought no request: a client that does not believe the certificate may "
        "leave so, and one that connects ahead of need",
        "api.openai.com: 2 WebSockets passed unread; messages are not looked at",
        "b.example.com: not reached: refused",
        "passed unread: a.example.com (1), b.example.com (1), c.example.com (1), d.example.com (1), e.example.com (1), "
        "f.example.com (1), g.example.com (1), h.example.com (1) and 2 further hosts; --open HOST has one looked at",
    ]
    assert list(nothing_through(ProxyTraffic(), waited=True)) == [
        "no request was seen: nobody came to the proxy, nor to the URL"
    ]
    assert list(nothing_through(traffic, waited=False)) == [
        "no request was seen: connections came to the proxy, and none brought a request that it opens"
    ]
    assert [ProxyTraffic(unheard=("a",)).missed, ProxyTraffic(sockets={"a": 1}).missed] == [True, False]


FOLDER = """
    import json, os
    here = os.path.dirname(os.environ["UPLOAD_MATRIX_PROXY_CA"])
    files = [os.path.join(at, name) for at, _, names in os.walk(here) for name in names]
    secret = [name for name in files if b"PRIVATE KEY" in open(name, "rb").read()]
    print(json.dumps([here, os.stat(here).st_mode & 0o777, sorted(map(os.path.basename, files)), secret]))
"""


def test_no_private_key_lies_anywhere_and_nothing_stays(capfd):
    assert run("--proxy", "--emulator", *program(UPLOAD + FOLDER)) == 0
    here, mode, files, secret = json.loads(capfd.readouterr().out.splitlines()[1])
    assert (stat.filemode(mode | stat.S_IFDIR), secret) == ("drwx------", [])
    assert {"bundle.pem", "upload-matrix-ca.pem"} <= set(files)
    assert not Path(here).exists()


def test_without_a_program_it_waits_and_nothing_stays_after_ctrl_c():
    command = [
        sys.executable,
        "-m",
        "upload_matrix",
        "inspect",
        "--proxy",
        "--emulator",
        "--json",
        "--listen",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
        told = json.loads(listening.stdout.readline())["proxy"]
        certificate = Path(told["certificate"])
        handlers = (
            urllib.request.ProxyHandler({"https": told["address"]}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate)),
        )
        with urllib.request.build_opener(*handlers).open("https://api.openai.com/v1/models") as answer:
            assert answer.status == 200
        listening.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in listening.stdout]
    assert (rest[0]["event"], rest[0]["wire"]["path"], rest[-1]["requests"]) == ("request", "/v1/models", 1)
    assert told["flags"][0] == f"--proxy-server={told['address']}"
    assert not certificate.parent.exists()


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        (["--open", "a.example.com"], {}, "give --proxy too"),
        (
            ["--proxy", "--open", "https://a.example.com"],
            {},
            "--open https://a.example.com: not the name of a host",
        ),
        (["--proxy", "--through", "gateway {port}"], {}, "--proxy and --through"),
        (["--proxy", "--emulator"], {"ALL_PROXY": "socks5://127.0.0.1:1"}, "only HTTP proxies are supported"),
    ],
)
def test_usage(words, environ, says, monkeypatch, capfd):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert run(*words, "--", "true") == 2
    assert says in capfd.readouterr().err


def test_without_the_extra_it_says_what_to_install(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    assert run("--proxy", "--emulator", "--", "true") == 2
    assert "pip install 'upload-matrix[proxy]'" in capfd.readouterr().err
