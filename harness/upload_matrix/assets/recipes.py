"""How each shipped picture looks, and its bytes: deterministic within one Pillow release.

Another release may encode the same picture into other bytes. That is why a wire form names a shipped
picture by its recipe (``asset:webp``) and not by its digest.
"""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

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
    """The bytes of a recipe: FORMAT, optionally ``-alpha`` and ``-second``, or ``mask``.

    Raises KeyError for a format that no recipe has.
    """
    if recipe == "mask":
        return encode(_mask(), "png")
    media_format, *traits = recipe.split("-")
    return encode(_picture(alpha="alpha" in traits, second="second" in traits), media_format)


def to_png(data: bytes) -> bytes:
    """``data``, a picture in any format Pillow reads, encoded again as PNG.

    Raises PIL.UnidentifiedImageError (an OSError) when it is no picture.
    """
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        converted = image if image.mode in ("RGB", "RGBA", "L", "LA", "P") else image.convert("RGBA")
        return encode(converted, "png")
