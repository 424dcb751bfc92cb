"""Where settings are found when the command line is silent: the environment, a matrix, ``pyproject.toml``.

The first that says something counts: the command line, ``UPLOAD_MATRIX_NAME``, ``settings`` of the matrices
that are run, ``[tool.upload-matrix]`` in the nearest ``pyproject.toml`` that has it, upwards from the working
folder, the default. Commands and the pytest plugin ask here alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from upload_matrix.model.setting import KNOWN, Setting

ORDER = "command line, environment, matrix, pyproject.toml, default"
"""The first that says something counts."""

FILE = "pyproject.toml"
PREFIX = "UPLOAD_MATRIX_"
OF_MATRIX = ("target", "timeout")
"""What a matrix says at its top."""

DEFAULT = "default"
"""The origin of what nobody says."""

_TABLE = re.compile(r"\s*\[\s*tool\s*\.\s*(\"?)upload-matrix\1\s*\]\s*(?:#.*)?$")
_HEADER = re.compile(r"\s*\[")
_NEAR = 0.8
"""Variables of others begin as ours do: one is a slip of the pen where it is this much like a setting's."""


def variable(name: str) -> str:
    """The variable of a setting: ``UPLOAD_MATRIX_MAX_CALLS``."""
    return f"{PREFIX}{name.upper().replace('-', '_')}"


def settings(
    environ: Mapping[str, str],
    folder: Path,
    matrices: Sequence[Path] = (),
    typed: Collection[str] = (),
    *,
    nearer: Mapping[str, Setting] | None = None,
    alone: bool = False,
) -> tuple[Setting, ...]:
    """Every setting, in order; what was ``typed`` on the command line is not asked of the matrices.

    A path of a file comes as it can be pasted here. ``nearer`` goes before ``pyproject.toml``. Raises
    ConfigurationError for an unknown word, a value that cannot be, and matrices that do not agree. What is
    wrong with a matrix is left to its loading, which says all of it, unless settings are asked for ``alone``.
    """
    _check_variables(environ)
    project = {**dict(_of_project(folder)), **(nearer or {})}
    decided = {*typed, *(name for name in KNOWN if environ.get(variable(name)))}
    stated = _of_matrices(matrices, decided, alone=alone)
    found = []
    for name in KNOWN:
        given = environ.get(variable(name))
        if given:
            found.append(Setting(name, _from_environment(name, given), variable(name)))
        else:
            found.append(stated.get(name) or project.get(name) or Setting(name, None, DEFAULT))
    return tuple(found)


def of_options(found: Collection[Setting], *, base_url: object) -> dict[str, str | int | float]:
    """The values that are set, as options of their names have them, where that of ``--base-url`` is as given.

    What a matrix says of itself is not filled in from a file: it is asked where matrices are loaded.
    """
    values = {
        each.name: each.value
        for each in found
        if each.value is not None and (each.name not in OF_MATRIX or each.origin == variable(each.name))
    }
    if base_url:
        values.pop("target", None)
    return values


def around_matrices(environ: Mapping[str, str], folder: Path) -> dict[str, Setting]:
    """What is said of ``OF_MATRIX``: in the environment for all, in a file for those that say nothing.

    Raises ConfigurationError.
    """
    return {each.name: each for each in settings(environ, folder) if each.name in OF_MATRIX}


def _check_variables(environ: Mapping[str, str]) -> None:
    """A limit that nobody reads would be none."""
    known = [variable(name) for name in KNOWN]
    for name in sorted(each for each in environ if each.startswith(PREFIX) and each not in known):
        for each in known:
            if _alike(name.removeprefix(PREFIX), each.removeprefix(PREFIX)):
                from upload_matrix.model.errors import ConfigurationError

                raise ConfigurationError(f"{name}: no such setting; did you mean {each}?")


def _alike(word: str, other: str) -> bool:
    """Whether two words begin with the same letter and share most of the rest, in whatever order."""
    common = (Counter(word) & Counter(other)).total()
    return word[:1] == other[:1] and 2 * common >= _NEAR * (len(word) + len(other))


def _from_environment(name: str, given: str) -> str | int | float:
    from upload_matrix.model.errors import ConfigurationError

    try:
        return KNOWN[name].read(given)
    except ValueError as error:
        raise ConfigurationError(f"{variable(name)}: {name} {error} (found {given!r})") from error


def _of_matrices(paths: Sequence[Path], decided: Collection[str], *, alone: bool) -> dict[str, Setting]:
    """What the matrices say together of what is not ``decided`` before; raises ConfigurationError."""
    if not alone and not any(map(_may_say, paths)):
        return {}
    from upload_matrix.matrix.load import stated_settings
    from upload_matrix.model.errors import ConfigurationError

    found: dict[str, Setting] = {}
    try:
        stated = stated_settings(paths)
    except ConfigurationError:
        if alone:
            raise
        return {}
    own = [each for each in stated if each.name in OF_MATRIX]
    if alone:
        found |= {
            name: _together([each for each in own if each.name == name]) for name in {e.name for e in own}
        }
    for each in stated:
        if each in own:
            continue
        first = found.setdefault(each.name, each)
        if each.value != first.value and each.name not in decided:
            raise ConfigurationError(
                f"{each.origin}: `{each.name}` is {each.value}, and {first.value} in {first.origin}; "
                f"matrices that run together have one: give --{each.name}, or run them one by one"
            )
    return found


def _together(said: Sequence[Setting]) -> Setting:
    """What matrices say of themselves, each for its own cases."""
    different = {each.value: each for each in reversed(said)}
    if len(different) == 1:
        return said[0]
    places = sorted(each.origin for each in different.values())
    return Setting(said[0].name, f"{len(different)} different ones", ", ".join(places))


def _may_say(path: Path) -> bool:
    """Whether a matrix there may have settings; where none does, no more is loaded than this."""
    try:
        files = (each for each in (path.iterdir() if path.is_dir() else (path,)) if each.is_file())
        return any(b"settings" in each.read_bytes() for each in files if each.suffix in (".yaml", ".yml"))
    except OSError:
        # Whoever loads it says why.
        return False


def _of_project(folder: Path) -> Iterator[tuple[str, Setting]]:
    """What stands in the nearest file with our table, if there is one; raises ConfigurationError."""
    above = (each / FILE for each in (folder, *folder.parents))
    path = next((each for each in above if each.is_file() and _has_any(each)), None)
    if path is None:
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
    problems: list[Problem] = []
    unquoted: list[Problem] = []
    for name, value in table.items():
        line, at_key, at_value = _place(text, name)
        if name not in KNOWN:
            near = closest(name, KNOWN)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(KNOWN)}"
            # Nobody knows what a strange word holds: it may be a secret, and its line is not quoted.
            where = problems if near else unquoted
            where.append(Problem(shown(path), line, at_key, f"unknown word `{name}`; {hint}"))
            continue
        try:
            read = KNOWN[name].read(value)
        except ValueError as error:
            problems.append(Problem(shown(path), line, at_value, f"`{name}` {error} (found {value!r})"))
            continue
        if KNOWN[name].is_path:
            read = shown(path.parent / str(read))
        yield name, Setting(name, read, f"{shown(path)}:{line}")
    if problems or unquoted:
        wrong = ConfigurationError("\n".join(map(str, sorted([*problems, *unquoted]))))
        wrong.problems = tuple(problems)
        raise wrong


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
