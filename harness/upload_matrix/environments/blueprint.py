"""What defines an environment, and the key it is cached under. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

FORMAT = 1
"""Raise it when an environment of the same blueprint would be built otherwise than before."""


class Way(StrEnum):
    """How an environment comes to its dependencies."""

    OVERLAY = "overlay"
    """The release alone, on dependencies it shares with every release that declares the same ones. They are
    held to versions old releases work with, so a resolver's fault does not show. Fast."""

    REAL = "real"
    """The release and the newest dependencies it allows, resolved today: what an install gives now."""

    CONTEMPORARY = "contemporary"
    """As ``real``, resolved as on the day the release came out."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One environment to build.

    ``python`` is ``this``, a version (``3.9``) or a path; ``version`` a release of the distribution.
    ``date`` is the release's day, asked of the index when a contemporary one needs it and it is not given.
    """

    python: str
    version: str
    way: Way = Way.OVERLAY
    distribution: str = "openai"
    date: date | None = None

    @property
    def what(self) -> str:
        """``openai 1.109.1``."""
        return f"{canonicalize_name(self.distribution)} {Version(self.version)}"


@dataclass(frozen=True, slots=True)
class Built:
    """A built environment: start ``python`` with the folders of ``pythonpath`` as its PYTHONPATH."""

    python: Path
    pythonpath: tuple[Path, ...]
    way: Way
    key: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry of the store: what it holds, for which Python, and what it takes.

    ``way`` is None for dependencies that overlays share, ``complete`` False for what is broken or of an
    older version of the harness. ``size`` is in bytes, links counted in full.
    """

    key: str
    what: str
    way: Way | None
    python: str
    size: int
    used: datetime
    complete: bool = True


def key_of(*parts: Sequence[str] | str | None) -> str:
    """The digest of what defines an entry, together with the store's format: 16 hexadecimal digits."""
    document = json.dumps([FORMAT, *parts], separators=(",", ":"))
    return hashlib.sha256(document.encode()).hexdigest()[:16]
