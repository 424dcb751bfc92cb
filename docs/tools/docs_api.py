"""The reference of ``import upload_matrix``, from its own signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from docs_markdown import code, fenced, page, prose

from upload_matrix import api

if TYPE_CHECKING:
    from collections.abc import Iterator


def api_page() -> str:
    """Every public name: functions first, then what they give, then what they raise."""
    return page("Python", (api.__doc__ or "").partition("\n\n")[2].replace("``", "`"), _all())


def _all() -> Iterator[str]:
    functions = [name for name in api.__all__ if inspect.isfunction(getattr(api, name))]
    classes = [name for name in api.__all__ if name not in functions]
    for name in (*functions, *classes):
        each = getattr(api, name)
        yield from (f"## {name}", "")
        if name in functions:
            yield from fenced(f"upload_matrix.{name}{_signature(each)}", "python")
        yield from (prose(inspect.getdoc(each) or ""), "")
        if name in classes and not issubclass(each, Exception):
            yield from _members(each)


def _members(each: type) -> Iterator[str]:
    for name, member in vars(each).items():
        if name.startswith("_") or name in _INNER:
            continue
        says = prose(inspect.getdoc(member) or "")
        if isinstance(member, property):
            yield from (f"{code(name)}: {says}", "")
        elif inspect.isfunction(member):
            yield from (f"{code(name + _signature(member))}: {says}", "")


_INNER = ("readable", "blocks")
"""What the views are made of, and no reader calls."""


def _signature(function: Any) -> str:
    """``(path: str | Path) -> ReportView``, without ``self``; one parameter a line where it is long."""
    found = inspect.signature(function)
    kept = found.replace(parameters=[each for each in found.parameters.values() if each.name != "self"])
    # Annotations are texts, which inspect shows in quotes.
    plain = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(kept))
    if len(plain) <= _LONG:
        return plain
    head, _, returns = plain.rpartition(") -> ")
    return "(\n    " + re.sub(r", (?=\*|[a-z_]+:)", ",\n    ", head.removeprefix("(")) + f"\n) -> {returns}"


_LONG = 70
