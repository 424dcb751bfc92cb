"""The files of the starter: where each lies in this package, and where in a user's project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "project"

STARTER_MATRIX = FOLDER / "matrix"
"""The folder of the built-in matrix, which ``run`` takes where there is no project."""

RECORDINGS = FOLDER / "cassettes"
"""Its recordings: the emulator's answers to whatever its clients send under any mime table."""

PYTEST_FILES = ("pytest.ini", "pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg", "setup.py")
"""By any of these, pytest finds the project's root, below which matrix/ and cassettes/ are looked for."""


@dataclass(frozen=True, slots=True)
class StarterFile:
    """``source`` in this package, ``target`` relative to the project's folder, with forward slashes."""

    source: Path
    target: str


def starter_files(project: Path) -> tuple[StarterFile, ...]:
    """What ``init`` writes into ``project``, in the order it is told; the recordings come last."""
    return tuple(_files(project))


def _files(project: Path) -> Iterator[StarterFile]:
    yield StarterFile(STARTER_MATRIX / "uploads.yaml", "matrix/uploads.yaml")
    # Under another name, so that no tool takes it for a test or a module of this package.
    yield StarterFile(FOLDER / "tests" / "test_uploads.py.txt", "tests/test_uploads.py")
    # A folder whose name begins with a dot is easily lost in packaging, so it lies here under another name.
    yield StarterFile(FOLDER / "workflows" / "uploads.yml", ".github/workflows/uploads.yml")
    if not any((project / name).is_file() for name in PYTEST_FILES):
        yield StarterFile(FOLDER / "pytest.ini", "pytest.ini")
    for recording in sorted(RECORDINGS.rglob("*.yaml")):
        yield StarterFile(recording, f"cassettes/{recording.relative_to(RECORDINGS).as_posix()}")
