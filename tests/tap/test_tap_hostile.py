"""Whatever anybody on this machine sends, a server stays alive, within bounds, and goes on serving."""

import contextlib
import json
import resource
import socket
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from upload_matrix.answers import service as service_module
from upload_matrix.answers.service import EmulatorService
from upload_matrix.emulator.profile import load_profile
from upload_matrix.gateway.gateway import BehindTap
from upload_matrix.model.answer import NoAnswer, Silence
from upload_matrix.tap.http import ConnectionLimits, LoopbackServer, RawResponse
from upload_matrix.tap.passing import PassingTap, Route
from upload_matrix.tap.server import Tap
from upload_matrix.wire import read
from upload_matrix.wire.read import wire_form

SMALL = b"POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
ANNOUNCED = (
    b"POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 1000000000\r\n\r\n"
)
CHUNKED = b"POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
MULTIPART = b"multipart/form-data; boundary=b"

HOSTILE = {
    "nothing at all": b"",
    "a head that goes on": b"POST / HTTP/1.1\r\nX-A: ",
    "a huge head": b"POST / HTTP/1.1\r\n" + b"X-A: %s\r\n" % (b"a" * 1000) * 5000,
    "a huge target": b"GET /" + b"a" * 5_000_000,
    "a length that lies": ANNOUNCED % MULTIPART + b"--b\r\n",
    "a json that does not come": ANNOUNCED % b"application/json" + b"[",
    "a long json": ANNOUNCED % b"application/json" + b"[" * 1_000_000,
    "a part header that goes on": ANNOUNCED % MULTIPART + b"--b\r\nX-A: " + b"a" * 1_000_000,
    "tiny chunks": CHUNKED + b"1\r\na\r\n" * 20_000,
    "a chunk that lies": CHUNKED + b"7fffffffffffffff\r\nabc",
    "a chunk size that goes on": CHUNKED + b"1;" + b"a" * 1_000_000,
    "no chunk": CHUNKED + b"zz\r\n",
    "no http": b"\x16\x03\x01\x02\x00" * 1000,
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "pipelined": SMALL * 500,
}


def connected(port, data=b""):
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    # The server may have had enough of it already.
    with contextlib.suppress(ConnectionError):
        connection.sendall(data)
    return connection


def answered(port, request=SMALL):
    with connected(port, request) as connection:
        return connection.recv(12)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture
def served():
    """A server that is soon out of patience, and the requests it got."""
    got = []

    def handle(request):
        got.append(request)
        return RawResponse(200, (), b"")

    server = LoopbackServer(handle, patience=ConnectionLimits(head=0.1, silent=0.1))
    yield server.port, got
    server.close()


@pytest.mark.parametrize("name", [*HOSTILE, "idle after an answer"])
def test_nobody_is_waited_for_without_end(served, name):
    port, _ = served
    with connected(port, HOSTILE.get(name, SMALL)) as connection, contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            continue
    assert answered(port) == b"HTTP/1.1 200"


def test_a_head_that_trickles_has_no_more_time_than_one_that_does_not_come(served):
    port, got = served
    with connected(port, b"POST / HTTP/1.1\r\nX-A: ") as connection, contextlib.suppress(ConnectionError):
        connection.settimeout(0.01)
        while True:
            connection.sendall(b"a")
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    break
    assert got == []


def test_a_client_that_resets_in_the_middle_leaves_a_broken_request(served):
    port, got = served
    reset(connected(port, ANNOUNCED % MULTIPART + b"--b\r\n"))
    assert answered(port) == b"HTTP/1.1 200"
    assert [request.broken is None for request in got if request.method == "POST"].count(False) <= 1


def test_pipelined_requests_are_answered_one_by_one(served):
    port, got = served
    with connected(port, SMALL * 100) as connection:
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 100:
            answers += connection.recv(65536)
    assert [request.body for request in got] == [b"ok"] * 100


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000000", b"Transfer-Encoding: chunked"])
def test_a_path_is_judged_before_the_body_comes(framing):
    def never(_):
        raise AssertionError("not for a stray")

    route = Route("X", "/v1", answerer=lambda _: NoAnswer(Silence.BLOCKED, ""))
    with Tap({}) as tap, PassingTap([route]) as passing:
        channel, behind = tap.open(never), BehindTap({})
        try:
            for url in (channel.url, passing.url(route), behind.url("/v1")):
                request = b"POST /wrong/1/v1/x HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n"
                assert answered(urlsplit(url).port, request) == b"HTTP/1.1 404"
            assert (tap.strays, passing.strays, behind.strays) == (1, 1, 1)
        finally:
            behind.close()


