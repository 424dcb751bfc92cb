"""Debian's Chromium, driven by Playwright: what a visit to a page saw, from console errors to requests."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import pytest

REQUIRED = os.environ.get("UPLOAD_MATRIX_REQUIRE_CHROMIUM") == "1"
"""Set in CI: a browser that is not there is then a failure, not a reason to skip."""


def missing(what: str, way_out: str) -> None:
    message = f"{what} is not here: {way_out}"
    if REQUIRED:
        pytest.fail(f"{message} (UPLOAD_MATRIX_REQUIRE_CHROMIUM=1)")
    pytest.skip(message)


@contextlib.contextmanager
def launched():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright", "uv pip install playwright")
    path = os.environ.get("UPLOAD_MATRIX_CHROMIUM") or shutil.which("chromium")
    if path is None:
        missing("chromium", "apt-get install chromium, or name one in UPLOAD_MATRIX_CHROMIUM")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path) as browser:
        yield browser


def axe_script() -> str:
    """The text of axe-core, which npm installs outside the project."""
    path = os.environ.get("UPLOAD_MATRIX_AXE")
    if not path:
        missing(
            "axe-core",
            "npm install --prefix DIR axe-core, then UPLOAD_MATRIX_AXE=DIR/node_modules/axe-core/axe.min.js",
        )
    return Path(path).read_text("utf-8")


PATIENCE = 30_000
"""Milliseconds after which a page that does nothing is given up."""


class Visit:
    """A page opened from disk, with everything that went wrong and everything it asked for."""

    def __init__(self, browser, file, fragment="", **options):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on(
            "dialog", lambda dialog: (self.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.address = file.as_uri()
        self.page.goto(self.address + fragment)
        if self.page.evaluate("document.getElementById('app') !== null"):
            self.page.wait_for_selector("#app[data-ready]")

    def until(self, condition: str, argument=None):
        """Wait until a JavaScript function of one argument is true of the page.

        Playwright's own way makes code of a text inside the page, which the page's policy refuses.
        """
        self.page.evaluate(
            """async ([argument, limit]) => {
                const condition = CONDITION;
                const end = performance.now() + limit;
                while (!condition(argument)) {
                    if (performance.now() > end) throw new Error('still not so: ' + condition);
                    await new Promise(requestAnimationFrame);
                }
            }""".replace("CONDITION", condition),
            [argument, PATIENCE],
        )

    def until_shown(self, cases: int):
        """Wait until the filters leave so many cases."""
        self.page.wait_for_selector(f'[data-shown="{cases}"]')

    def close(self):
        self.context.close()

    def clean(self) -> bool:
        """Nothing on the console, nothing asked for but the page itself."""
        assert self.troubles == []
        assert [url.partition("#")[0] for url in self.requests] == [self.address]
        return True

    def overflows(self) -> bool:
        """Whether the page must be scrolled sideways."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )

    def shown(self) -> int:
        """How many cases the filters leave, as the page says."""
        return int(self.page.get_attribute("[data-shown]", "data-shown"))

    def hash(self) -> str:
        return self.page.evaluate("decodeURIComponent(location.hash)")

    def focused(self) -> str:
        """The focused element in short: its tag, classes and name."""
        return self.page.evaluate(
            "(e => e.localName + '.' + e.className + ' ' + (e.getAttribute('aria-label') ?? ''))(document.activeElement)"
        )

    def panel(self):
        """The panel, once it is there."""
        self.page.wait_for_selector("aside.panel:not([hidden])")
        return self.page.locator("aside.panel")
