"""``python -m upload_matrix``: the same as ``upload-matrix``."""

from upload_matrix.cli import main

main()
