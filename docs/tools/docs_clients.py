"""The page of what every client sends, rendered from the committed table."""

from __future__ import annotations

from pathlib import Path

from upload_matrix.report.document import markdown
from upload_matrix.report.every_client import load, readable

TABLE = Path(__file__).resolve().parents[2] / "reports" / "every-client.json"


def clients_page() -> str:
    """The table as Markdown."""
    return markdown(readable(load(TABLE.read_text("utf-8"), TABLE.name)))
