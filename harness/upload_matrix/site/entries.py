"""What an index says of a report in one line, and the names of its files in the site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from upload_matrix.judge.gate import Gate
from upload_matrix.judge.history import history
from upload_matrix.model.answer import Provenance
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import gate_report, sweep_text
from upload_matrix.report.html.page import BAD, GOOD, OPEN, PLAIN, Mood
from upload_matrix.report.html.prose import emulated, sentence
from upload_matrix.report.rendering import Subject
from upload_matrix.report.wording import Counts, count, of_results, result_line
from upload_matrix.site.reading import Found

_UNSAFE = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """A report as the index lists it.

    ``page`` and ``data`` are addresses from the site's root; a gate has no page of its own.
    """

    name: str
    kind: str
    when: str | None
    headline: str
    mood: Mood
    answers: str
    emulated: bool
    page: str | None
    data: str

    @property
    def day(self) -> str:
        """The day it was made, else its name: what stands under a bar."""
        return self.name if self.when is None else self.when[:10]

    @property
    def beside(self) -> str:
        """What its name says beside the day; empty where it says nothing else."""
        return "" if self.name == self.day else self.name


class Slugs:
    """File names for words from elsewhere: plain, short, and each given once, whatever the letters' case."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, words: str) -> str:
        """A name made of ``words``, with a number where it was given before."""
        plain = _UNSAFE.sub("-", words.lower()).strip("-.")[:_LONGEST] or "unnamed"
        name, number = plain, 1
        while name in self._given:
            number += 1
            name = f"{plain}-{number}"
        self._given.add(name)
        return name


def entry(found: Found, subject: Subject, slug: str) -> Entry:
    """The entry of a report under ``slug``."""
    headline, mood, answers, stand_in = _told(subject)
    return Entry(
        name=found.name,
        kind=found.kind,
        when=found.when,
        headline=headline,
        mood=mood,
        answers=answers,
        emulated=stand_in,
        page=None if isinstance(subject, Gate) else f"{found.kind}/{slug}.html",
        data=f"data/{slug}.json",
    )


def _told(subject: Subject) -> tuple[str, Mood, str, bool]:
    if isinstance(subject, Run):
        counts = count(subject)
        return (
            sentence(result_line(counts)),
            mood_of(counts),
            of_results(subject.results),
            Provenance.EMULATED in counts.by_provenance,
        )
    if isinstance(subject, Sweep):
        said = sweep_text.result(subject, history(subject))
        mood = OPEN if said.startswith("? ") else PLAIN
        stand_in = any(emulated(answer.source) for answer in subject.answers)
        # Not made a sentence: a distribution's name keeps its small letter.
        return said.removeprefix("? "), mood, sweep_text.answers(subject), stand_in
    mood = {0: GOOD, 1: BAD}.get(subject.exit_code, OPEN)
    stand_in = any(map(emulated, (*subject.answers, *subject.baseline_answers)))
    return sentence(gate_report.word(subject)), mood, gate_report.answered(subject), stand_in


def mood_of(counts: Counts) -> Mood:
    """How a run went: bad when anything is red, open when anything is unresolved or nothing ran."""
    if counts.red:
        return BAD
    unresolved = counts.by_verdict.get(VerdictKind.UNRESOLVED, 0)
    return OPEN if unresolved or not counts.cases else GOOD


def worst(moods: Iterable[Mood]) -> Mood:
    """The mood that a reader must know of."""
    seen = set(moods)
    return next((mood for mood in (BAD, OPEN, GOOD) if mood in seen), PLAIN)
