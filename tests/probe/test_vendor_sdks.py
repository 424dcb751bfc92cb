"""What the SDKs of vendors beside OpenAI put on the wire: real calls of the real packages, against the tap.

Those that are no development dependency have a Python or a folder of npm of their own, which a variable names.
"""

import base64
import contextlib
import json
import os
import sys

import pytest
from wire_bench import bench

from upload_matrix.assets.studio import Studio
from upload_matrix.environments.probes import Probe, node_command
from upload_matrix.matrix.bodies import BodyFile, rendered
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.errors import UnavailableError
from upload_matrix.run.environments import PYTHON_OF, node_prefix

OPERATIONS = load_operations(())
OWN_PYTHONS = ("assemblyai", "cohere", "deepgram", "elevenlabs", "langchain-openai", "litellm", "pydantic-ai")

CHAT = b"""{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0,
"finish_reason": "stop", "message": {"role": "assistant", "content": "a red door"}}],
"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}"""
RESPONSE = b"""{"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [{"type": "message",
"id": "m", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "a red door",
"annotations": []}]}], "status": "completed",
"parallel_tool_calls": false, "tool_choice": "auto", "tools": []}"""
MESSAGE = b'{"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}'
CANDIDATES = b'{"candidates": [{"content": {"role": "model", "parts": [{"text": "a red door"}]}}]}'
OCR = b"""{"model": "m", "usage_info": {"pages_processed": 1}, "pages": [{"index": 0, "markdown": "", "images": [],
"dimensions": {"dpi": 72, "height": 1, "width": 1}}]}"""
COHERE = b'{"id": "1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": []}}'

