"""The ``axes`` and ``include`` of a file, checked against the catalog and brought into a layout."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from upload_matrix import vendors
from upload_matrix.files import closest
from upload_matrix.matrix.document import Faults, Path, listed, quoted, way_out
from upload_matrix.matrix.shape import (
    ORDER,
    RESERVED,
    Axis,
    ConditionShape,
    Layout,
    MatrixShape,
    Row,
    Scalar,
    Value,
)
from upload_matrix.model.case import FACTS, FREE_AXES, NOT_APPLICABLE, SDK_VERSION, Catalog, Condition

# As PEP 440 or npm writes a version: no range, no other package, no path.
_RELEASE = re.compile(r"[0-9]+(\.[0-9]+)*([-.]?[A-Za-z]+[-.]?[0-9]*)*(\+[A-Za-z0-9.]+)?")

_DEFAULTS = {
    "operation": "images.edit",
    "client": vendors.usual().sdk,
    "container": "handle",
    "mime_table": "system",
    "prepare": "as-is",
    "mask": "none",
}


@dataclass(slots=True)
class _Draft:
    """An axis while it is read. ``known`` are its catalogued values, None when its values are free.

    ``files`` are words of the axis ``file`` that this one, of pictures, does not have.
    """

    name: str
    known: Collection[str] | None
    text_field: bool
    files: Collection[str] = ()
    values: dict[str, None] = field(default_factory=dict)
    extra: dict[str, None] = field(default_factory=dict)
    sends: dict[str, Value] = field(default_factory=dict)

    def finished(self) -> Axis:
        return Axis(self.name, tuple(self.values), tuple(self.extra), self.sends if self.text_field else None)


def read_layout(shape: MatrixShape, catalog: Catalog, faults: Faults) -> tuple[Layout, tuple[Row, ...]]:
    """The layout of a matrix and the rows that ``include`` adds; what is wrong is added to ``faults``."""
    drafts = {draft.name: draft for draft in _drafts(shape, catalog, faults)}
    entries = [
        _entry(entry, ("include", position), drafts, faults) for position, entry in enumerate(shape.include)
    ]
    layout = Layout(
        tuple(draft.finished() for draft in drafts.values()),
        {
            name: catalog.operations[name]
            for name in (*drafts["operation"].values, *drafts["operation"].extra)
            if name in catalog.operations
        },
    )
    _check_use(shape, layout, faults)
    if any(not axis.values for axis in layout.axes):
        return layout, ()
    rows = tuple(
        _included(entry, ("include", position), layout, faults) for position, entry in enumerate(entries)
    )
    return layout, rows


def _drafts(shape: MatrixShape, catalog: Catalog, faults: Faults) -> Iterator[_Draft]:
    """The axes in their fixed order, those the file leaves out with their default."""
    known = _known(shape, catalog)
    fields = catalog.text_fields()
    for name in shape.axes:
        if name not in known and name not in fields and name not in FREE_AXES:
            near = way_out(name, sorted(known.keys() | fields | FREE_AXES.keys()))
            faults.add(("axes", name), f"{quoted(name)} is not an axis; {near}", key=True)
    given = [name for name in shape.axes if name in known or name in fields or name in FREE_AXES]
    if "file" in given and "image" in given:
        says = (
            "`image` and `file` both say what is sent; name the pictures under `file` too, and drop `image`"
        )
        faults.add(("axes", "image"), says, key=True)
    unused = "image" if "file" in given else "file"
    for name in (*ORDER, *(name for name in given if name not in ORDER)):
        if name == unused:
            continue
        draft = _Draft(name, known.get(name), text_field=name in fields - RESERVED - catalog.axes.keys())
        if name == "image":
            draft.files = known["file"].keys() - known["image"].keys()
        if name in given:
            for position, value in enumerate(shape.axes[name]):
                _take(value, draft, draft.values, ("axes", name, position), faults)
            yield draft
        elif name != "model" and known.get(name):
            draft.values[_default(name, known[name], faults)] = None
            yield draft
        elif name == "operation":
            faults.add((), "there is no operation to test; the catalog holds none")
            yield draft


def _known(shape: MatrixShape, catalog: Catalog) -> dict[str, Mapping[str, Any]]:
    known: dict[str, Mapping[str, Any]] = dict(catalog.axes)
    known["image"] = {**catalog.axes.get("image", {}), **shape.images}
    known["file"] = {**catalog.axes.get("file", {}), **shape.images, **shape.files}
    known["mime_table"] = {**catalog.axes.get("mime_table", {}), **shape.mime_tables}
    known["operation"] = catalog.operations
    known["target"] = dict.fromkeys(catalog.targets, "")
    return known


def _default(name: str, known: Collection[str], faults: Faults) -> str:
    default = _DEFAULTS.get(name)
    if default in known:
        return str(default)
    if name == "operation":
        faults.add(("axes",), f"`operation` is missing in `axes`; {way_out('', known)}")
    return next(iter(known))


def _take(value: Scalar, draft: _Draft, into: dict[str, None], path: Path, faults: Faults) -> str | None:
    """Check a value and note it on its axis; None when it is refused."""
    text = value.text
    if text in draft.files:
        says = "name what is sent under `file`, pictures too, in place of `image`"
        faults.add(path, f"`image`: {quoted(text)} is no picture; {says}")
        return None
    if draft.known is not None and text not in draft.known:
        near = way_out("none" if value.value is None else text, draft.known)
        faults.add(path, f"{quoted(draft.name)}: {quoted(text)} is not a known value; {near}")
        return None
    if value.value is None:
        says = "null is not a value; put it in quotes to send the text, or leave the axis out to send nothing"
        faults.add(path, f"{quoted(draft.name)}: {says}")
        return None
    if text == NOT_APPLICABLE or any(unicodedata.category(character) == "Cc" for character in text):
        says = f"{quoted(text)} cannot stand in a case id; send it by `request` instead"
        faults.add(path, f"{quoted(draft.name)}: {says}")
        return None
    if draft.name == "sdk" and text != "installed" and _RELEASE.fullmatch(text) is None:
        says = f"{quoted(text)} is no release of the SDK; write its version alone (1.109.1), or `installed`"
        faults.add(path, f"{quoted(draft.name)}: {says}")
        return None
    if into is draft.values and text in into:
        faults.add(path, f"{quoted(draft.name)}: {quoted(text)} stands here twice")
    elif draft.text_field and draft.sends.get(text, value.value) != value.value:
        faults.add(
            path, f"{quoted(draft.name)}: {quoted(text)} is a text here and a number elsewhere; choose one"
        )
    if text not in draft.values and text not in into:
        into[text] = None
        draft.sends[text] = value.value
    return text


def _entry(
    entry: Mapping[str, Scalar], path: Path, drafts: Mapping[str, _Draft], faults: Faults
) -> dict[str, str]:
    taken: dict[str, str] = {}
    for name, value in entry.items():
        if name not in drafts:
            near = _nearest(name, drafts)
            fix = f"did you mean {quoted(near)}?" if near else "add it to `axes`"
            faults.add((*path, name), f"{quoted(name)} is not an axis of this matrix; {fix}", key=True)
            continue
        text = _take(value, drafts[name], drafts[name].extra, (*path, name), faults)
        if text is not None:
            taken[name] = text
    return taken


def _nearest(name: str, known: Collection[str]) -> str | None:
    """The axis that is meant: where files vary, pictures are files."""
    return "file" if name == "image" and "file" in known else closest(name, known)


def _included(entry: Mapping[str, str], path: Path, layout: Layout, faults: Faults) -> Row:
    row = tuple(entry.get(axis.name, axis.values[0]) for axis in layout.axes)
    for name in entry:
        if row[0] in layout.lacking[name]:
            says = f"{quoted(name)} does not apply to {quoted(row[0])}; leave it out"
            faults.add((*path, name), says, key=True)
    return layout.collapsed(row)


def _check_use(shape: MatrixShape, layout: Layout, faults: Faults) -> None:
    """Every axis and every field of ``request`` must mean something to an operation of this matrix."""
    operations = layout.operations
    if not operations:
        return
    for axis in layout.axes:
        if axis.name in shape.axes and layout.lacking[axis.name] == operations.keys():
            says = f"{quoted(axis.name)} applies to no operation of this matrix ({', '.join(operations)})"
            faults.add(("axes", axis.name), says, key=True)
    fields = sorted({name for operation in operations.values() for name in operation.text_fields})
    for name, value in shape.request.items():
        if name not in fields:
            near = way_out(name, fields)
            says = f"{quoted(name)} is not a text field of {', '.join(operations)}; {near}"
            faults.add(("request", name), says, key=True)
        elif value.value is None:
            says = f"{quoted(name)} has no value; leave it out to send nothing, or write a value"
            faults.add(("request", name), says)


# Conditions of ``exclude``, ``expect`` and ``known_failures``: checked, and compiled for fast matching.


Rule: TypeAlias = "tuple[tuple[int, frozenset[str]], ...]"
"""Positions in a row, each with the values that fit there. It holds for a row when all of them fit."""


def read_conditions(
    shapes: Mapping[str, ConditionShape], path: Path, layout: Layout, faults: Faults, *, facts: bool
) -> tuple[Condition, ...]:
    """The conditions under ``path``; a name or value that cannot occur in this matrix is a fault.

    ``facts`` says whether facts of the environment may be named.
    """
    conditions = []
    for name, shape in shapes.items():
        values = tuple(None if value.value is None else value.text for value in shape.values)
        if name in layout.names:
            _check_values(name, values, (*path, name), layout, faults)
        elif name not in FACTS:
            _unknown_name(name, (*path, name), layout, faults)
        elif not facts:
            says = f"{quoted(name)} is known only when a case runs; `exclude` can name axes only"
            faults.add((*path, name), says, key=True)
        elif name == SDK_VERSION:
            _check_ranges(values, (*path, name), faults)
        conditions.append(Condition(name, values, shape.negated))
    return tuple(conditions)


def compiled(conditions: Sequence[Condition], layout: Layout) -> Rule:
    """The conditions on axes as a rule; those on facts are left out."""
    rule = []
    for condition in conditions:
        if condition.name in layout.names:
            fitting = frozenset(
                value
                for value in layout.occurring[condition.name]
                if condition.holds({condition.name: None if value == NOT_APPLICABLE else value})
            )
            rule.append((layout.names.index(condition.name), fitting))
    return tuple(rule)


def holds(rule: Rule, row: Row) -> bool:
    """Whether every position of the rule fits the row."""
    return all(row[position] in fitting for position, fitting in rule)


def _unknown_name(name: str, path: Path, layout: Layout, faults: Faults) -> None:
    known = [*layout.names, *FACTS]
    near = _nearest(name, known)
    fix = f"did you mean {quoted(near)}?" if near else f"known here: {listed(known)}"
    faults.add(path, f"{quoted(name)} is neither an axis of this matrix nor a fact; {fix}", key=True)


def _check_ranges(values: tuple[str | None, ...], path: Path, faults: Faults) -> None:
    for position, value in enumerate(values):
        try:
            SpecifierSet(value or "")
        except InvalidSpecifier:
            says = f"{quoted(str(value))} is no range of releases; write one such as `<1.76` or `>=1.1,<2`"
            faults.add((*path, "not", position), says)


def _check_values(
    name: str, values: tuple[str | None, ...], path: Path, layout: Layout, faults: Faults
) -> None:
    occurring = dict.fromkeys(value for value in layout.occurring[name] if value != NOT_APPLICABLE)
    for position, value in enumerate(values):
        where = (*path, "not", position)
        if value is None:
            if not layout.lacking[name]:
                says = f"{quoted(name)} applies to every operation of this matrix, so `null` never holds"
                faults.add(where, f"{says}; put the word in quotes if a value is meant")
        elif value not in occurring:
            near = closest(value, occurring)
            fix = f"did you mean {quoted(near)}?" if near else f"values here: {listed(occurring)}"
            faults.add(where, f"{quoted(name)} never has the value {quoted(value)} in this matrix; {fix}")
