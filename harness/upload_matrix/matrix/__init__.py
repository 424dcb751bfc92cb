"""From matrix files to cases: YAML, read with its positions, validated whole, multiplied out or paired.

Others import from here and from ``schema`` (for editors); the other modules are the steps in between.
"""

from upload_matrix.matrix.load import MAX_CASES, Matrix, load_matrices

__all__ = ["MAX_CASES", "Matrix", "load_matrices"]
