"""Conditions of ``exclude``, ``expect`` and ``known_failures``: checked, and compiled for fast matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from upload_matrix.matrix.document import Path
from upload_matrix.matrix.faults import Faults
from upload_matrix.matrix.fields import ConditionShape
from upload_matrix.matrix.layout import Layout, Row
from upload_matrix.matrix.words import closest, listed, quoted
from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.catalog import FACTS
from upload_matrix.model.expectation import SDK_VERSION, Condition

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
    near = closest(name, known)
    mend = f"did you mean {quoted(near)}?" if near else f"known here: {listed(known)}"
    faults.add(path, f"{quoted(name)} is neither an axis of this matrix nor a fact; {mend}", key=True)


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
            mend = f"did you mean {quoted(near)}?" if near else f"values here: {listed(occurring)}"
            faults.add(where, f"{quoted(name)} never has the value {quoted(value)} in this matrix; {mend}")
