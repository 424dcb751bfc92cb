"""What this machine makes of an upload before any case runs: clients, mime tables, places, keys."""

from __future__ import annotations

import mimetypes
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from upload_matrix.environments.interpreters import Seat
from upload_matrix.environments.probes import ProbePool
from upload_matrix.run.vocabulary import MIME_TABLES
from upload_matrix.targets.spec import TargetSpec

_PACKAGES = ("upload-matrix", "pytest", "pytest-recording", "vcrpy", "pillow", "pydantic", "multipart", "h11")


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """``clients`` and ``packages`` map distributions to versions, ``guesses`` mime tables to guesses.

    ``mime_files`` are the system's mime table files that exist; ``keys`` tells per target whether its
    variable holds a key, never what it holds.
    """

    python: str
    executable: str
    platform: str
    clients: Mapping[str, str]
    packages: Mapping[str, str]
    mime_files: tuple[str, ...]
    guesses: Mapping[str, Mapping[str, str | None]]
    folders: Mapping[str, tuple[str, bool]]
    keys: Mapping[str, tuple[str, bool]]


def examine(folders: Sequence[Path], specs: Mapping[str, TargetSpec]) -> Diagnostics:
    """Look around; starts one probe a mime table. Raises ProbeError when none can be started."""
    with ProbePool({}, tuple(folders)) as pool:
        pool.warm((Seat(table), ()) for table in MIME_TABLES)
        environments = [pool.environment(Seat(table)) for table in MIME_TABLES]
    return Diagnostics(
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        clients=environments[0].clients,
        packages={name: version for name in _PACKAGES if (version := _version(name)) is not None},
        mime_files=tuple(str(path) for path in mimetypes.knownfiles if Path(path).is_file()),
        guesses={environment.name: environment.guesses for environment in environments},
        folders={
            name: (str(Path(name).resolve()), Path(name).is_dir())
            for name in ("matrix", "cassettes", "reports")
        },
        keys={
            spec.name: (spec.key_env, bool(os.environ.get(spec.key_env)))
            for spec in specs.values()
            if spec.key_env
        },
    )


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
