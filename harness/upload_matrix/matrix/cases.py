"""From rows to cases: ids, request fields, target, and the rules that a case's axes meet.

A matrix can have a hundred thousand cases, so what many of them have in common is made once and shared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import prod
from operator import itemgetter
from typing import TypeAlias, TypeVar

from upload_matrix.matrix.axes import Rule, compiled, holds, read_conditions
from upload_matrix.matrix.bodies import (
    FAMILIES,
    FILE_MARKS,
    NAMING_CONTAINERS,
    RIGHT,
    TYPE_MARKS,
    families,
    mentions,
    says_name,
)
from upload_matrix.matrix.combining import Space, bits, pair_count, pairwise_rows
from upload_matrix.matrix.document import Faults, Path
from upload_matrix.matrix.shape import Axis, ExpectShape, Layout, MatrixShape, Row, Value
from upload_matrix.model.case import (
    FACTS,
    NOT_APPLICABLE,
    Case,
    Catalog,
    ClientDeclaration,
    Condition,
    Expectation,
    KnownFailure,
    Operation,
    case_id,
)
from upload_matrix.model.outcome import INCONCLUSIVE_STATUS, OutcomeKind

Judgement: TypeAlias = tuple[tuple[Expectation, ...], tuple[KnownFailure, ...]]


RuleT = TypeVar("RuleT", "Expectation", "KnownFailure")
SharedT = TypeVar("SharedT")


@dataclass(frozen=True, slots=True)
class CasePlan:
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
    canary: str | None = None


def make_cases(plan: CasePlan, rows: Iterable[tuple[Row, int]]) -> tuple[Case, ...]:
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
                canary=plan.canary,
                line=line,
                file=plan.file,
            )
        )
    return tuple(cases)


def _judgement(plan: CasePlan) -> Callable[[Row], Judgement]:
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


def _request(plan: CasePlan) -> Callable[[Row], Mapping[str, Value]]:
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


# The rows of a matrix: its axes multiplied out or paired, collapsed, and without what it excludes.


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


# ``exclude``, ``expect`` and ``known_failures`` of a file, checked and in the model's words.


RETRIES = "retries"
"""The axis on which the harness itself lets the first attempt fail."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one matrix, each kind in the file's order."""

    exclude: tuple[tuple[Condition, ...], ...]
    expectations: tuple[Expectation, ...]
    known_failures: tuple[KnownFailure, ...]


def read_rules(shape: MatrixShape, layout: Layout, faults: Faults) -> Rules:
    """The rules of ``shape``; conditions and answers that can never be are added to ``faults``."""
    document = faults.document
    exclude = tuple(
        read_conditions(conditions, ("exclude", position), layout, faults, facts=False)
        for position, conditions in faults.numbered("exclude", shape.exclude)
    )
    expectations = []
    for position, entry in faults.numbered("expect", shape.expect):
        path: Path = ("expect", position)
        _check_answer(entry, path, faults)
        expectations.append(
            Expectation(
                when=read_conditions(entry.when, (*path, "when"), layout, faults, facts=True),
                outcome=OutcomeKind(entry.outcome),
                status=entry.status,
                code=entry.code,
                message=entry.message,
                line=document.line(path),
                at=entry.at,
            )
        )
    known_failures = []
    for position, failure in faults.numbered("known_failures", shape.known_failures):
        path = ("known_failures", position)
        known_failures.append(
            KnownFailure(
                when=read_conditions(failure.when, (*path, "when"), layout, faults, facts=True),
                reason=failure.reason,
                link=failure.link,
                expires=failure.expires,
                line=document.line(path),
            )
        )
    return Rules(exclude, tuple(expectations), tuple(known_failures))


