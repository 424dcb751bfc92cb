"""upload-matrix: see what an SDK put on the wire when an upload is refused, and which difference decides.

The way of a case leads through the rooms of this package, each a folder:
``matrix`` -> ``engine`` (with ``probe``) -> ``analysis`` -> ``reports``, on the words of ``model``.
``cli`` and ``pytest_plugin`` are the two front doors. ARCHITECTURE.md draws the way.
"""

__version__ = "0.1.0"
