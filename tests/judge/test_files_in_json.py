"""Findings about files inside JSON and raw bodies: each is said at its place, with a fix that the API takes."""

import base64
import json

import pytest

from upload_matrix.judge.findings import find
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.case import Encoding, Operation
from upload_matrix.model.result import Severity
from upload_matrix.wire.read import wire_form

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xaeB`\x82"  # as much of one as is looked at
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(40) + b"\xff\xd9"
WAV = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(28)
M4A = b"\0\0\0\x1cftypM4A \0\0\2\0M4A isomiso2" + b"\0\0\0\x28mdat" + bytes(32)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"\x42" * 40
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x28mdat" + bytes(32)
BMP = b"BM" + (70).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
BMP += bytes(52)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


def b64(data):
    return base64.b64encode(data).decode()


def sent(path, document, encoding=Encoding.JSON, media_type="application/json", vendor=None):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    wire = wire_form("POST", path, [(b"Content-Type", media_type.encode())], body, {})
    return find([wire], Operation(name="o", method="POST", path=path, encoding=encoding), vendor=vendor)


def chat(block):
    return sent("/v1/chat/completions", {"messages": [{"content": [block]}]})


def picture(url):
    return chat({"type": "image_url", "image_url": {"url": url}})


def sound(data, format_):
    return chat({"type": "input_audio", "input_audio": {"data": data, "format": format_}})


def message(data, media_type, kind="image"):
    source = {"type": "base64", "media_type": media_type, "data": data}
    return sent("/v1/messages", {"messages": [{"content": [{"type": kind, "source": source}]}]})


def converse(kind, format_, data):
    block = {kind: {"format": format_, "source": {"bytes": b64(data)}}}
    return sent("/model/m/converse", {"messages": [{"content": [block]}]})


def gemini(mime_type, data):
    part = {"inlineData": {"mimeType": mime_type, "data": data}}
    return sent("/v1beta/models/m:generateContent", {"contents": [{"parts": [part]}]})


CONVERT = "Convert the file to what is taken ("
WORD = '"format": "'


@pytest.mark.parametrize(
    ("found", "code", "says", "fix"),
    [
        (picture("data:image/jpeg;base64," + b64(HEIC)), "type-contradicts-bytes", "heic", CONVERT),
        (picture("data:image/png;base64," + b64(BMP)), "type-contradicts-bytes", "its bytes are bmp", CONVERT),
        (picture("data:image/svg+xml;base64," + b64(SVG)), "type-not-taken", "image/svg+xml", CONVERT),
        (picture("data:image/svg+xml;utf8,<svg/>"), "type-not-taken", "image/svg+xml", CONVERT),
        (message(b64(SVG), "image/png"), "not-base64", "is SVG, a drawing as text, not png", "Send"),
        (message(b64(PDF), "application/pdf"), "type-not-taken", "application/pdf", CONVERT),
        (message(b64(PNG), "image/png", "document"), "type-not-taken", "`image/png`", CONVERT),
        (message(b64(PNG), "png"), "type-is-none", "a word where a media type", '"media_type": "image/png"'),
        (message(b64(PNG), ""), "type-is-none", "is empty where a media type", '"media_type": "image/png"'),
        (sound("data:audio/wav;base64," + b64(WAV), "wav"), "data-url-in-base64", "begins with", "Send `base64"),
        (sound(b64(WAV), "audio/wav"), "type-not-taken", "takes `wav`, `mp3`", WORD + 'wav"'),
        (sound(b64(WEBM), "wav"), "type-contradicts-bytes", "its bytes are webm", CONVERT),
        (converse("image", "jpg", JPEG), "type-not-taken", "is `jpg`", WORD + 'jpeg"'),
        (converse("document", "application/pdf", PDF), "type-not-taken", "takes `pdf`", WORD + 'pdf"'),
        (gemini("audio/mp3", b64(WEBM)), "type-contradicts-bytes", "webm", '"mimeType": "audio/webm"'),
        (message("https://example.com/a.png", "image/png"), "not-base64", "is a URL", "Send"),
        (picture("file:///home/me/a.png"), "not-base64", "a path", 'Send `"data:image/png;base64,"'),
        (picture("/home/me/a.png"), "not-base64", "a path", 'Send `"data:image/png;base64,"'),
        (picture("data:image/png;base64,[object Object]"), "not-base64", "`[object Object]`", "Send"),
        (picture(f"data:image/png;base64,{b64(PNG).encode()}"), "not-base64", "`b'...'`", "Send"),
        (message(PNG.hex(), "image/png"), "not-base64", "hexadecimal digits where", "Send"),
        (picture("image/png;base64," + b64(PNG)), "data-url-missing", "`image/png;base64,`", "Send"),
        (picture("data:image/png," + b64(PNG)), "data-url-missing", "lacks `;base64`", "Send"),
        (picture({"type": "Buffer", "data": list(PNG)}), "not-base64", "numbers", 'Send `"data:image/png'),
        (message("", "image/png"), "empty-part", "is empty", "Read the file once into `data` and hand over"),
    ],
)  # fmt: skip
def test_one_fault_is_one_finding_whose_fix_the_api_takes(found, code, says, fix):
    (finding,) = found
    assert finding.code == code
    assert says in finding.says
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize("name", [None, ""])
def test_a_file_that_needs_a_name_beside_it(name):
    block = {"type": "input_file", "file_data": "data:application/pdf;base64," + b64(PDF)}
    block |= {} if name is None else {"filename": name}
    (finding,) = sent("/v1/responses", {"input": [{"content": [block]}]})
    assert finding.says.startswith("`input[0].content[0].filename` is ")
    assert (finding.code, finding.fix) == ("no-filename", '"filename": "document.pdf"')


