"""Where the docs' own tools are found."""

import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def docs_tools():
    folder = str(Path(__file__).resolve().parents[2] / "docs" / "tools")
    sys.path.insert(0, folder)
    yield
    sys.path.remove(folder)
