"""Writes the pages of docs/registry: ``python docs/tools/docs_registry.py``, after facts or rules changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from docs_markdown import used

from upload_matrix.facts.package import sources_page
from upload_matrix.facts.read import all_facts
from upload_matrix.facts.registry import registry
from upload_matrix.report.document import markdown
from upload_matrix.report.facts_pages import PAGES, Age, Known, handing_page

FOLDER = Path(__file__).resolve().parents[1] / "registry"
TODAY = date(2026, 11, 29)
"""The day that the pages speak of; set forward when they are looked through."""

HANDED = ("webp", "m4a", "pdf")

WHEN = {
    "registry": "You want to know whether anybody has seen a file of some format taken, by whom and how.",
    "disputed": "An answer is called disputed, or two people saw different things, and you want both sides.",
    "rules": "You want to know how far an emulated answer can be trusted.",
    "handing": "You have a file and no idea how to hand it over.",
    "sources": "You want to look at where a fact was read, or reuse it under its licence.",
    "vendors": "You want to know what a vendor takes, how a file is carried to it, and up to which size.",
    "errors": "A server rejected an upload, and you have nothing but the words of its message.",
}


def pages() -> Iterator[tuple[str, str]]:
    """The files' names and what stands in them."""
    known = Known(all_facts(), Age(TODAY))
    for name, make in PAGES.items():
        yield f"{'index' if name == 'registry' else name}.md", used(markdown(make(known)), WHEN[name])
    yield "handing.md", used(markdown(handing_page(known, HANDED)), WHEN["handing"])
    yield "sources.md", used(sources_page(registry(all_facts())), WHEN["sources"])


def main() -> None:
    """Write them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
