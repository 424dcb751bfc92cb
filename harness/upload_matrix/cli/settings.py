"""Values that are always given: from the environment or ``pyproject.toml``, where the command line is silent.

The first that says something counts: the command line, ``UPLOAD_MATRIX_NAME``, ``[tool.upload-matrix]`` in
the ``pyproject.toml`` of the folder that the command runs in, the default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

FILE = "pyproject.toml"
_TABLE = re.compile(r"\s*\[\s*tool\s*\.\s*(\"?)upload-matrix\1\s*\]\s*(?:#.*)?$")
_HEADER = re.compile(r"\s*\[")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it came from; ``value`` is None where nothing is said."""

    name: str
    value: str | int | None
    origin: str


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is a text, such as a path")
    return value


def _money(value: object) -> str:
    from upload_matrix.model.errors import ConfigurationError
    from upload_matrix.model.price import parse_money

    try:
        # Of what is neither text nor number nobody reads an amount: ``True``, ``[1]``.
        parse_money(str(value))
    except ConfigurationError as error:
        raise ValueError("is an amount in USD, such as 0.50") from error
    return str(value)


def _number(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"is a whole number from {least} on")
        return number

    return read


KNOWN: Mapping[str, Callable[[object], str | int]] = {
    "reports": _text,
    "cassettes": _text,
    "budget": _money,
    "max-calls": _number(0),
    "unknown-price": _money,
    "ledger": _text,
    "concurrency": _number(1),
    "max-cases": _number(1),
}
"""The options that may be set, and what makes a value of what is written there; raises ValueError."""


def variable(name: str) -> str:
    """The variable of a setting: ``UPLOAD_MATRIX_MAX_CALLS``."""
    return f"UPLOAD_MATRIX_{name.upper().replace('-', '_')}"


def settings(environ: Mapping[str, str], folder: Path) -> tuple[Setting, ...]:
    """Every setting, in order. Raises ConfigurationError for an unknown word and a value that cannot be."""
    written = dict(_written(folder / FILE))
    found = []
    for name, read in KNOWN.items():
        given = environ.get(variable(name))
        if given:
            found.append(Setting(name, _from_environment(name, given, read), variable(name)))
        else:
            found.append(written.get(name, Setting(name, None, "default")))
    return tuple(found)


def defaults(command: click.Command, environ: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """What ``command`` is given where its command line is silent, by the names of its values."""
    flags = {
        flag.removeprefix("--"): parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for flag in parameter.opts
    }
    if flags.keys().isdisjoint(KNOWN):
        return {}
    return {
        str(flags[each.name]): each.value
        for each in settings(environ, folder)
        if each.name in flags and each.value is not None
    }


def _from_environment(name: str, given: str, read: Callable[[object], str | int]) -> str | int:
    from upload_matrix.model.errors import ConfigurationError

    try:
        return read(given)
    except ValueError as error:
        raise ConfigurationError(f"{variable(name)}: {name} {error} (found {given!r})") from error


def _written(path: Path) -> Iterator[tuple[str, Setting]]:
    """What stands in the file; nothing where there is none. Raises ConfigurationError."""
    if not path.is_file() or not _has_any(path):
        return
    import tomllib

    from upload_matrix.files import closest, read_text, shown
    from upload_matrix.model.errors import ConfigurationError, Problem

    text = read_text(path)
    try:
        table = tomllib.loads(text).get("tool", {}).get("upload-matrix", {})
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise ConfigurationError(f"{shown(path)}: not TOML: {error}") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"{shown(path)}: tool.upload-matrix is a table, as [tool.upload-matrix]")
    problems = []
    for name, value in table.items():
        line, at_key, at_value = _place(text, name)
        if name not in KNOWN:
            near = closest(name, KNOWN)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(KNOWN)}"
            problems.append(Problem(shown(path), line, at_key, f"unknown word `{name}`; {hint}"))
            continue
        try:
            yield name, Setting(name, KNOWN[name](value), f"{FILE}:{line}")
        except ValueError as error:
            problems.append(Problem(shown(path), line, at_value, f"`{name}` {error} (found {value!r})"))
    if problems:
        raise ConfigurationError.at(*problems)


def _has_any(path: Path) -> bool:
    """Whether settings stand in the file, or nobody can tell; a help page loads no more than this."""
    import tomllib

    try:
        text = path.read_text("utf-8")
        return "upload-matrix" in text and bool(tomllib.loads(text).get("tool", {}).get("upload-matrix"))
    except (OSError, ValueError, AttributeError):
        return True


def _place(text: str, name: str) -> tuple[int, int, int]:
    """The line of a word of our table, and the columns of it and of its value; else the table's own line."""
    key = re.compile(rf"\s*([\"']?){re.escape(name)}\1\s*=\s*")
    table = 0
    for number, line in enumerate(text.split("\n"), 1):
        if _HEADER.match(line):
            if table:
                break
            table = number if _TABLE.match(line.rstrip("\r")) else 0
        elif table and (found := key.match(line)) is not None:
            return number, len(line) - len(line.lstrip()) + 1, found.end() + 1
    return table or 1, 1, 1
