"""Writes the pages of docs/registry: ``python docs/tools/docs_registry.py``, after facts or rules changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from upload_matrix.facts.package import sources_page
from upload_matrix.facts.read import all_facts
from upload_matrix.facts.registry import registry
from upload_matrix.report.document import markdown
from upload_matrix.report.facts_pages import PAGES, Age, Known, handing_page

FOLDER = Path(__file__).resolve().parents[1] / "registry"
TODAY = date(2026, 11, 29)
"""The day that the pages speak of; set forward when they are looked through."""

HANDED = ("webp", "m4a", "pdf")


def pages() -> Iterator[tuple[str, str]]:
    """The files' names and what stands in them."""
    known = Known(all_facts(), Age(TODAY))
    for name, make in PAGES.items():
        yield f"{'index' if name == 'registry' else name}.md", markdown(make(known))
    yield "handing.md", markdown(handing_page(known, HANDED))
    yield "sources.md", sources_page(registry(all_facts()))


def main() -> None:
    """Write them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
