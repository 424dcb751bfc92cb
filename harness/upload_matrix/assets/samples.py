"""A small sound file of each format: to be sent in place of one that may be damaged."""

from __future__ import annotations

import io
import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping

from upload_matrix.wire.media import FORMAT_EXTENSIONS

_SIDE = 64
"""Pixels: the smallest picture that all known models take. Source: recorded refusals of 1 x 1 pixel."""


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    # Red, opaque, with an alpha channel, as the oldest image models want it.
    rows = b"".join(b"\0" + b"\xd0\x20\x20\xff" * _SIDE for _ in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 6, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def _by_pillow(name: str) -> Callable[[], bytes]:
    def write() -> bytes:
        from PIL import Image

        file = io.BytesIO()
        Image.new("RGB", (_SIDE, _SIDE), (208, 32, 32)).save(file, name)
        return file.getvalue()

    return write


def _wav() -> bytes:
    """Half a second of 440 Hz, mono, 16 bits, 8,000 samples a second."""
    rate = 8000
    samples = [round(8000 * math.sin(2 * math.pi * 440 * place / rate)) for place in range(rate // 2)]
    data = struct.pack(f"<{len(samples)}h", *samples)
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVE"
        + head
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def _mp3() -> bytes:
    """Half a second of silence: frames of MPEG-1 Layer III, 128 kbit/s, 44.1 kHz, with nothing in them."""
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    return frame * 20


def _pdf() -> bytes:
    text = b"BT /F1 24 Tf 72 720 Td (A sample.) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources "
        b"<< /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer


def _jsonl() -> bytes:
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say yes."}]}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    return json.dumps(line).encode() + b"\n"


_MAKERS: Mapping[str, Callable[[], bytes]] = {
    "png": _png,
    "jpeg": _by_pillow("JPEG"),
    "webp": _by_pillow("WEBP"),
    "gif": _by_pillow("GIF"),
    "wav": _wav,
    "mp3": _mp3,
    "pdf": _pdf,
    "jsonl": _jsonl,
    "txt": lambda: b"A sample.\n",
    "csv": lambda: b"name,value\nsample,1\n",
}

_TEXTS = {".jsonl": "jsonl", ".txt": "txt", ".md": "txt", ".csv": "csv", ".json": "txt"}


def sample(name: str) -> bytes | None:
    """A sound file of a format (``png``, ``wav``, ``jsonl``); None for one that is not made here."""
    maker = _MAKERS.get(name)
    return None if maker is None else maker()


def format_of_name(filename: str) -> str | None:
    """The format that a filename claims, texts among them; None when its extension tells nothing."""
    suffix = filename[filename.rfind(".") :].lower() if "." in filename else ""
    claimed = next((known for known, all_ in FORMAT_EXTENSIONS.items() if suffix in all_), None)
    return claimed or _TEXTS.get(suffix)