def test_nobody_but_this_machine_can_connect():
    # All of 127.0.0.0/8 is this machine; a server that listens on every address answers there too.
    route = Route("X", "/v1", answerer=lambda _: NoAnswer(Silence.BLOCKED, ""))
    behind = BehindTap({})
    try:
        with (
            Tap({}) as tap,
            PassingTap([route]) as passing,
            EmulatorService(load_profile("openai-2026-02")) as it,
        ):
            urls = (tap.open(lambda _: None).url, passing.url(route), behind.url(""), it.base_url)
            for url in urls:
                port = urlsplit(url).port
                connected(port).close()
                with pytest.raises(OSError):
                    socket.create_connection(("127.0.0.2", port), timeout=5).close()
    finally:
        behind.close()


def test_bodies_that_together_take_too_much_are_turned_away(monkeypatch):
    monkeypatch.setattr(service_module, "_HELD", 100_000)
    head = b"POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with EmulatorService(load_profile("openai-2026-02")) as emulator:
        port = urlsplit(emulator.base_url).port
        assert answered(port, head % 200_000 + b"[" * 200_000) == b"HTTP/1.1 503"
        assert answered(port, head % 1000 + b"[" * 1000) == b"HTTP/1.1 501"


def test_who_no_longer_reads_the_lines_stops_no_answer():
    def gone(_):
        raise BrokenPipeError

    with EmulatorService(load_profile("openai-2026-02"), log=gone) as emulator:
        assert answered(urlsplit(emulator.base_url).port) == b"HTTP/1.1 501"


def test_what_is_kept_of_parts_has_a_limit(monkeypatch):
    monkeypatch.setattr(read, "_KEPT", 10_000)
    part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    form = wire_form(
        "POST", "/", ((b"Content-Type", MULTIPART),), part % (b"a" * 6000, b"") * 3 + b"--b--", {}
    )
    assert (len(form.parts), form.fault) == (
        1,
        "not sound multipart: more than 10000 bytes of headers and texts",
    )
    form = wire_form(
        "POST", "/", ((b"Content-Type", MULTIPART),), part % (b"a", b"x" * 3000) * 9 + b"--b--", {}
    )
    assert len(form.parts) == 3


def test_json_nested_too_deep_is_a_fault_of_the_body():
    form = wire_form(
        "POST", "/", ((b"Content-Type", b"application/json"),), b"[" * 100_000 + b"]" * 100_000, {}
    )
    assert form.fault == "not sound JSON: nested more than 200 levels deep"


SERVE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[1])))
from upload_matrix.cli import main
main(["serve", "--quiet"])
"""


@contextlib.contextmanager
def serve(descriptors):
    """``upload-matrix serve`` in a process of its own that may have so many descriptors."""
    command = [sys.executable, "-c", SERVE, str(descriptors)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
            yield process, urlsplit(url).port
        finally:
            process.kill()


def megabytes(process, field):
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) // 1024


def edit(port):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.webp"\r\nContent-Type: image/webp\r\n\r\n'
        b"RIFF....WEBPVP8 \r\n--b--\r\n"
    )
    head = b"POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    with connected(port, head % (MULTIPART, len(body)) + body) as connection:
        received = b""
        while data := connection.recv(65536):
            received += data
    return json.loads(received.partition(b"\r\n\r\n")[2])


@pytest.fixture
def many_descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(before[1], 4096)), before[1]))
    yield min(3000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_serve_under_hostile_requests_and_half_open_connections(many_descriptors):
    descriptors = 128
    with serve(descriptors) as (process, port), contextlib.ExitStack() as open_ends:
        expected = edit(port)
        before = megabytes(process, "VmRSS")
        for number in range(60):
            data = list(HOSTILE.values())[number % len(HOSTILE)]
            open_ends.enter_context(connected(port, data))
        assert edit(port) == expected
        for _ in range(many_descriptors):
            open_ends.enter_context(connected(port))
        assert edit(port) == expected
        assert len(list(Path(f"/proc/{process.pid}/fd").iterdir())) < descriptors
        assert megabytes(process, "VmHWM") - before < 64
        assert process.poll() is None


def test_a_server_without_descriptors_left_serves_again(many_descriptors):
    with serve(32) as (process, port), contextlib.ExitStack() as open_ends:
        for _ in range(100):
            open_ends.enter_context(connected(port, b"POST"))
        assert answered(port, SMALL) == b"HTTP/1.1 501"
        assert process.poll() is None
