"""What goes to a worker of a cluster and what comes back: plain data that can be pickled.

A task is one release, so that a release on which a worker dies is known at once. The user's own files
travel as bytes in it, because the machines need not share a disk; they are meant to be pictures and small
programs. Machines of one cluster are taken to be alike (operating system, Python); ``crew_alike`` checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from upload_matrix.answers.answering import Policy
from upload_matrix.environments.blueprint import Way
from upload_matrix.environments.seat import Located, Seat, installed_only
from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Captured
from upload_matrix.recordings import RecordMode
from upload_matrix.run.measured import Measured
from upload_matrix.run.session import Settings

_PROBE_FOLDERS = ("clients", "clients_node", "containers", "shared")
"""What a probe reads of a folder of the user's; matrices, recordings and targets stay at home."""

Key = tuple[str, str]
"""A request that wants an answer: the digest of its stored form, and the target."""


@dataclass(frozen=True, slots=True)
class OurFailure:
    """The harness could not come by an answer; ``says`` why."""

    says: str


Given = Answer | NoAnswer | OurFailure


@dataclass(frozen=True, slots=True)
class Parcel:
    """``Settings`` for another machine: without targets and recordings, with files as bytes.

    ``files`` go by relative path; ``tables``, ``images`` and ``folders`` name theirs. ``roots`` are the
    paths under which the targets' APIs lie. ``way`` and ``offline`` say how environments are built there.
    """

    settings: Settings
    files: Mapping[str, bytes]
    tables: Mapping[str, str]
    images: Mapping[str, str]
    folders: tuple[str, ...]
    roots: Mapping[str, str]
    way: Way
    offline: bool


@dataclass(frozen=True, slots=True)
class Task:
    """Measure ``variants`` in ``release``, with the answers that are known so far.

    ``version`` is that of the harness, which has to be the same everywhere.
    """

    version: str
    parcel: Parcel
    variants: tuple[Case, ...]
    release: str
    python: str
    answers: Mapping[Key, Given]


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker found out, and ``where`` it works.

    ``wanted`` are requests for which it had no answer; where there are any, ``measured`` does not count.
    """

    where: str
    measured: Measured
    wanted: Mapping[Key, Captured]


@dataclass(frozen=True, slots=True)
class Stumble:
    """A worker's machinery failed; nothing is known of the release."""

    where: str
    why: str


def pack(settings: Settings, roots: Mapping[str, str], way: Way, *, offline: bool) -> Parcel:
    """Everything a worker needs to be told; raises ConfigurationError for a file that cannot be read."""
    files: dict[str, bytes] = {}

    def put(path: Path, place: str) -> str:
        try:
            files[place] = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path}: it cannot be sent to the cluster: {error}") from error
        return place

    tables = {
        name: put(path, f"tables/{number}") for number, (name, path) in enumerate(settings.tables.items())
    }
    # The file's own name is sent by clients, so it stays.
    images = {
        name: put(path, f"images/{number}/{path.name}")
        for number, (name, path) in enumerate(settings.images.items())
    }
    folders = []
    for number, folder in enumerate(settings.folders):
        folders.append(f"folders/{number}")
        for path in _programs(folder):
            put(path, f"{folders[-1]}/{path.relative_to(folder).as_posix()}")
    lean = replace(
        settings,
        # Recordings, targets and profiles are the coordinator's: a worker asks nobody.
        policy=Policy(Path(), RecordMode.NONE, settings.policy.today, recording=False, blocked=True),
        targets={},
        profiles={},
        tables={},
        images={},
        folders=(),
        locate=installed_only,
    )
    return Parcel(lean, files, tables, images, tuple(folders), dict(roots), way, offline)


def unpack(parcel: Parcel, folder: Path, locate: Callable[[Seat], Located]) -> Settings:
    """The settings again, their files written below ``folder``; raises OSError."""
    for place, data in parcel.files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for place in parcel.folders:
        (folder / place).mkdir(parents=True, exist_ok=True)
    return replace(
        parcel.settings,
        tables={name: folder / place for name, place in parcel.tables.items()},
        images={name: folder / place for name, place in parcel.images.items()},
        folders=tuple(folder / place for place in parcel.folders),
        locate=locate,
    )


def _programs(folder: Path) -> Iterator[Path]:
    for name in _PROBE_FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
