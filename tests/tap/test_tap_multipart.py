"""Bodies that servers disagree on: what deviates is said, and what was read is kept."""

import pytest

from upload_matrix.wire.form import Framing
from upload_matrix.wire.read import wire_form


def form(body: bytes, content_type: bytes = b"multipart/form-data; boundary=b"):
    headers = ((b"Content-Type", content_type), (b"Content-Length", b"%d" % len(body)))
    return wire_form("POST", "/v1/images/edits?x=1", headers, body, {})


def part(disposition: bytes, content: bytes = b"x", extra: bytes = b"") -> bytes:
    return (
        b"--b\r\nContent-Disposition: " + disposition + b"\r\n" + extra + b"\r\n" + content + b"\r\n--b--\r\n"
    )


def test_names_are_read_as_utf8_and_kept_as_written():
    wire = form(part('form-data; name="image"; filename="사진.webp"'.encode()))
    assert wire.parts[0].filename == "사진.webp"
    assert wire.parts[0].disposition == 'form-data; name="image"; filename="사진.webp"'


def test_an_undecodable_name_is_captured_not_refused():
    wire = form(part(b'form-data; name="image"; filename="\xff.webp"'))
    assert wire.fault is None
    assert wire.parts[0].filename == "\\xff.webp"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'filename="my %22best%22.webp"', 'my "best".webp'),
        (b'filename="my \\"best\\".webp"', 'my "best".webp'),
    ],
)
def test_two_ways_to_quote_one_name_are_two_wire_forms(written, read):
    wire = form(part(b'form-data; name="image"; ' + written))
    plain = form(part(b'form-data; name="image"; filename="my best.webp"'))
    assert wire.parts[0].filename == read
    assert wire.digest != plain.digest


def test_a_local_path_as_filename_is_taken_in_without_the_senders_folders():
    one, other = (
        form(part(b'form-data; name="image"; filename="' + folder + b'/my %22best%22.webp"'))
        for folder in (b"/home/anna", b"/var/lib/ci")
    )
    assert one == other
    assert one.parts[0].filename == '<local path>/my "best".webp'
    assert one.parts[0].disposition == 'form-data; name="image"; filename="<local path>/my %22best%22.webp"'


def test_the_query_is_told_apart_from_the_path():
    wire = form(part(b'form-data; name="image"'))
    assert (wire.path, wire.query, wire.framing) == ("/v1/images/edits", "x=1", Framing.CONTENT_LENGTH)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "not sound multipart: Unexpected end of multipart stream (parser closed)"),
        (
            part(b'form-data; name="a"')[:-6],
            "not sound multipart: Unexpected end of multipart stream (parser closed)",
        ),
        (
            part(b'attachment; name="a"'),
            "not sound multipart: Invalid Content-Disposition segment header: Wrong type",
        ),
        (
            part(b"form-data"),
            "not sound multipart: Invalid Content-Disposition segment header: Missing name option",
        ),
    ],
)
def test_a_body_that_is_not_sound_says_why(body, fault):
    assert form(body).fault == fault


def test_parts_before_a_fault_are_kept():
    sound = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
    wire = form(sound + b"--b\r\nnonsense\r\n\r\nx\r\n--b--\r\n")
    assert [item.name for item in wire.parts] == ["model"]
    assert wire.fault == "not sound multipart: Malformed segment header"


def test_a_content_type_without_boundary_is_a_fault():
    assert form(b"x", b"multipart/form-data").fault == (
        "not sound multipart: the Content-Type names no boundary"
    )


def test_json_is_canonical_and_broken_json_is_a_fault():
    assert (
        form(b'{"b": 1, "a": "\xea\xb0\x80"}', b"application/json; charset=utf-8").json == '{"a":"가","b":1}'
    )
    assert form(b"{", b"application/json").fault.startswith("not sound JSON: ")


def test_a_long_text_field_is_kept_by_length_and_digest():
    wire = form(part(b'form-data; name="prompt"', ("가" * 5000).encode()))
    assert (wire.parts[0].text, wire.parts[0].characters, wire.parts[0].size) == (None, 5000, 15000)


def test_json_with_a_name_twice_is_another_request_than_with_either_alone():
    bodies = (b'{"n": {"model": "a", "model": "b"}}', b'{"n": {"model": "a"}}', b'{"n": {"model": "b"}}')
    twice, *once = (form(body, b"application/json") for body in bodies)
    assert twice.fault == "not sound JSON: an object has a name twice"
    assert twice.digest not in {each.digest for each in once}
