"""Data inside a page: compressed (zlib), then base64, in script elements that no browser executes.

How well zlib packs differs among its builds (zlib-ng, say), so two machines may write other bytes for the
same data. ``unpacked`` puts the data itself in place of every block: pages whose unpacked texts are equal
are the same page, and that is what a check of a committed page compares.
"""

from __future__ import annotations

import base64
import html
import json
import re
import sys
import zlib
from array import array
from typing import Any

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
