"""What the words of reports mean: findings, outcomes, verdicts, exit codes, grades, the emulator's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upload_matrix.emulator.profile import load_profile, profile_names
from upload_matrix.emulator.standing import standing
from upload_matrix.facts.fact import Grade
from upload_matrix.files import closest
from upload_matrix.judge.findings import FAMILIES
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import VerdictKind
from upload_matrix.report.document import Code, Facts, Paragraph, Readable, Section, Table


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A word, what it is one of (``finding``), what it means, and further things to say of it by name."""

    word: str
    kind: str
    means: str
    more: tuple[tuple[str, str], ...] = ()


KINDS = ("finding", "outcome", "verdict", "exit code", "grade", "emulator rule")
"""In the order in which they are listed."""

_WHERE = {
    "finding": "Of what was sent, whoever answers: `inspect`, `run` and every report.",
    "outcome": "What became of a case.",
    "verdict": "How an outcome compares with what the matrix expects.",
    "exit code": "The same for every command.",
    "grade": "How a fact is known, the strongest first.",
    "emulator rule": "What decided an emulated answer; `upload-matrix facts rules PROFILE` lists them.",
}


def glossary() -> Iterator[GlossaryEntry]:
    """Every word, by kind."""
    for family in FAMILIES:
        yield from (GlossaryEntry(code, "finding", means) for code, means in family.codes.items())
    for kind, words in (("outcome", OutcomeKind), ("verdict", VerdictKind), ("grade", Grade)):
        yield from (GlossaryEntry(each.value, kind, each.means) for each in words)
    yield from (GlossaryEntry(str(each.value), "exit code", each.means) for each in Exit)
    for name in profile_names():
        profile = load_profile(name)
        for rule in profile.rules:
            rests = standing(profile, rule.id)
            yield GlossaryEntry(
                rule.id,
                "emulator rule",
                f"{name} answers {rule.answer.status}: {rule.answer.message or 'nothing more'}",
                (
                    ("source", rule.source),
                    *((("rests on", rests.grade),) if rests is not None else ()),
                    *((("disputed", rests.says),) if rests is not None and rests.says else ()),
                ),
            )


def explained(word: str) -> tuple[GlossaryEntry, ...]:
    """What a word means, as everything that it is. Raises ConfigurationError for one that is nothing here."""
    wanted = word.strip("`[]!? ").replace(" ", "_" if "_" in word else "-").casefold()
    known = tuple(glossary())
    found = tuple(each for each in known if wanted in (each.word, each.word.replace("_", "-")))
    if not found:
        near = closest(wanted, sorted({each.word for each in known}))
        hint = f"did you mean {near!r}?" if near else "`upload-matrix explain` lists every word"
        raise ConfigurationError(f"{word!r} is no word of this program's reports; {hint}")
    return found


def entry_page(found: tuple[GlossaryEntry, ...]) -> Readable:
    """One word, each of its meanings."""
    return Readable(
        found[0].word,
        (),
        tuple(
            Section(
                f"{each.word} ({each.kind})",
                (
                    Paragraph(each.means),
                    Paragraph(_WHERE[each.kind]),
                    *((Facts(each.more),) if each.more else ()),
                ),
            )
            for each in found
        ),
    )


def glossary_page() -> Readable:
    """Every word but the emulator's rules, in a table a kind."""
    by_kind: dict[str, list[GlossaryEntry]] = {kind: [] for kind in KINDS}
    for each in glossary():
        by_kind[each.kind].append(each)
    rules = by_kind.pop("emulator rule")
    sections = (
        Section(
            f"{kind[:1].upper()}{kind[1:]}s",
            (
                Paragraph(_WHERE[kind]),
                Table(("word", "meaning"), tuple((Code(each.word), each.means) for each in entries)),
            ),
        )
        for kind, entries in by_kind.items()
    )
    note = f"Beside these, {len({each.word for each in rules})} rules of the emulator: name one to read it."
    return Readable("Words", (Paragraph(note),), tuple(sections))
