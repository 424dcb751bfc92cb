"""Kinds of broken uploads, read from their bytes: each is found by its code, and its correct twin is silent."""

import base64
import gzip
import struct

import pytest

from upload_matrix.assets.pictures import render
from upload_matrix.assets.samples import sample
from upload_matrix.judge.findings import find
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.result import Severity
from upload_matrix.wire.read import FormReader
from upload_matrix.wire.upload import Upload

OPERATIONS = load_operations()
FORM = "multipart/form-data; boundary=edge"


def m4a(handler: bytes = b"soun", brand: bytes = b"isom") -> bytes:
    track = struct.pack(">I", 32) + b"hdlr" + bytes(8) + handler + bytes(12)
    moov = struct.pack(">I", 8 + len(track)) + b"moov" + track
    return (
        struct.pack(">I", 16)
        + b"ftyp"
        + brand
        + bytes(4)
        + moov
        + struct.pack(">I", 40)
        + b"mdat"
        + bytes(32)
    )


def webm(segment: bytes = b"\x81") -> bytes:
    """An EBML header, and a segment of one byte; ``segment`` is its length as it is written."""
    inner = b"B\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webmB\x87\x81\4B\x85\x81\2"
    return (
        b"\x1aE\xdf\xa3"
        + bytes([0x80 | len(inner)])
        + inner
        + b"\x18\x53\x80\x67"
        + segment
        + b"\xec\x87"
        + bytes(7)
    )


WAV, M4A, DOCX = sample("wav"), m4a(), sample("docx")
WEBM, LIVE_WEBM = webm(b"\x89"), webm(b"\x01" + b"\xff" * 7)
PNG = render("png")
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MP3 = b"\xff\xf3\x40\xc4" + bytes(400)
AAC = b"\xff\xf1\x50\x80" + bytes(400)
LINES = b'{"a": 1}\n{"a": 2}\n'


def form(
    *parts: tuple[str, bytes], content_type: str = FORM, path: str = "/v1/audio/transcriptions", cut: int = 0
):
    """The form of a request whose parts are given by their headers and bytes."""
    heads = (
        b"--edge\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (h.encode(), d) for h, d in parts
    )
    body = b"".join(heads) + b"--edge--\r\n"
    headers = ((b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()))
    reader = FormReader("POST", path, headers)
    return reader.finish("the connection broke" if cut else None, body[: len(body) - cut])


def file(filename: str, data: bytes, kind: str, name: str = "file") -> tuple[str, bytes]:
    return f'name="{name}"; filename="{filename}"\r\nContent-Type: {kind}', data


def said(wire, operation: str = "audio.transcriptions"):
    return {each.code: each for each in find([wire], OPERATIONS[operation])}


def of_file(filename: str, data: bytes, kind: str):
    return said(form(('name="model"', b"whisper-1"), file(filename, data, kind)))


@pytest.mark.parametrize(
    ("filename", "data", "kind"),
    [
        ("a.wav", WAV, "audio/wav"),
        ("a.wav", WAV, "audio/x-wav"),
        ("a.m4a", M4A, "audio/mp4"),
        ("a.mp4", m4a(b"vide"), "audio/mp4"),
        ("a.mp3", MP3, "audio/mpeg"),
        ("a.mp3", b"ID3\4\0\0\0\0\0\0" + MP3, "audio/mpeg"),
        ("a.mp3", bytes(40) + MP3, "audio/mpeg"),
        ("a.flac", b"ID3\4\0\0\0\0\0\0fLaC" + bytes(60), "audio/flac"),
        ("a.webm", b"\x1aE\xdf\xa3" + bytes(60), "audio/webm"),
        ("a.webm", WEBM, "audio/webm"),
        ("a.webm", LIVE_WEBM, "audio/webm"),
    ],
)
def test_recordings_that_are_right_have_nothing_above_a_note(filename, data, kind):
    assert [
        each for each in of_file(filename, data, kind).values() if each.severity is not Severity.NOTE
    ] == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (base64.b64encode(WAV), "base64 text of wav"),
        (b"data:audio/wav;base64," + base64.b64encode(WAV), "a data URL of wav"),
        (WAV.hex().encode(), "hexadecimal"),
        (", ".join(map(str, WAV)).encode(), "list of numbers"),
        (b"recordings/monday.wav", "a path"),
        (b"https://example.org/monday.wav", "a URL"),
        (b"[object Blob]", "`[object Blob]`"),
        (b"<html><body>404</body></html>", "an HTML page"),
        (b'{"error": "not found"}', "JSON"),
        (WAV.decode("latin-1").encode(), "read as text"),
        (WAV.decode("utf-8", "replace").encode(), "read as text"),
    ],
)
def test_what_stands_in_the_place_of_a_recording(data, words):
    found = of_file("a.wav", data, "audio/wav")
    assert list(found) == ["damaged-bytes"]
    assert words in found["damaged-bytes"].says


