"""Where no passing request is given: the nearest recorded one, made anew, and repaired versions."""

import base64
import io
import wave
from dataclasses import replace

import pytest
from isolate_requests import MP3, PNG, WEBP, P, edit, json_request, multipart, raw, read_back, report_pair
from PIL import Image

from upload_matrix.assets.samples import sample
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.isolate.samples import sampled
from upload_matrix.judge.isolate.result import reply_of
from upload_matrix.judge.isolate.search import isolate, nearest_passing
from upload_matrix.wire.fixes import candidates, fitting_filename
from upload_matrix.wire.form import header
from upload_matrix.wire.media import sniff
from upload_matrix.wire.splice import Splicer, deltas
from upload_matrix.wire.write import contents_of, made, rebuilt

OCTETS = "application/octet-stream"
OGG = b"OggS" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
PROFILE = load_profile("openai-2026-02")


def emulate(request):
    return answer(PROFILE, request.wire)


def says(failing):
    return [crafted.says for crafted in candidates(failing)]


def test_the_fixes_of_a_bare_bytesio_are_tried_together_and_singly():
    _, failing = report_pair()
    assert says(failing) == [
        'image: filename="image.webp"; image: Content-Type: image/webp',
        'image: filename="image.webp"',
        "image: Content-Type: image/webp",
        "image: named image[]",
    ]
    for crafted in candidates(failing):
        assert read_back(crafted.request) == crafted.request.wire
    assert candidates(failing) == candidates(failing)


def test_the_first_fix_serves_as_the_passing_end():
    _, failing = report_pair()
    fixed = candidates(failing)[0].request
    assert [change.where for change in deltas(failing, fixed)] == ["image.filename", "image.content_type"]
    splicer = Splicer(fixed, failing)
    result = isolate(splicer, lambda question: reply_of(emulate(splicer.craft(question.kept).request)))
    assert [change.where for change in result.cause] == ["image.content_type"]


def test_chunks_and_a_file_sent_as_text_are_fixed_too():
    chunked = multipart(P("image", PNG), P("model", "m"), chunked=True)
    assert says(chunked) == [
        'image: filename="image.png"; image: Content-Type: image/png; Content-Length in place of chunks',
        'image: filename="image.png"',
        "image: Content-Type: image/png",
        "Content-Length in place of chunks",
    ]
    assert candidates(chunked)[0].request.wire.framing.value == "content-length"


def test_a_type_that_contradicts_the_bytes_is_fixed_and_a_good_one_left():
    assert says(edit(P("image", PNG, "a.webp", "image/webp")))[0].startswith('image: filename="a.png"')
    assert says(edit(P("image", WEBP, "a.webp", "image/webp"))) == ["image: named image[]"]
    odd = multipart(P("file", MP3, "a.mp3", "audio/x-something-new"), path="/v1/audio/transcriptions")
    assert says(odd) == ["file: Content-Type: audio/mpeg", "file: named file[]"]


def test_a_file_under_a_name_that_the_api_does_not_read_gets_the_one_that_it_does():
    assert says(edit(P("images", PNG, "a.png", "image/png")))[0] == "images: named image"
    assert "mask: named image" not in says(edit(P("mask", PNG, "a.png", "image/png")))


def test_a_part_whose_name_is_written_oddly_keeps_it():
    odd = edit(P("image", WEBP, "x", OCTETS, disposition='form-data; name="image"; filename="a \\"b\\""'))
    (only,) = [each for each in candidates(odd) if each.says == "image: Content-Type: image/webp"]
    assert read_back(only.request) == only.request.wire
    assert only.request.wire.parts[-1].disposition == odd.wire.parts[-1].disposition


def test_nothing_is_fixed_in_what_is_no_multipart():
    assert candidates(json_request({"model": "m"})) == ()
    assert (
        candidates(raw("POST", "/", (("Content-Type", "multipart/form-data; boundary=x"),), b"broken")) == ()
    )


def test_the_nearest_passing_recordings_of_the_same_path_come_first():
    passing, failing = report_pair()
    other = edit(P("image", PNG, "b.png", "image/png"), prompt="something else")
    elsewhere = multipart(*(), P("image", WEBP, "avatar.webp", "image/webp"), path="/v1/files")
    recordings = [(request.wire, emulate(request)) for request in (failing, other, elsewhere, passing)]
    assert nearest_passing(failing.wire, recordings) == (passing.wire, other.wire)


def test_a_recorded_form_becomes_a_request_where_its_bytes_are_at_hand():
    passing, failing = report_pair()
    contents = contents_of(failing)
    made = rebuilt(passing.wire, lambda part: contents.get(part.sha256), ((b"Accept", b"*/*"),))
    assert made is not None
    assert made.wire == passing.wire == read_back(made)
    assert (b"Accept", b"*/*") in made.headers
    assert rebuilt(passing.wire, lambda _: None) is None
    assert rebuilt(passing.wire, lambda _: b"other bytes") is None
    document = json_request({"model": "m"})
    again = rebuilt(document.wire, lambda _: None)
    assert again is not None
    assert read_back(again) == document.wire


