"""The builders of runs and sweeps, and the servers, that other folders have."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

# pytest puts a test file's own folder on the path; these lie beside it.
for folder in ("reports", "sweep", "record"):
    if str(TESTS / folder) not in sys.path:
        sys.path.append(str(TESTS / folder))
