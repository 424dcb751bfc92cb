"""Writing YAML so that a person can review it and every machine writes the same bytes.

PyYAML's two dumpers disagree on what they escape and where they fold, so equal recordings would differ
with the presence of libyaml. The few shapes a recording needs are written here instead, and read back
with PyYAML.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeAlias

Tree: TypeAlias = "str | int | bytes | Mapping[str, Tree] | Sequence[Tree] | None"
"""What can be written: mappings with text keys, lists, text, integers, bytes and null."""

# Not printable in YAML, a line break to YAML alone, half a character, or invisible in a review
# (direction marks can make a text look like another).
_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff0-\uffff"
)
HIDDEN = re.compile(f"[{_HIDDEN}]")
"""One character that must stand escaped in a recording; tab and line feed are not among them."""

_WORD = re.compile(r"[A-Za-z](?:[A-Za-z_-]*[A-Za-z])?")
_KEY = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_NOT_A_WORD = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Plain words that YAML 1.1 reads as something other than text."""


def escaped(text: str) -> str:
    r"""``text`` with every hidden character as ``\uXXXX``, which JSON and YAML strings both understand."""
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def quoted(text: str) -> str:
    """``text`` as a JSON string, which is also a YAML one; only hidden characters are escaped."""
    return escaped(json.dumps(text, ensure_ascii=False))


def document(tree: Mapping[str, Tree]) -> bytes:
    """``tree`` as a YAML document in UTF-8, keys in the given order."""
    return "".join(f"{line}\n" for line in _mapping(tree, 0)).encode("utf-8")


def _mapping(tree: Mapping[str, Tree], depth: int) -> Iterator[str]:
    for key, value in tree.items():
        yield from _entry(f"{' ' * depth}{_text(key, _KEY)}:", value, depth)


def _sequence(items: Sequence[Tree], depth: int) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and item:
            first, *rest = _mapping(item, depth + 2)
            yield f"{' ' * depth}- {first.lstrip(' ')}"
            yield from rest
        else:
            yield from _entry(f"{' ' * depth}-", item, depth)


def _entry(start: str, value: Tree, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield start
        yield from _mapping(value, depth + 2)
    elif isinstance(value, (list, tuple)) and value:
        yield start
        yield from _sequence(value, depth)
    elif isinstance(value, str) and _fits_block(value):
        yield from _block(start, value, depth + 2)
    else:
        yield f"{start} {_scalar(value)}"


def _scalar(value: Tree) -> str:
    if isinstance(value, str):
        # Digits only in keys: a list of digests looks odd when some are quoted.
        return _text(value, _WORD)
    if isinstance(value, bytes):
        # On one line: the write gate finds a secret within it without joining lines.
        return f'!!binary "{base64.b64encode(value).decode("ascii")}"'
    # What is left (null, an integer, an empty mapping or list) is written alike in JSON and YAML.
    return json.dumps(value)


def _text(text: str, plain: re.Pattern[str]) -> str:
    return text if plain.fullmatch(text) and text.lower() not in _NOT_A_WORD else quoted(text)


def _fits_block(text: str) -> bool:
    return "\n" in text and text[0] not in " \t\n" and not HIDDEN.search(text)


def _block(start: str, text: str, depth: int) -> Iterator[str]:
    stripped = text.rstrip("\n")
    breaks = len(text) - len(stripped)
    yield f"{start} |{'-' if breaks == 0 else '+' if breaks > 1 else ''}"
    for line in stripped.split("\n") + [""] * (breaks - 1):
        yield f"{' ' * depth}{line}" if line else ""


# JSON as text: laid out over lines, with single strings changed, and every other token kept as written.


JsonPath: TypeAlias = "tuple[str | int, ...]"

MAX_DEPTH = 100
"""Deeper documents are treated as plain text: no API answers so, and each level costs a call."""

_STEPS = {"{": 1, "[": 1, "}": -1, "]": -1}
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def is_json_document(text: str) -> bool:
    """Whether ``text`` is a JSON object or array, nested no deeper than MAX_DEPTH."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    tokens = (found[0] for found in _TOKEN.finditer(text))
    return max(accumulate(_STEPS.get(token, 0) for token in tokens)) <= MAX_DEPTH


def dotted(path: JsonPath) -> str:
    """``data[0].b64_json``, as a reader writes a place in a JSON document."""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return words.removeprefix(".")


def field_name(path: JsonPath) -> str:
    """The nearest object key above a value: also ``authorization`` for a list's item under it."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def rewritten(
    text: str, value: Callable[[JsonPath, str], str], key: Callable[[str], str] = lambda name: name
) -> str:
    """The JSON document ``text`` with two spaces of indentation and its strings passed through.

    ``value`` gets every string value with its place, ``key`` every name in an object. Numbers and
    unchanged strings stay as they were written. ``text`` must be sound JSON (see is_json_document).
    """
    tokens = (found[0] for found in _TOKEN.finditer(text))
    return escaped("".join(_value(tokens, next(tokens), (), value, key)))


def _value(
    tokens: Iterator[str],
    word: str,
    path: JsonPath,
    value: Callable[[JsonPath, str], str],
    key: Callable[[str], str],
) -> Iterator[str]:
    if word not in ("{", "["):
        yield _string(word, lambda text: value(path, text)) if word.startswith('"') else word
        return
    end = "}" if word == "{" else "]"
    yield word
    word = next(tokens)
    indent = "\n" + "  " * (len(path) + 1)
    index = 0
    while word != end:
        yield indent if index == 0 else f",{indent}"
        step: str | int = index
        if end == "}":
            step = json.loads(word)
            yield f"{_string(word, key)}: "
            next(tokens)  # The colon.
            word = next(tokens)
        yield from _value(tokens, word, (*path, step), value, key)
        index += 1
        word = next(tokens)
        if word == ",":
            word = next(tokens)
    if index:
        yield "\n" + "  " * len(path)
    yield end


def _string(word: str, change: Callable[[str], str]) -> str:
    text = json.loads(word)
    changed = change(text)
    return word if changed == text else json.dumps(changed, ensure_ascii=False)
