"""What every Python client and curl put on the wire for the same call, part by part.

The mime table is Python's own, in which only Python 3.13 and newer know WebP. A client that is not installed
here is skipped with the words the probe has for it.
"""

import contextlib
import os
import sys

import pytest
from wire_bench import bench, files

from upload_matrix.environments.probes import Probe
from upload_matrix.wire.form import Framing

OCTETS = "application/octet-stream"
WEBP = "image/webp"
GUESS = WEBP if sys.version_info >= (3, 13) else None
REFUSED = "refused"
"""The client raises before it sends anything."""

NAMED = 'name="image"; filename="avatar.webp"'
UPLOAD = 'name="image"; filename="upload"'
FIELD = 'name="image"; filename="image"'
KOREAN = 'name="image"; filename="사진.webp"'
ESCAPED = 'name="image"; filename="my %22best%22.webp"'

# As the SDK and httpx write it, of which the SDK is made.
LIKE_HTTPX = {
    "handle": (NAMED, GUESS or OCTETS),
    "bytes": (UPLOAD, OCTETS),
    "bytesio": (UPLOAD, OCTETS),
    "tuple2": (NAMED, GUESS or OCTETS),
    "tuple3": (NAMED, WEBP),
    "korean": (KOREAN, WEBP),
    "quote": (ESCAPED, WEBP),
}

WIRES = {
    "openai": LIKE_HTTPX,
    "openai-async": LIKE_HTTPX,
    "azure": LIKE_HTTPX,
    "httpx": LIKE_HTTPX,
    "httpx2": LIKE_HTTPX,
    # No type unless it is given, and the field's name where there is no filename.
    "requests": {
        "handle": (NAMED, None),
        "bytes": (FIELD, None),
        "bytesio": (FIELD, None),
        "tuple2": (NAMED, None),
        "tuple3": (NAMED, WEBP),
        "korean": (KOREAN, WEBP),
        "quote": (ESCAPED, WEBP),
    },
    # Reads no stream; bare bytes are a text field.
    "urllib3": {
        "handle": REFUSED,
        "bytes": ('name="image"', None),
        "bytesio": REFUSED,
        "tuple2": (NAMED, GUESS or OCTETS),
        "tuple3": (NAMED, WEBP),
        "korean": (KOREAN, WEBP),
        "quote": (ESCAPED, WEBP),
    },
    # Guesses for a handle, not for a filename; percent-encodes everything but letters, digits and "-._~".
    "aiohttp": {
        "handle": (NAMED, GUESS or OCTETS),
        "bytes": (FIELD, OCTETS),
        "bytesio": (FIELD, OCTETS),
        "tuple2": (NAMED, OCTETS),
        "tuple3": (NAMED, WEBP),
        "korean": ('name="image"; filename="%EC%82%AC%EC%A7%84.webp"', WEBP),
        "quote": ('name="image"; filename="my%20%22best%22.webp"', WEBP),
    },
    # Knows eight extensions, and WebP is none of them.
    "curl": {
        "handle": (NAMED, OCTETS),
        "tuple2": (NAMED, OCTETS),
        "tuple3": (NAMED, WEBP),
        "korean": (KOREAN, WEBP),
        "quote": (ESCAPED, WEBP),
        "path": (NAMED, OCTETS),
        "one-way": ('name="image"; filename="-"', None),
        "tuple-nameless": ('name="image"', WEBP),
    },
    # Looks at the bytes, always sends an array, and a handle's whole path goes out as its filename.
    "litellm": {
        "handle": ('name="image[]"; filename="<local path>/avatar.webp"', WEBP),
        "bytes": ('name="image[]"; filename="image.png"', WEBP),
        "bytesio": ('name="image[]"; filename="image.png"', WEBP),
        "tuple2": REFUSED,
        "tuple3": REFUSED,
    },
}

IMAGES = {"korean": ("tuple3", "webp-korean"), "quote": ("tuple3", "webp-quote")}
"""Rows that are not simply a container with the WebP."""

TEXTS_TYPED = {"aiohttp"}
"""Clients that put a Content-Type on text fields."""


OWN_PYTHONS = {"litellm": "UPLOAD_MATRIX_PYTHON_LITELLM"}
"""Clients that may lie in an environment of their own, with the variable that names its interpreter."""


class Benches:
    """A bench for each interpreter, started when first needed."""

    def __init__(self, stack):
        self._stack, self._made = stack, {}

    def call(self, client, *given, **named):
        python = os.environ.get(OWN_PYTHONS.get(client, ""), sys.executable)
        if python not in self._made:
            self._made[python] = self._stack.enter_context(bench(lambda: Probe(python, "builtin")))
        return self._made[python].call(client, *given, **named)


