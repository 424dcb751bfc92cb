"""Takes the pictures of docs/images: ``python docs/tools/docs_pictures.py``, once the pages look otherwise.

Wants chromium, and fonts that have Korean (Debian: ``fonts-noto-cjk``).
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "reports" / "example.html").as_uri()
CASE = "#c=field-report/images.edit/gpt-image-1/openai/bytesio/webp/builtin"
PICTURES = {"light": PAGE, "dark": PAGE + CASE}
SIZE = {"width": 1500, "height": 1000}


def main() -> int:
    """Write them; the exit code."""
    path = os.environ.get("UPLOAD_MATRIX_CHROMIUM") or shutil.which("chromium")
    if path is None:
        sys.stderr.write("chromium is not here: apt-get install chromium\n")
        return 3
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path) as browser:
        for scheme, address in PICTURES.items():
            page = browser.new_page(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")
            page.goto(address)
            page.wait_for_timeout(500)
            page.screenshot(path=ROOT / "docs" / "images" / f"report-{scheme}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
