"""Folders that are complete or not there: drafted aside, put in place in one step, locked while built."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from packaging.utils import canonicalize_name
from packaging.version import Version

from upload_matrix import vendors
from upload_matrix.model.errors import UnavailableError
from upload_matrix.model.sweep import NPM

# What defines an environment, and the key it is cached under. Pure.


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
    ``beside`` are requirements that are installed with it (``openai==2.8.0``), and have to allow it.
    """

    python: str
    version: str
    way: Way = Way.OVERLAY
    distribution: str = field(default_factory=lambda: vendors.usual().sdk)
    date: date | None = None
    beside: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """``openai 1.109.1``, ``npm:openai 6.49.0``."""
        if self.distribution.startswith(NPM):
            return f"{self.distribution} {self.version}"
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


MARKER = "upload-matrix.json"
"""Written last into a draft: a folder without it is not complete."""

_WAIT = 1800.0
"""Seconds to wait for another process that builds the same."""


class Vault:
    """Named folders under ``root``. Safe for any number of threads and processes.

    Locks are the operating system's and end with the process that holds them, so a killed build blocks
    nobody; its draft is removed by the next build of the same name, or by ``sweep``.
    """

    def __init__(self, root: Path) -> None:
        self._entries = root / "entries"
        self._drafts = root / "drafts"
        self._locks = root / "locks"

    def folder(self, name: str) -> Path:
        """Where the entry lies, whether or not it is there."""
        return self._entries / name

    def marker(self, name: str) -> dict[str, Any] | None:
        """What the entry's builder noted; None when the entry is missing, unfinished or of another format."""
        try:
            marker = json.loads((self.folder(name) / MARKER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return marker if isinstance(marker, dict) and marker.get("format") == FORMAT else None

    def touch(self, name: str) -> None:
        """Note that the entry is in use now; nothing when the store is not ours to write."""
        with contextlib.suppress(OSError):
            os.utime(self.folder(name) / MARKER)

    @contextlib.contextmanager
    def locked(self, names: Iterable[str]) -> Iterator[None]:
        """Hold the right to build these entries; raises UnavailableError after half an hour of waiting."""
        self._locks.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as held:
            # In one order everywhere, so that two processes never wait for each other.
            for name in sorted(set(names)):
                try:
                    held.enter_context(FileLock(self._locks / f"{name}.lock", timeout=_WAIT))
                except Timeout as error:
                    raise UnavailableError(
                        f"another process has been building {name} for too long"
                    ) from error
            yield

    @contextlib.contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """An empty folder to build the entry in, removed unless ``publish`` puts it in place. Lock first."""
        for left in self._drafts.glob(f"{name}.*"):
            shutil.rmtree(left, ignore_errors=True)
        draft = self._drafts / f"{name}.{secrets.token_hex(4)}"
        draft.mkdir(parents=True)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def publish(self, draft: Path, name: str, note: Mapping[str, Any]) -> None:
        """Complete a draft with its marker and put it in place of whatever lies there."""
        marker = {"format": FORMAT, **note, "size": _size(draft)}
        (draft / MARKER).write_text(json.dumps(marker, indent=1), encoding="utf-8")
        self._entries.mkdir(parents=True, exist_ok=True)
        self._set_aside(name)
        draft.rename(self.folder(name))

    def entries(self) -> Iterator[tuple[str, dict[str, Any] | None, datetime]]:
        """Every entry by name: its marker (None when broken) and when it was last used (UTC)."""
        for folder in sorted(self._entries.glob("*")):
            marker = self.marker(folder.name)
            with contextlib.suppress(FileNotFoundError):
                used = (folder / MARKER if marker is not None else folder).stat().st_mtime
                yield folder.name, marker, datetime.fromtimestamp(used, UTC)

    def remove(self, name: str) -> bool:
        """Take an entry away; False when it is being built right now."""
        with self._unless_building(name) as free:
            if free:
                self._set_aside(name)
            return free

    def sweep(self) -> None:
        """Remove what killed builds left behind."""
        for draft in self._drafts.glob("*"):
            with self._unless_building(draft.name.rpartition(".")[0]) as free:
                if free:
                    shutil.rmtree(draft, ignore_errors=True)

    @contextlib.contextmanager
    def _unless_building(self, name: str) -> Iterator[bool]:
        self._locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._locks / f"{name}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _set_aside(self, name: str) -> None:
        """Out of the way in one step, then removed: nobody meets a half-removed entry."""
        self._drafts.mkdir(parents=True, exist_ok=True)
        aside = self._drafts / f"{name}.{secrets.token_hex(4)}"
        with contextlib.suppress(FileNotFoundError):
            self.folder(name).rename(aside)
            shutil.rmtree(aside, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(
        os.lstat(f"{where}{os.sep}{name}").st_size for where, _, names in os.walk(folder) for name in names
    )


# What the store holds, in words, and taking away what is no longer used.


def stored_entry(name: str, marker: Mapping[str, Any] | None, used: datetime) -> Stored:
    """An entry as it is listed; a broken one by its folder's name alone."""
    if marker is None:
        return Stored(name.rpartition("-")[2], name, None, "?", 0, used, complete=False)
    return Stored(
        key=marker["key"],
        what=marker["what"],
        way=Way(marker["way"]) if marker["way"] else None,
        python=marker["python"],
        size=marker["size"],
        used=used,
    )


def prune_entries(vault: Vault, pool: Path, before: datetime | None, *, dry_run: bool) -> tuple[Stored, ...]:
    """Remove what was last used before ``before`` (None: everything) or is broken; what was removed.

    Then removes what killed builds left, and bytecode in ``pool`` that no entry links to any more.
    """
    removed = []
    for name, marker, used in vault.entries():
        old = before is None or used < before
        if (old or marker is None) and (dry_run or vault.remove(name)):
            removed.append(stored_entry(name, marker, used))
    if not dry_run:
        vault.sweep()
        for file in pool.glob("*/*"):
            with contextlib.suppress(OSError):
                if file.stat().st_nlink == 1:
                    file.unlink()
    return tuple(removed)
