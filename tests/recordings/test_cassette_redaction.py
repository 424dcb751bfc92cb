from __future__ import annotations

import base64
import gzip
import json
import re
import tracemalloc
import zlib
from urllib.parse import quote

import canaries
import pytest
from canaries import FILE, JWT, KEY, MASKED, NEEDLES, ORGANIZATION, PROJECT, REQUEST, SIGNATURE, TOKEN, USER
from cassette_wires import (
    SILENT,
    Asked,
    edit,
    emulated,
    file,
    files,
    library,
    live,
    live_library,
    never,
    text,
)

from upload_matrix.model.answer import Silence, Supply
from upload_matrix.recordings import RecordMode, stored_form
from upload_matrix.recordings.identity import apart
from upload_matrix.recordings.redactor import DEFAULT, redact_text
from upload_matrix.wire.coding import LARGEST, content_decoded
from upload_matrix.wire.form import Framing, WireForm, canonical_json

FILE_MARK = apart("[redacted:file-id]", FILE, b"", guessable=False)

IMAGE_URL = "https://x.blob.core.windows.net/private/{}/{}/img-1.png?st=2026&se=2026&sp=r&sig={}&rscd=inline"

SECRET_TEXTS = {
    "key": (f"use {KEY} now", "use [redacted:api-key] now"),
    "project key": (f"({canaries.PROJECT_KEY})", "([redacted:api-key])"),
    "masked key": (
        f"Incorrect API key provided: {MASKED}. You can find your API key at",
        "Incorrect API key provided: [redacted:api-key]. You can find your API key at",
    ),
    "masked key of a gateway": (
        f"bad key {canaries.MASKED_OTHER}, sorry",
        "bad key [redacted:api-key], sorry",
    ),
    "bearer": (f"sent Bearer {TOKEN}", "sent Bearer [redacted:token]"),
    "header": (f"Authorization: Digest={TOKEN}", "Authorization: [redacted:secret]"),
    "header in JSON in text": (
        f'{{\\"api-key\\": \\"{TOKEN}\\"}}',
        '{\\"api-key\\": \\"[redacted:secret]\\"}',
    ),
    "jwt": (f"t {JWT}", "t [redacted:token]"),
    "organization": (f"in organization {ORGANIZATION} on", "in organization [redacted:organization] on"),
    "project": (f"project `{PROJECT}`", "project `[redacted:project]`"),
    "signed url": (
        IMAGE_URL.format(ORGANIZATION, USER, SIGNATURE),
        "https://x.blob.core.windows.net/private/[redacted:organization]/[redacted:user]/img-1.png"
        "?st=[redacted:signature]&se=[redacted:signature]&sp=[redacted:signature]"
        "&sig=[redacted:signature]&rscd=inline",
    ),
    "signed url of S3": (
        f"https://b.s3.test/k?X-Amz-Credential={TOKEN}&amp;X-Amz-Signature=canary0123",
        "https://b.s3.test/k?X-Amz-Credential=[redacted:signature]&amp;X-Amz-Signature=[redacted:signature]",
    ),
    "file id": (f"No such File object: {FILE}", f"No such File object: {FILE_MARK}"),
    "request id": (f"{REQUEST}", "[redacted:request-id]"),
    "request id in words": (
        f"include the request ID {canaries.RANDOM} in your message.",
        "include the request ID [redacted:request-id] in your message.",
    ),
    "percent-encoded": (
        f"next={quote('Bearer ' + TOKEN, safe='')}&x=1",
        "next=Bearer%20[redacted:token]&x=1",
    ),
    "base64": (
        f"see {base64.b64encode(KEY.encode()).decode()}",
        f"see {base64.b64encode(b'[redacted:api-key]').decode()}",
    ),
    "base64 twice": (
        base64.b64encode(base64.b64encode(KEY.encode())).decode(),
        base64.b64encode(base64.b64encode(b"[redacted:api-key]")).decode(),
    ),
    "base64 for URLs": (
        base64.urlsafe_b64encode(f"?>?>{KEY}".encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(b"?>?>[redacted:api-key]").decode().rstrip("="),
    ),
    "gzip in base64": (base64.b64encode(gzip.compress(KEY.encode())).decode(), "[redacted:compressed]"),
}

HARMLESS = [
    "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
    "Invalid file 'image': unsupported mimetype ('application/octet-stream').",
    "file-emulated-0123456789abcdef",
    "see https://platform.test/docs/guides/file-uploads and user-guide",
    "a task-0123456789 at a desk-0123456789, risk-0123456789",
    "You must provide an API key using Bearer auth in an Authorization header.",
    "multiply 3 **** 4",
    "the request ID parameter is unknown",
    "고양이에게 모자를 %s 100%",
    "d" * 64,
    "/v1/images/edits",
    'form-data; name="image"; filename="avatar.webp"',
]


@pytest.mark.parametrize(("secret", "safe"), SECRET_TEXTS.values(), ids=SECRET_TEXTS)
def test_secrets_are_taken_out_of_text(secret, safe):
    assert redact_text(secret) == safe
    assert redact_text(safe) == safe, "redacting twice changes nothing more"


@pytest.mark.parametrize("text_", HARMLESS)
def test_harmless_text_stays(text_):
    assert redact_text(text_) == text_


def test_response_headers_are_kept_by_allowlist():
    kept = (
        ("Content-Type", "application/json"),
        ("retry-after", "3"),
        ("X-RateLimit-Remaining-Requests", "4999"),
        ("openai-version", "2020-10-01"),
        ("x-upload-matrix-provenance", "emulated"),
    )
    dropped = tuple(
        (name, "canary0123")
        for name in (
            "openai-organization",
            "OpenAI-Project",
            "openai-processing-ms",
            "Set-Cookie",
            "cf-ray",
            "x-request-id",
            "content-length",
            "content-encoding",
            "authorization",
            "anything-else",
        )
    )
    assert DEFAULT.headers(dropped[:5] + kept + dropped[5:]) == kept


def test_kept_headers_are_redacted_too():
    assert DEFAULT.headers(
        (("location", f"/v1/files/{FILE}?sig={SIGNATURE}"), ("retry-after", "\udc80"))
    ) == (
        ("location", f"/v1/files/{FILE_MARK}?sig=[redacted:signature]"),
        ("retry-after", "\\udc80"),
    )


EVERYTHING = " ".join(secret for secret, _ in SECRET_TEXTS.values())
DOCUMENT = {
    "message": EVERYTHING,
    "authorization": ["canary0123", ""],
    "nested": [{"text": json.dumps({"cookie": TOKEN})}, {EVERYTHING: 1}],
}


def left_over(root) -> list[str]:
    """What is left of the canaries in any file."""
    found = []
    for path in files(root):
        data = path.read_text("utf-8")
        found += [needle for needle in NEEDLES if needle in data.replace(path.stem, "")]
    return found


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(DOCUMENT).encode(),
        json.dumps(DOCUMENT, ensure_ascii=False, indent=1).encode(),
        EVERYTHING.encode(),
        f"data: {json.dumps(DOCUMENT)}\r\n\r\ndata: [DONE]\r\n".encode(),
        f"a={quote(KEY)}&b={quote('Bearer ' + TOKEN)}&c=1".encode(),
        b"\xff\x00" + EVERYTHING.encode() + b"\xfe",
    ],
    ids=["json", "json of somebody else", "text", "events", "form", "binary"],
)
@pytest.mark.parametrize("coding", [None, "gzip", "deflate", "raw deflate", "gzip, GZIP"])
def test_no_canary_reaches_the_disk(tmp_path, body, coding):
    headers = () if coding is None else (("Content-Encoding", coding.removeprefix("raw ")),)
    packed = {
        None: lambda: body,
        "gzip": lambda: gzip.compress(body),
        "deflate": lambda: zlib.compress(body),
        "raw deflate": lambda: zlib.compress(body)[2:-4],
        "gzip, GZIP": lambda: gzip.compress(gzip.compress(body)),
    }[coding]()
    secrets = tuple((name, "canary0123") for name in ("openai-organization", "Set-Cookie", "x-request-id"))
    form = edit(
        text("prompt", EVERYTHING),
        text("api_key", canaries.RANDOM),
        file("image", f"{FILE}.webp", f"image/webp; key={KEY}"),
        path=f"/v1/files/{FILE}/content",
        query=f"sig={SIGNATURE}&api-version=1",
    )
    first = live_library(tmp_path, secrets=canaries.ALL).reply(
        form, lambda: live(packed, headers=headers + secrets)
    )
    assert left_over(tmp_path) == []
    assert all(needle.encode() not in first.body for needle in NEEDLES)
    assert first.headers == (("content-type", "application/json"),)
    again = live_library(tmp_path, RecordMode.NONE).reply(form, never)
    assert (again.headers, again.body) == (first.headers, first.body)


