"""The files of a run on disk, each in a folder of its own under the name it goes by."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import UnidentifiedImageError

from upload_matrix.assets import documents, pictures, sounds
from upload_matrix.assets.documents import DOCUMENTS
from upload_matrix.assets.pictures import IMAGES
from upload_matrix.assets.recipes import PATH_TEXT, Makers, ShippedFile
from upload_matrix.assets.sounds import SOUNDS
from upload_matrix.files import read_bytes
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.content import Examiner
from upload_matrix.wire.media import (
    FORMAT_TYPES,
    TEXT_TYPES,
    extension,
    family_of_type,
    format_of_type,
    preferred_type,
    word_of_format,
)

FILES: Mapping[str, ShippedFile] = {**IMAGES, **SOUNDS, **DOCUMENTS}
"""Every file that is shipped, by its word in a matrix."""

_MAKERS: Makers = {**sounds.MAKERS, **documents.MAKERS}

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file to hand over: its path, the Content-Type its bytes deserve, and a second one like it."""

    path: Path
    type: str
    companion: Path

    @property
    def word(self) -> str:
        """What APIs call its format (``jpeg``, ``mp3``): of text and of what is not known, the extension."""
        known = format_of_type(self.type)
        return extension(self.path.name).removeprefix(".") if known is None else word_of_format(known)


class Studio:
    """Makes files when first asked for. Use as a context manager: the files go when it closes.

    ``own`` are the user's files by the word the matrix gives them. ``assets`` maps the SHA-256 of every
    shipped file made so far to its recipe; the tap reads it while it grows. ``sizes`` are their bytes
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

    def upload(self, word: str, prepare: str = "as-is") -> SampleFile:
        """The file for a value of the axes ``file`` (or ``image``) and ``prepare``.

        Raises ConfigurationError.
        """
        key = (word, prepare)
        if key not in self._uploads:
            self._uploads[key] = self._own_upload(word, prepare) if word in self._own else self._shipped(*key)
        return self._uploads[key]

    def mask(self) -> SampleFile:
        """The mask that fits every shipped picture."""
        key = ("mask", "")
        if key not in self._uploads:
            path = self._asset("mask", pictures.render("mask"), "mask.png")
            self._uploads[key] = SampleFile(path, "image/png", path)
        return self._uploads[key]

    def _shipped(self, word: str, prepare: str) -> SampleFile:
        shipped = FILES[word]
        recipes = (shipped.recipe, f"{shipped.recipe}-second")
        names = (shipped.filename, "second-" + shipped.filename)
        if prepare == "png":
            if word not in IMAGES:
                raise ConfigurationError(f"prepare: png needs a picture, and {word} is none")
            path, companion = (
                self._asset(*pictures.encoded_to_png(recipe), str(Path(name).with_suffix(".png")))
                for recipe, name in zip(recipes, names, strict=True)
            )
            return SampleFile(path, "image/png", companion)
        path, companion = (
            self._asset(recipe, _bytes_of(recipe), name) for recipe, name in zip(recipes, names, strict=True)
        )
        return SampleFile(path, _type_of_shipped(shipped), companion)

    def _own_upload(self, word: str, prepare: str) -> SampleFile:
        path = self._own[word]
        data = read_bytes(path)
        if prepare == "png":
            try:
                data = pictures.to_png(data)
            except UnidentifiedImageError as error:
                raise ConfigurationError(
                    f"{path}: prepare: png needs a picture, and Pillow cannot read this file ({error}); "
                    "use prepare: as-is for it"
                ) from error
            path = self._write(f"own-{word}", f"{path.stem}.png", data)
        seen = Examiner()
        seen.add(data)
        unknown = seen.format is None and not seen.is_text
        return SampleFile(path, OCTETS if unknown else _type_of(seen.format, path.name), path)

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


def family_of(shipped: ShippedFile) -> str:
    """The kind of a shipped file: ``image``, ``audio`` or ``document``."""
    return family_of_type(_type_of_shipped(shipped))


def _type_of_shipped(shipped: ShippedFile) -> str:
    return _type_of(shipped.format, shipped.filename, "audio" if shipped.recipe in SOUNDS else "")


def _type_of(media_format: str | None, filename: str, family: str = "") -> str:
    """The Content-Type that a file deserves: by its format, and where it is text by its name."""
    if media_format in FORMAT_TYPES:
        return preferred_type(media_format, family)
    return TEXT_TYPES.get(extension(filename), OCTETS)


def _bytes_of(recipe: str) -> bytes:
    name, _, trait = recipe.partition("-")
    maker = _MAKERS.get(name)
    return pictures.render(recipe) if maker is None else maker(trait == "second")
