"""A status badge as an SVG for a README: ``uploads | 84 as expected | emulated``. A stand-in is marked.

Words on coloured ground that fit in any font, and a name for screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from upload_matrix.judge.bisect import missing
from upload_matrix.judge.history import history
from upload_matrix.model.answer import Provenance
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.registry import SWEEP, Report
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import Counts, count, display_width, plural, shorten

GOOD, BAD, OPEN, IDLE, PLAIN, EMULATED = "#12764f", "#bf2d27", "#84580a", "#5a616d", "#3148c8", "#6a3fc0"
"""Grounds on which white words have a contrast of at least 4.5 to 1."""

_LABEL = "#33383f"
_HEIGHT = 20
_PAD = 7
_LONGEST = 60
"""Columns of a word from elsewhere; what is longer is cut."""

_ASCII_WIDTHS = (
    (" ", 3.9),
    ("ijl|'", 3.3),
    ("frt.,:;!()[]/I", 4.8),
    ("mMwW%@", 10.2),
    ("ABCDEFGHKLNOPQRSTUVXYZ&", 7.7),
)
_OTHER_WIDTH = 6.9


@dataclass(frozen=True, slots=True)
class Segment:
    """Words on a ground; one of the colours above, so that they can be read."""

    words: str
    ground: str


def svg(label: str, segments: Sequence[Segment]) -> str:
    """The badge: the label, then the segments, from left to right."""
    pieces = [Segment(_told(label), _LABEL), *(Segment(_told(each.words), each.ground) for each in segments)]
    widths = [_width(piece.words) for piece in pieces]
    starts = [sum(widths[:index]) for index in range(len(widths))]
    name = escape(f"{pieces[0].words}: {', '.join(piece.words for piece in pieces[1:])}")
    grounds = "".join(
        f'<rect x="{start}" width="{width}" height="{_HEIGHT}" fill="{piece.ground}"/>'
        for piece, start, width in zip(pieces, starts, widths, strict=True)
    )
    # `textLength` makes the words fit whichever font there is.
    words = "".join(
        f'<text x="{start + _PAD}" y="14" textLength="{width - 2 * _PAD}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(piece.words)}</text>"
        for piece, start, width in zip(pieces, starts, widths, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sum(widths)}" height="{_HEIGHT}" role="img" '
        f'aria-label="{name}">\n<title>{name}</title>\n'
        f'<clipPath id="r"><rect width="{sum(widths)}" height="{_HEIGHT}" rx="4"/></clipPath>\n'
        f'<g clip-path="url(#r)">{grounds}</g>\n'
        '<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" '
        f'text-rendering="geometricPrecision">{words}</g>\n</svg>\n'
    )


def _told(words: str) -> str:
    return shorten(visible(words), _LONGEST) or "-"


def _width(words: str) -> int:
    """Whole pixels for words of 11 px Verdana with room on both sides."""
    return round(sum(map(_character_width, words))) + 2 * _PAD


def _character_width(character: str) -> float:
    for characters, width in _ASCII_WIDTHS:
        if character in characters:
            return width
    return _OTHER_WIDTH if character.isascii() else 6.9 * max(display_width(character), 1)


def run_badge(run: Run, *, label: str = "uploads") -> str:
    """The badge of a run; ``label`` is the word on its left."""
    counts = count(run)
    segments = [_result(counts)]
    if Provenance.EMULATED in counts.by_provenance:
        alone = len(counts.by_provenance) == 1
        segments.append(Segment("emulated" if alone else "partly emulated", EMULATED))
    return svg(label, segments)


def _result(counts: Counts) -> Segment:
    if not counts.cases:
        return Segment("no case ran", IDLE)
    if counts.red:
        return Segment(f"{counts.red:,} of {counts.cases:,} not as expected", BAD)
    unresolved = counts.by_verdict.get(VerdictKind.UNRESOLVED, 0)
    if unresolved:
        return Segment(f"{unresolved:,} of {counts.cases:,} unresolved", OPEN)
    known = counts.by_verdict.get(VerdictKind.KNOWN_FAILURE, 0)
    beside = f", {known:,} known" if known else ""
    return Segment(f"{counts.cases - known:,} as expected{beside}", GOOD)


def sweep_badge(sweep: Sweep, *, label: str | None = None) -> str:
    """The badge; ``label`` is the distribution's name unless given."""
    known = sweep.counts.measured
    if known:
        changes = plural(len(history(sweep).changes), "change")
        of = f"{known:,} of " if known < len(sweep.releases) else ""
        lacking = missing(sweep)
        words = f"{of}{plural(len(sweep.releases), 'release')}, {changes}{', incomplete' if lacking else ''}"
        segments = [Segment(words, IDLE if lacking else PLAIN)]
    else:
        segments = [Segment("nothing known", IDLE)]
    said = {answer.source.provenance for answer in sweep.answers if answer.source is not None}
    if Provenance.EMULATED in said:
        segments.append(Segment("emulated" if len(said) == 1 else "partly emulated", EMULATED))
    return svg(label or sweep.distribution, segments)


REPORTS = (Report("badge", ".svg", run_badge), Report("badge", ".svg", sweep_badge, SWEEP))
