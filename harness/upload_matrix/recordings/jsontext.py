"""JSON as text: laid out over lines, with single strings changed, and every other token kept as written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TypeAlias

from upload_matrix.recordings.yamltext import escaped

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
