"""``python -m harness``: the same as ``upload-matrix``."""

from harness.cli import main

main()
