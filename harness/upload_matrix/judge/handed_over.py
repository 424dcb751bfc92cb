"""What a program handed to its library in place of a file, and what to hand over where that was not taken."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from upload_matrix.wire.media import type_of_extension


def _first_of(names: Sequence[str], known: Sequence[str]) -> str:
    return next((each for each in names if each in known), names[0])


@dataclass(frozen=True, slots=True)
class Argument:
    """A file as it was handed to the library: its type's name, and ``name`` and ``mode`` of a file object.

    ``of`` are the elements of a tuple or list, ``items`` those of a dictionary, ``file`` is what an upload
    of a framework wraps. ``attributes`` are those that it has of ``filename``, ``name``, ``content_type``,
    ``mimetype``, ``type``, ``file``, ``stream``, ``read`` and ``getvalue``. ``path`` opens the file from the
    working folder, where there is one. ``awaited``: its ``read`` is a coroutine.
    """

    type: str
    name: str | int | None = None
    mode: str | None = None
    size: int | None = None
    path: str | None = None
    awaited: bool = False
    file: Argument | None = None
    of: tuple[Argument, ...] = ()
    items: Mapping[str, Argument] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The type without its module: ``SpooledTemporaryFile``."""
        return self.type.rpartition(".")[2]

    def within(self) -> Iterator[Argument]:
        """It, and all that lie in it."""
        yield self
        for each in (*self.of, *self.items.values(), *filter(None, [self.file])):
            yield from each.within()

    @property
    def is_text(self) -> bool:
        """Whether it is a file opened in text mode."""
        return (
            self.mode is not None
            and (self.mode == "text" or "b" not in self.mode)
            and "read" in self.attributes
        )

    @property
    def is_framework_upload(self) -> bool:
        """Whether it is a web framework's object around a file, with a name and a type of its own."""
        attributes = set(self.attributes)
        return bool(attributes & {"content_type", "mimetype", "type"} and attributes & {"filename", "name"})

    def as_tuple(self, variable: str = "upload") -> str:
        """The ``(filename, data, content_type)`` of a framework's upload, as Python."""
        return f"({self.named(variable)}, {self.as_bytes(variable)}, {self.typed(variable)})"

    def named(self, variable: str) -> str:
        """The expression for a framework's upload's name."""
        return f"{variable}.{'filename' if 'filename' in self.attributes else 'name'}"

    def typed(self, variable: str) -> str:
        """The expression for a framework's upload's type."""
        return f"{variable}.{_first_of(('content_type', 'mimetype', 'type'), self.attributes)}"

    def as_bytes(self, variable: str) -> str:
        """The expression that gives its bytes, of ``variable`` that holds it, as Python."""
        if self.size is not None:
            return variable
        if self.kind == "BytesIO" or ("getvalue" in self.attributes and not self.is_text):
            return f"{variable}.getvalue()"
        inner = next((each for each in ("file", "stream") if each in self.attributes), None)
        if inner is not None and self.is_framework_upload:
            return f"{variable}.{inner}.read()"
        return f"await {variable}.read()" if self.awaited else f"{variable}.read()"


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """Where a file came from: ``path`` opens it, else the expression ``read`` of the program's own gives it.

    ``argument`` is what was handed over, where the program told, and ``variable`` what holds it there.
    """

    path: str | None = None
    read: str | None = None
    argument: Argument | None = None
    variable: str | None = None


def origin(field: str, handed_over: Mapping[str, Argument], statement: str) -> FileOrigin:
    """The origin of a field's file, as the program's own call and its text tell."""
    of_field = handed_over.get(field) or handed_over.get(f"{field}[]")
    candidates = [of_field] if of_field is not None else list(handed_over.values())
    found = [each for candidate in candidates for each in _files(candidate)]
    if not found or any(each != found[0] for each in found):
        return FileOrigin()  # which of several it was is not known
    argument = found[0]
    variable = _written(field, statement)
    return FileOrigin(
        argument.path, None if variable is None else argument.as_bytes(variable), argument, variable
    )


def _files(argument: Argument) -> Iterator[Argument]:
    """The files in it; of one that wraps another, the outer."""
    if (
        argument.size is not None
        or argument.path is not None
        or "read" in argument.attributes
        or argument.is_framework_upload
    ):
        yield argument
    else:
        for each in (*argument.of, *argument.items.values()):
            yield from _files(each)


