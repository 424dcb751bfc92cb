"""The pictures of a run as files on disk, each in a folder of its own under the name it goes by."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import UnidentifiedImageError

from upload_matrix.assets.images import IMAGES
from upload_matrix.assets.recipes import render, to_png
from upload_matrix.files import read_bytes
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.media import preferred_type, sniff

OCTETS = "application/octet-stream"

PATH_TEXT = "path-text"
"""The asset that stands for a file's path sent as if it were the file."""


@dataclass(frozen=True, slots=True)
class Upload:
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
        self._uploads: dict[tuple[str, str], Upload] = {}
        self.assets: dict[str, str] = {}
        self.sizes: dict[str, int] = {}

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the files."""
        self._temporary.cleanup()

    def upload(self, image: str, prepare: str = "as-is") -> Upload:
        """The file for a value of the axes ``image`` and ``prepare``; raises ConfigurationError."""
        key = (image, prepare)
        if key not in self._uploads:
            self._uploads[key] = (
                self._own_upload(image, prepare) if image in self._own else self._shipped(*key)
            )
        return self._uploads[key]

    def mask(self) -> Upload:
        """The mask that fits every shipped picture."""
        key = ("mask", "")
        if key not in self._uploads:
            path = self._asset("mask", render("mask"), "mask.png")
            self._uploads[key] = Upload(path, "image/png", path)
        return self._uploads[key]

    def _shipped(self, image: str, prepare: str) -> Upload:
        picture = IMAGES[image]
        recipes = (picture.recipe, f"{picture.recipe}-second")
        names = (picture.filename, "second-" + picture.filename)
        if prepare == "png":
            path, companion = (
                self._asset(*_encoded(recipe), str(Path(name).with_suffix(".png")))
                for recipe, name in zip(recipes, names, strict=True)
            )
            return Upload(path, "image/png", companion)
        path, companion = (
            self._asset(recipe, render(recipe), name) for recipe, name in zip(recipes, names, strict=True)
        )
        return Upload(path, preferred_type(picture.format), companion)

    def _own_upload(self, image: str, prepare: str) -> Upload:
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
        return Upload(path, OCTETS if media_format is None else preferred_type(media_format), path)

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
