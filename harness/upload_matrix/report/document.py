"""A readable report as a tree, built once and rendered for a terminal or as Markdown: every fact stands once.

Words come from elsewhere, so they are plain text here, and each rendering makes them safe: a text, a text
with `code` between backticks (``Marked``), a value (``Code``), or a tuple of these. A section may be meant
for one of the renderings alone: what a terminal says in short, or what only a page has room for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from upload_matrix.model import codec
from upload_matrix.model.result import CaseResult
from upload_matrix.report import markdown_escape
from upload_matrix.report.grid import aligned, block, turned, wrapped
from upload_matrix.report.registry import Report
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import NONE, explain_hint, plural, shorten

WIDTH = 100
SMALLEST = 2_000
"""Bytes below which a limit makes no sense: result line, footer, and what was left out."""

_INDENT = "  "
_GAP = "\n\n"
_LONGEST_TITLE = 80
_SECTIONS_NAMED = 5
_LONGEST_VALUE = 300
_CASES_NAMED = 5


# -- words --


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence of our own, in which words between backticks are code."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A value as it was sent or said; None: there is none. Markdown shortens it to ``longest``."""

    text: str | None
    longest: int = _LONGEST_VALUE


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    words: Words


@dataclass(frozen=True, slots=True)
class Aside:
    """A word about what is not there, in italics."""

    text: str


@dataclass(frozen=True, slots=True)
class Pale:
    """Words about what is over: shown pale on a page, in italics in Markdown, as they are on a terminal."""

    words: Words


@dataclass(frozen=True, slots=True)
class Lines:
    """Several words, each on a line of its own within a cell or an entry of a list."""

    lines: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an address of our own user's."""

    text: str
    address: str


Words: TypeAlias = "str | Link | Marked | Code | Strong | Aside | Pale | Lines | tuple[Words, ...]"


def listed(words: Iterable[Words], separator: str = ", ") -> tuple[Words, ...]:
    """The words one after another."""
    found: list[Words] = []
    for each in words:
        found += [separator, each] if found else [each]
    return tuple(found)


def named(names: Sequence[str], most: int) -> tuple[Words, ...]:
    """The first names as code, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return (listed(map(Code, names[:most])), more)


# -- blocks --


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or a few."""

    words: Words


@dataclass(frozen=True, slots=True)
class Items:
    """A list, an entry a line."""

    entries: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what they stand for, a line each."""

    pairs: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; what ``grid.aligned`` makes of them on a terminal."""

    header: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """What is otherwise: (what, before, after). A table under ``header``, or a line each for a terminal."""

    rows: tuple[tuple[Words, Words, Words], ...]
    header: tuple[str, str, str] = ("what", "before", "after")


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines as they are: a program, a command, a server's words."""

    text: str
    language: str = "text"


@dataclass(frozen=True, slots=True)
class Headline:
    """How it went, and who answered; ``whole`` stands on one line of a terminal, however long."""

    result: Words
    answers: str = ""
    whole: bool = False


Block: TypeAlias = Headline | Paragraph | Items | Facts | Table | BeforeAfter | Listing

TERMINAL, PAGE = "terminal", "page"


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks that are kept or left out as a whole, then named by ``name``, else by the title.

    Of ``level`` 0 it has no heading; ``folded`` it is opened by who wants it; ``only`` names the one
    rendering it is meant for.
    """

    title: Words
    blocks: tuple[Block, ...]
    level: int = 2
    only: str | None = None
    folded: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Readable:
    """A readable report. Its title and its foot are for a page alone. ``word`` is one that the report says:
    on a terminal the last line tells how to have it explained."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    foot: tuple[Block, ...] = ()
    level: int = 1
    word: str = ""


def cases(results: Sequence[CaseResult]) -> Items:
    """The first cases by id, and how many more there are."""
    more = len(results) - _CASES_NAMED
    entries: list[Words] = [Code(result.id) for result in results[:_CASES_NAMED]]
    return Items((*entries, *([f"and {more:,} more"] if more > 0 else [])))


def folded(section: Section) -> Section:
    """The section behind its title."""
    return replace(section, folded=True)


# -- for a terminal --


