"""Matrix files in, matrices out: every problem of every file is found before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from upload_matrix import vendors
from upload_matrix.files import below, read_bytes, shown, yaml_files
from upload_matrix.matrix.axes import Rule, compiled, holds, read_layout
from upload_matrix.matrix.bodies import CARRIERS, FAMILIES, FILE_MARKS, OWN_CARRIERS, mentions, odd_key
from upload_matrix.matrix.cases import (
    CasePlan,
    Rules,
    can_hold,
    declined,
    make_cases,
    of_facts,
    read_rules,
    refusal,
    rows,
)
from upload_matrix.matrix.combining import TooEntangledError
from upload_matrix.matrix.document import Faults, listed, quoted, read_document, shaped, way_out
from upload_matrix.matrix.shape import (
    DECLARED,
    DEFAULT_TIMEOUT,
    NAME_PATTERN,
    RESERVED,
    EncodingWord,
    Layout,
    MatrixShape,
    MethodWord,
    Row,
    Scalar,
    Shape,
    Text,
    Truth,
    Value,
    Whole,
    plain,
)
from upload_matrix.model.case import (
    FACTS,
    Case,
    Catalog,
    EarlierCall,
    Encoding,
    Expectation,
    FileField,
    KnownFailure,
    Operation,
    Takes,
)
from upload_matrix.model.errors import MatrixError, Problem
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.setting import KNOWN, Setting
from upload_matrix.model.sweep import Exclusion, Scope, is_spec

# A matrix as it runs: its cases, and what they share.


_WANTED = "a matrix; `upload-matrix init` writes one"


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix file with its cases in order; ``sweep`` is what it says of a sweep.

    ``timeout`` is in seconds for one case. ``mime_tables``, ``images`` and ``files`` are what the matrix
    brings along, by name; the last two are uploaded. ``targets`` are those that its cases name, each once.
    """

    name: str
    path: Path
    description: str
    timeout: float
    mime_tables: Mapping[str, Path]
    images: Mapping[str, Path]
    files: Mapping[str, Path]
    strategy: str
    cases: tuple[Case, ...]
    targets: tuple[str, ...]
    sweep: Scope = field(default_factory=Scope)


MAX_CASES = 50_000
"""Cases one matrix may have when the caller does not say."""

_NEEDED = frozenset({"axes", "include", *DECLARED.values()})
"""Keys without which the others cannot be judged."""


def load_matrices(
    paths: Sequence[Path],
    catalog: Catalog,
    *,
    max_cases: int = MAX_CASES,
    timeout: float = DEFAULT_TIMEOUT,
) -> tuple[Matrix, ...]:
    """The matrices that ``paths`` name, in order; of a folder all ``*.yaml`` and ``*.yml`` directly in it.

    Raises ConfigurationError for a path without a matrix, and MatrixError with all problems of all
    files. ``max_cases`` bounds one matrix and is checked before its cases are made. ``timeout`` (seconds) is
    for a matrix that says none.
    """
    problems: list[Problem] = []
    matrices: dict[str, Matrix] = {}
    for path in yaml_files(paths, _WANTED):
        try:
            matrix = _loaded(path, catalog, max_cases, matrices, timeout)
            matrices[matrix.name] = matrix
        except MatrixError as error:
            problems.extend(error.problems)
    if problems:
        raise MatrixError(tuple(dict.fromkeys(problems)))
    return tuple(matrices.values())


def _loaded(
    path: Path, catalog: Catalog, max_cases: int, earlier: Mapping[str, Matrix], timeout: float
) -> Matrix:
    faults = Faults(read_document(read_bytes(path), shown(path)))
    faults.problems.extend(faults.document.flaws)
    shape = shaped(MatrixShape, faults, needed=_NEEDED)
    if shape is None:
        raise MatrixError(tuple(faults.problems))
    name = _name(shape, path, earlier, faults)
    layout, included = read_layout(shape, catalog, faults)
    rules = read_rules(shape, layout, faults)
    rules = replace(rules, exclude=(*rules.exclude, *declined(layout, catalog)))
    target = _target(shape, layout, catalog, faults)
    tuple(_settings(shape.settings, path, faults))
    tables = _declared("mime_table", shape.mime_tables, path, catalog, earlier.values(), faults)
    images = _declared("image", shape.images, path, catalog, earlier.values(), faults)
    files = _declared("file", shape.files, path, catalog, earlier.values(), faults)
    for name in images.keys() & files.keys():
        faults.add(("files", name), f"{quoted(name)} is in `images` too; choose another name", key=True)
    _stop_at(faults)
    plan = CasePlan(
        name,
        below(path),
        layout,
        _request(shape),
        target,
        rules.expectations,
        rules.known_failures,
        shape.canary,
    )
    cases = make_cases(plan, _numbered_rows(shape, layout, included, rules, max_cases, faults))
    _check_ids(cases, faults)
    _check_known_failures(cases, rules, faults)
    _stop_at(faults)
    targets = tuple(dict.fromkeys(case.target for case in cases))
    return Matrix(
        name=name,
        path=path,
        description=shape.description,
        timeout=shape.timeout if "timeout" in shape.model_fields_set else timeout,
        mime_tables=tables,
        images=images,
        files=files,
        strategy=shape.strategy,
        cases=cases,
        targets=targets,
        sweep=_sweep(shape, faults),
    )


