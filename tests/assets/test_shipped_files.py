"""What is shipped is what it says: read by others' decoders, and named right by the project's own."""

import csv
import hashlib
import io
import itertools
import json
import struct

import av
import docx
import pypdf
import pytest
from PIL import Image

from upload_matrix.assets import documents, sounds
from upload_matrix.assets.documents import DOCUMENTS
from upload_matrix.assets.pictures import IMAGES, render
from upload_matrix.assets.recipes import WORD
from upload_matrix.assets.sounds import SOUNDS
from upload_matrix.assets.studio import FILES, OCTETS, Studio
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.content import Damage, Examiner
from upload_matrix.wire.media import sniff

STRICT = {"err_detect": "crccheck+bitstream+buffer+explode"}


def examined(data: bytes) -> Examiner:
    seen = Examiner()
    seen.add(data)
    return seen


def heard(data: bytes) -> tuple[str, list[float], float]:
    """Codec, samples from -1 to 1 and seconds of a sound, by FFmpeg with every check on."""
    samples: list[float] = []
    with av.open(io.BytesIO(data), options=STRICT) as container:
        (stream,) = container.streams
        for frame in container.decode(stream):
            plane, count = bytes(frame.planes[0]), frame.samples
            if frame.format.name.startswith("s16"):
                samples += [value / 32768 for value in struct.unpack(f"<{count}h", plane[: 2 * count])]
            else:
                samples += struct.unpack(f"<{count}f", plane[: 4 * count])
        return stream.codec_context.name, samples, len(samples) / stream.rate


CODECS = {"wav": "pcm_s16le", "mp3": "mp3float", "m4a": "aac", "ogg": "opus", "webm": "opus", "flac": "flac"}
TONES = {"wav": (440, 660), "flac": (440, 660), "mp3": (460, 612)}


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_is_decoded_whole(name):
    first, second = (sounds.MAKERS[name](each) for each in (False, True))
    assert first != second
    for data in (first, second):
        codec, samples, seconds = heard(data)
        assert codec == CODECS[name]
        assert seconds == pytest.approx(1.0 if data == second and name not in TONES else 0.5, abs=0.03)
        if name in TONES:
            rises = sum(before < 0 <= after for before, after in itertools.pairwise(samples))
            assert rises / seconds == pytest.approx(TONES[name][data == second], abs=5)
            assert 0.1 < max(samples) < 0.5
        else:
            assert set(samples) == {0.0}
        assert examined(data).format == sniff(data) == name
        assert examined(data).condition(SOUNDS[name].filename) is None


def test_flac_has_the_sum_of_what_it_decodes_to():
    data = sounds.MAKERS["flac"](False)
    _, samples, _ = heard(data)
    pcm = struct.pack(f"<{len(samples)}h", *(round(value * 32768) for value in samples))
    assert hashlib.md5(pcm, usedforsecurity=False).digest() == data[26:42]
    assert pcm == sounds.MAKERS["wav"](False)[44:]


def test_a_pdf_has_one_readable_page():
    first, second = (documents.MAKERS["pdf"](each) for each in (False, True))
    for data, heading in ((first, "A sample document"), (second, "A second sample document")):
        reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
        (page,) = reader.pages
        lines = page.extract_text().splitlines()
        assert lines[0] == heading
        assert lines[1] == f"The word of this page is {WORD}."
        assert lines[-1] == "This page ends here."
        assert len(data) > 2000
        assert examined(data).format == sniff(data) == "pdf"
        assert examined(data).condition("page.pdf") is None


def test_a_word_document_opens():
    data = documents.MAKERS["docx"](False)
    paragraphs = [each.text for each in docx.Document(io.BytesIO(data)).paragraphs]
    assert "\n".join(paragraphs) + "\n" == documents.MAKERS["txt"](False).decode()
    assert examined(data).format == "docx"
    assert examined(data).condition("page.docx") is None


def test_texts_are_read_line_by_line():
    heads, *rows = csv.reader(io.StringIO(documents.MAKERS["csv"](False).decode()))
    assert heads == ["plant", "packets", "price"]
    assert [len(row) for row in rows] == [3, 3]
    lines = documents.MAKERS["jsonl"](False).splitlines()
    assert [json.loads(line)["custom_id"] for line in lines] == ["1", "2"]
    assert examined(documents.MAKERS["jsonl"](False)).condition("requests.jsonl") is None
    for name in ("txt", "csv"):
        remark = examined(documents.MAKERS[name](False)).condition(DOCUMENTS[name].filename)
        assert remark is not None
        assert (remark.kind, remark.says) == (Damage.TEXT, "text")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_holds_the_word(name):
    assert all(WORD.encode() in documents.MAKERS[name](each) for each in (False, True))


TYPES = {
    "png": "image/png",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
    "flac": "audio/flac",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pytest.mark.parametrize("name", TYPES)
def test_the_studio_puts_it_on_disk_under_its_name(name):
    with Studio() as studio:
        given = studio.upload(name)
        assert given.type == TYPES[name]
        assert given.path.name == FILES[name].filename
        assert given.companion.name == f"second-{FILES[name].filename}"
        for path, recipe in ((given.path, name), (given.companion, f"{name}-second")):
            assert studio.assets[hashlib.sha256(path.read_bytes()).hexdigest()] == recipe
            assert studio.sizes[recipe] == path.stat().st_size


def test_no_word_is_given_twice():
    assert len(FILES) == len(IMAGES) + len(SOUNDS) + len(DOCUMENTS)


def test_only_a_picture_becomes_a_png():
    with Studio() as studio, pytest.raises(ConfigurationError, match="needs a picture, and mp3 is none"):
        studio.upload("mp3", "png")


@pytest.mark.parametrize(
    ("filename", "data", "expected"),
    [
        ("talk.bin", sounds.MAKERS["mp3"](False), "audio/mpeg"),
        ("letter.docx", documents.MAKERS["docx"](False), TYPES["docx"]),
        ("table.csv", b"a,b\n1,2\n", "text/csv"),
        ("notes", b"a text\n", OCTETS),
        ("table.csv", b"\x00\x01\x02\x03", OCTETS),
    ],
)
def test_a_file_of_ones_own_goes_by_what_it_holds(tmp_path, filename, data, expected):
    path = tmp_path / filename
    path.write_bytes(data)
    with Studio({"mine": path}) as studio:
        assert studio.upload("mine").type == expected
        assert studio.assets == {}


@pytest.mark.parametrize("form", ["png", "webp", "jpeg"])
def test_a_picture_of_the_word_is_black_on_white_and_large(form):
    one, two = (Image.open(io.BytesIO(render(f"{form}-word{end}"))).convert("L") for end in ("", "-second"))
    assert one.format is None
    assert one.width >= 300
    assert two.height > one.height
    dark = sum(one.histogram()[:128])
    assert 0.03 < dark / (one.width * one.height) < 0.4
    assert {one.getpixel(at) for at in ((0, 0), (one.width - 1, one.height - 1))} == {255}
