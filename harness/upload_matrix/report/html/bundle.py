"""Style sheets and scripts, joined for one page, with the hashes its content security policy allows.

There is no build step: a script is a file in ``assets/js`` that adds one object to the page's scope
(``const Filter = ...``), taken in the order of ``SCRIPTS``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

STYLES = ("tokens", "base", "frame", "outcomes", "change_cards", "print")
"""Style sheets that every page has; those of its sections and scripts stand before ``print``."""

SCRIPTS = ("dom", "theme", "anchors", "copy")
"""Scripts that every page has; a page's own stand between these and ``start``."""

_BREAKS_OUT = ("</", "<!--")


@dataclass(frozen=True, slots=True)
class Asset:
    """A style sheet or script as it stands in the page, and its source expression (``'sha256-...'``)."""

    text: str
    source: str


def style(names: Iterable[str] = ()) -> Asset:
    """The style sheets of a page; ``names`` are its sections and scripts, which need not have one."""
    own = [name for name in names if _exists("css", name)]
    return _asset("\n".join(_read("css", name) for name in (*STYLES[:-1], *own, STYLES[-1])))


def script(names: Iterable[str] = ()) -> Asset:
    """The scripts of a page in one function's scope; ``names`` are its own, in order."""
    pieces = [_read("js", name) for name in (*SCRIPTS, *names, "start")]
    return _asset('(() => {\n"use strict";\n' + "\n".join(pieces) + "})();\n")


def policy(style_: Asset, script_: Asset) -> str:
    """The content security policy: exactly this style and this script, and nothing from anywhere.

    ``require-trusted-types-for`` makes the browser refuse every way of turning text into markup.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {style_.source}",
            f"script-src {script_.source}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _asset(text: str) -> Asset:
    for word in _BREAKS_OUT:
        if word in text:
            raise ValueError(f"a style sheet or script holds {word!r}, which would end its element early")
    return Asset(text, source_of(text))


def source_of(text: str) -> str:
    """The source expression by which a policy allows exactly this text."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _exists(kind: str, name: str) -> bool:
    return resources.files(__package__).joinpath("assets", kind, f"{name}.{kind}").is_file()


@cache
def _read(kind: str, name: str) -> str:
    return resources.files(__package__).joinpath("assets", kind, f"{name}.{kind}").read_text("utf-8")
