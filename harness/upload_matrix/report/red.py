"""What is red in a run, in words: groups of cases that are not as expected, and what changed for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upload_matrix.judge.compare import CaseChange, Comparison, compare
from upload_matrix.judge.surprises import Case, CaseGroup, Surprise, since, surprises
from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.report.document import Block, Code, Items, Lines, Marked, Paragraph, Section, Strong, Words
from upload_matrix.report.wording import heading, plural, short

TITLE = "Not as expected"
GREEN = "the last green run"
_VALUES_NAMED = 4
_CHANGES_NAMED = 3
MOST = 10
"""Groups that a terminal and a document tell; a page tells more."""


@dataclass(frozen=True, slots=True)
class RedGroup:
    """A surprise in words: ``name`` says which cases, ``what`` was expected and came, ``size`` how many.

    ``changes`` are sentences on what changed since the last green run; empty where there is none.
    """

    surprise: Surprise
    name: str
    what: str
    size: str
    changes: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """``bytesio: expected accepted, got 400 invalid_value (12 cases)``."""
        return f"{self.name}: {self.what} ({self.size})"


def red_groups(run: Run, baseline: Run | None = None) -> tuple[RedGroup, ...]:
    """The groups, that with most cases first; ``baseline`` is the last green run."""
    found = surprises(run)
    if not found:
        return ()
    comparison = None if baseline is None else compare(baseline, run)
    several = len(dict.fromkeys(result.matrix for result in run.results)) > 1
    return tuple(_group(each, comparison, several=several) for each in found)


def _group(surprise: Surprise, comparison: Comparison | None, *, several: bool) -> RedGroup:
    return RedGroup(
        surprise,
        name=group_name(surprise, surprise.first.matrix, several=several),
        what=_what(surprise),
        size=group_size(surprise),
        changes=() if comparison is None else tuple(_changes(surprise, comparison)),
    )


def group_name(group: CaseGroup[Case], matrix: str, *, several: bool) -> str:
    """Which cases: the values that pick them out, or the one case's id.

    The name of their matrix stands before, where there are ``several``.
    """
    if len(group.results) == 1 and (group.others or not group.selection):
        return group.first.id
    told = " / ".join(_told(axis, values) for axis, values in group.selection)
    if not told:
        return matrix
    return f"{matrix}: {told}" if several else told


def group_size(group: CaseGroup[Case]) -> str:
    """``12 cases``, or ``3 of 12 cases`` where the name fits others too."""
    number = len(group.results)
    return (
        f"{number:,} of {plural(number + group.others, 'case')}" if group.others else plural(number, "case")
    )


def _told(axis: str, values: Sequence[str]) -> str:
    words = [f"no {axis}" if value == NOT_APPLICABLE else value for value in values]
    more = len(words) - _VALUES_NAMED
    return ", ".join(words[:_VALUES_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _what(surprise: Surprise) -> str:
    first = surprise.first
    if first.verdict.kind is VerdictKind.UNEXPECTED_PASS:
        return "a known failure passes now: remove its entry"
    kind, _, rest = first.verdict.expected.partition(" ")
    expected = f"{kind.replace('_', ' ')} {rest}".strip()
    difference = f"expected {expected}, got {_got(surprise)}"
    expired = first.verdict.kind is VerdictKind.EXPIRED
    return f"a known failure has expired: {difference}" if expired else difference


def _got(surprise: Surprise) -> str:
    """The outcome in short; with the server's words where an expectation of these is not met."""
    outcome = surprise.first.outcome
    if surprise.first.verdict.expected.partition(" ")[0] != outcome.kind.value:
        return short(outcome).partition(" ")[2]
    told = dict.fromkeys(str(result.outcome) for result in surprise.results)
    return next(iter(told)) + (f" and {len(told) - 1:,} other answers" if len(told) > 1 else "")


# -- since the last green run --


