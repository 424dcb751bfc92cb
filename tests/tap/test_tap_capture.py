"""The tap captures whole bytes, keeps cases apart and survives what is not HTTP."""

import hashlib
import json
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.tap.server import NO_ANSWER_STATUS, Tap
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing

SOURCE = Source("emulator:test", Provenance.EMULATED, Supply.EMULATOR)
OK = Answer(200, (("content-type", "application/json"),), b'{"ok":true}', SOURCE)

WEBP = b"RIFF\x04\x00\x00\x00WEBP"
DIGEST = hashlib.sha256(WEBP).hexdigest()

BODY = (
    b"--b1\r\n"
    b'Content-Disposition: form-data; name="model"\r\n'
    b"\r\n"
    b"gpt-image-1\r\n"
    b"--b1\r\n"
    b'Content-Disposition: form-data; name="image"; filename="avatar.webp"\r\n'
    b"Content-Type: image/webp\r\n"
    b"X-Extra: yes\r\n"
    b"\r\n"
    b"RIFF\x04\x00\x00\x00WEBP\r\n"
    b"--b1--\r\n"
)


@pytest.fixture
def tap():
    with Tap({}) as running:
        yield running


def head(url: str, *lines: str, method: str = "POST", path: str = "/v1/images/edits") -> bytes:
    parts = urlsplit(url)
    first = f"{method} {parts.path}{path} HTTP/1.1"
    return ("\r\n".join([first, f"HoSt: {parts.netloc}", *lines]) + "\r\n\r\n").encode("latin-1")


