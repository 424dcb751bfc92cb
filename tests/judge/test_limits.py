"""Sizes that vendors are known not to take, in files, pictures and requests; what is within them, and unknown."""

import base64
import io
import json

import pytest
from PIL import Image

from upload_matrix import vendors
from upload_matrix.judge.findings import find
from upload_matrix.model.case import Encoding, Operation
from upload_matrix.model.result import Severity
from upload_matrix.wire.content import Examiner
from upload_matrix.wire.read import wire_form

MEBIBYTE = 1024 * 1024


def picture(kind, width, height, size=0):
    """A picture, with that much beside what is seen of it."""
    stream = io.BytesIO()
    extra = {"exif": b"Exif\0\0" + bytes(60_000)} if kind == "JPEG" else {}
    Image.new("1" if kind == "PNG" else "RGB", (width, height)).save(stream, kind, **extra)
    data = stream.getvalue()
    return data[:-12] + bytes(size) + data[-12:] if kind == "PNG" else data


def found(path, document, vendor=None):
    wire = wire_form(
        "POST", path, [(b"Content-Type", b"application/json")], json.dumps(document).encode(), {}
    )
    operation = Operation(name="o", method="POST", path=path, encoding=Encoding.JSON)
    limited = ("file-too-large", "picture-too-large", "request-too-large")
    return [each for each in find([wire], operation, None, vendor) if each.code in limited]


def messages(*files, kind="png"):
    blocks = [
        {"type": "image", "source": {"type": "base64", "media_type": f"image/{kind}", "data": encoded(data)}}
        for data in files
    ]
    return found("/v1/messages", {"model": "claude-x", "messages": [{"role": "user", "content": blocks}]})


def encoded(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
@pytest.mark.parametrize("cut", [1, 700, 1_000_000])
def test_the_pixels_are_those_of_the_picture_however_it_comes(kind, cut):
    data = picture(kind, 2050, 31)
    examiner = Examiner()
    for start in range(0, len(data), cut):
        examiner.add(data[start : start + cut])
    assert examiner.pixels == (2050, 31)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_side_that_anthropic_rejects(kind):
    (one,) = messages(picture(kind.upper(), 8001, 10), kind=kind)
    assert (one.code, one.severity) == ("picture-too-large", Severity.ERROR)
    assert one.part == "messages[0].content[0].source.data"
    assert "is a picture of 8001 x 10 pixels; at most 8,000 pixels a side are taken (https://" in one.says
    assert messages(picture(kind.upper(), 8000, 10), kind=kind) == []


def test_many_pictures_may_be_smaller_only_and_that_is_disputed():
    large, small = picture("PNG", 2001, 2), picture("PNG", 200, 2)
    (one,) = messages(large, *[small] * 20)
    assert one.severity is Severity.WARNING
    assert "in requests of more than 20 such files" in one.says
    assert messages(large, *[small] * 19) == []


def test_the_base64_counts_and_not_the_file():
    over, within = 3 * 5 * MEBIBYTE // 4, 3 * 5 * MEBIBYTE // 4 - 200
    (one,) = messages(picture("PNG", 8, 8, over))
    assert (one.code, one.severity) == ("file-too-large", Severity.WARNING)
    assert "characters of base64; at most 5,242,880 characters" in one.says
    assert "it is disputed: 10 MB" in one.says
    assert messages(picture("PNG", 8, 8, within)) == []
    (one,) = messages(picture("PNG", 8, 8, 2 * over))
    assert (one.severity, "at most 10,485,760" in one.says) == (Severity.ERROR, True)


def test_a_whole_request_is_too_large_by_its_files():
    almost = picture("PNG", 8, 8, 3 * MEBIBYTE)
    (one,) = messages(*[almost] * 9)
    assert (one.code, one.part) == ("request-too-large", None)
    assert messages(*[almost] * 7) == []


def chat(model, vendor):
    url = "data:image/png;base64," + encoded(picture("PNG", 8, 8, 4 * MEBIBYTE))
    block = {"type": "image_url", "image_url": {"url": url}}
    document = {"model": model, "messages": [{"role": "user", "content": [block]}]}
    return [each.code for each in found("/v1/chat/completions", document, vendor)]


def test_a_limit_is_a_vendors_own_and_unknown_where_it_is_not_known_whose_call_it_is():
    assert chat("gpt-4o", None) == chat("gpt-4o", "openai") == []
    assert chat("llava", None) == []
    assert chat("meta-llama/llama-4-scout", None) == []
    assert chat("meta-llama/llama-4-scout", "groq") == ["request-too-large"]


def test_every_limit_has_a_source_and_a_date():
    limits = [each for vendor in vendors.known() for each in vendor.limits]
    assert len(limits) >= 12
    assert all(each.source.startswith("https://") and each.date[:2] == "20" for each in limits)
    assert {each.measure for each in limits} <= {"bytes", "characters", "side", "area", "request"}
