"""Builds the documentation: ``python docs/tools/docs_build.py``, into ``build/site``.

The pages of docs/ and the generated reference are put side by side in ``build/docs``, links are checked,
then Zensical makes the site. git ignores the folder ``build``, by a file that is written into it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs_api import api_page
from docs_clients import clients_page
from docs_commands import command_pages
from docs_links import dead_links
from docs_markdown import used
from docs_models import files_page, matrix_page
from docs_parsers import parsers_page
from docs_servers import gateways_page, servers_page
from docs_words import exit_codes_page, profiles_page, words_page


def _used(make: Callable[[], str], when: str) -> str:
    return used(make(), when)


ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TOOLS = "tools"

_REFERENCE = {
    "python": (api_page, "You call upload-matrix from a program or a notebook."),
    "matrix": (matrix_page, "You write a matrix and want to know a key, its values or its default."),
    "files": (files_page, "You write an operation, a target or a profile of your own."),
    "words": (words_page, "You want to know which values an axis has, or what a word of a report means."),
    "profiles": (profiles_page, "You want to know by which rule the emulator answered, and who says so."),
    "exit-codes": (exit_codes_page, "A job of yours is to act on how a command ended."),
    "parsers": (parsers_page, "A form is written in an unusual way, and you ask what servers read."),
    "servers": (
        servers_page,
        "You choose a mock server, or wonder whether yours is as strict as the vendor.",
    ),
    "gateways": (gateways_page, "You choose a gateway, or wonder what yours does to uploads."),
    "clients": (clients_page, "You choose a client, or wonder what yours sends when you say nothing."),
}

GENERATED = {
    **command_pages(),
    **{f"reference/{name}.md": partial(_used, make, when) for name, (make, when) in _REFERENCE.items()},
}
"""Pages that nobody writes by hand, and what makes them."""


def stage(folder: Path) -> list[Path]:
    """Put every page into ``folder``, in the place of what was there; the pages' paths, in order."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns(TOOLS, "__pycache__"))
    for name, make in GENERATED.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), "utf-8", newline="\n")
    return sorted(folder.rglob("*.md"))


def build(folder: Path, *, pages_only: bool = False) -> int:
    """Build into ``folder``; the exit code. 1 for dead links and for what the generator warns of."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", "utf-8")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    pages = stage(folder / "docs")
    dead = list(dead_links(pages, folder / "docs"))
    for each in dead:
        sys.stderr.write(f"{each}\n")
    if dead:
        return 1
    if pages_only:
        return 0
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", "mkdocs.yml"]
    return subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603 - our own words


def main() -> int:
    """Read the command line and build; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", action="store_true", help="only the pages, no site")
    parser.add_argument("--into", type=Path, default=ROOT / "build", metavar="FOLDER")
    asked = parser.parse_args()
    return build(asked.into, pages_only=asked.pages)


if __name__ == "__main__":
    sys.exit(main())
