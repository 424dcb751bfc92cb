"""Requests and answers pass through unchanged, bit by bit, and what cannot be passed on is said."""

import gzip
import hashlib
import http.client
import json
import socket
import ssl
import threading
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from inspect_upstream import PICTURE, json_answer, upstream

from upload_matrix.model.answer import NoAnswer, Provenance, Silence
from upload_matrix.tap.forward import Forwarder
from upload_matrix.tap.passing import PassingTap, Route
from upload_matrix.wire.form import Framing

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.webp"\r\n\r\nRIFF....WEBP\r\n--b--\r\n'
)
TYPE = {"Content-Type": "multipart/form-data; boundary=b"}


class Watched:
    def __init__(self, origin=None, answerer=None, forward=None, **more):
        self.sent, self.told = [], []
        self.heard = threading.Condition()
        forward = Forwarder(origin) if origin is not None else forward
        self.route = Route("OPENAI_BASE_URL", "/v1", forward, answerer)
        self.tap = PassingTap([self.route], sent=self._sent, told=self._told, **more)
        self.url = urlsplit(self.tap.url(self.route))

    def _sent(self, passed):
        with self.heard:
            self.sent.append(passed)
            self.heard.notify_all()

    def _told(self, passed, told):
        with self.heard:
            self.told.append((passed, told))
            self.heard.notify_all()

    def connect(self):
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=20)

    def post(self, body=BODY, headers=TYPE, path="/images/edits", **more):
        connection = self.connect()
        try:
            connection.request("POST", self.url.path + path, body, headers, **more)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def one(self):
        with self.heard:
            assert self.heard.wait_for(lambda: self.told, timeout=20)
        return self.told[0]


CERTIFICATE = Path(__file__).resolve().parents[1] / "targets" / "loopback.pem"


@contextmanager
def watched(*args, **more):
    watching = Watched(*args, **more)
    try:
        with watching.tap:
            yield watching
            assert watching.tap.failure is None
    finally:
        if watching.route.forward is not None:
            watching.route.forward.close()


def test_a_request_arrives_as_it_was_sent_key_and_all():
    with upstream() as server, watched(server.origin) as seen:
        headers = {**TYPE, "aUTHorization": "Bearer sk-real", "X-Own": "1", "Connection": "keep-alive"}
        answer, body = seen.post(headers=headers, path="/images/edits?a=b%20c")
        passed, told = seen.one()
    (got,) = server.got
    assert (answer.status, body) == (200, PICTURE)
    assert (got.method, got.path, got.body) == ("POST", "/v1/images/edits?a=b%20c", BODY)
    assert ("aUTHorization", "Bearer sk-real") in got.headers
    assert got.header("host") == urlsplit(server.url).netloc
    assert (got.header("content-length"), got.header("x-own")) == (str(len(BODY)), "1")
    assert passed.head.startswith(b"POST /v1/images/edits?a=b%20c HTTP/1.1\r\n")
    assert passed.captured().body == BODY
    assert passed.wire.uploads()[0].format == "webp"
    assert told.reply().body == PICTURE
    assert told.source.provenance is Provenance.LIVE


def test_our_emulator_behind_a_url_never_passes_for_a_server():
    says = (("X-Upload-Matrix-Provenance", "emulated"), ("X-Upload-Matrix-Profile", "openai-2026-02"))
    with (
        upstream(lambda handler, _: json_answer(handler, headers=says)) as server,
        watched(server.origin) as seen,
    ):
        seen.post()
        _, told = seen.one()
    assert (told.source.provenance, told.source.profile) == (Provenance.EMULATED, "openai-2026-02")


def test_a_server_behind_tls_is_believed_by_its_certificate_alone():
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(CERTIFICATE)
    with upstream(tls=secure) as server:
        trusting = Forwarder(server.origin, trust=ssl.create_default_context(cafile=CERTIFICATE))
        with watched(forward=trusting) as seen:
            assert seen.post()[1] == PICTURE
        with watched(server.origin) as seen:
            given, _ = seen.post()
            _, told = seen.one()
    assert (given.status, told.silence.why) == (502, Silence.UNREACHABLE)
    assert "CERTIFICATE_VERIFY_FAILED" in told.silence.says
    assert len(server.got) == 1


def test_a_server_is_asked_through_a_proxy():
    with (
        upstream() as proxy,
        watched(forward=Forwarder("http://api.test", proxy=(proxy.origin, ("me", "pw")))) as seen,
    ):
        assert seen.post()[1] == PICTURE
    assert proxy.got[0].path == "http://api.test/v1/images/edits"
    assert proxy.got[0].header("proxy-authorization") == "Basic bWU6cHc="


def test_who_waits_for_an_answer_is_freed_when_all_ends():
    met, over = threading.Event(), threading.Event()

    def answer(handler, _):
        met.set()
        assert over.wait(20)
        handler.close_connection = True

    with upstream(answer) as server:
        seen = Watched(server.origin)
        connection = seen.connect()
        connection.request("POST", seen.url.path + "/images/edits", BODY, TYPE)
        assert met.wait(20)
        seen.route.forward.close()
        _, told = seen.one()
        seen.tap.close()
        connection.close()
        over.set()
    assert told.silence.why is Silence.UNREACHABLE


