from __future__ import annotations

import base64
import hashlib
import io
import json
import random

import pytest
from cassette_wires import edit, emulated, files, library, never
from PIL import Image

from upload_matrix.recordings import RecordMode, read_cassette
from upload_matrix.recordings.bodies import LIMIT, TINY, Reduced
from upload_matrix.wire.form import Framing, WireForm, canonical_json
from upload_matrix.wire.media import sniff

FORMATS = {"png": "PNG", "webp": "WEBP", "jpeg": "JPEG"}


def picture(media_format: str) -> bytes:
    """Noise, so that no encoder makes it small: 64 by 48 pixels."""
    noise = random.Random(1).randbytes(64 * 48 * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (64, 48), noise).save(file, FORMATS[media_format], quality=95)
    return file.getvalue()


def was(path: str, media_format: str) -> Reduced:
    data = picture(media_format)
    pixels = (64, 48) if media_format == "png" else (None, None)
    return Reduced(path, media_format, len(data), hashlib.sha256(data).hexdigest(), *pixels)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def recorded(root, body: bytes):
    """The body a client gets (the same when recorded and when replayed), and what was reduced."""
    told = library(root).reply(edit(), lambda: emulated(body, 200)).body
    assert library(root, RecordMode.NONE).reply(edit(), never).body == told
    ((recording,),) = [read_cassette(path) for path in files(root)]
    return told, recording.reduced


@pytest.mark.parametrize("media_format", FORMATS)
def test_the_tiny_images_are_sound_and_of_their_format(media_format):
    data = base64.b64decode(TINY[media_format], validate=True)
    assert sniff(data) == media_format
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format, image.size) == (FORMATS[media_format], (1, 1))


@pytest.mark.parametrize("media_format", FORMATS)
def test_a_large_image_becomes_a_tiny_one_of_its_format(tmp_path, media_format):
    body = {"created": 1, "data": [{"b64_json": text(picture(media_format))}], "usage": {"total_tokens": 9}}
    told, reduced = recorded(tmp_path, json.dumps(body).encode())
    assert json.loads(told) == body | {"data": [{"b64_json": TINY[media_format]}]}
    assert reduced == (was("data[0].b64_json", media_format),)


def test_what_was_reduced_stands_in_the_file(tmp_path):
    data = picture("png")
    recorded(tmp_path, json.dumps({"data": [{"b64_json": text(data)}]}).encode())
    (path,) = files(tmp_path)
    assert path.read_text("utf-8").endswith(
        "    reduced:\n"
        '    - path: "data[0].b64_json"\n'
        "      format: png\n"
        f"      size: {len(data)}\n"
        f'      sha256: "{hashlib.sha256(data).hexdigest()}"\n'
        "      width: 64\n"
        "      height: 48\n"
    )
    assert path.stat().st_size < 2500


def test_images_are_found_wherever_they_stand(tmp_path):
    png, webp = text(picture("png")), text(picture("webp"))
    body = [f"data:image/png;base64,{png}", {"a": {"b": [f"{webp} and {png}"]}}]
    told, reduced = recorded(tmp_path, json.dumps(body).encode())
    assert json.loads(told) == [
        f"data:image/png;base64,{TINY['png']}",
        {"a": {"b": [f"{TINY['webp']} and {TINY['png']}"]}},
    ]
    assert reduced == (was("[0]", "png"), was("[1].a.b[0]", "webp"), was("[1].a.b[0]", "png"))


def test_images_in_a_stream_of_events_and_plain_image_bodies(tmp_path):
    event = 'event: image\r\ndata: {{"b64_json": "{}"}}\r\n\r\n'
    told, reduced = recorded(tmp_path / "events", event.format(text(picture("jpeg"))).encode())
    assert (told.decode(), reduced) == (event.format(TINY["jpeg"]), (was("body", "jpeg"),))
    told, reduced = recorded(tmp_path / "body", picture("webp"))
    assert (text(told), reduced) == (TINY["webp"], (was("body", "webp"),))


@pytest.mark.parametrize(
    "value",
    [
        TINY["png"] * 2,
        text(b"\x89PNG\r\n\x1a\n" + bytes(LIMIT // 2)),
        "a" * 10_000,
        text(b"GIF89a" + bytes(5000)),
        text(b"RIFF....WAVE" + bytes(5000)),
        text(b"\x89PNG\r\n\x1a\n" + bytes(5002)) + "A",
    ],
    ids=["small", "below the limit", "not an image", "gif", "sound", "not base64"],
)
def test_everything_else_stays(tmp_path, value):
    told, reduced = recorded(tmp_path, json.dumps({"b64_json": value}).encode())
    assert (json.loads(told), reduced) == ({"b64_json": value}, ())


def test_an_image_inside_a_json_request_is_kept_as_its_digest(tmp_path):
    def form(data: bytes) -> WireForm:
        body = json.dumps({"images": [{"image_url": f"data:image/png;base64,{text(data)}"}]})
        return WireForm(
            "POST",
            "/v1/images/edits",
            Framing.CONTENT_LENGTH,
            "application/json",
            json=canonical_json(body.encode()),
        )

    library(tmp_path).reply(form(picture("png")), emulated)
    (path,) = files(tmp_path)
    data = picture("png")
    assert json.loads(read_cassette(path)[0].wire.json) == {
        "images": [
            {
                "image_url": "data:image/png;base64,"
                f"[png, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}]"
            }
        ]
    }
    shelf = library(tmp_path, RecordMode.NONE)
    assert shelf.reply(form(picture("png")), never).status == 400
    assert shelf.reply(form(picture("webp")), never).nearest == path.stem
