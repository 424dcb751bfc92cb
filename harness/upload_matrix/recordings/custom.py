"""The user's own patterns, from a YAML file (``redact.yaml``), checked with the line of every fault.

    patterns:
      - name: ticket                     # in the placeholder: [redacted:ticket]
        pattern: 'TICKET-[0-9]{4,}'      # RE2's regular expressions
        where: [headers, fields, text]   # default: all three
      - name: team
        names: [x-team, team_id]         # the whole value of headers and fields of these names
        replacement: '[team]'            # default: [redacted:NAME]
        shared: true                     # requests that differ in this alone are one, and share an answer

Patterns run on RE2, whose time grows with the text and never with the pattern's cleverness: a pattern
cannot bring a run to a halt. RE2 has no look-around and no back-references, and says so.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from upload_matrix.files import yaml_root
from upload_matrix.model.errors import ConfigurationError, Problem
from upload_matrix.recordings.patterns import bare_name

LONGEST_PATTERN = 1000
"""Characters of a pattern; RE2 also limits the memory that one may take."""

_MEMORY = 8 * 1024 * 1024
_KEYS = ("name", "pattern", "names", "replacement", "where", "ignore_case", "shared")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SURROGATES = re.compile(r"([\ud800-\udfff]+)")


class SecretPlace(StrEnum):
    """Where a text stood: the value of a header, of a JSON or form field, or any other text."""

    HEADERS = "headers"
    FIELDS = "fields"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class CustomRule:
    """A pattern of the user's own.

    ``names`` (see ``bare_name``) restrict it to fields and headers called so; without a pattern the
    whole value goes. ``substitute`` is None for a rule without a pattern. ``shared``: requests that differ in
    nothing else share a recording; without it none is made of such a request.
    """

    name: str
    replacement: str
    where: frozenset[SecretPlace]
    names: frozenset[str] = frozenset()
    substitute: Callable[[str, Callable[[str], str]], str] | None = field(default=None, compare=False)
    shared: bool = False

    def within_named(self, text: str, mark: Callable[[str], str]) -> str:
        """The value of a field or header that is one of ``names``; ``mark`` gives what stands for a match."""
        if self.substitute is None:
            return mark(text) if text and not text.startswith(self.replacement.rstrip("]")) else text
        return self.substituted(text, mark)

    def substituted(self, text: str, mark: Callable[[str], str]) -> str:
        """``text`` with every match replaced by what ``mark`` gives for it."""
        return text if self.substitute is None else self.substitute(text, mark)


RULES_FILE = "redact.yaml"
"""The project's patterns, beside its matrices' folder."""


def project_rules(folder: Path) -> tuple[CustomRule, ...]:
    """The rules of a project's ``redact.yaml``, none without that file; raises as ``load_rules`` does."""
    path = folder / RULES_FILE
    return load_rules(path) if path.exists() or path.is_symlink() else ()


def load_rules(path: Path) -> tuple[CustomRule, ...]:
    """The rules of a file; raises ConfigurationError naming every fault with file, line and column."""
    name = str(path)
    root = yaml_root(path, "redaction rules")
    reading = _Reading(name)
    rules = tuple(reading.rules(root))
    if reading.problems:
        raise ConfigurationError.at(*sorted(reading.problems))
    return rules


