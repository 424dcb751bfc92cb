"""Files as text in JSON: read while they come, told apart exactly, by place, type, spelling and content."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upload_matrix.judge.findings import find
from upload_matrix.model.case import Encoding, Operation
from upload_matrix.wire import json_body
from upload_matrix.wire.carriers.embedded import decoded, spelt, taken_apart
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.json_body import keys_of, place_name
from upload_matrix.wire.read import FormReader, wire_form

HEADERS = ((b"content-type", b"application/json"), (b"content-length", b"1"))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 12 + b"IEND\xaeB`\x82"
B64 = base64.b64encode(PNG).decode()
SPELLINGS = [
    "base64",
    "base64 unpadded",
    "base64url",
    "base64url unpadded",
    "base64 lines of 76",
    "base64 lines of 76 with a last one",
    "base64 lines of 64 by CRLF",
    "base64url unpadded lines of 76 by CRLF with a last one",
]


def form(document: object, path: str = "/v1/chat/completions", **assets: bytes) -> WireForm:
    import hashlib

    known = {hashlib.sha256(content).hexdigest(): name for name, content in assets.items()}
    return wire_form("POST", path, HEADERS, json.dumps(document).encode(), known)


def chat(url: object) -> dict:
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "?"}, part]}]}


def message(data: object, media_type: str = "image/png") -> dict:
    source = {"type": "base64", "media_type": media_type, "data": data}
    return {"messages": [{"role": "user", "content": [{"type": "image", "source": source}]}]}


def test_a_data_url_is_an_upload_with_its_place():
    (upload,) = form(chat(f"data:image/webp;base64,{B64}")).uploads()
    assert upload.place == "messages[0].content[1].image_url.url"
    assert (upload.carrier, upload.declared, upload.format) == ("data-url", "image/webp", "png")
    assert (upload.size, upload.condition) == (len(PNG), None)


def test_a_base64_block_has_the_place_of_its_type():
    (upload,) = form(message(B64, "image/jpeg"), "/v1/messages").uploads()
    assert (upload.carrier, upload.declared) == ("base64", "image/jpeg")
    assert upload.place == "messages[0].content[0].source.data"
    assert upload.typed_at == "messages[0].content[0].source.media_type"


@pytest.mark.parametrize(
    ("path", "document", "place", "declared"),
    [
        (
            "/v1beta/models/g:generateContent",
            {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": B64}}]}]},
            "contents[0].parts[0].inlineData.data",
            "image/png",
        ),
        (
            "/model/m/converse",
            {"messages": [{"content": [{"image": {"format": "jpeg", "source": {"bytes": B64}}}]}]},
            "messages[0].content[0].image.source.bytes",
            "jpeg",
        ),
        (
            "/v1/responses",
            {"input": [{"content": [{"type": "input_image", "image_url": f"data:image/png;base64,{B64}"}]}]},
            "input[0].content[0].image_url",
            "image/png",
        ),
        ("/somebody/elses", {"picture": B64, "mimeType": "image/gif"}, "picture", "image/gif"),
        ("/somebody/elses", {"pictures": [{"it": B64}]}, "pictures[0].it", None),
    ],
)
def test_notations_of_vendors_and_of_nobody(path, document, place, declared):
    (upload,) = form(document, path).uploads()
    assert (upload.place, upload.declared, upload.format) == (place, declared, "png")


@pytest.mark.parametrize(
    "document",
    [
        chat("https://example.com/a.png"),
        {"prompt": "iVBORw0KGgo is how a PNG begins, and this is no file " * 40},
        {"input": [{"encrypted_content": base64.b64encode(bytes(range(7)) * 400).decode()}]},
        {"messages": [{"content": [{"type": "thinking", "signature": "Eq" + "A" * 3000}]}]},
        {
            "messages": [
                {"content": [{"type": "document", "source": {"type": "text", "data": "a plain text"}}]}
            ]
        },
        {"numbers": list(range(200)), "model": "text-embedding-3-small"},
    ],
)
def test_what_is_no_file_is_no_upload(document):
    assert form(document).uploads() == ()


def test_two_requests_that_differ_in_any_text_have_two_names():
    documents = [
        chat(f"data:image/png;base64,{B64}"),
        chat(f"data:image/webp;base64,{B64}"),
        chat(f"data:image/png;base64,{B64[:-8]}AAAAAAA="),
        chat("<upload>"),
        chat(f"data:image/png;base64,{B64[:100]}\n{B64[100:]}"),
        chat(B64),
        {"opaque": "A" * 3000},
        {"opaque": "A" * 2999 + "B"},
        {"opaque": "<upload>"},
    ]
    assert len({form(each).digest for each in documents}) == len(documents)


def test_a_shipped_file_counts_by_name_only_where_its_spelling_says_all():
    other = PNG[:-20] + bytes(8) + PNG[-12:]
    one, two = (
        wire_form("POST", "/v1/x", HEADERS, json.dumps(chat(spelt(each, "base64url"))).encode(), known)
        for each, known in ((PNG, digest_of(PNG)), (other, digest_of(other)))
    )
    assert one.digest == two.digest
    mixed = B64.replace("+", "-", 1)
    assert mixed != B64
    assert form(chat(mixed), photo=PNG).embedded[0].spelling is None
    assert form(chat(mixed), photo=PNG).digest != form(chat(B64), photo=PNG).digest


def digest_of(content: bytes) -> dict[str, str]:
    import hashlib

    return {hashlib.sha256(content).hexdigest(): "photo"}


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(content=st.binary(min_size=1, max_size=400))
@settings(max_examples=40, deadline=None)
def test_a_spelling_with_the_bytes_is_the_whole_text(spelling, content):
    text = spelt(content, spelling)
    assert decoded(text) == content
    read = taken_apart(text)
    assert read.content == content
    assert spelt(read.content, read.spelling) == text


@given(
    pieces=st.lists(st.integers(1, 900), max_size=30),
    ascii_only=st.booleans(),
    text=st.text(max_size=50),
    spelling=st.sampled_from(SPELLINGS),
)
@settings(max_examples=150, deadline=None)
def test_how_a_body_is_cut_up_does_not_matter(pieces, ascii_only, text, spelling):
    document = {**chat(f"data:image/png;base64,{spelt(PNG, spelling)}"), "note\\": text, 'quote"': '\\\\"'}
    body = (
        json.dumps(document, ensure_ascii=ascii_only).replace("+", "\\u002b").encode("utf-8", "surrogatepass")
    )
    reader = FormReader("POST", "/v1/chat/completions", HEADERS)
    place = 0
    for size in pieces:
        reader.feed(body[place : place + size])
        place += size
    assert reader.finish(None, body[place:]) == wire_form("POST", "/v1/chat/completions", HEADERS, body, {})
    assert form(document).digest == wire_form("POST", "/v1/chat/completions", HEADERS, body, {}).digest


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=40) | st.just(B64),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(one=_JSON, other=_JSON)
@settings(max_examples=200, deadline=None)
def test_equal_documents_and_no_others_have_equal_forms(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (form(one).digest == form(other).digest) == same
    assert form(one).fault is None


@given(keys=st.lists(st.text(max_size=6) | st.integers(0, 40), min_size=1, max_size=5))
def test_a_place_names_one_way(keys):
    way = tuple(keys)
    assert keys_of(place_name(way)) == way


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"a": "' + b"A" * 3000, "not sound JSON"),
        (b'{"a": "' + b"A" * 3000 + b"\n" + b"A" * 9 + b'"}', "not sound JSON"),
        (b'{"a": "' + b"A" * 3000 + b'\\u00zz"}', "not sound JSON"),
        (b'{"a": "' + b"A" * 3000 + b'", "a": 1}', "an object has a name twice"),
    ],
)
def test_a_body_that_is_no_json_is_at_fault(body, says):
    assert says in (wire_form("POST", "/v1/x", HEADERS, body, {}).fault or "")


def test_a_document_that_is_too_long_counts_by_a_digest_of_all_of_it(monkeypatch):
    monkeypatch.setattr(json_body, "JSON_LIMIT", 4000)
    other = base64.b64encode(PNG[:-20] + bytes(8) + PNG[-12:]).decode()
    long = {"text": "a b " * 1500}
    documents = [
        {"a": B64, "long": long, "z": B64},
        {"a": B64, "long": long, "z": other},
        {"a": other, "long": long, "z": B64},
        {"a": B64, "long": {"text": "a c " * 1500}, "z": B64},
    ]
    digests = [form(each).digest for each in documents]
    assert len(set(digests)) == len(documents)
    assert digests == [form(each).digest for each in documents]
    assert form(documents[0]).json is None
    assert form(documents[0]).body_size == len(json.dumps(documents[0]))
    for document, digest in zip(documents, digests, strict=True):
        body, reader = json.dumps(document).encode(), FormReader("POST", "/v1/chat/completions", HEADERS)
        for start in range(0, len(body), 97):
            reader.feed(body[start : start + 97])
        assert reader.finish(None).digest == digest


def test_a_files_text_may_be_longer_than_what_may_be_kept(monkeypatch):
    monkeypatch.setattr(json_body, "JSON_LIMIT", 2000)
    assert form(chat(f"data:image/png;base64,{B64}")).uploads()[0].size == len(PNG)


def test_bytes_as_numbers_are_seen_for_what_they_are():
    for written in (list(PNG), {"type": "Buffer", "data": list(PNG)}, {str(n): b for n, b in enumerate(PNG)}):
        (upload,) = form(message(written), "/v1/messages").uploads()
        assert (upload.format, upload.size) == ("png", len(PNG))


def jpeg_text(**changed: str) -> str:
    text = base64.b64encode(b"\xff\xd8\xff\xe0\0\0" + b"\xfb\xef\xbe" * 40 + b"\xff\xd9").decode()
    for old, new in changed.items():
        text = text.replace({"plus": "+"}[old], new)
    return text


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        (jpeg_text(plus=" "), " "),
        (f'"{jpeg_text()}"', '"'),
        (jpeg_text()[:-2], "part of a byte"),
        (f" {jpeg_text()}\n", None),
    ],
)
def test_what_is_amiss_in_base64_is_named_by_its_first(text, stray):
    assert form(message(text), "/v1/messages").embedded[0].stray == stray


@given(pieces=st.lists(st.integers(1, 40), max_size=12), text=st.text('+A/= \n"-', max_size=90))
@settings(max_examples=200, deadline=None)
def test_odd_texts_are_the_same_however_they_come(pieces, text):
    body = json.dumps(message("/9j/4AAQ" * 200 + text)).encode()
    reader = FormReader("POST", "/v1/messages", HEADERS)
    place = body.index(b"/9j/")
    reader.feed(body[:place])
    for size in pieces:
        reader.feed(body[place : place + size * 40])
        place += size * 40
    one, whole = (reader.finish(None, body[place:]), wire_form("POST", "/v1/messages", HEADERS, body, {}))
    assert one.digest == whole.digest
    assert (one.embedded[0].stray is None) == (whole.embedded[0].stray is None)


def test_a_notation_of_one_vendors_own_means_nothing_elsewhere():
    document = {"messages": [{"images": [f"data:image/png;base64,{B64}"]}]}
    assert form(document, "/api/chat").uploads()[0].place == "messages[0].images[0]"
    codes = {
        path: [
            each.code for each in find([form(document, path)], Operation("o", "POST", path, Encoding.JSON))
        ]
        for path in ("/api/chat", "/v1/predictions")
    }
    assert codes == {"/api/chat": ["data-url-in-base64"], "/v1/predictions": []}


def test_a_body_that_is_the_file():
    headers = ((b"content-type", b"audio/mpeg"), (b"content-length", b"1"))
    wav = b"RIFF" + (68).to_bytes(4, "little") + b"WAVEfmt " + bytes(60)
    (upload,) = wire_form("POST", "/v1/listen", headers, wav, {}).uploads()
    assert (upload.place, upload.carrier, upload.declared, upload.format) == (
        "body",
        "raw",
        "audio/mpeg",
        "wav",
    )
    assert wire_form("POST", "/v1/x", ((b"content-type", b"text/plain"),), b"hello", {}).uploads() == ()
