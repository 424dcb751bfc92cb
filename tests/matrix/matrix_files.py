"""A small catalog, and matrix files written from text, for the tests of this room."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from upload_matrix.matrix import Matrix, load_matrices
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.case import Catalog
from upload_matrix.model.errors import MatrixError

CATALOG = Catalog(
    operations=load_operations(),
    axes={
        "client": {"httpx": "plain REST", "openai": "the SDK"},
        "container": {
            "bytesio": "io.BytesIO",
            "handle": "open()",
            "path": "pathlib.Path",
            "spooled": "a spooled file",
            "tuple3": "a triple",
        },
        "image": {"png": "a PNG", "webp": "a WebP"},
        "file": {"png": "a PNG", "webp": "a WebP", "mp3": "an MP3", "pdf": "a PDF"},
        "mime_table": {"system": "the machine's", "builtin": "Python's own"},
        "prepare": {"as-is": "unchanged", "png": "encoded to PNG"},
        "mask": {"none": "no mask", "png-tuple": "a triple", "unnamed": "a BytesIO"},
    },
    targets=("emulator:openai-2026-02", "emulator:openai-2026-11", "openai"),
    families={"png": "image", "webp": "image", "mp3": "audio", "pdf": "document"},
)


def written(folder: Path, text: str, name: str = "m.yaml") -> Path:
    path = folder / name
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def loaded(folder: Path, text: str, **options: int) -> Matrix:
    (matrix,) = load_matrices([written(folder, text)], CATALOG, **options)
    return matrix


def problems(folder: Path, text: str | bytes, **options: int) -> list[str]:
    """The problems of a file, each as ``LINE:COLUMN: MESSAGE``."""
    if isinstance(text, bytes):
        path = folder / "m.yaml"
        path.write_bytes(text)
    else:
        path = written(folder, text)
    with pytest.raises(MatrixError) as caught:
        load_matrices([path], CATALOG, **options)
    return [f"{each.line}:{each.column}: {each.message}" for each in caught.value.problems]


def ids(matrix: Matrix) -> list[str]:
    return [case.id for case in matrix.cases]
