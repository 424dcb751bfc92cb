"""The values of the axes ``image``, ``prepare`` and ``mask``: a recipe under a file name.

Add one by adding a line; the key is the word in a matrix, the comment-like text is what people read.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A recipe (see ``recipes``), the format its bytes have, the name it goes by, and why it is here."""

    recipe: str
    format: str
    filename: str
    summary: str


IMAGES: dict[str, Picture] = {
    "png": Picture("png", "png", "avatar.png", "a PNG"),
    "webp": Picture("webp", "webp", "avatar.webp", "a WebP"),
    "jpeg": Picture("jpeg", "jpeg", "avatar.jpg", "a JPEG"),
    "png-alpha": Picture("png-alpha", "png", "avatar.png", "a PNG with transparency"),
    "webp-alpha": Picture("webp-alpha", "webp", "avatar.webp", "a WebP with transparency"),
    "webp-named-png": Picture("webp", "webp", "avatar.png", "WebP bytes under a .png name"),
    "png-named-webp": Picture("png", "png", "avatar.webp", "PNG bytes under a .webp name"),
    "webp-no-extension": Picture("webp", "webp", "avatar", "a WebP whose name has no extension"),
    "webp-korean": Picture("webp", "webp", "사진.webp", "a WebP with a non-ASCII name"),
    "webp-quote": Picture("webp", "webp", 'my "best".webp', "a WebP with quotes in its name"),
}

PREPARE: dict[str, str] = {
    "as-is": "the bytes as they are",
    "png": "Pillow encodes the picture to PNG first, and the name ends in .png",
}

MASKS: dict[str, str] = {
    "none": "no mask",
    "png-tuple": "a mask as (filename, data, content_type)",
    "unnamed": "a mask as an unnamed BytesIO",
}

MASK_CONTAINERS: dict[str, str] = {"png-tuple": "tuple3", "unnamed": "bytesio"}
"""Which container each mask is handed over in."""
