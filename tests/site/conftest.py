"""Chromium for the tests of this folder."""

import pytest


@pytest.fixture(scope="module")
def chromium():
    """A browser for one module."""
    from html_browser import launched

    with launched() as browser:
        yield browser
