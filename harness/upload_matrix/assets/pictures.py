"""The pictures that are uploaded: made by Pillow from recipes."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from upload_matrix.assets.recipes import WORD, ShippedFile

# The values of the axes ``image``, ``prepare`` and ``mask``: a recipe under a file name.
#
# Add one by adding a line; the key is the word in a matrix, the last text is what people read.

IMAGES: dict[str, ShippedFile] = {
    "png": ShippedFile("png", "png", "avatar.png", "a PNG"),
    "webp": ShippedFile("webp", "webp", "avatar.webp", "a WebP"),
    "jpeg": ShippedFile("jpeg", "jpeg", "avatar.jpg", "a JPEG"),
    "png-alpha": ShippedFile("png-alpha", "png", "avatar.png", "a PNG with transparency"),
    "webp-alpha": ShippedFile("webp-alpha", "webp", "avatar.webp", "a WebP with transparency"),
    "png-word": ShippedFile("png-word", "png", "card.png", f"a PNG of the word {WORD}"),
    "webp-word": ShippedFile("webp-word", "webp", "card.webp", f"a WebP of the word {WORD}"),
    "jpeg-word": ShippedFile("jpeg-word", "jpeg", "card.jpg", f"a JPEG of the word {WORD}"),
    "webp-named-png": ShippedFile("webp", "webp", "avatar.png", "WebP bytes under a .png name"),
    "png-named-webp": ShippedFile("png", "png", "avatar.webp", "PNG bytes under a .webp name"),
    "webp-no-extension": ShippedFile("webp", "webp", "avatar", "a WebP whose name has no extension"),
    "webp-korean": ShippedFile("webp", "webp", "사진.webp", "a WebP with a non-ASCII name"),
    "webp-quote": ShippedFile("webp", "webp", 'my "best".webp', "a WebP with quotes in its name"),
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


# How each shipped picture looks, and its bytes: deterministic within one Pillow release.
#
# Another release may encode the same picture into other bytes. That is why a wire form names a shipped
# picture by its recipe (``asset:webp``) and not by its digest.


EDGE = 64
"""Width and height in pixels."""

_ENCODERS: dict[str, tuple[str, dict[str, int | bool]]] = {
    "png": ("PNG", {"compress_level": 6}),
    "webp": ("WEBP", {"lossless": True, "quality": 50, "method": 4}),
    "jpeg": ("JPEG", {"quality": 85}),
}


def _picture(*, alpha: bool, second: bool) -> Image.Image:
    """A diagonal gradient; the second picture of a pair runs the other way."""
    pixels = bytearray()
    for y in range(EDGE):
        for x in range(EDGE):
            across = EDGE - 1 - x if second else x
            pixels += bytes((across * 4, y * 4, (across + y) * 2))
            if alpha:
                pixels.append(255 if (x // 8 + y // 8) % 2 else 64)
    return Image.frombytes("RGBA" if alpha else "RGB", (EDGE, EDGE), bytes(pixels))


def _card(*, second: bool) -> Image.Image:
    """The word in black on white, large enough for a model to read; twice on the second of a pair."""
    text = "\n".join([WORD] * (2 if second else 1))
    font = ImageFont.load_default()
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font)
    margin = 4
    small = Image.new("L", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin), 255)
    ImageDraw.Draw(small).multiline_text((margin - left, margin - top), text, 0, font)
    return small.resize((small.width * 8, small.height * 8)).convert("RGB")


def _mask() -> Image.Image:
    """Fully transparent in the middle, where an edit would happen."""
    image = Image.new("RGBA", (EDGE, EDGE), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (EDGE // 4, EDGE // 4, EDGE * 3 // 4, EDGE * 3 // 4))
    return image


def encode(image: Image.Image, media_format: str) -> bytes:
    """``image`` as PNG, WebP or JPEG bytes."""
    name, options = _ENCODERS[media_format]
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


@lru_cache(maxsize=64)
def render(recipe: str) -> bytes:
    """The bytes of a recipe: FORMAT, optionally ``-alpha`` or ``-word``, and ``-second``, or ``mask``.

    Raises KeyError for a format that no recipe has.
    """
    if recipe == "mask":
        return encode(_mask(), "png")
    media_format, *traits = recipe.split("-")
    second = "second" in traits
    image = _card(second=second) if "word" in traits else _picture(alpha="alpha" in traits, second=second)
    return encode(image, media_format)


def to_png(data: bytes) -> bytes:
    """``data``, a picture in any format Pillow reads, encoded again as PNG.

    Raises PIL.UnidentifiedImageError (an OSError) when it is no picture.
    """
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        converted = image if image.mode in ("RGB", "RGBA", "L", "LA", "P") else image.convert("RGBA")
        return encode(converted, "png")


@lru_cache(maxsize=64)
def encoded_to_png(recipe: str) -> tuple[str, bytes]:
    """A shipped picture encoded to PNG: its name and bytes.

    One that loses nothing on the way is the PNG of the same picture, and has to go by its name too.
    """
    data = to_png(render(recipe))
    plain = "-".join(["png", *recipe.split("-")[1:]])
    return (plain if data == render(plain) else f"{recipe}+png"), data
