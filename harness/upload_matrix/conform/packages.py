"""The packages that something measured needs: which are missing, where they lie, and installing them.

Debian's are the system's own; those of npm and PyPI lie in the user's cache, a folder for each set of exact
versions, so that one that was installed once is there for good.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from platformdirs import user_cache_dir
from pydantic import BaseModel, ConfigDict, Field

from upload_matrix.environments.interpreters import uv_program
from upload_matrix.model.errors import UnavailableError

CACHE = "UPLOAD_MATRIX_CONFORM_PACKAGES"
"""Names another folder than the user's cache."""

_SECONDS = 900.0
_LAST_LINES = 12
_Version = Annotated[str, Field(pattern=r"^[0-9][\w.!+-]*$")]


class PackageNeeds(BaseModel):
    """``debian``: names of packages; ``npm`` and ``pip``: exact versions by name (``litellm[proxy]``).

    ``exclude_newer`` (a time as RFC 3339 has it): nothing of PyPI that was published later is installed.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    debian: list[str] = []
    npm: dict[str, _Version] = {}
    pip: dict[str, _Version] = {}
    exclude_newer: str | None = None

    @property
    def npm_folder(self) -> Path:
        """Where npm puts ``node_modules``."""
        return _folder("npm", dict(self.npm))

    @property
    def pip_folder(self) -> Path:
        """The virtual environment."""
        return _folder("pip", {**self.pip, "": self.exclude_newer or ""})

    def versions(self) -> Mapping[str, str]:
        """What is pinned here, by name."""
        return {**self.npm, **self.pip}


def _folder(kind: str, pins: Mapping[str, str]) -> Path:
    digest = hashlib.sha256(json.dumps(pins, sort_keys=True).encode()).hexdigest()[:12]
    root = os.environ.get(CACHE) or user_cache_dir("upload-matrix", appauthor=False)
    return Path(root).absolute() / "conform" / kind / digest


def missing(needs: PackageNeeds, program: str | None = None) -> str:
    """What is not there, with the way to get it; empty where nothing is missing.

    A Debian package counts as there where ``program`` is found, however that came.
    """
    return "; ".join(_missing(needs, program))


def _missing(needs: PackageNeeds, program: str | None) -> Iterator[str]:
    debian = lacking_debian(needs, program)
    if debian:
        yield f"apt-get install {' '.join(debian)}"
    if needs.npm:
        if shutil.which("node") is None or shutil.which("npm") is None:
            yield "apt-get install nodejs npm"
        elif not _is_installed(needs.npm_folder):
            yield f"npm install {' '.join(_npm_words(needs))}"
    if needs.pip and not _is_installed(needs.pip_folder):
        yield f"pip install {' '.join(_pip_words(needs))}"


def lacking_debian(needs: PackageNeeds, program: str | None = None) -> tuple[str, ...]:
    """The Debian packages that are not installed."""
    if program is not None and shutil.which(program) is not None:
        return ()
    return tuple(name for name in needs.debian if not _has_debian(name))


def _has_debian(name: str) -> bool:
    query = shutil.which("dpkg-query")
    if query is None:
        return False
    asked = subprocess.run(  # noqa: S603 - a name of our own data
        [query, "-W", "-f=${db:Status-Status}", name], capture_output=True, text=True, check=False
    )
    return asked.stdout == "installed"


_DONE = "installed"
"""The file that says that a folder is whole."""


def _is_installed(folder: Path) -> bool:
    return (folder / _DONE).exists()


def _npm_words(needs: PackageNeeds) -> tuple[str, ...]:
    return tuple(f"{name}@{version}" for name, version in needs.npm.items())


def _pip_words(needs: PackageNeeds) -> tuple[str, ...]:
    return tuple(f"{name}=={version}" for name, version in needs.pip.items())


def environment(needs: PackageNeeds, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables with which the packages' programs and modules are found."""
    found = dict(environ)
    places = []
    if needs.npm:
        places.append(needs.npm_folder / "node_modules" / ".bin")
        found["NODE_PATH"] = str(needs.npm_folder / "node_modules")
    if needs.pip:
        places.append(needs.pip_folder / "bin")
    # Servers lie where only root looks.
    system = [found.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    found["PATH"] = os.pathsep.join([*map(str, places), *filter(None, system)])
    return found


def install(needs: PackageNeeds, say: Callable[[str], None], program: str | None = None) -> None:
    """Install what is missing.

    Raises UnavailableError with the command to run where it may not, or with the last words of one that
    failed.
    """
    debian = lacking_debian(needs, program)
    if debian:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise UnavailableError(f"to be installed by root: apt-get install {' '.join(debian)}")
        say(f"apt-get install {' '.join(debian)}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *debian]
        try:
            _run(words, quiet)
        except UnavailableError:
            # A fresh machine has no lists of packages, or old ones, which name files that are gone.
            _run(["apt-get", "update", "-qq"], quiet)
            _run(words, quiet)
    if needs.npm and not _is_installed(needs.npm_folder):
        npm = shutil.which("npm")
        if npm is None:
            raise UnavailableError("npm is not here: apt-get install nodejs npm")
        say(f"npm install {' '.join(_npm_words(needs))}")
        needs.npm_folder.mkdir(parents=True, exist_ok=True)
        words = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(needs.npm_folder)]
        _run([*words, *_npm_words(needs)])
        (needs.npm_folder / _DONE).touch()
    if needs.pip and not _is_installed(needs.pip_folder):
        say(f"pip install {' '.join(_pip_words(needs))}")
        uv = uv_program()
        _run([uv, "venv", "--quiet", "--clear", str(needs.pip_folder)])
        python = str(needs.pip_folder / "bin" / "python")
        newest = ["--exclude-newer", needs.exclude_newer] if needs.exclude_newer else []
        _run(
            [
                uv,
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                python,
                *newest,
                *_pip_words(needs),
            ]
        )
        (needs.pip_folder / _DONE).touch()


def _run(words: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    # Out of any project, whose own pins would count.
    root = Path("/") if os.name == "posix" else Path.home()
    try:
        done = subprocess.run(  # noqa: S603 - words of our own data
            list(words), capture_output=True, text=True, check=False, timeout=_SECONDS, env=environ, cwd=root
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{words[0]}: {error}") from error
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
        raise UnavailableError(f"{' '.join(words[:3])} ended with {done.returncode}:\n{said}")
