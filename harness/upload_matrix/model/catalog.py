"""The words a matrix may use: operations, and per axis the values that exist.

Gathered by the front from the folders where operations, containers, clients and images live, and
handed to the matrix room, which validates against it and suggests the closest word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from upload_matrix.model.client import ClientDeclaration
from upload_matrix.model.expectation import SDK_VERSION
from upload_matrix.model.operation import Operation

FACTS: Mapping[str, str] = {
    "guess": "the Content-Type the environment's mime table derives from the file's name; null when none",
    SDK_VERSION: "a range that the SDK's release in the case's environment lies in (<1.76); null when none",
}
"""Facts of the environment that a condition may name beside the axes, with their meaning."""


FREE_AXES: Mapping[str, str] = {
    "sdk": "a release of the SDK (1.109.1), or installed: the one beside the harness",
    "python": "an installed interpreter (3.9), or this: the one that runs the harness",
}
"""Axes whose values are not known beforehand, with their meaning."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """``axes`` maps an axis to its known values with a line of description each.

    Besides these, every text field of an operation (``model``, ``size``, ``quality``...) is an axis with
    free values. ``targets`` are the names a matrix may give as its target, ``clients`` what clients
    declare about themselves.
    """

    operations: Mapping[str, Operation]
    axes: Mapping[str, Mapping[str, str]]
    targets: tuple[str, ...]
    clients: Mapping[str, ClientDeclaration] = field(default_factory=dict)

    def text_fields(self) -> frozenset[str]:
        """Every text field of any operation."""
        return frozenset(name for operation in self.operations.values() for name in operation.text_fields)