def terminal(report: Readable, width: int = WIDTH) -> str:
    """Plain text in at most ``width`` columns; digests and single long words may stand out beyond it."""
    return "\n".join(terminal_lines(report, width)) + "\n"


def terminal_lines(report: Readable, width: int = WIDTH) -> Iterator[str]:
    """The same line by line."""
    yield from blocks_for_terminal(report.lead, width)
    for section in report.sections:
        if section.only != PAGE:
            yield ""
            yield from section_for_terminal(section, width)
    if report.word:
        yield from ("", explain_hint(report.word))


def section_for_terminal(section: Section, width: int = WIDTH) -> Iterator[str]:
    """One section, its title first."""
    if section.level:
        yield from wrapped(plain(section.title), width, hanging=_INDENT)
    yield from blocks_for_terminal(section.blocks, width, _INDENT if section.level else "")


def blocks_for_terminal(blocks: Iterable[Block], width: int, indent: str = "") -> Iterator[str]:
    """Blocks, each line begun with ``indent``."""
    for each in blocks:
        yield from _terminal_block(each, width, indent)


def _terminal_block(each: Block, width: int, indent: str) -> Iterator[str]:
    further = indent + _INDENT
    if isinstance(each, Paragraph):
        yield from wrapped(plain(each.words), width, indent, further)
    elif isinstance(each, Headline):
        if each.whole:
            yield indent + visible(plain(each.result))
        else:
            yield from wrapped(plain(each.result), width, indent, further)
        yield from wrapped(each.answers, width, indent, further) if each.answers else ()
    elif isinstance(each, Items):
        for entry in each.entries:
            first, *more = entry.lines if isinstance(entry, Lines) else (entry,)
            yield from wrapped(f"- {plain(first)}", width, indent, further)
            for line in more:
                yield from wrapped(plain(line), width, further, further + _INDENT)
    elif isinstance(each, Facts):
        gutter = max((len(name) for name, _ in each.pairs), default=0) + len(_INDENT)
        for name, words in each.pairs:
            yield from wrapped(f"{name:<{gutter}}{plain(words)}", width, indent, indent + " " * gutter)
    elif isinstance(each, BeforeAfter):
        for what, before, after in each.rows:
            yield from wrapped(f"{plain(what)}: {plain(before)} -> {plain(after)}", width, indent, further)
    elif isinstance(each, Listing):
        yield from block(each.text, further)
    else:
        yield from _terminal_table(each, width, indent)


def _terminal_table(table: Table, width: int, indent: str) -> list[str]:
    header, *rows = [tuple(map(plain, row)) for row in (table.header, *table.rows)]
    if any(isinstance(cell, Lines) for row in table.rows for cell in row):
        return turned(header, rows, width, indent)
    return aligned([header, *rows], width, indent)


def plain(words: Words) -> str:
    """Words without a mark-up; what hides in them is made visible when they are broken into lines."""
    if isinstance(words, tuple):
        return "".join(map(plain, words))
    if isinstance(words, Code):
        return NONE if words.text is None else visible(words.text) or "(empty)"
    if isinstance(words, Lines):
        return "\n".join(map(plain, words.lines))
    if isinstance(words, Strong | Pale):
        return plain(words.words)
    if isinstance(words, Link):
        return f"{words.text}: {words.address}"
    return words if isinstance(words, str) else words.text


# -- as Markdown --


def markdown(report: Readable, max_bytes: int | None = None) -> str:
    """UTF-8 of at most ``max_bytes``: sections that do not fit are left out, later ones that do are kept.

    A line says which were. Raises ValueError when the report is longer than ``max_bytes`` and that is less
    than ``SMALLEST``.
    """
    title = [f"{'#' * report.level} {markdown_escape.prose(report.title)}"] if report.title else []
    head = _GAP.join([*title, *map(markdown_block, report.lead)])
    foot = _GAP.join(map(markdown_block, report.foot))
    sections = [
        (each.name or plain(each.title), section_as_markdown(each))
        for each in report.sections
        if each.only != TERMINAL
    ]
    return _joined(head, sections, foot, max_bytes)


