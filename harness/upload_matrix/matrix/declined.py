"""What clients declare about themselves, as exclusions: nobody has to write them by hand."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.matrix.layout import Axis, Layout
from upload_matrix.model.catalog import Catalog
from upload_matrix.model.client import ClientDeclaration
from upload_matrix.model.expectation import Condition


def declined(layout: Layout, catalog: Catalog) -> tuple[tuple[Condition, ...], ...]:
    """The combinations that make no sense for a client of this layout, each as an exclusion.

    Of an axis that a client ignores only the first value is left: the others would be the same case.
    """
    at = layout.names.index("client")
    own = {word for declaration in catalog.clients.values() for word in declaration.containers}
    found = []
    for name in layout.axes[at].values:
        declaration = catalog.clients.get(name)
        if declaration is None:
            continue
        for axis in layout.axes:
            refused = tuple(_refused(axis, declaration, own))
            if refused and axis.name != "client":
                found.append((Condition("client", (name,)), Condition(axis.name, refused)))
    return tuple(found)


def _refused(axis: Axis, declaration: ClientDeclaration, own: set[str]) -> Iterator[str]:
    accepted = declaration.accepts.get(axis.name)
    refused = declaration.declines.get(axis.name, ())
    for value in axis.values[axis.name in declaration.ignores :]:
        foreign = axis.name == "container" and value in own and value not in declaration.containers
        if (
            axis.name in declaration.ignores
            or value in refused
            or (accepted is not None and value not in accepted)
            or (foreign and accepted is None)
        ):
            yield value