def stated_settings(paths: Sequence[Path]) -> tuple[Setting, ...]:
    """What the matrices at ``paths`` say under ``settings``, and at their top of what is one elsewhere.

    Raises ConfigurationError for what cannot be.
    """
    found: list[Setting] = []
    problems: list[Problem] = []
    for path in yaml_files(paths, _WANTED):
        faults = Faults(read_document(read_bytes(path), shown(path)))
        data = faults.document.data if isinstance(faults.document.data, dict) else {}
        stated = data.get("settings")
        found += [
            Setting(name, given.text, f"{shown(path)}:{faults.document.line((name,))}")
            for name, given in data.items()
            if name in KNOWN and name in MatrixShape.model_fields and isinstance(given, Scalar)
        ]
        found += _settings(stated if isinstance(stated, dict) else {}, path, faults)
        problems += faults.problems
    if problems:
        raise MatrixError(tuple(problems))
    return tuple(found)


def _settings(stated: Mapping[str, Any], path: Path, faults: Faults) -> Iterator[Setting]:
    """The settings of a matrix; a path starts at its folder."""
    here = [name for name, each in KNOWN.items() if each.in_matrix]
    for name, given in stated.items():
        where = ("settings", name)
        if name not in here:
            elsewhere = name in MatrixShape.model_fields
            near = "it stands at the top of the file" if elsewhere else way_out(name, here)
            faults.add(where, f"unknown setting {quoted(name)}; {near}", key=True)
        elif isinstance(given, Scalar):
            try:
                value = KNOWN[name].read(given.text if given.value is not None else None)
            except ValueError as error:
                faults.add(where, f"{quoted(name)} {error} (found {given.text!r})")
                continue
            if KNOWN[name].is_path:
                value = shown(path.parent / str(value))
            yield Setting(name, value, f"{shown(path)}:{faults.document.line(where)}")


def _sweep(shape: MatrixShape, faults: Faults) -> Scope:
    """What the file says of its sweep."""
    told = shape.sweep
    if told is None:
        return Scope()
    for number, each in enumerate(told.exclude):
        for text in each.releases:
            if not is_spec(text):
                faults.add(
                    ("sweep", "exclude", number, "releases"),
                    f"{quoted(text)} is neither a version nor a range; write `1.82.7` or `>=1.82.7,<1.83`",
                )
    _stop_at(faults)
    return Scope(
        told.distribution,
        tuple(told.releases or ()),
        tuple(told.beside or ()),
        told.before,
        tuple(Exclusion(tuple(each.releases), each.reason) for each in told.exclude),
    )


def _stop_at(faults: Faults) -> None:
    if faults.problems:
        raise MatrixError(tuple(faults.problems))


def _name(shape: MatrixShape, path: Path, earlier: Mapping[str, Matrix], faults: Faults) -> str:
    name = shape.name or path.stem
    if not re.match(NAME_PATTERN, name):
        says = (
            f"the file's name gives no matrix name ({quoted(name)} does not fit {NAME_PATTERN}); set `name`"
        )
        faults.add((), says)
    if name in earlier:
        says = f"the name {quoted(name)} is already taken by {shown(earlier[name].path)}; set another `name`"
        faults.add(("name",), says)
    return name


def _target(shape: MatrixShape, layout: Layout, catalog: Catalog, faults: Faults) -> str:
    if "target" in layout.names:
        if shape.target is not None:
            faults.add(("target",), "`target` is an axis too; keep one of the two", key=True)
        return ""
    if shape.target is None:
        if not catalog.targets:
            faults.add((), "there is no target to ask; the catalog holds none")
            return ""
        return catalog.targets[0]
    if shape.target not in catalog.targets:
        near = way_out(shape.target, catalog.targets)
        faults.add(("target",), f"`target`: {quoted(shape.target)} is not a known target; {near}")
    return shape.target


