"""A profile's YAML file as plain data that remembers on which line each value stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from upload_matrix.files import read_text
from upload_matrix.model.errors import ConfigurationError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SourceFile(NamedTuple):
    """``data`` as plain values, ``node`` the same as YAML nodes with their marks."""

    path: Path
    data: dict[str, Any]
    node: yaml.Node

    def line(self, where: Sequence[str | int]) -> int:
        """The 1-based line of the value at ``where``, or of the deepest value on the way to it."""
        node, line = self.node, 1
        for step in where:
            inside = _child(node, step)
            if inside is None:
                break
            line, node = inside
        return line

    def error(self, where: Sequence[str | int], says: str) -> ConfigurationError:
        """A ConfigurationError that names file, line and the way to the value."""
        spot = ".".join(str(step) for step in where)
        return ConfigurationError(f"{self.path}:{self.line(where)}: {spot}{': ' if spot else ''}{says}")

    def errors(self, where: Sequence[str | int], error: ValidationError) -> ConfigurationError:
        """All of pydantic's complaints about the value at ``where``, each with its line."""
        return ConfigurationError("\n".join(str(self.error(*_spot(where, item))) for item in error.errors()))


def _spot(where: Sequence[str | int], item: Any) -> tuple[list[str | int], str]:
    spot = [*where, *item["loc"]]
    if item["type"] == "unknown_word":
        return [*spot, item["ctx"]["key"]], item["msg"]
    message = item["msg"].removeprefix("Value error, ")
    plain = isinstance(item["input"], (str, int, float, bool))
    return spot, f"{message} (found {item['input']!r})" if plain and item[
        "type"
    ] != "value_error" else message


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        value = node.value[step]
        return value.start_mark.line + 1, value
    return None


def read_source(path: Path) -> SourceFile:
    """Read a YAML mapping; raises ConfigurationError when it cannot be read or is something else."""
    loader = _Loader(read_text(path))
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise ConfigurationError(f"{path}:{line}: not YAML: {getattr(error, 'problem', error)}") from error
    finally:
        loader.dispose()
    if node is None or not isinstance(data, dict):
        raise ConfigurationError(f"{path}:1: a profile is a mapping with name, date, summary and rules")
    return SourceFile(path, data, node)