def _written(field: str, statement: str) -> str | None:
    """How a call's text writes the file of a field: a name, an attribute, an item; else None."""
    try:
        tree = ast.parse(statement)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        pairs: list[tuple[object, ast.expr | None]] = []
        if isinstance(node, ast.keyword):
            pairs = [(node.arg, node.value)]
        elif isinstance(node, ast.Dict):
            pairs = [
                (getattr(key, "value", None), value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            pairs = [(getattr(node.elts[0], "value", None), node.elts[1])]
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            pairs = [(getattr(node.args[0], "value", None), node.args[1])]
        for name, value in pairs:
            if name in (field, f"{field}[]") and value is not None:
                return _variable(value, statement)
    return None


def _variable(value: ast.expr, statement: str) -> str | None:
    if isinstance(value, ast.List) and len(value.elts) == 1:
        value = value.elts[0]
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        value = value.elts[1]
    plain = isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
    return ast.get_source_segment(statement, value) if plain else None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error before anything was sent: its name, its message, and all that had been handed over."""

    error: str
    message: str
    arguments: tuple[Argument, ...] = ()


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'AEIOU' else 'a'} {kind}"


_TUPLE = '(filename, data, content_type), as in ("photo.webp", data, "image/webp")'


def _text_mode(failure: Failure) -> str | None:
    if any(each.is_text for each in failure.arguments) or re.search(
        r"text mode|binary mode|TextIOWrapper", failure.message
    ):
        return 'The file is open in text mode: open it with "rb".'
    return None


def _framework(failure: Failure) -> str | None:
    for each in failure.arguments:
        if each.is_framework_upload:
            return (
                f"A{_a(each.kind)[1:]} is a framework's object around a file, which this library does not "
                f"take: hand over {each.as_tuple()}."
            )
    return None


def _awaited(failure: Failure) -> str | None:
    for each in failure.arguments:
        if each.awaited and not each.is_framework_upload:
            path = str(each.path or each.name or "")
            content_type = type_of_extension(path)
            name, content_type = (
                ("photo.webp", "image/webp") if content_type is None else (PurePath(path).name, content_type)
            )
            return (
                f"The `read` of {_a(each.kind)} is a coroutine, which this library does not await: hand "
                f'over its bytes, ("{name}", await file.read(), "{content_type}").'
            )
    return None


def _encoding(failure: Failure) -> str | None:
    if failure.error != "UnicodeEncodeError":
        return None
    return (
        "A header, or another text that has to be ASCII, holds other characters: take them out of it, or "
        "encode them (urllib.parse.quote). A file's name goes into the multipart body, where they may stand."
    )


def _closed(failure: Failure) -> str | None:
    if "closed file" not in failure.message:
        return None
    return (
        "The file was closed before it was sent: make the call inside the `with` that opens it, or hand over "
        "its bytes."
    )


def _missing(failure: Failure) -> str | None:
    files = {"FileNotFoundError", "IsADirectoryError", "PermissionError"}
    if failure.error not in files and "ENOENT" not in failure.message:
        return None
    return "The file could not be opened: a relative path starts at the folder that the program runs in."


def _path_or_text(failure: Failure) -> str | None:
    wrong = re.search(r"(?:received|got) (?:<class ')?([\w.]+)", failure.message)
    if wrong and wrong[1] in {"str", "string"}:
        return (
            "A text is taken for neither a path nor a file's content: hand over pathlib.Path(path), "
            f'open(path, "rb") or {_TUPLE}.'
        )
    if re.search(r"Path' object has no attribute 'read'", failure.message):
        return f'A path is no file to this library: hand over open(path, "rb") or {_TUPLE}.'
    return None


def _other(failure: Failure) -> str | None:
    wrong = re.search(r"[Ee]xpected .*?(?:received|got) <class '([\w.]+)'>", failure.message)
    if wrong is None and "bytes-like object is required" not in failure.message:
        return None
    named = f"A {wrong[1].rpartition('.')[2]} is" if wrong else "What was handed over is"
    return (
        f"{named} neither bytes, a binary file nor a path: hand over the bytes of the file, with its name "
        f"and type, {_TUPLE}."
    )


_RULES: tuple[Callable[[Failure], str | None], ...] = (
    _encoding,
    _closed,
    _missing,
    _text_mode,
    _framework,
    _awaited,
    _path_or_text,
    _other,
)
"""The particular before the general."""


def advice(error: str, message: str, handed_over: Mapping[str, Argument]) -> str | None:
    """What to hand over instead, in a sentence or two; None where the error is about something else."""
    arguments = tuple(inner for each in handed_over.values() for inner in each.within())
    failure = Failure(error, message, arguments)
    return next(filter(None, (rule(failure) for rule in _RULES)), None)
