"""Builds the documentation: ``python docs/tools/docs_build.py``, into ``build/site``.

The pages of docs/ and the generated reference are put side by side in ``build/docs``, links are checked,
then Zensical makes the site. git ignores the folder ``build``, by a file that is written into it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from docs_api import api_page
from docs_clients import clients_page
from docs_commands import command_pages
from docs_links import dead_links
from docs_models import files_page, matrix_page
from docs_parsers import parsers_page
from docs_servers import gateways_page, servers_page
from docs_words import exit_codes_page, profiles_page, words_page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TOOLS = "tools"

GENERATED = {
    **command_pages(),
    "reference/python.md": api_page,
    "reference/matrix.md": matrix_page,
    "reference/files.md": files_page,
    "reference/words.md": words_page,
    "reference/profiles.md": profiles_page,
    "reference/exit-codes.md": exit_codes_page,
    "reference/parsers.md": parsers_page,
    "reference/servers.md": servers_page,
    "reference/gateways.md": gateways_page,
    "reference/clients.md": clients_page,
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