def send(url: str, *pieces: bytes) -> bytes:
    """Write bytes to the tap, half-close, and read all that comes back."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        received = b""
        # The tap may have had enough and closed already.
        with suppress(ConnectionError, OSError):
            connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65536):
                received += data
    return received


def test_a_request_is_captured_byte_for_byte_and_answered(tap):
    channel = tap.open(lambda _: OK)
    raw = head(
        channel.url,
        "X-CASE: Kept",
        "content-TYPE: multipart/form-data; boundary=b1",
        f"Content-Length: {len(BODY)}",
    )

    received = send(channel.url, raw, BODY)

    assert received == (
        b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
    )
    (exchange,) = tap.release(channel)
    assert exchange.attempt == 1
    assert exchange.reply == OK
    assert exchange.request.head == raw
    assert exchange.request.body == BODY
    assert exchange.request.complete
    assert [name for name, _ in exchange.request.headers] == [
        b"HoSt", b"X-CASE", b"content-TYPE", b"Content-Length",
    ]  # fmt: skip
    wire = exchange.request.wire
    assert (wire.method, wire.path, wire.framing) == ("POST", "/v1/images/edits", Framing.CONTENT_LENGTH)
    assert wire.parts == (
        Part(
            name="model",
            filename=None,
            content_type=None,
            disposition='form-data; name="model"',
            size=11,
            sha256=hashlib.sha256(b"gpt-image-1").hexdigest(),
            text="gpt-image-1",
            characters=11,
        ),
        Part(
            name="image",
            filename="avatar.webp",
            content_type="image/webp",
            disposition='form-data; name="image"; filename="avatar.webp"',
            size=12,
            sha256=hashlib.sha256(b"RIFF\x04\x00\x00\x00WEBP").hexdigest(),
            format="webp",
            headers=(("X-Extra", "yes"),),
        ),
    )


def test_chunked_framing_is_taken_off_and_remembered(tap):
    channel = tap.open(lambda _: OK)
    chunked = b"".join(
        b"%x\r\n%s\r\n" % (len(BODY[i : i + 50]), BODY[i : i + 50]) for i in range(0, len(BODY), 50)
    )
    raw = head(channel.url, "Content-Type: multipart/form-data; boundary=b1", "Transfer-Encoding: chunked")

    send(channel.url, raw, chunked, b"0\r\n\r\n")

    (exchange,) = tap.release(channel)
    assert exchange.request.body == BODY
    assert exchange.request.wire.framing is Framing.CHUNKED
    assert [part.name for part in exchange.request.wire.parts] == ["model", "image"]


def test_boundary_and_authorization_are_not_part_of_the_wire_form(tap):
    digests = []
    for boundary, key in ((b"b1", "one"), (b"other", "two")):
        channel = tap.open(lambda _: OK)
        body = BODY.replace(b"--b1", b"--" + boundary)
        raw = head(
            channel.url,
            f"Authorization: Bearer {key}",
            f"Content-Type: multipart/form-data; boundary={boundary.decode()}",
            f"Content-Length: {len(body)}",
        )
        send(channel.url, raw, body)
        (exchange,) = tap.release(channel)
        digests.append(exchange.request.wire.digest)
    assert digests[0] == digests[1]


@pytest.mark.parametrize(("shipped", "counts"), [(WEBP, "asset:webp"), (WEBP + b"!", f"sha256:{DIGEST}")])
def test_a_shipped_picture_counts_by_name_and_anything_else_by_its_digest(shipped, counts):
    with Tap({hashlib.sha256(shipped).hexdigest(): "webp"}) as tap:
        channel = tap.open(lambda _: OK)
        raw = head(
            channel.url, "Content-Type: multipart/form-data; boundary=b1", f"Content-Length: {len(BODY)}"
        )
        send(channel.url, raw, BODY)
        (exchange,) = tap.release(channel)
    assert exchange.request.wire.parts[1].content == counts


def test_every_attempt_of_a_case_is_kept_in_order(tap):
    channel = tap.open(lambda _: OK)
    raw = head(
        channel.url, "Content-Type: application/json", "Content-Length: 8", path="/v1/images/generations"
    )

    send(channel.url, raw, b'{"n": 1}', raw, b'{"n": 2}')

    exchanges = tap.release(channel)
    assert [(exchange.attempt, exchange.request.wire.json) for exchange in exchanges] == [
        (1, '{"n":1}'),
        (2, '{"n":2}'),
    ]
    assert exchanges[1].request.head == raw


def test_concurrent_cases_do_not_mix(tap):
    barrier = threading.Barrier(8)
    seen: dict[int, list[str | None]] = {}

    def one(number: int) -> None:
        channel = tap.open(lambda _: OK)
        raw = head(channel.url, "Content-Type: application/json", "Content-Length: 8")
        barrier.wait()
        for _ in range(20):
            send(channel.url, raw, b'{"n": %d}' % number)
        seen[number] = [exchange.request.wire.json for exchange in tap.release(channel)]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: [f'{{"n":{number}}}'] * 20 for number in range(8)}


@pytest.mark.parametrize("path", ["/", "/v1/images/edits", "/guess/1/v1/images/edits"])
def test_a_request_outside_the_taps_path_is_refused_and_counted(tap, path):
    channel = tap.open(lambda _: OK)
    origin = channel.url.rpartition("/")[0].rpartition("/")[0]
    raw = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    assert send(origin, raw).startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert tap.strays == 1
    assert tap.release(channel) == ()


def test_the_path_is_new_for_every_tap_and_nothing_less_than_the_whole_of_it_will_do(tap):
    channel = tap.open(lambda _: OK)
    origin, token, number = channel.url.rsplit("/", 2)
    with Tap({}) as other:
        assert token not in other.open(lambda _: OK).url
    guesses = (token[:1], token[:-1], "", f"{token}x", token.swapcase())
    for guess in guesses:
        raw = f"GET /{guess}/{number}/v1/models HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        assert send(origin, raw).startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert tap.strays == len(guesses)
    assert tap.release(channel) == ()


def test_a_request_after_its_case_has_ended_is_refused(tap):
    channel = tap.open(lambda _: OK)
    tap.release(channel)
    raw = head(channel.url, "Content-Length: 0")
    assert send(channel.url, raw).startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert tap.strays == 1


@pytest.mark.parametrize(
    "noise", [b"\x16\x03\x01\x02\x00hello TLS\r\n\r\n", b"GET\r\n\r\n", b"A" * 70_000 + b"\r\n\r\n"]
)
def test_noise_is_answered_and_survived(tap, noise):
    channel = tap.open(lambda _: OK)
    assert send(channel.url, noise).startswith(b"HTTP/1.1 4")
    assert tap.malformed == 1
    raw = head(channel.url, "Content-Length: 0")
    assert send(channel.url, raw).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_that_breaks_off_leaves_an_incomplete_exchange_and_nobody_is_asked(tap):
    def never(_):
        raise AssertionError("an incomplete request must not be answered")

    channel = tap.open(never)
    raw = head(channel.url, "Content-Type: multipart/form-data; boundary=b1", "Content-Length: 999")

    send(channel.url, raw, BODY[:60])

    (exchange,) = tap.release(channel)
    assert not exchange.request.complete
    assert isinstance(exchange.reply, NoAnswer)
    assert exchange.reply.why is Silence.INCOMPLETE
    assert exchange.request.wire.fault == (
        "the client closed the connection before the body was complete (received 60 bytes, expected 999)"
    )


def test_no_answer_becomes_a_status_no_sdk_retries(tap):
    channel = tap.open(lambda _: NoAnswer(Silence.UNRECORDED, "no recording"))
    received = send(channel.url, head(channel.url, "Content-Length: 0"))
    assert received.startswith(b"HTTP/1.1 %d Failed Dependency\r\n" % NO_ANSWER_STATUS)
    assert json.loads(received.partition(b"\r\n\r\n")[2]) == {
        "error": {
            "message": "upload-matrix: no recording",
            "type": "upload_matrix_unrecorded",
            "param": None,
            "code": "upload_matrix_unrecorded",
        }
    }


def test_a_failure_of_our_own_while_answering_is_kept_for_the_case(tap):
    def broken(_):
        raise KeyError("ours")

    channel = tap.open(broken)
    send(channel.url, head(channel.url, "Content-Length: 0"))
    tap.release(channel)
    assert isinstance(channel.failure, KeyError)


def test_expect_100_continue_is_granted(tap):
    channel = tap.open(lambda _: OK)
    parts = urlsplit(channel.url)
    raw = head(channel.url, "Expect: 100-continue", "Content-Length: 3")
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(raw)
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(b"abc")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
    (exchange,) = tap.release(channel)
    assert exchange.request.body == b"abc"


def test_a_client_that_broke_off_a_moment_ago_is_taken_in_before_its_case_ends(tap):
    for _ in range(50):
        channel = tap.open(lambda _: OK)
        parts = urlsplit(channel.url)
        raw = head(channel.url, "Content-Length: 999")
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(raw + b"begun")
        (exchange,) = tap.release(channel, raised=True)
        assert not exchange.request.complete


def test_ending_a_case_does_not_wait_for_connections_that_are_merely_open(tap):
    channel = tap.open(lambda _: OK)
    parts = urlsplit(channel.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10):
        assert tap.release(channel, raised=True) == ()


def test_a_body_nobody_would_send_is_not_waited_for(tap):
    channel = tap.open(lambda _: OK)
    send(channel.url, head(channel.url, "Content-Length: 99999999999999"), b"x")
    (exchange,) = tap.release(channel)
    assert not exchange.request.complete
    assert "is announced" in exchange.request.wire.fault


def test_a_line_break_in_an_answers_header_begins_no_header(tap):
    channel = tap.open(lambda _: Answer(200, (("x-a", "1\r\nx-b: 2"),), b"", SOURCE))
    received = send(channel.url, head(channel.url, "Content-Length: 0"))
    assert received == b"HTTP/1.1 200 OK\r\nx-a: 1 x-b: 2\r\nContent-Length: 0\r\n\r\n"


def test_a_client_that_wants_to_close_is_told_so(tap):
    channel = tap.open(lambda _: OK)
    received = send(channel.url, head(channel.url, "Connection: close", "Content-Length: 0"))
    assert b"\r\nConnection: close\r\n" in received