@pytest.fixture(scope="module")
def running():
    with contextlib.ExitStack() as stack:
        yield Benches(stack)


def available(report):
    if "unavailable" in report:
        pytest.skip(report["unavailable"])
    assert "broken" not in report, report
    return report


@pytest.mark.parametrize(("client", "row"), [(client, row) for client in WIRES for row in WIRES[client]])
def test_the_file_part(running, client, row):
    container, image = IMAGES.get(row, (row, "webp"))
    report, requests = running.call(client, container, image)
    available(report)
    expected = WIRES[client][row]
    if expected == REFUSED:
        assert report["raised"]
        assert not [request for request in requests if request.complete]
        return
    (request,) = requests
    disposition, content_type = expected
    assert "returned" in report
    assert files(request) == [(disposition, content_type, "asset:webp")]
    assert request.wire.framing is Framing.CONTENT_LENGTH
    assert request.wire.fault is None


@pytest.mark.parametrize("client", WIRES)
def test_text_fields_arrive_as_they_were_given(running, client):
    # curl would read a file for a field that begins with @.
    report, requests = running.call(client, "bytes" if client == "litellm" else "tuple3")
    available(report)
    texts = {part.name: (part.text, part.content_type) for part in requests[0].wire.parts if not part.is_file}
    kind = "text/plain; charset=utf-8" if client in TEXTS_TYPED else None
    assert texts == {"model": ("gpt-image-1", kind), "prompt": ("@a red door", kind)}


@pytest.mark.parametrize("client", sorted(WIRES.keys() - {"litellm"}))
def test_several_files_go_under_the_array_name(running, client):
    report, requests = running.call(client, "list-of-two")
    available(report)
    assert files(requests[0]) == [
        ('name="image[]"; filename="avatar.webp"', WEBP, "asset:webp"),
        ('name="image[]"; filename="second-avatar.webp"', WEBP, "asset:webp-second"),
    ]


@pytest.mark.parametrize("client", WIRES)
def test_the_control_is_json(running, client):
    report, requests = running.call(client)
    available(report)
    wire = requests[0].wire
    assert (wire.media_type, wire.json) == (
        "application/json",
        '{"model":"gpt-image-1","prompt":"@a red door"}',
    )


REWINDS = {
    "openai": "asset:webp",
    "httpx": "asset:webp",
    "httpx2": "asset:webp",
    "litellm": "asset:webp",
    "requests": "empty",
    "aiohttp": "empty",
}


@pytest.mark.parametrize("client", REWINDS)
def test_a_stream_at_its_end_is_rewound_or_sent_empty(running, client):
    report, requests = running.call(client, "stream-at-end")
    available(report)
    ((_, _, content),) = files(requests[0])
    assert content == REWINDS[client]


@pytest.mark.parametrize("client", ["openai", "httpx", "httpx2", "aiohttp", "litellm"])
def test_what_cannot_seek_is_sent_in_chunks(running, client):
    report, requests = running.call(client, "one-way")
    available(report)
    assert requests[0].wire.framing is Framing.CHUNKED


def test_azure_has_the_model_in_the_path(running):
    report, requests = running.call("azure", "tuple3")
    available(report)
    assert (requests[0].wire.path, requests[0].wire.query) == (
        "/openai/deployments/gpt-image-1/images/edits",
        "api-version=2025-04-01-preview",
    )


REFUSAL = b'{"error": {"message": "no", "type": "invalid_request_error", "param": null, "code": "bad"}}'


@pytest.mark.parametrize("client", WIRES)
def test_a_refusal_reaches_the_caller_with_its_status_after_one_attempt(running, client):
    container = "handle" if client == "litellm" else "tuple3"
    report, requests = running.call(client, container, answers=[(400, REFUSAL)])
    available(report)
    assert (report["status"], len(requests)) == (400, 1)
    assert report["raised"]


@pytest.mark.parametrize("client", ["openai", "azure", "requests", "urllib3", "curl"])
def test_a_client_told_to_retry_sends_the_same_again(running, client):
    answers = [(500, REFUSAL), (200, b'{"created": 1, "data": []}')]
    report, requests = running.call(client, "tuple3", answers=answers, retries=1)
    available(report)
    assert "returned" in report
    first, second = (request.wire for request in requests)
    assert first == second


def test_curl_sends_a_path_without_its_at_sign_as_text(running):
    report, requests = running.call("curl", "str-path")
    available(report)
    assert files(requests[0]) == [('name="image"', None, "asset:path-text")]


@pytest.mark.parametrize("client", sorted(WIRES.keys() - {"litellm"}))
def test_an_answer_that_is_no_json_is_an_error(running, client):
    report, _ = running.call(client, "tuple3", answers=[(200, b"<html>busy</html>")])
    available(report)
    assert report["raised"]
    assert report["status"] is None