@pytest.mark.parametrize(
    ("filename", "data", "kind"),
    [
        ("a.wav", WAV[:900], "audio/wav"),
        ("a.m4a", M4A[:-8], "audio/mp4"),
        ("a.png", PNG[:-20], "image/png"),
        ("a.pdf", PDF[:-8], "application/pdf"),
        ("a.docx", DOCX[:-40], "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.webm", WEBM[:5], "audio/webm"),
        ("a.webm", WEBM[:36], "audio/webm"),
        ("a.webm", WEBM[:-1], "audio/webm"),
        ("a.webm", LIVE_WEBM[:4], "audio/webm"),
    ],
)
def test_a_file_whose_end_is_missing(filename, data, kind):
    wire = form(('name="purpose"', b"vision"), file(filename, data, kind), path="/v1/files")
    assert list(said(wire, "files.create")) == ["truncated-file"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf" + LINES, "byte-order mark"),
        (LINES.decode().encode("utf-16"), "UTF-16"),
        (b'[{"a": 1}]', "one JSON array"),
        (b'{"a": 1}\n{"a": ', "line 2"),
    ],
)
def test_json_lines_that_are_none(data, words):
    wire = form(('name="purpose"', b"batch"), file("a.jsonl", data, "application/jsonl"), path="/v1/files")
    assert words in said(wire, "files.create")["damaged-bytes"].says


def test_json_lines_and_office_files_that_are_right():
    batch = form(('name="purpose"', b"batch"), file("a.jsonl", LINES, "application/jsonl"), path="/v1/files")
    letter = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    office = form(('name="purpose"', b"assistants"), file("a.docx", DOCX, letter), path="/v1/files")
    assert (said(batch, "files.create"), said(office, "files.create")) == ({}, {})


def test_a_table_of_numbers_is_no_list_of_bytes():
    table = file("a.csv", b"1,2,3,4,5,6,7,8,9\n" * 9, "text/csv")
    assert said(form(('name="purpose"', b"assistants"), table, path="/v1/files"), "files.create") == {}


def test_a_container_with_something_behind_its_last_box():
    assert of_file("a.m4a", M4A + b"TAG" + bytes(b"x" * 125), "audio/mp4") == {}


def test_a_generic_type_is_a_note_where_the_api_goes_by_the_filename():
    wire = form(
        ('name="purpose"', b"user_data"), file("a.pdf", PDF, "application/octet-stream"), path="/v1/files"
    )
    assert said(wire, "files.create")["octet-stream"].severity is Severity.NOTE


def test_what_an_api_takes_depends_on_what_it_is_asked_for():
    wire = form(('name="purpose"', b"batch"), file("a.txt", LINES, "text/plain"), path="/v1/files")
    finding = said(wire, "files.create")["extension-not-taken"]
    assert finding.fix == 'file=("a.jsonl", data, "application/jsonl")'
    note = form(('name="purpose"', b"assistants"), file("a.txt", LINES, "text/plain"), path="/v1/files")
    assert said(note, "files.create") == {}
    voice = of_file("note.oga", b"OggS" + bytes(22) + b"\1\3abc", "audio/ogg")["extension-not-taken"]
    assert voice.fix == 'file=("note.ogg", data, "audio/ogg")'


def test_sound_in_an_iso_container_is_sent_as_sound():
    assert of_file("a.wav", M4A, "audio/wav")["extension-contradicts-bytes"].fix == (
        'file=("a.m4a", data, "audio/mp4")'
    )


def test_frames_of_aac_are_no_mp3():
    assert "its bytes are aac" in of_file("a.mp3", AAC, "audio/mpeg")["extension-contradicts-bytes"].says


@pytest.mark.parametrize(
    ("content_type", "code", "words"),
    [
        ("multipart/form-data", "broken-body", "names no boundary"),
        ("multipart/form-data; boundary=edge; boundary=edge", "broken-body", "two boundaries"),
        ("multipart/form-data, multipart/form-data; boundary=edge", "form-media-type", "twice"),
        ("multipart/mixed; boundary=edge", "form-media-type", "`multipart/form-data`"),
    ],
)
def test_a_form_whose_content_type_says_otherwise(content_type, code, words):
    found = said(form(file("a.wav", WAV, "audio/wav"), content_type=content_type))
    assert list(found) == [code]
    assert words in found[code].says


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"[object FormData]", b"text/plain", "`[object FormData]`"),
        (b"model=a&file=b", b"application/x-www-form-urlencoded", "`model=...&file=...`"),
    ],
)
def test_a_body_that_is_no_form_is_shown(body, kind, words):
    wire = FormReader("POST", "/v1/audio/transcriptions", ((b"content-type", kind),)).finish(None, body)
    assert words in said(wire)["file-missing"].says


