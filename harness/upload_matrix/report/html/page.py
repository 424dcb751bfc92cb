"""A page: frame, sections, data. Sections are found in their folder; see the room's docstring."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from markupsafe import Markup

from upload_matrix.report.html import bundle, sections
from upload_matrix.report.html.embed import block
from upload_matrix.report.html.prose import engine


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
    """A section found: ``name`` is its template's, ``title`` stands in the page's navigation, ``order`` is
    its place, small first."""

    name: str
    title: str
    content: Content
    order: int = 0


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
        style = bundle.style(dict.fromkeys((*styles, *names, *scripts)))
        script = bundle.script(scripts)
        frame = engine().get_template("frame.html")
        # The data is not put through the template: it may be large, and base64 needs no escaping.
        before, marker, after = frame.render(
            page=self,
            sections=[(section, self._body(section)) for section in self.sections],
            policy=bundle.policy(style, script),
            # Files of this package, which `bundle` has checked: escaping would change them, and their hashes.
            style=Markup(style.text),  # noqa: S704
            script=Markup(script.text),  # noqa: S704
        ).partition(_DATA)
        if not marker:
            raise ValueError("the frame has no place for data")
        yield before
        for section in self.sections:
            for name, value in section.content.blocks:
                yield block(name, value)
        yield after

    def _body(self, section: PageSection) -> Markup:
        template = engine().get_template(f"sections/{section.name}.html")
        # What a template with autoescape gives is markup.
        return Markup(template.render(page=self, **section.content.values))  # noqa: S704


_DATA = "<!-- data -->\n"


def find_sections(kind: str, subject: Any) -> tuple[PageSection, ...]:
    """The sections that have something to say about ``subject``, in their order.

    A section of pages of this kind (``run``, ``sweep``, ``comparison``, ``ab``, ``isolation``, ``diagnosis``)
    has a function ``of_KIND`` that takes the subject and gives its content, or None for nothing to say,
    beside ``TITLE`` and ``ORDER``.
    """
    found = []
    for info in pkgutil.iter_modules(sections.__path__):
        module = import_module(f"{sections.__name__}.{info.name}")
        tell: Callable[[Any], Content | None] | None = getattr(module, f"of_{kind}", None)
        content = None if tell is None else tell(subject)
        if content is not None:
            found.append(PageSection(info.name, module.TITLE, content, module.ORDER))
    return in_order(found)


def in_order(found: Iterable[PageSection]) -> tuple[PageSection, ...]:
    """Sections in their order: those of one page may come from several subjects."""
    return tuple(sorted(found, key=lambda section: (section.order, section.name)))
