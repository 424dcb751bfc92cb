"""What separates two cells of one variant, and the variants for which it is the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from upload_matrix.judge.reads import changed_read
from upload_matrix.model.outcome import UNRESOLVED, Outcome
from upload_matrix.model.result import Environment
from upload_matrix.model.sweep import Cell, ReleaseResult, outcome_words
from upload_matrix.wire.difference import Delta, diff
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed alike for all of ``variants``: on the wire, and as (old, new) the outcome and the read.

    ``deltas`` of one attempt among several that changed differently begin with ``attempt 2``. ``read`` is
    what the client makes of the answer: ``returns TYPE`` or ``raises CLASS``.
    """

    variants: tuple[str, ...]
    deltas: tuple[Delta, ...]
    outcome: tuple[Outcome, Outcome] | None
    read: tuple[str, str] | None = None

    @property
    def resolved(self) -> bool:
        """Whether this is about the release: something else was sent, or both outcomes are judgements."""
        kinds = {outcome.kind for outcome in self.outcome or ()}
        return bool(self.deltas) or not kinds & UNRESOLVED


def differences(pairs: Iterable[tuple[Cell, Cell]], wires: Mapping[str, WireForm]) -> tuple[Difference, ...]:
    """The differences of (old, new) cells, each once with its variants; pairs that are alike give none."""
    found: dict[object, list[Difference]] = {}
    for old, new in pairs:
        each = difference(old, new, wires)
        if each is not None:
            spoken = None if each.outcome is None else tuple(map(outcome_words, each.outcome))
            found.setdefault((each.deltas, spoken, each.read), []).append(each)
    return tuple(
        replace(group[0], variants=tuple(each.variants[0] for each in group)) for group in found.values()
    )


def difference(old: Cell, new: Cell, wires: Mapping[str, WireForm]) -> Difference | None:
    """What separates two cells of one variant; None when they behave alike.

    A form that ``wires`` lacks is named by its digest.
    """
    deltas = () if old.wires == new.wires else tuple(_wire_deltas(old, new, wires))
    changed = outcome_words(old.outcome) != outcome_words(new.outcome)
    read = changed_read(old.telling, new.telling)
    if not deltas and not changed and read is None:
        return None
    return Difference((new.variant,), deltas, (old.outcome, new.outcome) if changed else None, read)


def _wire_deltas(old: Cell, new: Cell, wires: Mapping[str, WireForm]) -> Iterator[Delta]:
    if not old.wires or not new.wires:
        yield Delta("request", _request(old, wires), _request(new, wires))
        return
    if len(old.wires) != len(new.wires):
        yield Delta("attempts", str(len(old.wires)), str(len(new.wires)))
    attempts = [_form_deltas(*pair, wires) for pair in zip(old.wires, new.wires, strict=False)]
    if len(set(attempts)) == 1:
        yield from attempts[0]
        return
    for number, deltas in enumerate(attempts, 1):
        yield from (Delta(f"attempt {number} {delta.where}", delta.before, delta.after) for delta in deltas)


def _form_deltas(old: str, new: str, wires: Mapping[str, WireForm]) -> tuple[Delta, ...]:
    if old == new:
        return ()
    unknown = (Delta("wire form", old, new),)
    if old not in wires or new not in wires:
        return unknown
    # Two forms may differ in what the diff does not look into: the difference itself must not be lost.
    return diff(wires[old], wires[new]) or unknown


def _request(cell: Cell, wires: Mapping[str, WireForm]) -> str | None:
    if not cell.wires:
        return None
    digest = cell.wires[0]
    named = f"wire form {digest}"
    return f"{wires[digest].method} {wires[digest].path}, {named}" if digest in wires else named


def environment_deltas(old: ReleaseResult, new: ReleaseResult, distribution: str) -> tuple[Delta, ...]:
    """What differs around the SDK ``distribution``: interpreter, mime table, guesses, other libraries.

    Environments belong together by name, where a word such as ``openai-1.2.0`` does not count; one that
    only one side has is left out.
    """
    before, after = _environments(old, distribution), _environments(new, distribution)
    found: dict[Delta, None] = {}
    for name in after:
        if name in before:
            facts = (_facts(side[name], distribution) for side in (before, after))
            found.update(dict.fromkeys(_changed(*facts)))
    return tuple(found)


def _environments(result: ReleaseResult, distribution: str) -> dict[str, Environment]:
    own = f"{distribution}-{result.release}"
    return {
        "/".join(word for word in environment.name.split("/") if word != own): environment
        for environment in result.environments
    }


def _facts(environment: Environment, distribution: str) -> dict[str, str | None]:
    facts: dict[str, str | None] = {"python": environment.python, "mime table": environment.mime_table}
    facts |= {name: version for name, version in environment.clients.items() if name != distribution}
    return facts | {f"guess for {end}": guess for end, guess in environment.guesses.items()}


def _changed(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> Iterator[Delta]:
    for name in (*old, *(name for name in new if name not in old)):
        if old.get(name) != new.get(name):
            yield Delta(name, old.get(name), new.get(name))