def test_chunks_stay_chunks():
    with upstream() as server, watched(server.origin) as seen:
        seen.post(
            body=iter([BODY[:50], BODY[50:]]),
            encode_chunked=True,
            headers={**TYPE, "Transfer-Encoding": "chunked"},
        )
        passed, _ = seen.one()
    assert (server.got[0].header("transfer-encoding"), server.got[0].body) == ("chunked", BODY)
    assert passed.wire.framing is Framing.CHUNKED


def test_an_answer_comes_back_as_it_was_given_compressed_and_all():
    packed = gzip.compress(b'{"error": {"message": "no"}}', mtime=0)

    def answer(handler, _):
        json_answer(
            handler,
            418,
            packed,
            (
                ("Content-Encoding", "gzip"),
                ("X-Request-Id", "req_1"),
                ("Set-Cookie", "a=1"),
                ("Set-Cookie", "b=2"),
            ),
        )

    with upstream(answer) as server, watched(server.origin) as seen:
        given, body = seen.post()
        _, told = seen.one()
    assert (given.status, given.reason, body) == (418, "I'm a Teapot", packed)
    assert given.getheader("X-Request-Id") == "req_1"
    assert given.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert told.body.read() == packed


def test_events_are_passed_on_one_by_one():
    read = threading.Event()

    def answer(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for number in range(3):
            event = b"event: partial\ndata: %d\n\n" % number
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            handler.wfile.flush()
            # Not before the client has it does the server go on.
            if not read.wait(20):
                return
            read.clear()
        handler.wfile.write(b"0\r\n\r\n")

    with upstream(answer) as server, watched(server.origin) as seen:
        connection = seen.connect()
        connection.request("POST", seen.url.path + "/images/edits", BODY, TYPE)
        given = connection.getresponse()
        events = []
        for _ in range(3):
            events.append(b"".join(given.readline() for _ in range(3)))
            read.set()
        rest = given.read()
        connection.close()
        _, told = seen.one()
    assert events == [b"event: partial\ndata: %d\n\n" % number for number in range(3)]
    assert rest == b""
    assert told.body.read() == b"".join(events)


def test_an_upload_is_on_its_way_before_it_is_complete():
    begun = threading.Event()

    def answer(handler, _):
        assert handler.rfile.read(10) == BODY[:10]
        begun.set()
        handler.rfile.read(len(BODY) - 10)
        json_answer(handler)

    with upstream(answer, reads=False) as server, watched(server.origin) as seen:
        connection = seen.connect()
        connection.putrequest("POST", seen.url.path + "/images/edits")
        for name, value in {**TYPE, "Content-Length": str(len(BODY))}.items():
            connection.putheader(name, value)
        connection.endheaders(BODY[:10])
        assert begun.wait(20)
        connection.send(BODY[10:])
        assert connection.getresponse().read() == PICTURE
        connection.close()


def test_an_answer_that_breaks_off_breaks_off_for_the_program_too():
    def answer(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")
        handler.close_connection = True

    with upstream(answer) as server, watched(server.origin) as seen:
        with pytest.raises(http.client.IncompleteRead):
            seen.post()
        _, told = seen.one()
    assert (told.status, told.silence.why, told.body.read()) == (200, Silence.BROKEN, b"only this")


def test_no_server_is_a_bad_gateway_with_the_reason(silent_port):
    origin = f"http://127.0.0.1:{silent_port}"
    with watched(origin) as seen:
        given, body = seen.post()
        passed, told = seen.one()
    assert given.status == 502
    assert json.loads(body)["error"]["code"] == "upload_matrix_unreachable"
    assert told.silence.why is Silence.UNREACHABLE
    assert origin in told.silence.says
    assert passed.captured().body == BODY


def test_a_server_that_answers_before_it_has_everything_is_heard():
    def answer(handler, _):
        handler.close_connection = True
        json_answer(handler, 413, b'{"error": {"message": "too large"}}', (("Connection", "close"),))
        # Read to the end all the same, or the answer would be lost with the reset.
        for _ in range(200):
            if not handler.rfile.read1(65536):
                return

    large = b"x" * 3_000_000
    with upstream(answer, reads=False) as server, watched(server.origin) as seen:
        given, _ = seen.post(body=large, headers={"Content-Type": "text/plain"})
        passed, _ = seen.one()
    assert given.status == 413
    assert passed.wire.body_size == len(large)


def test_a_client_that_breaks_off_is_incomplete_and_the_server_sees_it_too():
    ended = threading.Event()

    def answer(handler, _):
        assert handler.rfile.read() == BODY[:40]
        handler.close_connection = True
        ended.set()

    with upstream(answer, reads=False) as server, watched(server.origin) as seen:
        connection = seen.connect()
        connection.putrequest("POST", seen.url.path + "/images/edits")
        connection.putheader("Content-Length", "1000")
        connection.putheader("Content-Type", TYPE["Content-Type"])
        connection.endheaders(BODY[:40])
        # Sent on before the client goes, or nothing at all would have come to the server.
        connection.close()
        passed, told = seen.one()
        assert ended.wait(20)
    assert (passed.complete, told.silence.why) == (False, Silence.INCOMPLETE)
    assert passed.body.read() == BODY[:40]


def test_a_client_that_does_not_wait_for_its_answer_is_said():
    gone, met = threading.Event(), threading.Event()

    def answer(handler, _):
        met.set()
        assert gone.wait(20)
        try:
            json_answer(handler, 200, b"x" * 5_000_000)
        except OSError:
            handler.close_connection = True

    with upstream(answer) as server, watched(server.origin) as seen:
        connection = seen.connect()
        connection.request("POST", seen.url.path + "/images/edits", BODY, TYPE)
        assert met.wait(20)
        connection.close()
        gone.set()
        _, told = seen.one()
    assert told.silence.says == "the client stopped waiting before the answer was complete"


def test_one_connection_carries_several_requests():
    with upstream() as server, watched(server.origin) as seen:
        connection = seen.connect()
        for _ in range(3):
            connection.request("POST", seen.url.path + "/images/edits", BODY, TYPE)
            assert connection.getresponse().read() == PICTURE
        connection.close()
    assert len(server.got) == 3
    assert [passed.number for passed, _ in seen.told] == [1, 2, 3]


@pytest.mark.parametrize("path", ["/", "/v1/images/edits", "/wrong/1/v1/images/edits"])
def test_a_request_without_the_unguessable_path_goes_nowhere(path):
    with upstream() as server, watched(server.origin) as seen:
        connection = seen.connect()
        connection.request("POST", path, BODY, TYPE)
        assert connection.getresponse().status == 404
        connection.close()
        assert seen.tap.strays == 1
    assert server.got == []


def test_the_path_is_new_for_every_tap():
    with upstream() as server, watched(server.origin) as one, watched(server.origin) as other:
        assert one.url.path != other.url.path


def test_what_is_no_http_is_refused_and_the_next_request_served():
    with upstream() as server, watched(server.origin) as seen:
        with socket.create_connection((seen.url.hostname, seen.url.port), timeout=20) as raw:
            raw.sendall(b"\x16\x03\x01 no http\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400 ")
        assert seen.post()[0].status == 200


def test_somebody_else_may_answer():
    def answerer(passed):
        assert passed.wire.path == "/v1/images/edits"
        return NoAnswer(Silence.BLOCKED, "nobody was asked")

    with watched(answerer=answerer) as seen:
        given, body = seen.post()
        _, told = seen.one()
    assert (given.status, json.loads(body)["error"]["message"]) == (424, "upload-matrix: nobody was asked")
    assert told.reply() == NoAnswer(Silence.BLOCKED, "nobody was asked")
    assert told.source is None


def test_an_answerers_own_failure_is_not_lost():
    def answerer(_):
        raise ZeroDivisionError("ours")

    watching = Watched(answerer=answerer)
    with watching.tap:
        with pytest.raises((http.client.HTTPException, OSError)):
            watching.post()
        watching.tap.settle()
        assert isinstance(watching.tap.failure, ZeroDivisionError)


def test_bodies_beyond_what_is_kept_leave_their_form():
    with upstream() as server, watched(server.origin, kept=10) as seen:
        seen.post()
        passed, told = seen.one()
    assert (passed.kept, passed.wire.uploads()[0].format) == (False, "webp")
    with pytest.raises(LookupError):
        passed.captured()
    assert told.body.dropped


@pytest.mark.parametrize("framing", ["content-length", "chunked"])
def test_64_megabytes_pass_without_being_held_in_memory(framing):
    piece, count = bytes(range(256)) * 256, 1024
    start = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.bin"\r\n\r\n'
    end = b"\r\n--b--\r\n"
    size = len(start) + len(piece) * count + len(end)
    digest = hashlib.sha256(start)

    def body():
        yield start
        for _ in range(count):
            digest.update(piece)
            yield piece
        digest.update(end)
        yield end

    how = {"Content-Length": str(size)} if framing == "content-length" else {"Transfer-Encoding": "chunked"}
    with upstream() as server, watched(server.origin) as seen:
        tracemalloc.start()
        try:
            given, _ = seen.post(body=body(), headers={**TYPE, **how}, encode_chunked=framing == "chunked")
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        passed, _ = seen.one()
        kept = hashlib.sha256()
        for each in passed.body.chunks():
            kept.update(each)
    (got,) = server.got
    assert given.status == 200
    assert (got.size, got.sha256) == (size, digest.hexdigest())
    assert (passed.body.on_disk, kept.hexdigest()) == (True, digest.hexdigest())
    assert passed.wire.uploads()[0].size == len(piece) * count
    assert most < 8 * 1024 * 1024