def _changes(surprise: Surprise, comparison: Comparison) -> Iterator[str]:
    found = since(surprise, comparison)
    all_ = len(surprise.results)
    for changes in _alike(found.sent):
        yield _said(len(changes), all_, f"another request is sent than in {GREEN}: {_deltas(changes[0])}")
    if found.answered:
        yield _said(
            len(found.answered),
            all_,
            f"the same request as in {GREEN}, which was {_ends(found.answered)} then",
        )
    if found.judged:
        same = f"came to the same end in {GREEN}: the expectation changed, or what it depends on"
        yield _said(len(found.judged), all_, same)
    if found.new:
        yield _said(len(found.new), all_, f"not among the cases of {GREEN}")
    if found.before:
        yield _said(len(found.before), all_, f"not as expected in {GREEN} either")


def _said(number: int, all_: int, words: str) -> str:
    return words if number == all_ else f"{plural(number, 'case')}: {words}"


def _alike(changes: Sequence[CaseChange]) -> list[list[CaseChange]]:
    """The changes by what separates the two requests."""
    groups: dict[object, list[CaseChange]] = {}
    for each in changes:
        groups.setdefault(each.deltas, []).append(each)
    return sorted(groups.values(), key=lambda group: -len(group))


def _deltas(change: CaseChange) -> str:
    if not change.deltas:
        return "none was sent then" if change.wire and change.wire[0] is None else "it differs"
    said = [f"`{delta}`" for delta in change.deltas[:_CHANGES_NAMED]]
    more = len(change.deltas) - len(said)
    return "; ".join(said) + (f" and {more:,} more" if more > 0 else "")


def _ends(changes: Sequence[CaseChange]) -> str:
    ends = dict.fromkeys(heading(change.outcome[0]) for change in changes if change.outcome is not None)
    return " or ".join(ends)


def versions_changed(run: Run, baseline: Run) -> tuple[str, ...]:
    """``openai 3.54.0 -> 3.55.0``: packages of which the two runs used other versions."""
    before, after = _versions(baseline), _versions(run)
    return tuple(
        f"{name} {', '.join(before[name])} -> {', '.join(after[name])}"
        for name in after
        if name in before and before[name] != after[name]
    )


def _versions(run: Run) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for environment in run.environments:
        for name, version in (("Python", environment.python), *environment.clients.items()):
            found.setdefault(name, {})[version] = None
    return {name: tuple(versions) for name, versions in found.items()}


def changed_since(run: Run, baseline: Run) -> str | None:
    """What else changed since the last green run, in a sentence; None where that is nothing."""
    changed = versions_changed(run, baseline)
    return f"Since {GREEN}: {'; '.join(changed)}." if changed else None


# -- for a document, and in short for a terminal --


def red_sections(run: Run, baseline: Run | None = None, level: int = 2) -> Iterator[Section]:
    """What is red, before all else; nothing where nothing is."""
    blocks = red_blocks(run, baseline)
    if blocks:
        yield Section(TITLE, blocks, level)


def red_blocks(run: Run, baseline: Run | None = None) -> tuple[Block, ...]:
    """The same without a heading."""
    groups = red_groups(run, baseline)
    return tuple(_blocks(groups, run, baseline)) if groups else ()


def _blocks(groups: Sequence[RedGroup], run: Run, baseline: Run | None) -> Iterator[Block]:
    entries: list[Words] = [_entry(group) for group in groups[:MOST]]
    if len(groups) > MOST:
        rest = sum(len(group.surprise.results) for group in groups[MOST:])
        entries.append(f"and {plural(len(groups) - MOST, 'more group')} of {plural(rest, 'case')}")
    yield Items(tuple(entries))
    beside = None if baseline is None else changed_since(run, baseline)
    if beside is not None:
        yield Paragraph(beside)


def _entry(group: RedGroup) -> Words:
    place = group.surprise.place
    at: Words = "" if place is None else (", ", Code(str(place)))
    return Lines(((Strong(group.says), at), *map(Marked, group.changes)))
