"""The committed pages are what the committed JSON gives today, and small enough to be opened anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from upload_matrix.report import html_report, json_report, sweep_json
from upload_matrix.report.html import sweep_page
from upload_matrix.report.html.embed import unpacked

REPORTS = Path(__file__).resolve().parents[3] / "reports"
LARGEST = 500_000

PAGES = {
    "example": lambda text: html_report.render(json_report.load(text, "example.json")),
    "history": lambda text: sweep_page.render(sweep_json.load(text, "history.json")),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name):
    today = PAGES[name]((REPORTS / f"{name}.json").read_text("utf-8"))
    committed = (REPORTS / f"{name}.html").read_text("utf-8")
    # Compressed data may be other bytes under another zlib; what it holds may not differ.
    assert unpacked(committed) == unpacked(today), (
        f"write it again: upload-matrix report reports/{name}.json --format html -o reports/{name}.html"
    )


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_small(name):
    assert (REPORTS / f"{name}.html").stat().st_size < LARGEST