def _declared(
    axis: str,
    files: Mapping[str, str],
    path: Path,
    catalog: Catalog,
    earlier: Iterable[Matrix],
    faults: Faults,
) -> Mapping[str, Path]:
    """The files that a matrix adds as values of an axis.

    A run has one file per name, so two matrices may share a name only for the same file.
    """
    key = DECLARED[axis]
    declared = {}
    for name, file in files.items():
        where = (key, name)
        declared[name] = found = path.parent / file
        if name in catalog.axes.get(axis, ()):
            faults.add(where, f"{quoted(name)} is built in; choose another name", key=True)
        elif not re.match(NAME_PATTERN, name):
            faults.add(where, f"{quoted(name)} does not fit the pattern {NAME_PATTERN}", key=True)
        if not found.is_file():
            faults.add(where, f"there is no file `{shown(found)}`; paths start at this file's folder")
        for matrix in earlier:
            other = getattr(matrix, key).get(name)
            if other is not None and other.resolve() != found.resolve():
                says = f"{quoted(name)} names another file in {shown(matrix.path)}; choose another name"
                faults.add(where, says, key=True)
    return declared


def _request(shape: MatrixShape) -> dict[str, Value]:
    return {name: given.value for name, given in shape.request.items() if given.value is not None}


def _numbered_rows(
    shape: MatrixShape,
    layout: Layout,
    included: tuple[Row, ...],
    rules: Rules,
    max_cases: int,
    faults: Faults,
) -> list[tuple[Row, int]]:
    """Every row once with the line it comes from; included rows come last, and exclusions spare them."""
    document = faults.document
    too_many = refusal(layout, shape.strategy, max_cases)
    if too_many is not None:
        faults.add(("axes",), too_many, key=True)
        _stop_at(faults)
    exclude = [compiled(conditions, layout) for conditions in rules.exclude]
    try:
        made = dict.fromkeys(rows(layout, shape.strategy, exclude), document.line(("axes",)))
        _check_rules(layout, included, rules, exclude, faults)
    except TooEntangledError:
        says = "these exclusions are too entangled to be decided; take fewer, or exclude whole values"
        faults.add(("exclude",), says, key=True)
        made = {}
    for position, row in enumerate(included):
        made.setdefault(row, document.line(("include", position)))
    if not made and not faults.problems:
        faults.add(("exclude",), "`exclude` leaves no case", key=True)
    elif len(made) > max_cases:
        says = f"{len(made):,} cases are more than {max_cases:,}; allow them with `--max-cases {len(made)}`"
        faults.add(("axes",), says, key=True)
    _stop_at(faults)
    return list(made.items())


def _check_rules(
    layout: Layout, included: tuple[Row, ...], rules: Rules, exclude: list[Rule], faults: Faults
) -> None:
    """Every rule must meet some case, on a full matrix; a rule that never does hides a mistake."""
    listed: list[tuple[str, Sequence[Expectation | KnownFailure]]] = [
        ("expect", rules.expectations),
        ("known_failures", rules.known_failures),
    ]
    for key, entries in listed:
        for position, entry in enumerate(entries):
            rule = compiled(entry.when, layout)
            if not can_hold(rule, layout, exclude) and not any(holds(rule, row) for row in included):
                says = "no case of this matrix meets all these conditions; fix them, or drop the entry"
                faults.add((key, position, "when"), says)


def _check_ids(cases: tuple[Case, ...], faults: Faults) -> None:
    first: dict[str, Case] = {}
    for case in cases:
        other = first.setdefault(case.id, case)
        if other is not case:
            says = (
                f"two different cases have the id {quoted(case.id)}; a `/` in a value makes them look alike"
            )
            faults.problems.append(Problem(faults.document.file, case.line, 1, says))
            return


