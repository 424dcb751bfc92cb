"""What a user's project starts with: the built-in starter matrix, its recordings, a test, a CI workflow.

The files lie in ``files/`` as they will lie in the project; ``files`` says which is which, ``place`` writes
them. Pure data and one module of I/O: this room may import ``model`` only, and only the command line
imports it.
"""

from __future__ import annotations

from upload_matrix.starter.files import RECORDINGS, STARTER_MATRIX, StarterFile, starter_files
from upload_matrix.starter.place import Placed, place

__all__ = ["RECORDINGS", "STARTER_MATRIX", "Placed", "StarterFile", "place", "starter_files"]
