"""What a page carries: style sheets and scripts with the hashes its policy allows, and its data.

There is no build step: a script is a file in ``assets/js`` that adds one object to the page's scope
(``const Filter = ...``), taken in the order of ``SCRIPTS``. Data is compressed (zlib), then base64, in script
elements that no browser executes. How well zlib packs differs among its builds (zlib-ng, say), so two
machines may write other bytes for the same data. ``unpacked`` puts the data itself in place of every block:
pages whose unpacked texts are equal are the same page, and a check of a committed page compares these.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

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


# -- data --


MEDIA_TYPE = "application/x-upload-matrix"
"""Any type that is no script's: the content security policy then has nothing to say about the element."""

_LEVEL = 9
_BLOCK = re.compile(
    rf'(<script type="{re.escape(MEDIA_TYPE)}" data-name="([^"]*)" data-form="(json|int32)">)'
    r"([A-Za-z0-9+/=]*)(</script>)"
)

INT32 = "i"
"""The type of an array that is embedded as numbers of four bytes, the lowest byte first."""


def compact(value: Any) -> str:
    """``value`` as JSON in ASCII: what UTF-8 cannot hold (a lone surrogate in a filename) stays itself."""
    return json.dumps(value, separators=(",", ":"))


def block(name: str, value: Any) -> str:
    """``value`` as an element that ``blocks.js`` finds under ``name``.

    JSON, or for an ``array`` of type ``INT32`` the numbers themselves: a browser need not parse those.
    """
    form = "int32" if isinstance(value, array) else "json"
    data = _numbers(value) if isinstance(value, array) else compact(value).encode("ascii")
    text = base64.b64encode(zlib.compress(data, _LEVEL)).decode("ascii")
    return f'<script type="{MEDIA_TYPE}" data-name="{html.escape(name)}" data-form="{form}">{text}</script>\n'


def unpacked(page: str) -> str:
    """The page with every block's data in clear: equal for equal pages, whichever zlib packed them."""
    return _BLOCK.sub(lambda match: match[1] + compact(_value(match)) + match[5], page)


def blocks(page: str) -> dict[str, Any]:
    """The data of a page's blocks by name, in the page's order."""
    return {html.unescape(match[2]): _value(match) for match in _BLOCK.finditer(page)}


def _value(match: re.Match[str]) -> Any:
    data = zlib.decompress(base64.b64decode(match[4]))
    if match[3] == "json":
        return json.loads(data)
    numbers = array(INT32)
    numbers.frombytes(data)
    return _little(numbers).tolist()


def _numbers(values: array[int]) -> bytes:
    if values.itemsize != 4:
        raise ValueError(f"an array of {values.itemsize} bytes a number cannot be embedded, only of 4")
    return _little(values).tobytes()


def _little(values: array[int]) -> array[int]:
    """``values`` with the lowest byte first, whichever way this machine has them."""
    if sys.byteorder == "little":
        return values
    swapped = array(INT32, values)
    swapped.byteswap()
    return swapped
