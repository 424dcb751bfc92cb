"""Releases of a small SDK of our own, for an index on loopback, and what a sweep over them is told."""

from __future__ import annotations

from datetime import date

from fake_index import Wheel
from small_sdk import SDK

from upload_matrix.answers.answering import Policy
from upload_matrix.recordings import RecordMode
from upload_matrix.run.loading import Request, load
from upload_matrix.run.session import Settings

KILLER = """
import os, signal, subprocess
parent = os.getppid()
if os.path.exists("/proc/self/cmdline"):
    with open(f"/proc/{parent}/cmdline") as file:
        command = file.read()
else:
    command = subprocess.check_output(["ps", "-o", "command=", "-p", str(parent)], text=True)
if "multiprocessing" in command:
    os.kill(parent, signal.SIGKILL)
"""
"""Imported by a probe, it kills the process that started the probe, if that is a worker of a cluster."""

MATRIX = """
name: mine
target: {target}
request: {{model: gpt-image-1, prompt: p}}
axes:
  client: [openai]
  container: [tuple2]
  image: [png, photo]
  mime_table: [builtin, mine]
images: {{photo: photo.xyz}}
mime_tables: {{mine: mime.types}}
"""
FORMS = 3
"""Distinct requests of one release: the picture of mine has a type under one of the two tables."""


def sdk(name: str | None = None, code: str = "") -> str:
    """The SDK's module: ``name`` is sent in place of the file's, ``code`` runs when it is imported."""
    return f"{code}\nNAME, TYPE = {name!r}, None\n{SDK}"


def release(number: int, name: str | None = None, code: str = "") -> Wheel:
    """Release 1.NUMBER.0."""
    return Wheel("openai", f"1.{number}.0", f"2024-01-{number + 1:02d}", sdk(name, code))


def write_matrix(folder, target="emulator:openai-2026-02"):
    """A matrix that needs files of the user's: a picture and a mime table."""
    home = folder / "matrix"
    home.mkdir(parents=True, exist_ok=True)
    (home / "mine.yaml").write_text(MATRIX.format(target=target))
    (home / "photo.xyz").write_bytes(b"a picture of mine")
    (home / "mime.types").write_text("image/x-mine xyz\nimage/png png\n")
    return home


def told(home, locate=None, **policy):
    """The settings and variants of a matrix; recordings are left aside unless the policy says otherwise."""
    loaded = load(Request((home,), 1000))
    given = {"recording": False, "mode": RecordMode.NONE, "cassettes": home / "cassettes", **policy}
    more = {} if locate is None else {"locate": locate}
    settings = Settings(
        policy=Policy(today=date(2026, 3, 1), **given),
        targets=loaded.targets,
        profiles=loaded.profiles,
        timeouts={each.name: each.timeout for each in loaded.matrices},
        tables={name: path for each in loaded.matrices for name, path in each.mime_tables.items()},
        files={name: path for each in loaded.matrices for name, path in (each.images | each.files).items()},
        folders=loaded.folders,
        clients=loaded.clients,
        shown=frozenset(name for each in loaded.clients.values() for name in each.distributions),
        one_probe=True,
        **more,
    )
    return settings, loaded.cases


def kinds(measured) -> set[str]:
    """The words for what became of a release's cells."""
    return {cell.outcome.kind.value for cell in measured.result.cells.values()}