def test_a_body_that_ends_within_the_file_keeps_its_name():
    found = said(form(file("a.wav", WAV, "audio/wav"), cut=500))
    assert list(found) == ["broken-body"]
    assert "within part `file` (`a.wav`)" in found["broken-body"].says


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('filename="a\nb.wav"', "control-character-in-filename"),
        ('filename="C:\\\\x\\\\a.wav"', "path-in-filename"),
        ('filename="in/a.wav"', "path-in-filename"),
        ('filename="=?utf-8?B?YS53YXY=?="', "encoded-filename"),
        ("filename*=UTF-8''a.wav", "ambiguous-filename"),
        ('filename=""', "no-filename"),
        ('filename="None"', "default-filename"),
    ],
)
def test_names_that_are_written_amiss(written, code):
    found = said(form((f'name="file"; {written}\r\nContent-Type: audio/wav', WAV)))
    assert list(found) == [code]
    assert '.wav", data' in found[code].fix


def edit(*parts: tuple[str, bytes], model: bytes = b"gpt-image-1"):
    return form(('name="model"', model), ('name="prompt"', b"x"), *parts, path="/v1/images/edits")


def pictures(*names: str) -> list[tuple[str, bytes]]:
    return [
        file(f"{number}.png", PNG + bytes(number), "image/png", name) for number, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("names", "model", "severity", "words"),
    [
        (("image", "image"), b"gpt-image-1", Severity.ERROR, "several files as `image[]`"),
        (("image[]", "image[]"), b"gpt-image-1", Severity.NOTE, "the other notation"),
        (("image[]",) * 17, b"gpt-image-1", Severity.ERROR, "16 files here at most"),
        (("image[]",), b"dall-e-2", Severity.ERROR, "takes one file"),
        (("image", "image"), b"dall-e-2", Severity.ERROR, "takes one file"),
    ],
)
def test_how_many_files_a_field_takes_and_under_which_name(names, model, severity, words):
    finding = said(edit(*pictures(*names), model=model), "images.edit")["array-field"]
    assert finding.severity is severity
    assert words in finding.fix


def test_a_part_with_headers_of_its_own():
    wire = form(
        ('name="model"\r\nContent-Length: 9', b"whisper-1"),
        (f'name="file"; filename="a.wav"\r\nContent-Length: {len(WAV)}\r\nContent-Type: audio/wav', WAV),
    )
    finding = said(wire)["part-header"]
    assert finding.severity is Severity.WARNING
    assert "`model`, `file` have a header `Content-Length`" in finding.says


@pytest.mark.parametrize(("encoding", "found"), [("base64", ["part-encoding"]), ("binary", []), ("8bit", [])])
def test_bytes_that_are_encoded_as_in_mail(encoding, found):
    head = (
        f'name="file"; filename="a.wav"\r\nContent-Transfer-Encoding: {encoding}\r\nContent-Type: audio/wav'
    )
    assert list(said(form((head, WAV)))) == found


@pytest.mark.parametrize(
    ("name", "severity", "fix"),
    [
        ("filename", Severity.WARNING, "Leave `filename` out."),
        ("content_type", Severity.WARNING, "Leave `content_type` out."),
        ("langauge", Severity.NOTE, "Is `language` meant?"),
        ("priority", Severity.NOTE, "A newer release of the API or a gateway may know it."),
    ],
)
def test_a_text_field_that_the_api_does_not_document(name, severity, fix):
    finding = said(form((f'name="{name}"', b"x"), file("a.wav", WAV, "audio/wav")))["unknown-field"]
    assert (finding.severity, finding.fix) == (severity, fix)


def test_a_list_of_a_documented_field_is_documented():
    listed = ('name="timestamp_granularities[]"', b"word")
    assert said(form(listed, file("a.wav", WAV, "audio/wav"))) == {}


def test_a_text_field_that_is_sent_twice():
    wire = form(('name="model"', b"a"), ('name="model"', b"b"), file("a.wav", WAV, "audio/wav"))
    assert said(wire)["text-field-repeated"].severity is Severity.WARNING


def test_a_file_without_a_name_is_an_upload():
    (upload,) = form(('name="model"', b"a"), ('name="file"', WAV)).uploads()
    assert isinstance(upload, Upload)
    assert (upload.place, upload.filename, upload.format) == ("file", None, "wav")


