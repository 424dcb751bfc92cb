"""A page: frame, sections, data; and the template engine, by which every text is escaped and made visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from upload_matrix.model.answer import Provenance, Source
from upload_matrix.model.result import VerdictKind
from upload_matrix.report.html import embed
from upload_matrix.report.visible import visible, visible_lines
from upload_matrix.report.wording import NOT_THE_VENDOR, SIGNS, WAYS_OUT, Counts, heading, plural, short

_CODE = re.compile(r"`([^`]+)`")
_DIGEST = re.compile(r"\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b")
_JOINT = re.compile(r"(?<=[./_\]])(?=[\w\[])")
_LONG_CODE = 20
_CLOSING = re.compile(r"[,.:;!?)]+")


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
    found.globals |= {"signs": SIGNS, "ways_out": WAYS_OUT, "not_the_vendor": NOT_THE_VENDOR}
    found.tests |= {"emulated": emulated}
    return found


def _seen(value: object) -> object:
    # A template's own markup, numbers and None pass; any other text comes from somewhere else. Line
    # breaks are kept: in HTML they are spaces, and inside ``pre`` they are meant.
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(map(without_digests, visible_lines(value)))
    return value


def without_digests(text: str) -> str:
    """``text`` with the first digits alone of each digest of 64: more tell a reader nothing."""
    return _DIGEST.sub(r"\1…", text)


def marked(text: str) -> Markup:
    """One of our sentences with its `code` as elements; every word of it escaped and made visible.

    What closes a code, as a comma does, stays on its line; a long code is broken behind a dot or a slash.
    """
    first, *pieces = _CODE.split(text)
    made = escape(visible(first))
    for code, words in zip(pieces[::2], pieces[1::2], strict=True):
        said = visible(without_digests(code))
        joints = _JOINT.split(said) if len(said) > _LONG_CODE else [said]
        element = Markup("<code>{}</code>").format(Markup("<wbr>").join(joints))
        closing = _CLOSING.match(words)
        if closing is not None:
            element = Markup('<span class="kept">{}{}</span>').format(element, closing[0])
            words = words[closing.end() :]
        made += element + escape(visible(words))
    return made


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


@dataclass(frozen=True, slots=True)
class Content:
    """What a section shows: ``values`` for its template, ``blocks`` of data for its scripts.

    ``scripts`` names files of ``assets/js`` in the order they need, ``styles`` style sheets beside those of
    the section's and its scripts' own names.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    blocks: Iterable[tuple[str, Any]] = ()
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageSection:
    """``name`` is that of its template, ``title`` its heading.

    ``anchor`` is its name in an address, where a page has several of one template; ``short`` stands in the
    page's navigation where the title is too long for it.
    """

    name: str
    title: str
    content: Content
    anchor: str = ""
    short: str = ""

    @property
    def address(self) -> str:
        """What stands after ``#``."""
        return self.anchor or self.name


@dataclass(frozen=True, slots=True)
class Mood:
    """How it went, as a word for the page's colour and icon: ``good``, ``bad``, ``open`` or ``plain``."""

    word: str


GOOD, BAD, OPEN, PLAIN = Mood("good"), Mood("bad"), Mood("open"), Mood("plain")


@dataclass(frozen=True, slots=True)
class Page:
    """A page ready to be written.

    ``headline`` says the result in a sentence; what stands in brackets at its end is shown smaller. ``lead``
    is said below it, where one sentence is not enough. Both may have `code`.
    ``answers`` says who answered; ``emulated`` whether a stand-in is among them. ``facts`` are pairs of a
    number in words and what it counts.
    """

    kind: str
    title: str
    headline: str
    mood: Mood
    answers: str
    emulated: bool
    facts: tuple[tuple[str, str], ...]
    sections: tuple[PageSection, ...]
    lead: str = ""

    @property
    def plain_headline(self) -> str:
        """The headline where no `code` can be shown."""
        return self.headline.replace("`", "")

    @property
    def headline_parts(self) -> tuple[str, str]:
        """The headline, and what stands in brackets at its end without them (else empty)."""
        said, bracket, beside = self.headline.rpartition(" (")
        return (said, beside[:-1]) if bracket and beside.endswith(")") else (self.headline, "")

    def chunks(self) -> Iterator[str]:
        """The page in pieces: all up to the data, each block of data, and the end."""
        names = [section.name for section in self.sections]
        styles = [name for section in self.sections for name in section.content.styles]
        scripts = dict.fromkeys(name for section in self.sections for name in section.content.scripts)
        style = embed.style(dict.fromkeys((*styles, *names, *scripts)))
        script = embed.script(scripts)
        frame = engine().get_template("frame.html")
        # The data is not put through the template: it may be large, and base64 needs no escaping.
        before, marker, after = frame.render(
            page=self,
            sections=[(section, self._body(section)) for section in self.sections],
            policy=embed.policy(style, script),
            # Files of this package, which `bundle` has checked: escaping would change them, and their hashes.
            style=Markup(style.text),  # noqa: S704
            script=Markup(script.text),  # noqa: S704
        ).partition(_DATA)
        if not marker:
            raise ValueError("the frame has no place for data")
        yield before
        for section in self.sections:
            for name, value in section.content.blocks:
                yield embed.block(name, value)
        yield after

    def _body(self, section: PageSection) -> Markup:
        template = engine().get_template(f"sections/{section.name}.html")
        # What a template with autoescape gives is markup.
        return Markup(template.render(page=self, **section.content.values))  # noqa: S704


_DATA = "<!-- data -->\n"


def shown(*sections: tuple[str, str, Content | None]) -> tuple[PageSection, ...]:
    """Sections by template, title and content, in this order, without those that have nothing to say."""
    return tuple(
        PageSection(name, title, content) for name, title, content in sections if content is not None
    )


def mood_of(counts: Counts) -> Mood:
    """How a run went: bad when anything is red, open when anything is unresolved or nothing ran."""
    if counts.red:
        return BAD
    unresolved = counts.by_verdict.get(VerdictKind.UNRESOLVED, 0)
    return OPEN if unresolved or not counts.cases else GOOD
