"""From rows to cases: ids, request fields, target, and the rules that a case's axes meet.

A matrix can have a hundred thousand cases, so what many of them have in common is made once and shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from typing import TypeAlias, TypeVar

from upload_matrix.matrix.conditions import compiled, holds
from upload_matrix.matrix.layout import Layout, Row
from upload_matrix.matrix.scalars import Value
from upload_matrix.model.case import NOT_APPLICABLE, Case, case_id
from upload_matrix.model.catalog import FACTS
from upload_matrix.model.expectation import Expectation, KnownFailure

Judgement: TypeAlias = tuple[tuple[Expectation, ...], tuple[KnownFailure, ...]]


RuleT = TypeVar("RuleT", "Expectation", "KnownFailure")
SharedT = TypeVar("SharedT")


@dataclass(frozen=True, slots=True)
class Plan:
    """What all cases of a matrix are made from; ``target`` counts unless the target is an axis.

    ``file`` is the matrix's, as ``Case`` has it.
    """

    matrix: str
    file: str | None
    layout: Layout
    request: Mapping[str, Value]
    target: str
    expectations: tuple[Expectation, ...]
    known_failures: tuple[KnownFailure, ...]


def make_cases(plan: Plan, rows: Iterable[tuple[Row, int]]) -> tuple[Case, ...]:
    """A case for every row, each row with the line it comes from."""
    names, operations = plan.layout.names, plan.layout.operations
    judgement, request = _judgement(plan), _request(plan)
    target_at = names.index("target") if "target" in names else None
    cases = []
    for row, line in rows:
        axes = dict(zip(names, row, strict=True))
        expectations, known_failures = judgement(row)
        cases.append(
            Case(
                id=case_id(plan.matrix, axes),
                matrix=plan.matrix,
                axes=axes,
                operation=operations[row[0]],
                request=request(row),
                target=plan.target if target_at is None else row[target_at],
                expectations=expectations,
                known_failures=known_failures,
                line=line,
                file=plan.file,
            )
        )
    return tuple(cases)


def _judgement(plan: Plan) -> Callable[[Row], Judgement]:
    """Which rules a row meets. The rules keep only their conditions on facts, decided when a case runs."""
    expectations = [(compiled(rule.when, plan.layout), of_facts(rule)) for rule in plan.expectations]
    failures = [(compiled(rule.when, plan.layout), of_facts(rule)) for rule in plan.known_failures]
    named = {position for rule, _ in (*expectations, *failures) for position, _ in rule}

    def judge(row: Row) -> Judgement:
        return (
            tuple(meant for rule, meant in expectations if holds(rule, row)),
            tuple(meant for rule, meant in failures if holds(rule, row)),
        )

    return _shared(judge, sorted(named), len(plan.layout.axes))


def of_facts(rule: RuleT) -> RuleT:
    """The rule of a case that meets its conditions on axes: those on facts are decided when the case runs."""
    return replace(rule, when=tuple(condition for condition in rule.when if condition.name in FACTS))


def _request(plan: Plan) -> Callable[[Row], Mapping[str, Value]]:
    """The text fields a row sends: those of ``request``, overridden by the axes, in the operation's order."""
    fields = [(position, axis) for position, axis in enumerate(plan.layout.axes) if axis.sends is not None]

    def request(row: Row) -> Mapping[str, Value]:
        sent = dict(plan.request)
        for position, axis in fields:
            if axis.sends is not None and row[position] != NOT_APPLICABLE:
                sent[axis.name] = axis.sends[row[position]]
        order = plan.layout.operations[row[0]].text_fields
        return {name: sent[name] for name in order if name in sent}

    return _shared(request, [position for position, _ in fields], len(plan.layout.axes))


def _shared(make: Callable[[Row], SharedT], positions: Sequence[int], width: int) -> Callable[[Row], SharedT]:
    """``make``, called once for all rows that agree on ``positions``, which is all it may look at."""

    # Twice the first position: from two positions on, itemgetter gives a tuple.
    looked_at = (0, 0, *positions)
    key_of = itemgetter(*looked_at)

    @cache
    def made(key: Row) -> SharedT:
        row = [""] * width
        for position, value in zip(looked_at, key, strict=True):
            row[position] = value
        return make(tuple(row))

    return lambda row: made(key_of(row))