@pytest.mark.parametrize(
    "found",
    [
        picture("data:image/png;base64," + b64(PNG)),
        picture("https://example.com/a.png"),
        sound(b64(WAV), "wav"),
        message(b64(PDF), "application/pdf", "document"),
        converse("image", "jpeg", JPEG),
        gemini("audio/mp3", b64(b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + bytes(413))),
        gemini("image/bmp", b64(BMP)),
    ],
)
def test_what_is_right_is_left_alone(found):
    assert found == ()


@pytest.mark.parametrize("data", [b64(WAV).encode(), b"./voice.wav"])
def test_text_in_the_place_of_a_raw_body_is_found_whatever_its_type(data):
    (finding,) = sent("/v2/upload", data, Encoding.RAW, "application/octet-stream")
    assert finding.code == "damaged-bytes"


def test_a_recording_declared_as_json_is_not_to_become_a_form():
    (finding,) = [
        each for each in sent("/v1/listen", WAV + b"\x80", Encoding.RAW) if each.code == "broken-body"
    ]
    assert finding.fix.startswith("Send the file's bytes as they are")


FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    + WAV
    + b"\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/v2/upload", ["bytes-wrapped"]),
        ("/proxy/v2/upload", ["bytes-wrapped"]),
        ("/upload", []),
        ("/api/v1/upload", []),
    ],
)
def test_a_form_where_the_file_is_the_body_is_told_at_that_api_s_own_root_alone(path, codes):
    wire = wire_form("POST", path, [(b"Content-Type", b"multipart/form-data; boundary=b")], FORM, {})
    operation = load_operations()["upload"]
    assert [each.code for each in find([wire], operation)] == codes
    assert {each.severity for each in find([wire], operation)} <= {Severity.WARNING}


def test_a_block_without_a_type_is_a_fault_only_where_it_is_known_whose_call_it_is():
    def of(model):
        block = {"image_url": {"url": "data:image/png;base64," + b64(PNG)}}
        document = {"model": model, "messages": [{"role": "user", "content": [block]}]}
        return [(each.code, each.severity) for each in sent("/v1/chat/completions", document)]

    assert of("gpt-4o") == [("block-type", Severity.ERROR)]
    assert of("Qwen/Qwen2.5-VL") == [("block-type", Severity.NOTE)]


@pytest.mark.parametrize(
    ("found", "block"),
    [
        (
            lambda: picture("data:application/pdf;base64," + b64(PDF)),
            '{"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,..."}}',
        ),
        (
            lambda: picture("data:image/png;base64," + b64(PDF)),
            '{"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,..."}}',
        ),
        (
            lambda: message(b64(PDF), "application/pdf"),
            '{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "..."}}',
        ),
    ],
    ids=["chat, as it is", "chat, as a picture", "Anthropic's messages"],
)
def test_a_pdf_in_a_pictures_place_has_a_block_of_its_own(found, block):
    (finding,) = found()
    assert finding.fix.endswith(
        f", or send it in the block for documents, where the model reads them: `{block}`."
    )


@pytest.mark.parametrize("kind", ["image/jpg", "image/jpeg;charset=utf-8"])
def test_a_type_that_was_seen_accepted_is_no_error(kind):
    (finding,) = picture(f"data:{kind};base64," + b64(JPEG))
    assert (finding.code, finding.severity) == ("type-not-preferred", Severity.WARNING)


@pytest.mark.parametrize("kind", ["audio/pcm;rate=16000", "audio/L16;rate=24000"])
def test_samples_without_a_header_keep_the_parameters_that_describe_them(kind):
    assert gemini(kind, b64(bytes(range(200)))) == ()


def test_a_gateway_takes_more_formats_of_sound_than_the_api_that_it_imitates():
    sound = {"type": "input_audio", "input_audio": {"data": b64(M4A), "format": "m4a"}}
    document = {"messages": [{"role": "user", "content": [sound]}]}
    assert sent("/api/v1/chat/completions", document, vendor="openrouter") == ()
    assert [each.code for each in sent("/v1/chat/completions", document)] == ["type-not-taken"]