def test_a_json_request_is_redacted(tmp_path):
    def request(file_id: str) -> WireForm:
        body = json.dumps({"images": [{"file_id": file_id}], "user": EVERYTHING, "prompt": "모자"})
        return WireForm(
            "POST",
            "/v1/images/edits",
            Framing.CONTENT_LENGTH,
            "application/json",
            json=canonical_json(body.encode()),
        )

    shelf = library(tmp_path)
    shelf.reply(request(FILE), emulated)
    assert left_over(tmp_path) == []
    assert library(tmp_path, RecordMode.NONE).reply(request(FILE), never).status == 400
    # Another file is another request, though neither id stands in a recording.
    assert library(tmp_path, RecordMode.NONE).reply(request(FILE[:-1] + "5"), never).why is Silence.UNRECORDED
    assert shelf.played == {stored_form(request(FILE)).digest}


def test_a_request_without_secrets_is_stored_under_its_own_digest():
    for form in (edit(), edit(text("prompt", "고양이")), edit(path="/v1/files", query="api-version=1")):
        assert stored_form(form) == form


def test_storing_a_stored_form_changes_nothing_more():
    form = stored_form(edit(text("prompt", EVERYTHING), file("image", EVERYTHING, KEY), query=EVERYTHING))
    assert stored_form(form) == form


