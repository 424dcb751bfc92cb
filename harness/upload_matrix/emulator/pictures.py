"""The pictures in successful answers: real, valid, of the size asked for, and one flat colour."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from PIL import Image

OPAQUE = (96, 125, 139, 255)
TRANSPARENT = (96, 125, 139, 0)


@lru_cache(maxsize=64)
def picture(width: int, height: int, output_format: str, transparent: bool) -> str:
    """A flat picture as base64; ``width`` and ``height`` in pixels, ``output_format`` png, jpeg or webp.

    Equal arguments give equal text on one machine; another Pillow release may encode other bytes.
    """
    image = Image.new("RGBA", (width, height), TRANSPARENT if transparent else OPAQUE)
    if not transparent or output_format == "jpeg":
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, format=output_format.upper())
    return base64.b64encode(buffer.getvalue()).decode("ascii")
