"""Chromium for the tests of this folder."""

import pytest


@pytest.fixture(scope="module")
def chromium():
    """A browser for one module: while it runs, its event loop is this thread's, which others must not meet."""
    from html_browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a page's text: ``opened(text, fragment, **context options)`` gives the visit."""
    from html_browser import Visit

    visits = []

    def open_page(text, fragment="", **options):
        file = tmp_path / f"page-{len(visits)}.html"
        file.write_text(text, "utf-8", errors="backslashreplace")
        visits.append(Visit(chromium, file, fragment, **options))
        return visits[-1]

    yield open_page
    for visit in visits:
        visit.close()
