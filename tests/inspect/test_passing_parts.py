"""How a body is cut up on its way does not change its wire form; and bodies are kept within bounds."""

import pytest

from upload_matrix.tap.spool import Spool
from upload_matrix.wire import read as parts_module
from upload_matrix.wire.read import FormReader, wire_form

WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(range(256))


def part(disposition, content, *headers):
    lines = [f"Content-Disposition: form-data; {disposition}".encode(), *headers]
    return b"--b\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content + b"\r\n"


MODEL = part('name="model"', b"gpt-image-1")
BODIES = {
    "plain": MODEL
    + part('name="image"; filename="a.webp"', WEBP, b"Content-Type: image/webp")
    + b"--b--\r\n",
    "no epilogue": MODEL + b"--b--",
    "long epilogue": MODEL + b"--b--\r\nand more" * 3,
    "korean": part('name="prompt"', "배경을 흰색으로".encode()) + b"--b--\r\n",
    "korean name": part('name="image"; filename="사진.webp"'.replace("'", ""), WEBP) + b"--b--\r\n",
    "long text": part('name="prompt"', "가".encode() * 5000) + b"--b--\r\n",
    "text of exactly the limit": part('name="prompt"', b"x" * 4096) + b"--b--\r\n",
    "cut inside a character": part('name="prompt"', "가".encode()[:2]) + b"--b--\r\n",
    "bytes without a name": part('name="image"', WEBP) + b"--b--\r\n",
    "local path": part('name="image"; filename="/home/me/a.webp"', WEBP) + b"--b--\r\n",
    "empty part": part('name="image"; filename="a.webp"', b"") + b"--b--\r\n",
    "extra header": part('name="image"; filename="a"', WEBP, b"X-Own: 1") + b"--b--\r\n",
    "dashes inside": part('name="p"', b"\r\n--a\r\n--\r\n-") + b"--b--\r\n",
    "no end": MODEL,
    "broken off": MODEL + part('name="image"; filename="a.webp"', WEBP)[:-20],
    "no disposition": b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
    "nothing": b"",
    "no boundary in it": b"x" * 500,
    "large": part('name="image"; filename="a.webp"', WEBP * 2000) + MODEL + b"--b--\r\n",
}
MULTIPART = ((b"Content-Type", b"multipart/form-data; boundary=b"), (b"Content-Length", b"1"))


def streamed(body, size, headers=MULTIPART, path="/v1/images/edits?a=b", broken=None):
    reader = FormReader("POST", path, headers)
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.finish(broken)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("size", [3, 17, 4096, 1 << 20])
def test_the_same_form_as_in_one_piece(monkeypatch, name, size):
    body = BODIES[name]
    # Small, so that small bodies are cut up too; it has to hold the first boundary.
    monkeypatch.setattr(parts_module, "_FIRST", 8)
    if name == "no boundary in it":
        monkeypatch.setattr(parts_module, "_FIRST", 4096)
    whole = wire_form("POST", "/v1/images/edits?a=b", MULTIPART, body, {})
    assert streamed(body, size) == whole


@pytest.mark.parametrize("content_type", [b"application/json", b"text/plain", b"multipart/form-data", None])
@pytest.mark.parametrize("body", [b'{"b": 1, "a": "\xea\xb0\x80"}', b"{not json", b""])
def test_bodies_that_are_no_multipart(content_type, body):
    headers = ((b"Transfer-Encoding", b"chunked"),)
    headers += () if content_type is None else ((b"content-type", content_type),)
    whole = wire_form("POST", "/v1/x", headers, body, {})
    assert streamed(body, 5, headers, "/v1/x") == whole


def test_a_request_that_broke_off_says_so():
    form = streamed(BODIES["broken off"], 64, broken="the client went away")
    assert (form.fault, [each.name for each in form.parts]) == (
        "the client went away",
        ["model", "image"],
    )


def test_a_spool_keeps_small_bodies_in_memory_and_large_ones_on_disk(tmp_path):
    small, large = Spool(tmp_path, in_memory=10), Spool(tmp_path, in_memory=10)
    for piece in (b"12345", b"67890"):
        small.write(piece)
        large.write(piece * 2)
    small.finish()
    large.finish()
    assert (small.on_disk, large.on_disk) == (False, True)
    assert (small.read(), large.read()) == (b"1234567890", b"12345123456789067890")
    assert b"".join(large.chunks()) == large.read()
    assert large.start(7) == b"1234512"


def test_a_dropped_spool_is_gone_and_says_so(tmp_path):
    spool = Spool(tmp_path, in_memory=1)
    spool.write(b"secret picture")
    spool.drop()
    spool.write(b"more")
    assert list(tmp_path.iterdir()) == []
    assert spool.size == 18
    with pytest.raises(LookupError, match="18 bytes was not kept"):
        spool.read()


def test_a_full_disk_stops_the_keeping_not_the_passing(tmp_path):
    spool = Spool(tmp_path / "not there", in_memory=1)
    spool.write(b"abc")
    spool.write(b"def")
    spool.finish()
    assert (spool.size, spool.dropped) == (6, True)
    assert spool.problem == "not kept: No such file or directory"
