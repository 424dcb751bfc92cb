"""The pages of measured servers and gateways: the committed reports, as they are."""

from __future__ import annotations

from pathlib import Path

from upload_matrix.report.document import markdown
from upload_matrix.report.server_report import load_many, many_readable

REPORTS = Path(__file__).resolve().parents[2] / "reports"


def servers_page() -> str:
    """What mock servers and the like make of uploads."""
    return _page("servers")


def gateways_page() -> str:
    """What gateways and reverse proxies make of uploads."""
    return _page("gateways")


def _page(name: str) -> str:
    path = REPORTS / f"{name}.json"
    return markdown(many_readable(load_many(path.read_text("utf-8"), path.name)))