def section_as_markdown(section: Section) -> str:
    """The section with its heading."""
    heading = f"{'#' * section.level} {markdown_words(section.title)}"
    text = _GAP.join([*([heading] if section.level else []), *map(markdown_block, section.blocks)])
    if not section.folded:
        return text
    summary = markdown_escape.within_html(plain(section.title))
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def markdown_block(each: Block) -> str:
    """One block."""
    if isinstance(each, Paragraph):
        return markdown_words(each.words)
    if isinstance(each, Headline):
        answers = f" {markdown_escape.prose(each.answers)}" if each.answers else ""
        return f"{markdown_words(Strong(each.result))}{answers}"
    if isinstance(each, Items):
        return "\n".join(f"- {markdown_words(entry)}" for entry in each.entries)
    if isinstance(each, Facts):
        return "\n".join(f"- {name}: {markdown_words(words)}" for name, words in each.pairs)
    if isinstance(each, Listing):
        return markdown_escape.fenced(each.text, each.language)
    header = [markdown_words(name) for name in each.header]
    return markdown_escape.table(
        header, [[markdown_words(cell, opening=False) for cell in row] for row in each.rows]
    )


def markdown_words(words: Words, *, opening: bool = True) -> str:
    """One line of running Markdown, or without ``opening`` a piece of one: a table's cell, say."""
    if isinstance(words, tuple):
        return "".join(
            markdown_escape.within(each, opening=opening and not place)
            if isinstance(each, str)
            else markdown_words(each, opening=opening and not place)
            for place, each in enumerate(words)
        )
    match words:
        case Marked():
            return markdown_escape.marked(words.text)
        case Code():
            if words.text is None:
                return f"*{NONE}*"
            return markdown_escape.code(shorten(words.text, words.longest))
        case Link():
            return markdown_escape.link(words.text, words.address)
        case Strong():
            return f"**{markdown_words(words.words, opening=False)}**"
        case Aside():
            return f"*{words.text}*"
        case Pale():
            return f"*{markdown_words(words.words, opening=False)}*"
        case Lines():
            return "<br>".join(markdown_words(line, opening=False) for line in words.lines)
    return markdown_escape.within(" ".join(words.split()), opening=opening)


def _as_json(document: Any) -> str:
    return "".join(codec.chunks(document))


def reports_of(
    kind: str, readable: Callable[[Any], Readable], as_json: Callable[[Any], str] = _as_json
) -> tuple[Report, ...]:
    """What ``report`` makes of a kind of document beside its page: JSON and Markdown."""

    def in_markdown(subject: Any, *, max_bytes: int | None = None) -> str:
        return markdown(readable(subject), max_bytes)

    return (
        Report("json", ".json", as_json, kind),
        Report("markdown", ".md", in_markdown, kind, ("max_bytes",)),
    )


def _joined(head: str, sections: Sequence[tuple[str, str]], foot: str, max_bytes: int | None) -> str:
    ends = [foot] if foot else []
    whole = _GAP.join([head, *(text for _, text in sections), *ends]) + "\n"
    if max_bytes is None or _size(whole) <= max_bytes:
        return whole
    if max_bytes < SMALLEST:
        raise ValueError(f"max_bytes is {max_bytes}, but a report needs at least {SMALLEST}")
    titles = [title for title, _ in sections]
    longest = sorted(titles, key=lambda title: -_size(_short(title)))[:_SECTIONS_NAMED]
    room = max_bytes - _size(_GAP.join([head, *ends]) + "\n")
    room -= _size(_GAP + _note([*longest, *titles], max_bytes))
    kept, left_out = [], []
    for title, text in sections:
        size = _size(_GAP + text)
        if size <= room:
            room -= size
            kept.append(text)
        else:
            left_out.append(title)
    note = _note(left_out, max_bytes)
    text = _GAP.join([head, *kept, note, *ends]) + "\n"
    return text if _size(text) <= max_bytes else note + "\n"


def _note(left_out: Sequence[str], max_bytes: int) -> str:
    titles = "; ".join(map(_short, left_out[:_SECTIONS_NAMED]))
    more = f"; and {len(left_out) - _SECTIONS_NAMED:,} more" if len(left_out) > _SECTIONS_NAMED else ""
    return (
        f"> Left out to stay under {max_bytes:,} bytes: {plural(len(left_out), 'section')} ({titles}{more}). "
        "The JSON report has everything."
    )


def _short(title: str) -> str:
    return markdown_escape.prose(shorten(title, _LONGEST_TITLE))


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
