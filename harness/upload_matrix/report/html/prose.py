"""The template engine as the pages use it: everything is escaped, and what hides in a text is written out."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from upload_matrix.model.answer import Provenance, Source
from upload_matrix.report.visible import visible, visible_lines
from upload_matrix.report.wording import SIGNS, WAYS_OUT, heading, plural, short

_CODE = re.compile(r"`([^`]+)`")


@cache
def engine() -> Environment:
    """Jinja2 with autoescape for every template, whatever its name; an unknown name is an error."""
    found = Environment(
        loader=PackageLoader("upload_matrix.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.finalize = _seen
    found.filters |= {
        "marked": marked,
        "lines": lambda text: "\n".join(visible_lines(text)),
        "thousands": lambda number: f"{number:,}",
        "plural": plural,
        "address": address,
        "heading": heading,
        "short": short,
        "sentence": sentence,
        "capital": capital,
    }
    found.globals |= {"signs": SIGNS, "ways_out": WAYS_OUT}
    found.tests |= {"emulated": emulated}
    return found


def _seen(value: object) -> object:
    # A template's own markup, numbers and None pass; any other text comes from somewhere else. Line
    # breaks are kept: in HTML they are spaces, and inside ``pre`` they are meant.
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(visible_lines(value))
    return value


def marked(text: str) -> Markup:
    """One of our sentences with its `code` as elements; every word of it escaped and made visible."""
    pieces = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(escape(visible(piece))) if index % 2 else escape(visible(piece))
        for index, piece in enumerate(pieces)
    )


def sentence(text: str) -> str:
    """``text`` with a capital letter and without the sign it may begin with, for a headline."""
    words = text.lstrip("✓✗?!– ")
    return words[:1].upper() + words[1:]


def capital(text: str) -> str:
    """``text`` with a capital letter, unless it begins with a name or with code."""
    first = text.split(" ", 1)[0].rstrip(",:;")
    return text[:1].upper() + text[1:] if first.isalpha() else text


def address(text: str) -> str:
    """``text`` as a value after ``#``; what UTF-8 cannot hold becomes a question mark."""
    return quote(text, safe="", errors="replace")


def emulated(source: Source | None) -> bool:
    """Whether a stand-in spoke."""
    return source is not None and source.provenance is Provenance.EMULATED
