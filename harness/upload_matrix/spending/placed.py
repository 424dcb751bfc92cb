"""A YAML file as plain data that remembers where its values stand: a mistake is named with its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from upload_matrix.files import read_text
from upload_matrix.model.errors import ConfigurationError

MAX_BYTES = 1_000_000
"""More is no price table; the parser is not given it."""

_MAX_NODES = 50_000


@dataclass(frozen=True, slots=True)
class Placed:
    """``data`` is a mapping; ``root`` its node."""

    path: Path
    data: dict[str, Any]
    root: yaml.Node

    def error(self, where: Sequence[str | int], message: str) -> ConfigurationError:
        """An error at the value under ``where``, or as near to it as the file goes."""
        node = self.root
        for step in where:
            child = _child(node, step)
            if child is None:
                break
            node = child
        dotted = ".".join(map(str, where)) or "file"
        return ConfigurationError(f"{self.path}:{node.start_mark.line + 1}: {dotted}: {message}")

    def errors(self, model: type[BaseModel], error: ValidationError) -> ConfigurationError:
        """All that pydantic found, a line each; an unknown word with the closest one."""
        known = _words(model)
        problems = []
        items = error.errors(include_url=False)
        for item in items:
            if item["type"] == "too_short" and any(_below(other["loc"], item["loc"]) for other in items):
                # A list whose items failed: what is wrong with them has been said.
                continue
            message = item["msg"].removeprefix("Value error, ")
            if item["type"] == "extra_forbidden":
                near = get_close_matches(str(item["loc"][-1]), known, n=1)
                message = "unknown word" + (f"; did you mean `{near[0]}`?" if near else "")
            elif isinstance(item["input"], (str, int, float)):
                message += f" (found {item['input']!r})"
            problems.append(str(self.error(item["loc"], message)))
        return ConfigurationError("\n".join(problems))


def read_placed(path: Path, what: str) -> Placed:
    """Read a YAML mapping; ``what`` it should be. Raises ConfigurationError with file and line."""
    text = read_text(path)
    if len(text) > MAX_BYTES:
        raise ConfigurationError(f"{path}: {len(text)} characters are too many for {what}")
    # The loader in Python, not libyaml's: that one dies on deep nesting instead of raising.
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None or not isinstance(root, yaml.MappingNode):
            raise ConfigurationError(f"{path}:1: {what} is a mapping")
        _check(path, root)
        document = loader.construct_document(root)
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deep for {what}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise ConfigurationError(f"{path}:{line}: not YAML: {getattr(error, 'problem', error)}") from error
    finally:
        loader.dispose()
    return Placed(path, document, root)


def _below(where: tuple[str | int, ...], above: tuple[str | int, ...]) -> bool:
    return len(where) > len(above) and where[: len(above)] == above


def _check(path: Path, root: yaml.Node) -> None:
    """Refuse a key given twice, which YAML's loader would pass over, and aliases that multiply."""
    for number, node in enumerate(_nodes(root)):
        if number > _MAX_NODES:
            raise ConfigurationError(f"{path}: too many values")
        if isinstance(node, yaml.MappingNode):
            seen = set[str]()
            for key, _ in node.value:
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise ConfigurationError(f"{path}:{line}: {key.value!r} is given twice; keep one")
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


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


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
