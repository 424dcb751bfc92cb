"""A small, sound file of each format: to be sent in place of one that may be damaged."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from upload_matrix.assets import documents, sounds
from upload_matrix.assets.recipes import Makers
from upload_matrix.wire.media import FORMAT_EXTENSIONS

_SIDE = 64
"""Pixels: the smallest picture that all known models take. Source: recorded refusals of 1 x 1 pixel."""


def _png(_: bool) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    # Red, opaque, with an alpha channel, as the oldest image models want it.
    rows = b"".join(b"\0" + b"\xd0\x20\x20\xff" * _SIDE for _ in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 6, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def _by_pillow(name: str) -> Callable[[bool], bytes]:
    def write(_: bool) -> bytes:
        from PIL import Image

        file = io.BytesIO()
        Image.new("RGB", (_SIDE, _SIDE), (208, 32, 32)).save(file, name)
        return file.getvalue()

    return write


_MAKERS: Makers = {
    **sounds.MAKERS,
    **documents.MAKERS,
    "png": _png,
    "jpeg": _by_pillow("JPEG"),
    "webp": _by_pillow("WEBP"),
    "gif": _by_pillow("GIF"),
}

_TEXTS = {".jsonl": "jsonl", ".txt": "txt", ".md": "txt", ".csv": "csv", ".json": "txt"}


def sample(name: str) -> bytes | None:
    """A sound file of a format (``png``, ``wav``, ``jsonl``); None for one that is not made here."""
    maker = _MAKERS.get(name)
    return None if maker is None else maker(False)


def format_of_name(filename: str) -> str | None:
    """The format that a filename claims, texts among them; None when its extension tells nothing."""
    suffix = filename[filename.rfind(".") :].lower() if "." in filename else ""
    claimed = next((known for known, all_ in FORMAT_EXTENSIONS.items() if suffix in all_), None)
    return claimed or _TEXTS.get(suffix)