def _check_known_failures(cases: tuple[Case, ...], rules: Rules, faults: Faults) -> None:
    """A failure that `expect` names is no known one: the case would be red for being as expected.

    An expectation without conditions is the file's default, and names no failure in particular.
    """
    # Cases share their rules, so there are few to look at.
    alike = {(id(case.expectations), id(case.known_failures)): case for case in cases}
    named = {
        rule.line for rule in rules.expectations if rule.when and rule.outcome is not OutcomeKind.ACCEPTED
    }
    for position, entry in enumerate(rules.known_failures):
        known = of_facts(entry)
        for case in alike.values():
            expected = _certain(case.expectations, known) if known in case.known_failures else None
            if expected is not None and expected.line in named:
                says = (
                    f"line {expected.line} expects {quoted(str(expected))} of {quoted(case.id)}, which is "
                    "then no failure; drop one of the two entries, or narrow its `when`"
                )
                faults.add(("known_failures", position), says)
                break


def _certain(expectations: Sequence[Expectation], known: KnownFailure) -> Expectation | None:
    """The expectation that counts wherever the known failure does; None when facts decide whether it does."""
    for expectation in expectations:
        if set(expectation.when) <= set(known.when):
            return expectation
        if expectation.outcome is OutcomeKind.ACCEPTED:
            return None
    return None


# Operations as data: one YAML file each, so that a new upload API needs no code.


_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]*")


class TakesShape(Shape):
    """One entry of ``takes``: see ``model.case.Takes``."""

    when: dict[str, list[Text]] = Field(default={})
    extensions: list[Text] = Field(default=[])
    bare: Truth = False
    types: list[Text] = Field(default=[])
    most: Whole | None = Field(default=None, ge=1)


class FileFieldShape(Shape):
    """One entry of ``file_fields``."""

    required: Truth = True
    repeatable: Truth = False
    listed_as: Text = ""
    family: Text = ""
    takes: list[TakesShape] = Field(default=[])


class EarlierCallShape(Shape):
    """A call that comes before: what it is, how it hands the file over, and what of its answer is used."""

    operation: Text
    container: Text = "tuple3"
    fields: dict[str, Any] = Field(default_factory=dict)
    gives: dict[str, Text] = Field(min_length=1)


class OperationShape(Shape):
    """An operation file. ``name`` is the attribute path on an SDK client, ``path`` is below the API root.

    ``source`` is what it was read in. ``emulated`` and what begins so is for the emulator, which knows the
    vendors' operations: see ``vendors.ApiRoute``.
    """

    name: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
    summary: Text = ""
    source: Text = ""
    method: MethodWord
    path: Annotated[Text, Field(pattern=r"^/[^\s?#]*$")]
    encoding: EncodingWord
    file_fields: dict[str, FileFieldShape] = Field(default={})
    text_fields: list[Text] = Field(default=[])
    json_files: list[Text] = Field(default=[])
    bodies: dict[str, Any] = Field(default_factory=dict)
    before: dict[str, EarlierCallShape] = Field(default={})
    control: Text | None = None
    known_as: list[Text] = Field(default=[])
    emulated: Any = None
    emulated_forms: dict[str, Any] = Field(default_factory=dict)
    emulated_events: list[Any] = Field(default_factory=list)


def load_operations(folders: Sequence[Path] = ()) -> Mapping[str, Operation]:
    """The vendors' operations and those in ``folders``, by name; a later folder's displaces an earlier one's.

    Raises ConfigurationError for a folder without operations, and MatrixError with all problems of all
    files.
    """
    operations: dict[str, Operation] = {}
    controls: list[tuple[Operation, Faults]] = []
    chains: list[tuple[str, Mapping[str, EarlierCallShape], Faults]] = []
    problems: list[Problem] = []
    for folder in (*vendors.folders("operations"), *folders):
        here: dict[str, Path] = {}
        for path in yaml_files([folder], "an operation"):
            try:
                operation, before, faults = _loaded_operation(path, here)
            except MatrixError as error:
                problems.extend(error.problems)
                continue
            here[operation.name] = path
            operations[operation.name] = operation
            controls.append((operation, faults))
            chains.append((operation.name, before, faults))
    for operation, faults in controls:
        if operation.control is not None and operation.control not in operations:
            near = way_out(operation.control, operations)
            faults.add(("control",), f"`control`: {quoted(operation.control)} is not an operation; {near}")
            problems.extend(faults.problems)
    for name, before, faults in chains:
        operations[name] = replace(operations[name], before=_earlier_calls(before, operations, faults))
        problems.extend(faults.problems if before else ())
    if problems:
        raise MatrixError(tuple(problems))
    return operations


