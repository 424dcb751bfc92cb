"""Every container is what its name says: an object a caller would really hand over."""

import io
import pathlib
import tempfile

import pytest

from upload_matrix.environments.probes import PROBE

DATA = b"RIFF\x04\x00\x00\x00WEBP"


@pytest.fixture
def made(probe, tmp_path):
    first, second = tmp_path / "avatar.webp", tmp_path / "second.webp"
    first.write_bytes(DATA)
    second.write_bytes(DATA + b"2")
    file = probe.File(str(first), "image/webp", str(second))
    shop = probe.Workshop([str(PROBE.parent)])
    yield lambda name: shop.contain(name, file)
    file.close()


def test_handles(made):
    handle = made("handle")
    assert (pathlib.Path(handle.name).name, handle.tell(), handle.read()) == ("avatar.webp", 0, DATA)
    assert made("closed-handle").closed
    assert made("stream-at-end").read() == b""


def test_paths(made, tmp_path):
    assert made("path") == tmp_path / "avatar.webp"
    assert made("str-path") == str(tmp_path / "avatar.webp")


def test_memory(made):
    assert made("bytes") == DATA
    assert made("empty-bytes") == b""
    bare = made("bytesio")
    assert type(bare) is io.BytesIO
    assert not hasattr(bare, "name")
    assert made("named-bytesio").name == "avatar.webp"


def test_streams(made):
    spooled = made("spooled")
    assert isinstance(spooled, tempfile.SpooledTemporaryFile)
    assert spooled.read() == DATA
    one_way = made("one-way")
    assert not one_way.seekable()
    assert one_way.read() == DATA


def test_tuples_and_lists(made):
    assert made("tuple2") == ("avatar.webp", DATA)
    assert made("tuple3") == ("avatar.webp", DATA, "image/webp")
    assert made("tuple3-untyped") == ("avatar.webp", DATA, None)
    assert made("tuple-nameless") == (None, DATA, "image/webp")
    assert made("list-of-one") == [("avatar.webp", DATA, "image/webp")]
    assert made("list-of-two") == [
        ("avatar.webp", DATA, "image/webp"),
        ("second.webp", DATA + b"2", "image/webp"),
    ]


def test_what_containers_opened_is_closed_after_the_call(probe, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(DATA)
    file = probe.File(str(path), "image/png")
    handle = probe.Workshop([str(PROBE.parent)]).contain("handle", file)
    file.close()
    assert handle.closed
