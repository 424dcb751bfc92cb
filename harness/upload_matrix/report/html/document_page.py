"""Any readable report (``report.document``) as a page: its sections as the page's, its blocks as elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from markupsafe import Markup, escape

from upload_matrix.report.conformance import AMISS_SIGN
from upload_matrix.report.document import (
    TERMINAL,
    Aside,
    BeforeAfter,
    Block,
    Code,
    Facts,
    Headline,
    Items,
    Lines,
    Link,
    Listing,
    Marked,
    Pale,
    Paragraph,
    Readable,
    Section,
    Strong,
    Table,
    Words,
    plain,
)
from upload_matrix.report.html.page import PLAIN, Content, Page, PageSection, marked, without_digests
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import NONE

_LONG = 28
"""Characters from which a cell of a table is broken into lines."""


def page(
    readable: Readable,
    numbers: tuple[tuple[str, str], ...] = (),
    *,
    kind: str = "facts",
    legend: str = "Legend",
) -> Page:
    """The page. Its headline is the title; the lead's first paragraph is said below it.

    ``numbers`` are pairs of a number in words and what it counts; the rest of the lead is a section with the
    title ``legend``.
    """
    first, *rest = readable.lead
    lead = plain(first.words) if isinstance(first, Paragraph) else ""
    return Page(
        kind=kind,
        title=readable.title,
        headline=readable.title,
        lead=lead,
        mood=PLAIN,
        answers="",
        emulated=False,
        facts=numbers,
        sections=sections_of(readable, Section(legend, tuple(rest))),
    )


_BELOW = 3
"""The level from which a section stands under the one before."""


def sections_of(readable: Readable, legend: Section | None = None) -> tuple[PageSection, ...]:
    """The sections after the ``legend``, without empty ones; folded and deeper ones stand under another."""
    made = Section("How this was made", readable.foot)
    sections: list[tuple[Section, list[Section]]] = []
    for each in (*([legend] if legend and legend.blocks else []), *readable.sections):
        if each.only == TERMINAL:
            continue
        if sections and (each.folded or each.level >= _BELOW):
            sections[-1][1].append(each)
        else:
            sections.append((each, []))
    anchors = _Anchors()
    every = [*sections, *([(made, [])] if made.blocks else [])]
    return tuple(_section(each, inner, anchors) for each, inner in every)


def _section(section: Section, inner: Iterable[Section], anchors: _Anchors) -> PageSection:
    title = plain(section.title)
    anchor = anchors.of(title)
    content = {
        "blocks": _blocks(section.blocks, title),
        "inner": [
            {
                "words": html_words(each.title),
                "anchor": anchors.of(plain(each.title)),
                "folded": each.folded,
                "blocks": _blocks(each.blocks, f"{title}: {plain(each.title)}"),
            }
            for each in inner
        ],
    }
    return PageSection("document", title, Content(content), anchor, section.name)


class _Anchors:
    """Names for addresses within a page, each given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, title: str) -> str:
        """From the title's letters and digits; a number follows where that was given already."""
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"
        names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
        found = next(name for name in names if name not in self._given)
        self._given.add(found)
        return found


def _blocks(blocks: Iterable[Block], title: str) -> list[Mapping[str, Any]]:
    """The blocks; of several tables under one title, each has a number."""
    blocks = tuple(blocks)
    tables = [each for each in blocks if isinstance(each, Table | BeforeAfter)]
    numbers = {id(each): number for number, each in enumerate(tables, 1)} if len(tables) > 1 else {}
    return [
        _block(each, f"{title}, {numbers[id(each)]} of {len(tables)}" if id(each) in numbers else title)
        for each in blocks
    ]


def _block(each: Block, label: str) -> Mapping[str, Any]:
    """A block as its template has it, every word of it escaped."""
    if isinstance(each, Paragraph):
        return {"kind": "paragraph", "words": html_words(each.words)}
    if isinstance(each, Headline):
        return {"kind": "paragraph", "words": html_words((Strong(each.result), f" {each.answers}"))}
    if isinstance(each, Items):
        return {"kind": "items", "entries": [html_words(entry) for entry in each.entries]}
    if isinstance(each, Facts):
        return {"kind": "pairs", "pairs": [(visible(name), html_words(words)) for name, words in each.pairs]}
    if isinstance(each, Listing):
        return {"kind": "listing", "text": each.text}
    assert isinstance(each, Table | BeforeAfter)
    return {
        "kind": "table",
        "label": label,
        "header": [(html_words(name), plain(name)) for name in each.header],
        "rows": [[_cell(cell) for cell in row] for row in each.rows],
    }


def _cell(words: Words) -> Markup:
    found = html_words(words)
    text = plain(words)
    if text.startswith(AMISS_SIGN):
        return Markup('<span class="amiss">{}</span>').format(found)
    longest = max(map(len, text.split("\n")), default=0)
    return Markup('<span class="wrap">{}</span>').format(found) if longest > _LONG else found


def html_words(words: Words) -> Markup:
    """Words as markup; what hides in them is made visible."""
    if isinstance(words, tuple):
        return Markup("").join(map(html_words, words))
    match words:
        case Marked():
            return marked(words.text)
        case Code():
            return Markup("<i>{}</i>").format(NONE) if words.text is None else _element("code", words.text)
        case Link():
            return Markup('<a href="{}">{}</a>').format(words.address, visible(words.text))
        case Strong():
            return Markup("<strong>{}</strong>").format(html_words(words.words))
        case Pale():
            return Markup('<span class="pale">{}</span>').format(html_words(words.words))
        case Aside():
            return _element("i", words.text)
        case Lines():
            return Markup("<br>").join(map(html_words, words.lines))
    return escape(without_digests(visible(words)))


def _element(name: str, text: str) -> Markup:
    said = without_digests(visible(text)) or "(empty)"
    return Markup("<{}>{}</{}>").format(Markup(name), said, Markup(name))  # noqa: S704


def chunks(readable: Readable, *, kind: str = "facts") -> Iterator[str]:
    """The page in pieces."""
    return page(readable, kind=kind).chunks()