def _earlier_calls(
    before: Mapping[str, EarlierCallShape], operations: Mapping[str, Operation], faults: Faults
) -> Mapping[str, EarlierCall]:
    found = {}
    for carrier, call in before.items():
        operation = operations.get(call.operation)
        if operation is None or operation.upload is None:
            near = way_out(call.operation, [each.name for each in operations.values() if each.upload])
            says = f"{quoted(call.operation)} is not an operation with an upload; {near}"
            faults.add(("before", carrier, "operation"), says)
            continue
        found[carrier] = EarlierCall(operation, dict(call.gives), call.container, plain(call.fields))
    return found


def _loaded_operation(
    path: Path, siblings: Mapping[str, Path]
) -> tuple[Operation, Mapping[str, EarlierCallShape], Faults]:
    faults = Faults(read_document(read_bytes(path), shown(path)))
    faults.problems.extend(faults.document.flaws)
    shape = shaped(OperationShape, faults, needed=frozenset(OperationShape.model_fields))
    if shape is not None:
        _check_fields(shape, faults)
        if shape.name in siblings:
            says = f"the name {quoted(shape.name)} is already taken by {shown(siblings[shape.name])}"
            faults.add(("name",), says)
    if shape is None or faults.problems:
        raise MatrixError(tuple(faults.problems))
    operation = Operation(
        name=shape.name,
        method=shape.method,
        path=shape.path,
        encoding=Encoding(shape.encoding),
        file_fields=tuple(
            FileField(
                name,
                required=field.required,
                repeatable=field.repeatable,
                listed_as=field.listed_as,
                family=field.family,
                takes=tuple(
                    Takes(
                        {name: tuple(values) for name, values in each.when.items()},
                        tuple(each.extensions),
                        tuple(each.types),
                        each.bare,
                        each.most,
                    )
                    for each in field.takes
                ),
            )
            for name, field in shape.file_fields.items()
        ),
        json_files=tuple(shape.json_files),
        bodies={name: plain(body) for name, body in shape.bodies.items()},
        text_fields=tuple(shape.text_fields),
        control=shape.control,
        summary=shape.summary,
        source=shape.source,
    )
    return operation, shape.before, faults


def _marks(shape: OperationShape, carrier: str) -> Sequence[str]:
    """What stands for the file in a body: what an earlier call gave, where there is one."""
    if carrier == "reference":
        return ("{url}",)
    before = shape.before.get(carrier)
    return FILE_MARKS if before is None else [f"{{{name}}}" for name in before.gives]


def _check_fields(shape: OperationShape, faults: Faults) -> None:
    for carrier, body in shape.bodies.items():
        if carrier not in CARRIERS or carrier in OWN_CARRIERS:
            near = way_out(carrier, [each for each in CARRIERS if each not in OWN_CARRIERS])
            faults.add(("bodies", carrier), f"{quoted(carrier)} is not a carrier in JSON; {near}", key=True)
        elif not isinstance(body, dict) or not mentions(plain(body), marks := _marks(shape, carrier)):
            says = f"the body has none of {listed(marks)}, so no file would be sent"
            faults.add(("bodies", carrier), says)
        elif (odd := odd_key(plain(body))) is not None:
            kinds = listed(f"{{{family}}}" for family in FAMILIES)
            says = f"{quoted(odd)} is no key; an object with a value for each kind of file has only {kinds}"
            faults.add(("bodies", carrier), says)
    for carrier in shape.before:
        if carrier not in shape.bodies:
            near = way_out(carrier, shape.bodies)
            faults.add(("before", carrier), f"{quoted(carrier)} has no body; {near}", key=True)
    if shape.bodies and shape.encoding == "multipart":
        faults.add(("bodies",), "`bodies` are for `encoding: json` and `encoding: raw`", key=True)
    if shape.encoding != "multipart" and shape.file_fields:
        says = f"`encoding: {shape.encoding}` has no file fields; use `multipart`"
        faults.add(("file_fields",), says, key=True)
    for name in shape.file_fields:
        if not _FIELD_NAME.fullmatch(name):
            faults.add(("file_fields", name), f"{quoted(name)} is not a field name", key=True)
    for position, name in enumerate(shape.text_fields):
        path = ("text_fields", position)
        if not _FIELD_NAME.fullmatch(name):
            faults.add(path, f"{quoted(name)} is not a field name")
        elif name in shape.file_fields:
            faults.add(path, f"{quoted(name)} is a file field too; keep one of the two")
        elif name in RESERVED or name in FACTS:
            faults.add(
                path, f"{quoted(name)} has a meaning of its own in a matrix, so no text field may have it"
            )
        elif name in shape.text_fields[:position]:
            faults.add(path, f"{quoted(name)} stands here twice")
