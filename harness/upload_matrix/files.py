"""Files that a user names: read whole or refused with a reason, YAML with the lines of its values,
the closest word, and writing a file whole or not at all.

The ground of the rooms that read files; imports ``model`` alone.
"""

from __future__ import annotations

import io
import os
import secrets
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from upload_matrix.model.errors import ConfigurationError, Problem

_SUFFIXES = (".yaml", ".yml")


def yaml_files(paths: Iterable[Path], what: str) -> tuple[Path, ...]:
    """The files, and of each folder the YAML files directly in it by name; each file once.

    Raises ConfigurationError for a path that does not exist and a folder without any; ``what`` says in
    the message what was looked for.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path, what) if path.is_dir() else (path,):
            reason = _refusal(file)
            if reason is not None:
                raise ConfigurationError(f"{shown(file)}: {reason} (looking for {what})")
            found.setdefault(file.resolve(), file)
    return tuple(found.values())


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; raises ConfigurationError when it cannot be read, or might never end."""
    reason = _refusal(path)
    if reason is not None:
        raise ConfigurationError(f"{shown(path)}: {reason}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error


def read_text(path: Path) -> str:
    """The file as UTF-8; raises ConfigurationError naming the line of what is none."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{shown(path)}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; name a text file in UTF-8"
        ) from error


def read_bounded(path: Path, what: str, most: int) -> str:
    """``read_text`` of a file that is ``what`` and has at most so many characters."""
    text = read_text(path)
    if len(text) > most:
        raise ConfigurationError(f"{shown(path)}: {len(text):,} characters are too many for {what}")
    return text


def shown(path: Path) -> str:
    """The path as it can be pasted here: relative to the working directory where that is shorter.

    With forward slashes.
    """
    return below(path) or _beside(path) or path.as_posix()


def below(path: Path) -> str | None:
    """The path relative to the working directory, with forward slashes; None when it does not lie below."""
    absolute, here = path.absolute(), Path.cwd()
    within = absolute.is_relative_to(here) and ".." not in path.parts
    return absolute.relative_to(here).as_posix() if within else None


def _beside(path: Path) -> str | None:
    """The path by way of the folders above; None when that is no shorter, or may be another place."""
    if ".." in path.parts and path.is_absolute():
        try:
            nearer = Path(os.path.relpath(path))
            # A link on the way makes `..` another folder.
            if not nearer.samefile(path):
                return None
        except (OSError, ValueError):
            return None
        return nearer.as_posix()
    try:
        nearer = Path(os.path.relpath(path)) if path.is_absolute() else path
    except ValueError:  # another drive
        return None
    return nearer.as_posix() if len(nearer.as_posix()) < len(path.as_posix()) else None


def _refusal(path: Path) -> str | None:
    """Why there is no file to read at ``path``; None when there is one. Opens nothing: a pipe would block."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file or folder"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return "is a folder; name a file"
    return "is a pipe, a device or a socket; save what it gives in a file, and name that"


def _in_folder(folder: Path, what: str) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    except OSError as error:
        raise ConfigurationError(f"{shown(folder)}: cannot be read: {error.strerror or error}") from error
    if not files:
        raise ConfigurationError(f"{shown(folder)}: no *.yaml or *.yml in this folder (looking for {what})")
    return files


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` so that a crash, or another process doing the same, leaves an old or a new file.

    Makes the folders on the way; raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the name under which its atomicity is documented
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """Get a folder's new entry onto the disk too; Windows has no way and no need to."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip file can name: it stands for every file, so that equal folders give equal zips."""


def zipped(files: Mapping[str, bytes], *, compressed: bool = True) -> bytes:
    """The files in a zip, in the order of their names: the same bytes for the same files.

    What is ``compressed`` differs between releases of zlib all the same.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            # What unpacks it need not know where it was packed.
            info.create_system = 3
            info.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(info, data)
    return out.getvalue()


# The closest word to one that is not known.


_COMPARED_WORDS = 200


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to ``word`` in spelling, or None when none is near."""
    folded = {_folded(name): name for name in islice(known, _COMPARED_WORDS)}
    # Loaded only where a word is not known: a help page reads files too.
    import difflib

    matches = difflib.get_close_matches(_folded(word[:200]), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def hint(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """``did you mean 'x'?`` of the closest known word; where none is near ``otherwise``, or what there is."""
    known = tuple(known)
    near = closest(word, known)
    if near is not None:
        return f"did you mean {near!r}?"
    return f"there are: {', '.join(known)}" if otherwise is None else otherwise


def _folded(word: str) -> str:
    return word.casefold().replace("_", "-")


# A YAML file as plain data that remembers where its values stand: a mistake is named with its line.


MAX_CHARACTERS = 1_000_000
_MAX_NODES = 50_000
_MAX_DEPTH = 32
"""More is nothing that a person wrote; the parser is not given it, since libyaml's composer recurses in C."""

_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
"""libyaml has a limit of its own and reads ahead: it may strike before ours is seen."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """``data`` is a mapping; ``root`` its node."""

    path: Path
    data: dict[str, Any]
    root: yaml.Node

    def error(self, where: Sequence[str | int], message: str, *, at_key: bool = False) -> ConfigurationError:
        """An error at the value under ``where``, or its key, or as near to it as the file goes."""
        return ConfigurationError.at(self._problem(where, message, at_key=at_key))

    def _problem(self, where: Sequence[str | int], message: str, *, at_key: bool) -> Problem:
        node, mark = self.root, self.root.start_mark
        for step in where:
            child = _child(node, step)
            if child is None:
                break
            key, node = child
            one_line = isinstance(node, yaml.ScalarNode) and node.start_mark.line == key.start_mark.line
            mark = node.start_mark if one_line and not at_key else key.start_mark
        dotted = ".".join(map(str, where))
        return Problem(
            shown(self.path), mark.line + 1, mark.column + 1, f"{dotted}{': ' if dotted else ''}{message}"
        )

    def errors(
        self,
        model: type[BaseModel],
        error: ValidationError,
        *,
        below: Sequence[str | int] = (),
        hidden: frozenset[str] = frozenset(),
    ) -> ConfigurationError:
        """All that pydantic found in the value ``below``, a line each; an unknown word with the closest one.

        A value under one of the ``hidden`` words may be a secret: neither it nor its line is repeated.
        """
        known = _words(model)
        unseen = {number for node in _below(self.root, hidden) for number in _lines(node)}
        problems = []
        items = error.errors(include_url=False)
        for item in items:
            if item["type"] == "too_short" and any(_within(other["loc"], item["loc"]) for other in items):
                # A list whose items failed: what is wrong with them has been said.
                continue
            where = (*below, *item["loc"])
            message = item["msg"].removeprefix("Value error, ")
            found = repr(item["input"])
            at_key = item["type"] == "extra_forbidden"
            if item["type"] == "unknown_word":
                where = (*where, item["ctx"]["key"])
                at_key = True
            elif item["type"] == "extra_forbidden":
                near = closest(str(item["loc"][-1]), known)
                message = "unknown word" + (f"; did you mean `{near}`?" if near else "")
            elif (
                isinstance(item["input"], (str, int, float))
                and hidden.isdisjoint(where)
                and found not in message
            ):
                message += f" (found {found})"
            problems.append(self._problem(where, message, at_key=at_key))
        error_ = ConfigurationError("\n".join(map(str, problems)))
        error_.problems = tuple(each for each in problems if each.line not in unseen)
        return error_


def read_yaml(path: Path, what: str, most: int = MAX_CHARACTERS) -> YamlFile:
    """Read a YAML mapping; ``what`` it should be, of at most so many characters.

    Raises ConfigurationError with file and line.
    """
    root = yaml_root(path, what, most)
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError.at(Problem(shown(path), 1, 1, f"{what} is a mapping"))
    try:
        _check(path, root)
    except RecursionError as error:  # an alias within its own value
        raise ConfigurationError(f"{shown(path)}: nested too deep for {what}") from error
    loader = _Loader("")
    try:
        return YamlFile(path, loader.construct_document(root), root)
    except (yaml.YAMLError, ValueError) as error:
        raise _not_yaml(path, error) from error
    finally:
        loader.dispose()


def yaml_root(path: Path, what: str, most: int = MAX_CHARACTERS) -> yaml.Node | None:
    """The outermost node of a YAML file, None when it is empty; raises as ``read_yaml`` does."""
    text = read_bounded(path, what, most)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise ConfigurationError(f"{shown(path)}: nested too deep for {what}")
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        if getattr(error, "problem", None) == _LIBYAML_TOO_DEEP:
            raise ConfigurationError(f"{shown(path)}: nested too deep for {what}") from error
        raise _not_yaml(path, error) from error
    return root


def _not_yaml(path: Path, error: Exception) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    says = f"not YAML: {getattr(error, 'problem', None) or error}"
    # Without a place, which would be quoted: what cannot be read may hold a secret.
    return ConfigurationError(str(Problem(shown(path), line, column, says)))


def _within(where: tuple[str | int, ...], above: tuple[str | int, ...]) -> bool:
    return len(where) > len(above) and where[: len(above)] == above


def _check(path: Path, root: yaml.Node) -> None:
    """Refuse a key given twice, which YAML's loader would pass over, and aliases that multiply."""
    for number, node in enumerate(_nodes(root)):
        if number > _MAX_NODES:
            raise ConfigurationError(f"{shown(path)}: too many values")
        if isinstance(node, yaml.MappingNode):
            seen = set[str]()
            for key, _ in node.value:
                if key.value in seen:
                    mark, says = key.start_mark, f"{key.value!r} is given twice; keep one"
                    # Without a place, which would be quoted: it may be a secret that is given twice.
                    problem = Problem(shown(path), mark.line + 1, mark.column + 1, says)
                    raise ConfigurationError(str(problem))
                if isinstance(key, yaml.ScalarNode):
                    seen.add(key.value)


def _nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _nodes(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _nodes(value)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value one step below; of a list both are the item."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _below(node: yaml.Node, words: frozenset[str]) -> Iterator[yaml.Node]:
    """The keys and values of these words, wherever they stand."""
    for each in _nodes(node):
        if isinstance(each, yaml.MappingNode):
            found = (pair for pair in each.value if isinstance(pair[0], yaml.ScalarNode))
            yield from (one for pair in found if pair[0].value in words for one in pair)


def _lines(node: yaml.Node) -> range:
    return range(node.start_mark.line + 1, node.end_mark.line + 2)


def _words(model: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> list[str]:
    """Every word of a model and of the models within."""
    words = list(model.model_fields)
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            if inner not in seen:
                words += _words(inner, seen | {model, inner})
    return words


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)
