"""The rows of a matrix: its axes multiplied out or paired, collapsed, and without what it excludes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from upload_matrix.matrix.conditions import Rule, holds
from upload_matrix.matrix.layout import Layout, Row
from upload_matrix.matrix.pairwise import pair_count, pairwise_rows
from upload_matrix.matrix.space import Space, bits
from upload_matrix.model.case import NOT_APPLICABLE

MAX_PAIRS = 50_000
"""Pairs of values that a pairwise matrix may ask for: 20 axes of 10 values have 19,000."""


def refusal(layout: Layout, strategy: str, max_cases: int) -> str | None:
    """Why the rows are too many to be made, with the way out; None when they are not. Makes no row."""
    if strategy == "pairwise":
        pairs = pair_count([len(values) for values in _domains(layout) if len(values) > 1])
        if pairs > MAX_PAIRS:
            return (
                f"{_sizes(layout)} have {pairs:,} pairs of values, more than {MAX_PAIRS:,}; take fewer values"
            )
        return None
    count = sum(prod(map(len, _values(layout, operation))) for operation in layout.axes[0].values)
    if count <= max_cases:
        return None
    return (
        f"{_sizes(layout)} make {count:,} cases, more than {max_cases:,} (`exclude` not yet applied); take"
        f" fewer values, set `strategy: pairwise`, or allow them with `--max-cases {count}`"
    )


def rows(layout: Layout, strategy: str, exclude: Sequence[Rule]) -> Iterator[Row]:
    """Every row once, in the order of the axes' values.

    Raises TooEntangledError for a pairwise matrix whose exclusions cannot be decided.
    """
    if strategy == "pairwise":
        yield from pairwise_rows(_domains(layout), (*exclude, *_collapse_rules(layout)))
        return
    for operation in layout.axes[0].values:
        for row in product(*_values(layout, operation)):
            if not any(holds(rule, row) for rule in exclude):
                yield row


def can_hold(rule: Rule, layout: Layout, exclude: Sequence[Rule]) -> bool:
    """Whether some row of the full product, exclusions applied, meets the rule."""
    domains = _domains(layout)
    space = Space.over(domains, (*exclude, *_collapse_rules(layout)))
    wanted = space.everything()
    for position, fitting in rule:
        wanted[position] &= bits(domains[position], fitting)
    return space.solved(wanted) is not None


def _values(layout: Layout, operation: str) -> list[tuple[str, ...]]:
    """The values of every axis for one operation."""
    return [
        (operation,)
        if axis.name == "operation"
        else (NOT_APPLICABLE,)
        if operation in layout.lacking[axis.name]
        else axis.values
        for axis in layout.axes
    ]


def _domains(layout: Layout) -> list[tuple[str, ...]]:
    """The values of every axis for any listed operation, NOT_APPLICABLE last where it can occur."""
    listed = frozenset(layout.axes[0].values)
    domains = []
    for axis in layout.axes:
        lacking = layout.lacking[axis.name] & listed
        values = () if lacking == listed else axis.values
        domains.append(values + ((NOT_APPLICABLE,) if lacking else ()))
    return domains


def _collapse_rules(layout: Layout) -> Iterator[Rule]:
    """What collapsing means, as forbidden combinations: a value without the axis, or none with it."""
    listed = frozenset(layout.axes[0].values)
    for position, axis in enumerate(layout.axes):
        lacking = layout.lacking[axis.name] & listed
        if lacking:
            yield (0, lacking), (position, frozenset(axis.values))
            yield (0, listed - lacking), (position, frozenset({NOT_APPLICABLE}))


def _sizes(layout: Layout) -> str:
    sizes = " x ".join(f"{axis.name} {len(axis.values)}" for axis in layout.axes if len(axis.values) > 1)
    return f"the axes ({sizes})"
