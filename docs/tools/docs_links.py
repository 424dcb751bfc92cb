"""Dead links in Markdown: files and anchors within a folder of pages, and the form of addresses outside.

Nothing is fetched: of an address outside only its form is looked at, so that a check does not depend on
anybody's server.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable("table")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ANCHOR = re.compile(r"""<[a-z][^>]*\s(?:id|name)=["']([^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Link:
    """``line`` is the 1-based line where the block with the link begins."""

    address: str
    line: int


@dataclass(frozen=True, slots=True)
class Dead:
    """A link that leads nowhere, and why."""

    page: Path
    link: Link
    why: str

    def __str__(self) -> str:
        return f"{self.page}:{self.link.line}: {self.link.address}: {self.why}"


def dead_links(pages: Iterator[Path] | list[Path], root: Path) -> Iterator[Dead]:
    """Every dead link of the Markdown files ``pages``; no link may lead out of the folder ``root``."""
    for page in pages:
        for link in links(page.read_text("utf-8")):
            why = _fault(link, page, root)
            if why is not None:
                yield Dead(page, link, why)


def links(text: str) -> Iterator[Link]:
    """Links and pictures of a page, in order; what stands in code is none."""
    for block in _PARSER.parse(text):
        line = block.map[0] + 1 if block.map else 1
        for token in block.children or ():
            address = token.attrGet("href") or token.attrGet("src")
            if address is not None:
                yield Link(str(address), line)


def anchors(text: str) -> frozenset[str]:
    """The anchors of a page: of its headings, and those written as HTML."""
    tokens = _PARSER.parse(text)
    found: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            slug = _slug(_words(inline))
            number, name = 1, slug
            while name in found:
                name = f"{slug}_{number}"
                number += 1
            found.add(name)
    found.update(match for match in _ANCHOR.findall(text))
    return frozenset(found)


def _words(inline: Token) -> str:
    return "".join(token.content for token in inline.children or () if token.type in ("text", "code_inline"))


def _slug(words: str) -> str:
    """As Python-Markdown's ``toc`` makes it, told to keep letters of every script (see mkdocs.yml)."""
    text = unicodedata.normalize("NFC", words)
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


def _fault(link: Link, page: Path, root: Path) -> str | None:
    parts = urlsplit(link.address)
    if parts.scheme or parts.netloc:
        sound = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "")
        return None if sound or parts.scheme == "mailto" else "not a web address"
    target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    if not target.is_relative_to(root.resolve()):
        return "leads out of the folder"
    if not target.exists():
        return "no such file"
    if parts.fragment and target.suffix == ".md":
        known = anchors(target.read_text("utf-8"))
        if unquote(parts.fragment) not in known:
            return f"no such heading there; there are {', '.join(sorted(known))}"
    return None
