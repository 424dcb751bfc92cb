"""Where a client's program runs: a folder in the user's cache with its files, packages and what was built.

It is kept by what it is made of, so that a program is built once for each content and each version.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from platformdirs import user_cache_dir

from upload_matrix.conform.client import ClientProgram
from upload_matrix.conform.packages import CACHE, environment, missing
from upload_matrix.conform.trial import TestedProgram
from upload_matrix.model.errors import UnavailableError

PROBE = Path(__file__).resolve().parents[1] / "probe"

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "JAVA_HOME", "CHROMIUM")
_ALIKE = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}
"""Languages take the coding of names from these."""

_BUILD_SECONDS = 600.0
_LAST_LINES = 8
_LONGEST_VERSION = 100


def surroundings(client: ClientProgram) -> dict[str, str]:
    """The variables that its programs see: no key, no proxy, one locale everywhere."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return environment(client.needs, {**passed, **_ALIKE})


def words(client: ClientProgram, command: Sequence[str]) -> tuple[str, ...]:
    """A command of its file with the paths of ``{python}``, ``{probe}`` and of programs (``{node}``)."""
    environ = surroundings(client)
    known = {"python": _python(client), "probe": str(PROBE)}
    return tuple(_filled(word, known, environ) for word in command)


def _python(client: ClientProgram) -> str:
    return str(client.needs.pip_folder / "bin" / "python") if client.needs.pip else sys.executable


def _filled(word: str, known: Mapping[str, str], environ: Mapping[str, str]) -> str:
    if not (word.startswith("{") and word.endswith("}")):
        return word
    name = word[1:-1]
    return known.get(name) or shutil.which(name, path=environ["PATH"]) or name


def versions(client: ClientProgram) -> dict[str, str]:
    """What is measured: the packages that are pinned, and what the program says of itself.

    Raises UnavailableError where something is missing.
    """
    lacking = missing(client.needs)
    if lacking:
        raise UnavailableError(lacking)
    found = dict(client.needs.versions())
    asked = client.version or _RUNTIMES.get(client.language, ())
    if asked:
        line = _first_line(words(client, asked), surroundings(client))
        # `python --version` begins with the word that this is found under.
        own, _, rest = line.partition(" ")
        found[client.language] = rest if rest and own.lower() == client.language.lower() else line
    return found


_RUNTIMES = {"Node": ("{node}", "--version"), "Python": ("{python}", "--version")}


def _first_line(command: Sequence[str], environ: Mapping[str, str]) -> str:
    done = _called(command, environ, None)
    lines = [line.strip() for line in (done.stdout or done.stderr).splitlines() if line.strip()]
    if done.returncode or not lines:
        raise UnavailableError(f"{' '.join(command)} does not say its version")
    return lines[0][:_LONGEST_VERSION]


def prepared(client: ClientProgram, known: Mapping[str, str], seconds: float) -> TestedProgram:
    """The program, built and ready to run; ``known`` are its versions. Raises UnavailableError."""
    folder = _root() / "work" / _key(client, known)
    if not folder.is_dir():
        _make(client, folder)
    return TestedProgram(words(client, client.run), surroundings(client), folder, seconds)


def _root() -> Path:
    root = os.environ.get(CACHE) or user_cache_dir("upload-matrix", appauthor=False)
    return Path(root).absolute() / "conform"


def _key(client: ClientProgram, known: Mapping[str, str]) -> str:
    digest = hashlib.sha256(repr((client.build, client.needs, sorted(known.items()))).encode())
    for path in client.files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{client.name.replace('/', '-')}-{digest.hexdigest()[:12]}"


def _make(client: ClientProgram, folder: Path) -> None:
    # Put in its place when it is whole: another process may be making the same.
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    draft.mkdir(parents=True)
    try:
        for path in client.files():
            shutil.copy2(path, draft / path.name)
        if client.needs.npm:
            (draft / "node_modules").symlink_to(client.needs.npm_folder / "node_modules")
        if client.build:
            done = _called(words(client, client.build), surroundings(client), draft)
            if done.returncode:
                said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
                raise UnavailableError(f"{' '.join(client.build[:3])} ended with {done.returncode}: {said}")
        if not folder.is_dir():
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _called(
    command: Sequence[str], environ: Mapping[str, str], folder: Path | None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - words of a client's file
            list(command),
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{command[0]}: {getattr(error, 'strerror', None) or error}") from error
