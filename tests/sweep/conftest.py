from __future__ import annotations

import sys
from pathlib import Path

# The package index on loopback is at home with the tests of environments.
sys.path.append(str(Path(__file__).resolve().parents[1] / "environment"))
