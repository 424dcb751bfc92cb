"""A matrix as it runs: its cases, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from upload_matrix.model.case import Case


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix file with its cases in order.

    ``timeout`` is in seconds for one case. ``mime_tables`` and ``images`` are the files that the matrix
    brings along, by name. ``targets`` are those that its cases name, each once.
    """

    name: str
    path: Path
    description: str
    timeout: float
    mime_tables: Mapping[str, Path]
    images: Mapping[str, Path]
    strategy: str
    cases: tuple[Case, ...]
    targets: tuple[str, ...]