def test_a_piece_of_a_larger_upload_has_no_name_by_design():
    wire = form(file("upload", WAV, "application/octet-stream", "data"), path="/v1/uploads/upload_1/parts")
    assert said(wire, "audio.transcriptions").keys() == {"file-missing"}


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x28mdat" + bytes(32)


def test_no_fix_renames_a_file_to_what_the_api_does_not_take():
    photo = said(form(file("a.jpg", HEIC, "image/jpeg", "image"), path="/v1/images/edits"), "images.edit")
    recording = of_file("a.m4a", AAC, "audio/mp4")
    for found, taken in ((photo, "`image/png`"), (recording, "`.mp3`")):
        assert list(found) == ["extension-contradicts-bytes", "type-contradicts-bytes"]
        assert all(
            each.fix.startswith(f"Convert the file to what is taken ({taken}") for each in found.values()
        )


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_a_form_under_another_type_is_read_as_the_form_that_it_is(kind):
    found = said(form(('name="model"', b"whisper-1"), file("a.wav", WAV, "audio/wav"), content_type=kind))
    assert set(found) == {"broken-body", "form-media-type"}
    assert f"is a form, but its Content-Type is `{kind}`" in found["form-media-type"].says
    assert "JSON" not in found["broken-body"].says


@pytest.mark.parametrize("size", [1, 40, 100_000])
def test_a_form_under_another_type_is_found_however_it_comes(size):
    body = b'--edge\r\nContent-Disposition: attachment; name="file"; filename="a.wav"\r\n'
    body += b"Content-Type: audio/wav\r\n\r\n" + WAV + b"\r\n--edge--\r\n"
    reader = FormReader("POST", "/v1/audio/transcriptions", ((b"content-type", b"application/json"),))
    for at in range(0, len(body), size):
        reader.feed(body[at : at + size])
    wire = reader.finish(None)
    assert [(part.filename, part.format) for part in wire.parts] == [("a.wav", "wav")]
    assert set(said(wire)) == {"broken-body", "form-media-type"}


def encoded(body: bytes, content_type: str = FORM):
    headers = ((b"content-type", content_type.encode()), (b"content-encoding", b"gzip"))
    return FormReader("POST", "/v1/audio/transcriptions", headers).finish(None, body)


@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_a_compressed_body_is_called_that_and_nothing_is_said_to_be_missing_from_it(kind):
    (found,) = said(encoded(gzip.compress(b"whatever it holds"), kind)).values()
    assert (found.code, found.severity) == ("broken-body", Severity.WARNING)
    assert "it is compressed (Content-Encoding: gzip)" in found.says
    assert found.fix == "Send the body as it is, without Content-Encoding."


def test_a_body_that_is_only_called_compressed():
    part = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav'
    )
    found = said(encoded(part + b"\r\n\r\n" + WAV + b"\r\n--edge--\r\n"))
    assert "it is not compressed, and its Content-Encoding is `gzip`" in found["broken-body"].says


def test_a_recording_as_the_whole_body_is_to_become_a_part_of_its_own_kind():
    wire = FormReader("POST", "/v1/audio/transcriptions", ((b"content-type", b"audio/wav"),)).finish(
        None, WAV
    )
    assert said(wire)["file-missing"].fix == 'file=("audio.wav", data, "audio/wav")'


@pytest.mark.parametrize("kind", ["audio/*", "application/octet-stream", "deepgram/audio+video", None])
def test_a_server_that_goes_by_the_bytes_is_sent_any_type(kind):
    headers = () if kind is None else ((b"content-type", kind.encode()),)
    assert said(FormReader("POST", "/v1/listen?model=nova-3", headers).finish(None, WAV), "listen") == {}


def test_googles_uploads_in_one_request_are_no_broken_forms():
    body = b'--edge\r\nContent-Type: application/json\r\n\r\n{"file": {}}\r\n'
    body += b"--edge\r\nContent-Type: application/pdf\r\n\r\n" + PDF + b"\r\n--edge--\r\n"
    related = ((b"content-type", b"multipart/related; boundary=edge"),)
    raw = ((b"content-type", b"application/pdf"), (b"x-goog-upload-protocol", b"raw"))
    for headers, data in ((related, body), (raw, PDF)):
        wire = FormReader("POST", "/upload/v1beta/files", headers).finish(None, data)
        assert said(wire, "google.files.upload") == {}


def test_a_path_that_an_api_may_want_is_not_to_lose_its_folders():
    wire = form(file("my-skill/SKILL.md", b"# x", "text/markdown", "files[]"), path="/v1/skills")
    found = said(wire, "skills.create")["path-in-filename"]
    assert (found.severity, "would do" in found.says) == (Severity.NOTE, False)
