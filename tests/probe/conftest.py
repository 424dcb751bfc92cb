from __future__ import annotations

import sys

import pytest

from upload_matrix.environments.probes import PROBE


@pytest.fixture(scope="module")
def probe():
    """The probe as a module: elsewhere it is a program."""
    sys.path.insert(0, str(PROBE.parent))
    try:
        import probe as module

        yield module
    finally:
        sys.path.remove(str(PROBE.parent))
        sys.modules.pop("probe", None)