def _check_answer(entry: ExpectShape, path: Path, faults: Faults) -> None:
    """Refuse what the outcome's own meaning rules out: such an expectation could never be met."""
    if entry.status is not None:
        success = entry.status < 300
        if entry.outcome in ("accepted", "unparsed", "altered", "ignored") and not success:
            faults.add(
                (*path, "status"), f"`outcome: {entry.outcome}` means a status of 2xx, not {entry.status}"
            )
        elif entry.outcome == "rejected" and (success or _says_nothing(entry.status)):
            says = "`outcome: rejected` means a status of 3xx or 4xx other than"
            faults.add((*path, "status"), f"{says} {_listed_status()}, not {entry.status}")
        elif entry.outcome == "not_sent":
            faults.add(
                (*path, "status"), "`outcome: not_sent` means that nothing was sent, so there is no status"
            )
        elif entry.outcome == "inconclusive" and not _says_nothing(entry.status):
            says = f"`outcome: inconclusive` means a status of {_listed_status()} or 5xx, not {entry.status}"
            faults.add((*path, "status"), says)
    if entry.outcome == "inconclusive" and RETRIES not in entry.when:
        # A server in trouble is never what is expected; a client that gives up after our own 500 may be.
        says = f"`inconclusive` can only be expected where `when` names `{RETRIES}` (a scripted first answer)"
        faults.add((*path, "outcome"), says)
    if entry.code is not None and entry.outcome != "rejected":
        faults.add((*path, "code"), f"`outcome: {entry.outcome}` carries no error code; leave `code` out")
    if entry.message is not None and entry.outcome == "accepted":
        faults.add((*path, "message"), "`outcome: accepted` carries no error message; leave `message` out")


def _says_nothing(status: int) -> bool:
    return status >= 500 or status in INCONCLUSIVE_STATUS


def _listed_status() -> str:
    return ", ".join(str(status) for status in sorted(INCONCLUSIVE_STATUS))


# What clients declare about themselves, as exclusions: nobody has to write them by hand.


def declined(layout: Layout, catalog: Catalog) -> tuple[tuple[Condition, ...], ...]:
    """The combinations that make no sense for a client or an operation of this layout, as exclusions.

    Of an axis that a client ignores only the first value is left: the others would be the same case.
    """
    at = layout.names.index("client")
    own = {word for declaration in catalog.clients.values() for word in declaration.containers}
    found = [*_placeless(layout, catalog)]
    for name in layout.axes[at].values:
        declaration = catalog.clients.get(name)
        if declaration is None:
            continue
        for axis in layout.axes:
            refused = tuple(_refused(axis, declaration, own))
            if refused and axis.name != "client":
                found.append((Condition("client", (name,)), Condition(axis.name, refused)))
    return tuple(found)


def _placeless(layout: Layout, catalog: Catalog) -> Iterator[tuple[Condition, ...]]:
    """Files that an operation has no place for: by a carrier, of a kind, or to be made a PNG first."""
    values = {axis.name: axis.values for axis in layout.axes}
    carriers = values.get("carrier", ())
    given = "file" if "file" in values else "image"

    def of(kinds: Collection[str]) -> Condition | None:
        words = tuple(word for word in values.get(given, ()) if catalog.families.get(word) in kinds)
        return Condition(given, words) if words else None

    for name, operation in layout.operations.items():
        here = Condition("operation", (name,))
        missing = tuple(value for value in carriers if value not in operation.carriers)
        if missing and name not in layout.lacking["carrier"]:
            yield here, Condition("carrier", missing)
        usual = next(iter(operation.carriers), None)
        for carrier, body in operation.bodies.items():
            strangers = of(set(FAMILIES) - families(body))
            by = [Condition("carrier", (carrier,))] if carriers else []
            if strangers is not None and carrier in (carriers or (usual,)):
                yield here, *by, strangers
            types = values.get("declared_type", ())[1:]
            if types and carrier in (carriers or (usual,)) and not mentions(body, (*FILE_MARKS, *TYPE_MARKS)):
                # Nothing of the file is sent, so no type is: the others would be the same case.
                yield here, *by, Condition("declared_type", types)
        yield from _nameless(operation, values, given, catalog)
    others = of(set(FAMILIES) - {"image"})
    if others is not None and "prepare" in values:
        yield others, Condition("prepare", ("png",))


def _nameless(
    operation: Operation, values: Mapping[str, tuple[str, ...]], given: str, catalog: Catalog
) -> Iterator[tuple[Condition, ...]]:
    """Where a call of this operation says no name apart from the file, and the file's own is sent."""
    others = tuple(word for word in values.get("filename", ()) if word != RIGHT)
    if not others:
        return
    here, there = Condition("operation", (operation.name,)), Condition("filename", others)
    containers = tuple(each for each in values.get("container", ()) if each not in NAMING_CONTAINERS)
    if operation.upload is not None and containers:
        yield here, Condition("container", containers), there
    for carrier, body in operation.bodies.items():
        words = tuple(
            word for word in values.get(given, ()) if not says_name(body, catalog.families.get(word))
        )
        if words:
            by = [Condition("carrier", (carrier,))] if carrier in values.get("carrier", ()) else []
            if by or "carrier" not in values:
                yield here, *by, Condition(given, words), there


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
