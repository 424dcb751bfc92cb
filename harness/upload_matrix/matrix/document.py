"""One YAML file, read without trusting it: plain data, and for every path in it the line and column.

Limits are checked on events and nodes, before anything is built from them: a small file can nest so
deep that the parser dies, or name itself so often that its data fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from upload_matrix.files import closest
from upload_matrix.matrix.shape import CoreLoader, Scalar, scalar
from upload_matrix.model.errors import MatrixError, Problem

# Naming things in messages: the closest valid word, lists, and values cut to a readable length.


_SHOWN_WORDS = 16
_SHOWN_CHARACTERS = 60


def way_out(word: str, known: Iterable[str]) -> str:
    """``did you mean `bytesio`?``, or the known words when none is near."""
    names = list(known)
    near = closest(word, names)
    if near is not None:
        return f"did you mean {quoted(near)}?"
    if not names:
        return "there is none to choose from"
    return f"known: {listed(names)}"


def listed(names: Iterable[str]) -> str:
    """The words in backticks, separated by commas; a long list ends in its rest's number."""
    words = [quoted(name) for name in names]
    rest = len(words) - _SHOWN_WORDS
    return ", ".join(words) if rest <= 0 else ", ".join(words[:_SHOWN_WORDS]) + f" and {rest} more"


def quoted(text: str) -> str:
    """``text`` in backticks on one line, cut when long."""
    shown = "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text[:200]
    )
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return f"`{shown}`"


Path: TypeAlias = "tuple[str | int, ...]"
"""Where something stands in a document: keys and list positions, the outermost first.

A step that does not exist is passed over, because validated data may have more levels than the file
has: ``client: httpx`` is a list of one, and a condition's values may stand under ``not``.
"""

MAX_BYTES = 4_000_000
MAX_DEPTH = 32
MAX_NODES = 100_000
"""Limits of one file; nodes are counted as if every alias were written out."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
"""libyaml (from 0.2.6) has a limit of its own, and reads ahead: it may strike before ours is seen."""
_HINTS = {
    "mapping values are not allowed in this context": "put a text that holds `: ` in quotes",
    "found character that cannot start any token": "put a text that starts with it in quotes",
}


@dataclass(frozen=True, slots=True)
class Document:
    """``data`` is made of dict (keys as written), list and ``Scalar``; ``flaws`` are problems of the YAML."""

    file: str
    root: yaml.Node
    data: Any
    flaws: tuple[Problem, ...]

    def problem(self, path: Path, message: str, *, key: bool = False) -> Problem:
        """A problem at the value under ``path``, or at its key."""
        mark = self._mark(path, key=key)
        return Problem(self.file, mark.line + 1, mark.column + 1, message)

    def at(self, path: Path) -> Any:
        """The data under ``path``."""
        data = self.data
        for step in path:
            in_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
            if in_list or (isinstance(data, dict) and step in data):
                data = data[step]
        return data

    def line(self, path: Path) -> int:
        """The 1-based line on which the value under ``path`` starts."""
        return self._mark(path, key=False).line + 1

    def _mark(self, path: Path, *, key: bool) -> yaml.Mark:
        node, mark = self.root, self.root.start_mark
        for step in path:
            found = _child(node, step)
            if found is not None:
                mark, node = found[0].start_mark if key else found[1].start_mark, found[1]
        return mark


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key node and the value node one step below; for a list both are the item."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def read_document(content: bytes, file: str) -> Document:
    """Parse one YAML document. Raises MatrixError when there is none to speak of; ``file`` names it."""
    text = _decoded(content, file)
    try:
        _check_events(text, file)
        root = yaml.compose(text, Loader=CoreLoader)
    except yaml.MarkedYAMLError as error:
        raise MatrixError((_syntax_problem(error, text, file),)) from None
    if root is None:
        raise MatrixError((Problem(file, 1, 1, "the file is empty"),))
    _Measure(file).check(root)
    flaws: list[Problem] = []
    data = _built(root, file, flaws)
    return Document(file, root, data, tuple(dict.fromkeys(flaws)))


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        says = f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read"
        raise MatrixError((Problem(file, 1, 1, says),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        says = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise MatrixError((_at_end_of(before, file, says),)) from None
    if wrong := _UNPRINTABLE.search(text):
        says = f'the character U+{ord(wrong[0]):04X} may not stand in YAML; write it as an escape in "quotes"'
        raise MatrixError((_at_end_of(text[: wrong.start()], file, says),))
    return text


def _at_end_of(before: str, file: str, message: str) -> Problem:
    line = before.count("\n")
    return Problem(file, line + 1, len(before) - (before.rfind("\n") + 1) + 1, message)


def _check_events(text: str, file: str) -> None:
    """Refuse what would exhaust the composer: it recurses in C, and dies where Python would raise."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=CoreLoader):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _refusal(event.start_mark, file, "a second document starts here; one file holds one")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            depth += isinstance(event, yaml.CollectionStartEvent)
            if depth > MAX_DEPTH:
                raise _refusal(event.start_mark, file, _TOO_DEEP)
            if nodes > MAX_NODES:
                raise _refusal(event.start_mark, file, f"more than {MAX_NODES:,} values in one file")