def test_a_normalised_name_or_a_lost_body_cannot_be_made_anew():
    temporary = edit(P("image", WEBP, "12", OCTETS))
    assert rebuilt(temporary.wire, lambda _: WEBP) is None
    assert rebuilt(raw("POST", "/", (("Content-Type", "text/plain"),), b"words").wire, lambda _: b"x") is None


def typed(body, content_type):
    return raw("POST", "/audio/transcriptions", (("Content-Type", content_type),), body)


PARTS = (
    b'--b1\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n'
    + MP3
    + b'\r\n--b1\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b1--\r\n'
)


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "application/x-www-form-urlencoded", "multipart/form-data; boundary=other"],
)
def test_a_body_whose_header_does_not_fit_is_read_by_what_it_looks_like(content_type):
    first = candidates(typed(PARTS, content_type))[0]
    assert "with the boundary that the body has" in first.says
    assert [part.name for part in first.request.wire.parts] == ["model", "file"]
    assert read_back(first.request) == first.request.wire


@pytest.mark.parametrize(
    ("name", "content", "becomes"),
    [
        ("note.oga", OGG, "note.ogg"),
        ("photo.JPE", JPEG, "photo.jpg"),
        ("requests.txt", b'{"custom_id": "1"}\n{"custom_id": "2"}\n', "requests.jsonl"),
        ("=?utf-8?B?5L2/55So6K+05piOLnR4dA==?=", b"hello", "file.txt"),
        ("my%20photo.webp", WEBP, "my photo.webp"),
        ("C:\\pictures\\a.webp", WEBP, "a.webp"),
        ("../a.webp", WEBP, "a.webp"),
        ("a.webp\n", WEBP, "a.webp"),
        ("None", WEBP, "image.webp"),
        ("사진.webp", WEBP, "image.webp"),
        ("a.webp", WEBP, None),
        ("a.weird", b"whatever it is", None),
    ],
)
def test_the_plain_name_that_fits(name, content, becomes):
    field = "image" if content in (WEBP, JPEG) else "file"
    part = made(field, "x", "text/x", content).part
    assert fitting_filename(replace(part, filename=name), content) == becomes


def test_contents_that_were_encoded_once_too_often_are_decoded():
    encoded = base64.b64encode(PNG)
    for content in (encoded, b"data:image/png;base64," + encoded):
        fixed = candidates(edit(P("image", content, "a.png", "image/png")))[0]
        assert fixed.says == "image: the bytes that its base64 text stands for"
        assert contents_of(fixed.request)[fixed.request.wire.uploads()[0].sha256] == PNG
    utf16 = candidates(
        multipart(P("purpose", "batch"), P("file", '{"a": 1}\n'.encode("utf-16"), "a.jsonl", "x/y"))
    )
    assert "file: UTF-8 without a byte-order mark" in [each.says for each in utf16]


def test_order_repeated_fields_and_part_headers():
    failing = multipart(
        P("file", MP3, "a.mp3", "audio/mpeg", headers=(("Content-Transfer-Encoding", "binary"),)),
        P("model", "old"),
        P("model", "whisper-1"),
        path="/v1/audio/transcriptions",
    )
    first = candidates(failing)[0].request.wire
    assert [(part.name, part.text, part.headers) for part in first.parts] == [
        ("model", "whisper-1", ()),
        ("file", None, ()),
    ]


@pytest.mark.parametrize(
    "failing",
    [
        multipart(P("purpose", "assistants"), P("file", b"", "a.pdf", "application/pdf"), path="/v1/files"),
        raw("POST", "/v1/files", (("Content-Type", "text/plain"),), b"[object FormData]"),
    ],
    ids=["no bytes", "no form"],
)
def test_where_no_repair_helps_a_sample_shows_the_cause(failing):
    request, says_ = sampled(failing)
    assert "sample" in says_
    assert read_back(request) == request.wire
    assert request.wire.field("purpose") == "assistants"
    assert request.wire.uploads()[0].size > 0


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "wav", "mp3", "pdf"])
def test_a_sample_is_what_it_says(name):
    content = sample(name)
    assert sniff(content) == name
    assert content == sample(name)
    if name in ("png", "jpeg", "webp", "gif"):
        Image.open(io.BytesIO(content)).load()
    if name == "wav":
        with wave.open(io.BytesIO(content)) as sound:
            assert sound.getnframes() == 8000


def test_of_the_same_parts_it_is_the_header_that_differs():
    failing = typed(PARTS, "multipart/form-data")
    fixed = [each.request for each in candidates(failing) if "with the boundary" in each.says][-1]
    (change,) = Splicer(fixed, failing).changes
    assert change.where == "headers.content-type"
    assert (change.before, change.after) == ("multipart/form-data with a boundary", "multipart/form-data")
    splicer = Splicer(fixed, failing)
    assert splicer.craft({change.where}).request.body == failing.body
    assert header(splicer.craft({change.where}).request.headers, b"content-type") == b"multipart/form-data"