URL, SOURCE, BLOB = "image_url.url", "source.data", "inlineData.data"
CALLS = {
    # client, operation, carrier: the root of the case's URL, the path that arrives, the place of the file.
    ("anthropic", "messages.create", "base64"): ("/v1", "/v1/messages", f"messages[0].content[1].{SOURCE}", MESSAGE),
    ("anthropic", "messages.create", "data-url"): ("/v1", "/v1/messages", f"messages[0].content[1].{SOURCE}", MESSAGE),
    ("google-genai", "models.generate_content", "base64"): (
        "/v1beta", "/v1beta/models/m:generateContent", f"contents[0].parts[1].{BLOB}", CANDIDATES,
    ),
    ("groq", "chat.completions.create", "data-url"): (
        "/openai/v1", "/openai/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
    ),
    ("mistralai", "chat.completions.create", "data-url"): (
        "/v1", "/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
    ),
    ("mistralai", "mistral.chat.complete", "data-url"): (
        "/v1", "/v1/chat/completions", "messages[0].content[1].image_url", CHAT,
    ),
    ("mistralai", "ocr.process", "data-url"): ("/v1", "/v1/ocr", "document.image_url", OCR),
    ("cohere", "cohere.chat", "data-url"): ("/v2", "/v2/chat", f"messages[0].content[1].{URL}", COHERE),
    ("openai", "chat.completions.create", "data-url"): (
        "/v1", "/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
    ),
    ("openai", "responses.create", "data-url"): ("/v1", "/v1/responses", "input[0].content[1].image_url", RESPONSE),
    ("openai-async", "responses.create", "data-url"): (
        "/v1", "/v1/responses", "input[0].content[1].image_url", RESPONSE,
    ),
    ("litellm", "chat.completions.create", "data-url"): (
        "/v1", "/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
    ),
    ("litellm", "responses.create", "data-url"): ("/v1", "/v1/responses", "input[0].content[1].image_url", RESPONSE),
    **{
        (client, operation, "data-url"): ("/v1", path, place, told)
        for client in ("langchain-openai", "pydantic-ai")
        for operation, path, place, told in (
            ("chat.completions.create", "/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT),
            ("responses.create", "/v1/responses", "input[0].content[1].image_url", RESPONSE),
        )
    },
    **{
        (client, "groq.chat.completions.create", "data-url"): (
            "/openai/v1", "/openai/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
        )
        for client in ("groq", "node-groq")
    },
    ("node-openai", "responses.create", "data-url"): (
        "/v1", "/v1/responses", "input[0].content[1].image_url", RESPONSE,
    ),
    ("node-anthropic", "messages.create", "base64"): (
        "/v1", "/v1/messages", f"messages[0].content[1].{SOURCE}", MESSAGE,
    ),
    ("node-google-genai", "models.generate_content", "base64"): (
        "/v1beta", "/v1beta/models/m:generateContent", f"contents[0].parts[1].{BLOB}", CANDIDATES,
    ),
    ("node-groq", "chat.completions.create", "data-url"): (
        "/openai/v1", "/openai/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
    ),
    ("node-mistralai", "mistral.chat.complete", "data-url"): (
        "/v1", "/v1/chat/completions", "messages[0].content[1].image_url", CHAT,
    ),
    ("node-mistralai", "ocr.process", "data-url"): ("/v1", "/v1/ocr", "document.image_url", OCR),
    ("node-ai", "chat.completions.create", "data-url"): (
        "/v1", "/v1/chat/completions", f"messages[0].content[1].{URL}", CHAT,
    ),
    ("node-ai", "responses.create", "data-url"): ("/v1", "/v1/responses", "input[0].content[1].image_url", RESPONSE),
}  # fmt: skip


def command(prefix):
    try:
        return node_command(prefix)
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def ask():
    """``ask(client, operation, ...)``: a bench for each interpreter, the case skipped where the SDK is not."""
    with contextlib.ExitStack() as stack:
        benches = {}

        def asked(client, *given, **named):
            variable = PYTHON_OF + client.upper().replace("-", "_")
            where = os.environ.get(variable, sys.executable) if client in OWN_PYTHONS else sys.executable
            if client.startswith("node-"):
                where = node_prefix()
            if where not in benches:
                start = (
                    (lambda: Probe("", "", command=command(where)))
                    if client.startswith("node-")
                    else (lambda: Probe(where, "builtin"))
                )
                benches[where] = stack.enter_context(bench(start))
            report, requests = benches[where].ask(client, *given, **named)
            if "unavailable" in report:
                pytest.skip(report["unavailable"])
            return report, requests

        yield asked


@pytest.fixture(scope="module")
def png():
    with Studio() as studio:
        yield studio.upload("png").path.read_bytes()


def sent_by(ask, client, operation, carrier, content, root, **named):
    """The report and the requests of a call whose body is the operation's, with a picture in it."""
    template = OPERATIONS[operation]
    said = {"prompt": "hi", "model": "m", "max_tokens": 64 if operation == "messages.create" else None}
    known = {name: value for name, value in said.items() if name in template.text_fields and value}
    file = BodyFile(content, "a.png", "image/png", "png")
    fields = rendered(template.bodies[carrier], file, "image/png", known)
    path = template.path
    if "{model}" in path:
        path = path.replace("{model}", fields.pop("model"))
    return ask(client, operation, root, path, fields, **named)


def at(document, place):
    for word in place.replace("[", ".").replace("]", "").split("."):
        document = document[int(word)] if word.isdigit() else document[word]
    return document


@pytest.mark.parametrize(("client", "operation", "carrier"), CALLS)
def test_a_file_in_json_arrives_as_it_was_handed_over(ask, png, client, operation, carrier):
    root, path, place, told = CALLS[client, operation, carrier]
    report, (request,) = sent_by(ask, client, operation, carrier, png, root, answers=[(200, told)])
    assert "returned" in report, report
    assert request.wire.path.endswith(path)
    body = json.loads(request.body)
    text = at(body, place)
    assert text.startswith("data:image/png;base64,") == (carrier == "data-url")
    assert base64.urlsafe_b64decode(text.rpartition(",")[2].translate(str.maketrans("+/", "-_"))) == png
    (upload,) = request.wire.uploads()
    assert (upload.format, upload.declared) == ("png", "image/png")


def test_google_makes_url_safe_base64_of_bytes(ask):
    report, (request,) = sent_by(
        ask, "google-genai", "models.generate_content", "base64", b"\xff\xfb\xff", "/v1beta",
        answers=[(200, CANDIDATES)],
    )  # fmt: skip
    assert "returned" in report, report
    assert at(json.loads(request.body), f"contents[0].parts[1].{BLOB}") == "__v_"


REFUSED = {
    "anthropic": ("messages.create", "base64", "/v1", "anthropic.BadRequestError"),
    "google-genai": ("models.generate_content", "base64", "/v1beta", "google.genai.errors.ClientError"),
    "groq": ("chat.completions.create", "data-url", "/openai/v1", "groq.BadRequestError"),
    "mistralai": (
        "chat.completions.create", "data-url", "/v1", "mistralai.client.errors.sdkerror.SDKError",
    ),
    "cohere": ("cohere.chat", "data-url", "/v2", "cohere.errors.bad_request_error.BadRequestError"),
    "node-anthropic": ("messages.create", "base64", "/v1", "BadRequestError"),
    "node-google-genai": ("models.generate_content", "base64", "/v1beta", "ApiError"),
    "node-groq": ("chat.completions.create", "data-url", "/openai/v1", "BadRequestError"),
    "node-mistralai": ("mistral.chat.complete", "data-url", "/v1", "SDKError"),
    "node-ai": ("chat.completions.create", "data-url", "/v1", "APICallError"),
}  # fmt: skip


@pytest.mark.parametrize("client", REFUSED)
def test_a_rejection_is_told_with_its_status(ask, png, client):
    operation, carrier, root, name = REFUSED[client]
    body = b'{"error": {"message": "no such thing", "code": 400, "status": "INVALID_ARGUMENT"}}'
    report, requests = sent_by(ask, client, operation, carrier, png, root, answers=[(400, body)])
    assert report["raised"][0]["name"] == name
    assert report["status"] == 400
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("client", "retries"),
    [("anthropic", 0), ("anthropic", 2), ("groq", 2), ("google-genai", 0), ("google-genai", 2), ("cohere", 0), ("mistralai", 0)],
)  # fmt: skip
def test_a_client_repeats_a_call_as_often_as_it_is_told(ask, png, client, retries):
    operation, carrier, root, _ = REFUSED[client]
    told = [(503, b"{}")]
    _, requests = sent_by(ask, client, operation, carrier, png, root, answers=told, retries=retries)
    assert len(requests) == 1 + retries


