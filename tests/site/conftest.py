"""The builders of runs and sweeps that other folders have, and Chromium."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

# pytest puts a test file's own folder on the path; these lie beside it.
for folder in ("reports", "sweep", "html"):
    if str(TESTS / folder) not in sys.path:
        sys.path.append(str(TESTS / folder))


@pytest.fixture(scope="module")
def chromium():
    """A browser for one module."""
    from html_browser import launched

    with launched() as browser:
        yield browser
