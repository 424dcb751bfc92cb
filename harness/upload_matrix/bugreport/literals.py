"""Values written as source code, so that they mean the same whatever stands in them."""

from __future__ import annotations

import json
import keyword
import shlex
from collections.abc import Mapping

from upload_matrix.report.wording import visible

Value = str | int | float | bool


def python(value: Value | bytes | None) -> str:
    """``value`` as a Python literal; text in double quotes, with escapes for what cannot be seen."""
    return _text(value) if isinstance(value, str) else repr(value)


def javascript(value: Value) -> str:
    """``value`` as a JavaScript literal."""
    return _text(value) if isinstance(value, str) else json.dumps(value)


def shell(value: str) -> str:
    """``value`` as one word of a POSIX shell."""
    return shlex.quote(value)


def _text(value: str) -> str:
    # What hides in a line or turns its direction must not hide in a source file either.
    return json.dumps(value, ensure_ascii=visible(value) != value)


def arguments(values: Mapping[str, str]) -> tuple[str, ...]:
    """Keyword arguments of a Python call, a line each; ``values`` are expressions by name."""
    plain = [f"{name}={code}" for name, code in values.items() if _is_name(name)]
    odd = [f"{python(name)}: {code}" for name, code in values.items() if not _is_name(name)]
    return (*plain, *([f"**{{{', '.join(odd)}}}"] if odd else []))


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)