def _refusal(mark: Any, file: str, message: str) -> MatrixError:
    return MatrixError((Problem(file, mark.line + 1, mark.column + 1, message),))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    if line >= len(lines):  # libyaml counts one line more than there are when a file ends too early.
        line, column = len(lines) - 1, len(lines[-1])
    if lines[line][column : column + 1] == "\t":
        return Problem(file, line + 1, column + 1, "a tab stands where YAML wants spaces; indent with spaces")
    what = str(error.problem or error.context)
    if what == _LIBYAML_TOO_DEEP:
        return Problem(file, line + 1, column + 1, _TOO_DEEP)
    hint = f"; {_HINTS[what]}" if what in _HINTS else ""
    context = f" {error.context}" if error.context and error.problem else ""
    return Problem(file, line + 1, column + 1, f"not valid YAML: {what}{context}{hint}")


class _Measure:
    """Counts a node tree with its aliases written out, each shared node once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._sizes: dict[int, tuple[int, int]] = {}
        self._open: set[int] = set()

    def check(self, node: yaml.Node) -> tuple[int, int]:
        """The size and height of ``node``; raises MatrixError beyond the limits, or when it holds itself."""
        if id(node) in self._open:
            raise _refusal(
                node.start_mark, self._file, "an alias in this value leads back to the value itself"
            )
        if id(node) in self._sizes:
            return self._sizes[id(node)]
        self._open.add(id(node))
        size, height = 1, 1
        for child in _children(node):
            below, depth = self.check(child)
            size, height = size + below, max(height, depth + 1)
        if size > MAX_NODES:
            says = f"its aliases, written out, make more than {MAX_NODES:,} values"
            raise _refusal(node.start_mark, self._file, says)
        if height > MAX_DEPTH:
            says = f"its aliases, written out, nest more than {MAX_DEPTH} levels deep"
            raise _refusal(node.start_mark, self._file, says)
        self._open.remove(id(node))
        self._sizes[id(node)] = (size, height)
        return size, height


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _built(node: yaml.Node, file: str, flaws: list[Problem]) -> Any:
    def flaw(where: yaml.Node, message: str) -> None:
        flaws.append(Problem(file, where.start_mark.line + 1, where.start_mark.column + 1, message))

    if isinstance(node, yaml.ScalarNode):
        try:
            return scalar(node)
        except ValueError as error:
            flaw(node, str(error))
            return Scalar(node.value, node.value)
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in ("map", "seq"):
        flaw(node, f"the tag `{node.tag}` is not supported; write the value without a tag")
    if isinstance(node, yaml.SequenceNode):
        return [_built(item, file, flaws) for item in node.value]
    data: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            flaw(key, "a key must be a single word")
        elif key.value == "<<":
            flaw(key, "merge keys (`<<`) are not supported; write the keys out, or alias a whole value")
        elif key.value in data:
            flaw(
                key,
                f"the key {quoted(key.value)} stands here a second time, first on line {lines[key.value]}",
            )
        else:
            lines[key.value] = key.start_mark.line + 1
            data[key.value] = _built(value, file, flaws)
    return data


# What pydantic finds in a file, said in the project's words and with line and column.


ShapeT = TypeVar("ShapeT", bound=BaseModel)
EntryT = TypeVar("EntryT")


@dataclass(frozen=True, slots=True)
class Faults:
    """Collects the problems of one document, so that a reader sees all of them at once."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    left_out: set[Path] = field(default_factory=set)
    """List entries, as key and position, that were too faulty to be read on."""

    def add(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note a problem at the value under ``path``, or at its key."""
        self.problems.append(self.document.problem(path, message, key=key))

    def numbered(self, key: str, entries: Sequence[EntryT]) -> Iterator[tuple[int, EntryT]]:
        """The entries that were kept of a list, each with its position in the file."""
        positions = (position for position in count() if (key, position) not in self.left_out)
        return zip(positions, entries, strict=False)


_KINDS = {
    "dict_type": "must be a mapping (`key: value`)",
    "model_type": "must be a mapping (`key: value`)",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
}


def shaped(shape: type[ShapeT], faults: Faults, *, needed: frozenset[str]) -> ShapeT | None:
    """The document as ``shape``, with everything that does not fit added to ``faults``.

    What is faulty (a top-level key, or one entry of its list) is left out of the result, so that the
    rest can be checked further; None when one of the ``needed`` keys is faulty.
    """
    data = faults.document.data
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for fault in found:
        faults.problems.append(_problem(shape, faults.document, fault))
    faulty = {fault["loc"][:2] for fault in found}
    if not isinstance(data, dict) or needed & {path[0] for path in faulty}:
        return None
    keys = {path[0] for path in faulty if len(path) == 1 or isinstance(path[1], str)}
    faults.left_out.update(path for path in faulty if path[0] not in keys)
    return shape.model_validate(
        {
            key: [item for position, item in enumerate(value) if (key, position) not in faulty]
            if isinstance(value, list)
            else value
            for key, value in data.items()
            if key not in keys
        }
    )


def _problem(shape: type[BaseModel], document: Document, fault: ErrorDetails) -> Problem:
    path: Path = tuple(fault["loc"])
    last = str(path[-1]) if path else ""
    if fault["type"] == "extra_forbidden":
        known = _keys(_model_at(shape, path[:-1]))
        return document.problem(path, f"unknown key {quoted(last)}; {way_out(last, known)}", key=True)
    if fault["type"] == "missing":
        where = _trail(path[:-1])
        return document.problem(path[:-1], f"{quoted(last)} is missing" + (f" in {where}" if where else ""))
    where = _trail(path) or "the file"
    return document.problem(path, f"{where}: {_says(fault, document.at(path))}")


def _says(fault: ErrorDetails, value: Any) -> str:
    context = fault.get("ctx", {})
    given = _given(value)
    match fault["type"]:
        case "literal_error":
            words = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            return f"{given} is not one of {listed(words)}; {way_out(value.text, words)}"
        case "too_short":
            return "must not be empty"
        case "too_long":
            return f"has {context['actual_length']:,} entries; at most {context['max_length']:,} are allowed"
        case "string_pattern_mismatch":
            return f"{given} does not fit the pattern {context['pattern']}"
        case "greater_than":
            return f"must be greater than {context['gt']:g}, not {given}"
        case "greater_than_equal":
            return f"must be at least {context['ge']:g}, not {given}"
        case "less_than_equal":
            return f"must be at most {context['le']:g}, not {given}"
        case kind if kind in _KINDS:
            return f"{_KINDS[kind]}, not {given}"
        case _:
            return f"{fault['msg']}, not {given}" if "must" in fault["msg"] else f"{given} {fault['msg']}"


def _given(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Scalar) and value.value is None:
        return "null"
    return quoted(value.text if isinstance(value, Scalar) else str(value))


def _trail(path: Path) -> str:
    """``expect[1].status`` of a path, list positions counted from 1 as a reader does."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step + 1}]"
        elif step != "values":
            words += f".{step}" if words else step
    return quoted(words) if words else ""


def _keys(shape: type[BaseModel]) -> list[str]:
    return list(shape.model_fields)


def _model_at(shape: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model that a path leads to; dict keys and list positions on the way lead to the same one."""
    for step in path:
        field = shape.model_fields.get(step) if isinstance(step, str) else None
        if field is not None:
            shape = next(_models(field.annotation), shape)
    return shape


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
