"""The pictures of a run as files on disk, each in a folder of its own under the name it goes by."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from upload_matrix.files import read_bytes
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.media import preferred_type, sniff

# The values of the axes ``image``, ``prepare`` and ``mask``: a recipe under a file name.
#
# Add one by adding a line; the key is the word in a matrix, the comment-like text is what people read.


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


OCTETS = "application/octet-stream"

PATH_TEXT = "path-text"
"""The asset that stands for a file's path sent as if it were the file."""


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file to hand over: its path, the Content-Type its bytes deserve, and a second one like it."""

    path: Path
    type: str
    companion: Path


class Studio:
    """Makes pictures when first asked for. Use as a context manager: the files go when it closes.

    ``own`` are the user's files by the word the matrix gives them. ``assets`` maps the SHA-256 of every
    shipped picture made so far to its recipe; the tap reads it while it grows. ``sizes`` are their bytes
    by recipe, ``folder`` is where the files lie.
    """

    def __init__(self, own: Mapping[str, Path] | None = None) -> None:
        self._own = dict(own or {})
        self._temporary = tempfile.TemporaryDirectory(prefix="upload-matrix-")
        self.folder = Path(self._temporary.name)
        self._uploads: dict[tuple[str, str], SampleFile] = {}
        self.assets: dict[str, str] = {}
        self.sizes: dict[str, int] = {}

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the files."""
        self._temporary.cleanup()

    def upload(self, image: str, prepare: str = "as-is") -> SampleFile:
        """The file for a value of the axes ``image`` and ``prepare``; raises ConfigurationError."""
        key = (image, prepare)
        if key not in self._uploads:
            self._uploads[key] = (
                self._own_upload(image, prepare) if image in self._own else self._shipped(*key)
            )
        return self._uploads[key]

    def mask(self) -> SampleFile:
        """The mask that fits every shipped picture."""
        key = ("mask", "")
        if key not in self._uploads:
            path = self._asset("mask", render("mask"), "mask.png")
            self._uploads[key] = SampleFile(path, "image/png", path)
        return self._uploads[key]

    def _shipped(self, image: str, prepare: str) -> SampleFile:
        picture = IMAGES[image]
        recipes = (picture.recipe, f"{picture.recipe}-second")
        names = (picture.filename, "second-" + picture.filename)
        if prepare == "png":
            path, companion = (
                self._asset(*_encoded(recipe), str(Path(name).with_suffix(".png")))
                for recipe, name in zip(recipes, names, strict=True)
            )
            return SampleFile(path, "image/png", companion)
        path, companion = (
            self._asset(recipe, render(recipe), name) for recipe, name in zip(recipes, names, strict=True)
        )
        return SampleFile(path, preferred_type(picture.format), companion)

    def _own_upload(self, image: str, prepare: str) -> SampleFile:
        path = self._own[image]
        data = read_bytes(path)
        if prepare == "png":
            try:
                data = to_png(data)
            except UnidentifiedImageError as error:
                raise ConfigurationError(
                    f"{path}: prepare: png needs a picture, and Pillow cannot read this file ({error}); "
                    "use prepare: as-is for it"
                ) from error
            path = self._write(f"own-{image}", f"{path.stem}.png", data)
        media_format = sniff(data)
        return SampleFile(path, OCTETS if media_format is None else preferred_type(media_format), path)

    def _asset(self, recipe: str, data: bytes, filename: str) -> Path:
        self.assets[hashlib.sha256(data).hexdigest()] = recipe
        self.sizes[recipe] = len(data)
        return self._write(recipe, filename, data)

    def _write(self, folder: str, filename: str, data: bytes) -> Path:
        path = self.folder / folder / filename
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        # Some clients send the path itself where the file was meant. Its text differs from run to run.
        self.assets[hashlib.sha256(str(path).encode()).hexdigest()] = PATH_TEXT
        return path


def _encoded(recipe: str) -> tuple[str, bytes]:
    """A shipped picture encoded to PNG: its name and bytes.

    One that loses nothing on the way is the PNG of the same picture, and has to go by its name too.
    """
    data = to_png(render(recipe))
    plain = "-".join(["png", *recipe.split("-")[1:]])
    return (plain if data == render(plain) else f"{recipe}+png"), data
