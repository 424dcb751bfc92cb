"""From matrix files to cases: YAML, read with its positions, validated whole, multiplied out or paired.

Imports only ``upload_matrix.model``. Others import from here, from ``operations`` (operations as data) and
from ``schema`` (for editors); the other modules are the steps in between.
"""

from upload_matrix.matrix.load import MAX_CASES, Matrix, load_matrices

__all__ = ["MAX_CASES", "Matrix", "load_matrices"]