def test_a_taken_out_text_leaves_no_digest_to_test_guesses_on():
    one, two = (stored_form(edit(text("prompt", f"with {key}"))).parts[0] for key in (KEY, KEY + "0"))
    assert re.fullmatch(r"with \[redacted:api-key\.[0-9a-f]{12}\]", one.text)
    assert one == text("prompt", one.text), "nothing else in it hangs on the key"
    assert one.text != two.text


def test_names_that_differ_from_run_to_run_are_stored_alike():
    one, two = (
        stored_form(edit(file("image", name, None))) for name in ("tmpab12cd34.webp", "tmpzz99yy88.webp")
    )
    assert one == two
    assert one.digest == edit(file("image", "tmpab12cd34.webp", None)).digest


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"{}"),
        ("zstd", b"\x28\xb5\x2f\xfd"),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"cut", mtime=0)[:-9]),
        ("gzip", gzip.compress(bytes(LARGEST + 1), 1)),
    ],
    ids=["mislabelled", "unknown", "none", "cut", "bomb"],
)
def test_of_what_cannot_be_looked_into_only_that_it_came_is_kept(tmp_path, coding, body):
    told = library(tmp_path).reply(edit(), Asked(emulated(body, headers=(("content-encoding", coding),))))
    assert told.why is Silence.UNKEPT
    assert re.search(
        rf"answered with 400, .*Content-Encoding \({coding}\).*'Accept-Encoding: gzip'", told.says
    )
    again = library(tmp_path).reply(edit(), never)
    assert (again.says, again.source.supply) == (told.says, Supply.RECORDED)


def test_a_bomb_is_not_unpacked_beyond_the_stated_limit():
    bomb = gzip.compress(bytes(4 * LARGEST), 1)
    tracemalloc.start()
    try:
        assert content_decoded(bomb, "gzip") is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * LARGEST + len(bomb)


def test_an_inconclusive_answer_is_redacted_too(tmp_path):
    body = json.dumps({"error": {"message": f"Rate limit reached for {ORGANIZATION}"}}).encode()
    told = library(tmp_path).reply(edit(), Asked(emulated(body, 429), SILENT)).body
    assert json.loads(told) == {"error": {"message": "Rate limit reached for [redacted:organization]"}}