class _Reading:
    """One file being read; faults are gathered, so that all are told at once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.problems: list[Problem] = []

    def rules(self, root: Any) -> Iterator[CustomRule]:
        if root is None:
            return
        top = self._mapping(root, ("patterns",))
        listed = top.get("patterns")
        if not isinstance(listed, yaml.SequenceNode):
            self._fault(listed or root, "`patterns`: give a list of patterns")
            return
        taken: set[str] = set()
        for node in listed.value:
            rule = self._rule(node)
            if rule is None:
                continue
            if rule.name in taken:
                self._fault(node, f"`name`: {rule.name!r} stands twice; give each pattern its own name")
            taken.add(rule.name)
            yield rule

    def _rule(self, node: Any) -> CustomRule | None:
        before = len(self.problems)
        fields = self._mapping(node, _KEYS)
        name = self._text(fields.get("name"), "name")
        if name is None:
            self._missing(node, fields, "name", "as it shall stand in [redacted:NAME]")
        elif not _NAME.fullmatch(name):
            self._fault(fields["name"], f"`name`: {name!r}: use small letters, digits and single hyphens")
        replacement = self._text(fields.get("replacement"), "replacement")
        replacement = f"[redacted:{name}]" if replacement is None else replacement
        names = self._words(fields.get("names"), "names")
        where = self._places(fields.get("where"), restricted=bool(names))
        shared = self._flag(fields.get("shared"), "shared")
        substitute = None
        if "pattern" in fields:
            substitute = self._pattern(fields["pattern"], fields.get("ignore_case"))
        elif not names:
            self._fault(node, "give a `pattern`, or `names` of fields and headers whose whole value goes")
        if not (replacement.isascii() and replacement.isprintable()):
            self._fault(fields["replacement"], "`replacement`: use printable ASCII characters")
        elif substitute is not None and substitute(replacement, lambda _: replacement) != replacement:
            where_from = fields.get("replacement", node)
            self._fault(where_from, f"`replacement`: {replacement!r} is itself changed by the pattern")
        if len(self.problems) > before or name is None:
            return None
        return CustomRule(name, replacement, where, frozenset(map(bare_name, names)), substitute, shared)

    def _pattern(self, node: Any, ignore: Any) -> Callable[[str, Callable[[str], str]], str] | None:
        pattern = self._text(node, "pattern")
        case_sensitive = not self._flag(ignore, "ignore_case")
        if pattern is None:
            return None
        if len(pattern) > LONGEST_PATTERN:
            self._fault(node, f"`pattern`: {len(pattern)} characters, and {LONGEST_PATTERN} are the most")
            return None
        try:
            substitute = _compiled(pattern, case_sensitive=case_sensitive)
        except ValueError as error:
            self._fault(node, f"`pattern`: {pattern!r}: {error}")
            return None
        if substitute("", lambda _: "anything") != "":
            self._fault(node, f"`pattern`: {pattern!r} matches nothing at all, and so everywhere")
            return None
        return substitute

    def _places(self, node: Any, *, restricted: bool) -> frozenset[SecretPlace]:
        usual = {SecretPlace.HEADERS, SecretPlace.FIELDS} if restricted else set(SecretPlace)
        if node is None:
            return frozenset(usual)
        places: set[SecretPlace] = set()
        for word in self._words(node, "where"):
            if word not in set(SecretPlace):
                self._fault(node, f"`where`: {word!r} is not one of {', '.join(SecretPlace)}")
            elif restricted and word == SecretPlace.TEXT:
                self._fault(node, "`where`: text has no names; leave out `names`, or `text`")
            else:
                places.add(SecretPlace(word))
        return frozenset(places)

    def _mapping(self, node: Any, keys: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, f"give a mapping with {', '.join(keys)}")
            return {}
        found: dict[str, Any] = {}
        for key, value in node.value:
            if key.value not in keys:
                self._fault(key, f"`{key.value}` is not known here; there are {', '.join(keys)}")
            elif key.value in found:
                self._fault(key, f"`{key.value}` stands twice")
            else:
                found[key.value] = value
        return found

    def _words(self, node: Any, key: str) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        words = tuple(word for item in items if (word := self._text(item, key)) is not None)
        if not words:
            self._fault(node, f"`{key}`: give at least one word")
        return words

    def _text(self, node: Any, key: str) -> str | None:
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self._fault(node, f"`{key}`: give a text")
            return None
        text: str = node.value
        return text

    def _flag(self, node: Any, key: str) -> bool:
        if node is None:
            return False
        if not isinstance(node, yaml.ScalarNode) or node.value not in ("true", "false"):
            self._fault(node, f"`{key}`: give true or false")
            return False
        return bool(node.value == "true")

    def _missing(self, node: Any, fields: dict[str, Any], key: str, what: str) -> None:
        if key not in fields and isinstance(node, yaml.MappingNode):
            self._fault(node, f"`{key}` is missing: give one, {what}")

    def _fault(self, node: Any, message: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(self._file, mark.line + 1, mark.column + 1, message))


def _compiled(pattern: str, *, case_sensitive: bool) -> Callable[[str, Callable[[str], str]], str]:
    """A function that replaces; raises ValueError for a pattern that RE2 does not take."""
    if importlib.util.find_spec("re2") is None:
        raise ValueError("patterns of your own need the package google-re2: pip install google-re2")
    re2: Any = importlib.import_module("re2")
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        says = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        hint = " (RE2's expressions have no look-around and no back-references)" if _missing(says) else ""
        raise ValueError(says + hint) from error

    def substitute(text: str, mark: Callable[[str], str]) -> str:
        # RE2 works on UTF-8, which has no halves of surrogate pairs; those stand between pieces.
        pieces = _SURROGATES.split(text)
        pieces[::2] = [compiled.sub(lambda found: mark(found[0]), piece) for piece in pieces[::2]]
        return "".join(pieces)

    return substitute


def _missing(says: str) -> bool:
    return "perl operator" in says or "escape sequence" in says