FILE = b"""{"id": "f", "object": "file", "type": "file", "bytes": 3, "created_at": 1, "filename": "avatar.webp",
"purpose": "ocr", "sample_type": "ocr_input", "source": "upload", "mime_type": "image/webp", "size_bytes": 3,
"num_lines": 0, "deleted": false, "visibility": "workspace", "expires_at": null, "signature": null}"""

OCTETS = "application/octet-stream"
PARTS = {
    # client, container: the part of files.create. Python's own table knows WebP from 3.13 on.
    ("anthropic", "tuple3"): ("avatar.webp", "image/webp"),
    ("anthropic", "bytes"): (None, OCTETS),
    ("groq", "tuple3"): ("avatar.webp", "image/webp"),
    ("mistralai", "tuple3"): ("avatar.webp", "image/webp"),
    ("node-anthropic", "tuple3"): ("avatar.webp", "image/webp"),
    ("node-groq", "handle"): ("avatar.webp", OCTETS),
    ("node-mistralai", "file"): ("avatar.webp", "image/webp"),
    ("node-mistralai", "tuple2"): ("avatar.webp", "image/webp"),
    ("mistralai", "tuple2"): ("avatar.webp", "image/webp" if sys.version_info >= (3, 13) else OCTETS),
    ("mistralai", "handle"): ("avatar.webp", "image/webp" if sys.version_info >= (3, 13) else OCTETS),
}


OWN_FILES = {
    "anthropic": "anthropic.files.upload",
    "mistralai": "mistral.files.upload",
    "node-anthropic": "anthropic.files.upload",
    "node-mistralai": "mistral.files.upload",
}


@pytest.mark.parametrize(("client", "container"), PARTS)
def test_a_file_in_a_form(ask, client, container):
    report, (request,) = ask(
        client, OWN_FILES.get(client, "files.create"), "/v1", "/files", {} if "anthropic" in client else {"purpose": "ocr"}, container,
        answers=[(200, FILE)], encoding="multipart",
    )  # fmt: skip
    assert "returned" in report, report
    (part,) = [part for part in request.wire.parts if part.name == "file"]
    assert (part.filename, part.content_type) == PARTS[client, container]


SPEECH = b'{"language_code": "en", "language_probability": 1.0, "text": "hello", "words": []}'


def test_speech_in_a_form(ask):
    report, (request,) = ask(
        "elevenlabs", "speech_to_text.convert", "/v1", "/speech-to-text", {"model_id": "scribe_v1"}, "tuple3",
        answers=[(200, SPEECH)], encoding="multipart",
    )  # fmt: skip
    assert "returned" in report, report
    (part,) = [part for part in request.wire.parts if part.name == "file"]
    assert (part.filename, part.content_type) == ("avatar.webp", "image/webp")


LISTENED = (
    b'{"metadata": {"request_id": "r", "created": "2026-01-01T00:00:00Z", "duration": 1.0, "channels": 1}}'
)
RAW = {
    # client: operation, root, path, query; what arrives, and the type it is declared as.
    "deepgram": ("listen", "/v1", "/listen", {"model": "nova-3"}, "/v1/listen", OCTETS, LISTENED),
    "assemblyai": (
        "upload",
        "/v2",
        "/upload",
        {},
        "/v2/upload",
        None,
        b'{"upload_url": "https://a.invalid/u"}',
    ),
}


@pytest.mark.parametrize("client", RAW)
def test_a_file_that_is_the_body(ask, client):
    operation, root, path, query, arrives, declared, told = RAW[client]
    report, requests = ask(
        client, operation, root, path, query, answers=[(200, told)], encoding="raw", raw="png"
    )
    assert "returned" in report, report
    (request,) = requests
    assert request.wire.path.endswith(arrives)
    (upload,) = request.wire.uploads()
    assert (upload.place, upload.format, upload.declared) == ("body", "png", declared)
