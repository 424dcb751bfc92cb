"""A run's conclusions in plain words, for the head of a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from upload_matrix.judge.crossings import hop_sentences
from upload_matrix.judge.differences import Deciding, Indifferent, find_differences, nearest_in
from upload_matrix.judge.evidence import (
    Evidence,
    TableEffect,
    TableResult,
    TargetPlace,
    controls,
    gather,
    last_wire,
    shared_forms,
    table_effects,
)
from upload_matrix.judge.phrases import counted, holding, listed, phrase, piecewise, sentence
from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.result import Run

_UNDECIDED_SHOWN = 3
"""Combinations of differences proposed for the next matrix."""

_UNDECIDED_LOOKED_AT = 2000
"""Rejected forms of undecided places that are looked at for these: further ones rarely bring another."""

_AT_ONCE = 5
"""With more differences than this, the nearest request that passes is no neighbour to learn from."""


def sentences(run: Run, evidence: Evidence | None = None) -> tuple[str, ...]:
    """The conclusions, strongest first; () when nothing was accepted or rejected.

    ``evidence`` is the run's, where it was gathered already.

    What a gateway in between did comes before all of them: it says what they rest on.

    A sentence about a stand-in's answers says ``(emulated)``. When a run asked several places, each
    sentence opens with the target's name.
    """
    evidence = evidence or gather(run)
    deciding, indifferent = find_differences(evidence)
    said = [
        *_deciding(deciding),
        *_undecided(evidence, deciding),
        *_tables(table_effects(run)),
        *_shared(evidence),
        *_controls(evidence),
        *_wavering(evidence),
        *_disputed(evidence),
        *_indifferent(indifferent),
    ]
    places = {form.place for form in evidence.answered} | {
        place for place, _ in (*evidence.wavering, *evidence.disputed)
    }
    several = len(places) > 1
    concluded = (
        sentence(f"{_name(place)}: {text}" if several else text, emulated=place.emulated)
        for place, text in said
    )
    return _with_names(run, (*hop_sentences(run), *concluded))


_DIGEST = re.compile(r"`sha256:([0-9a-f]{64})`")
_DIGITS = 12


def _with_names(run: Run, said: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences with a file's name in the matrix (`photo`) in place of the digest of what it holds."""
    if not any(_DIGEST.search(each) for each in said):
        return said
    names: dict[str, set[str]] = {}
    for result in run.results:
        wire = run.wires.get(last_wire(result) or "")
        name = next((result.axes[axis] for axis in _FILES if axis in result.axes), NOT_APPLICABLE)
        if wire is not None and name != NOT_APPLICABLE:
            for upload in wire.uploads():
                names.setdefault(upload.sha256, set()).add(name)

    def named(match: re.Match[str]) -> str:
        found = names.get(match[1], set())
        return f"`{next(iter(found))}`" if len(found) == 1 else f"`sha256:{match[1][:_DIGITS]}…`"

    return tuple(_DIGEST.sub(named, each) for each in said)


_FILES = ("file", "image")
"""Axes whose value is the name of the file that is sent."""


def _name(place: TargetPlace) -> str:
    profile = "" if place.profile is None else f" with profile `{place.profile}`"
    return f"`{place.target}`{profile}"


def _deciding(deciding: Sequence[Deciding]) -> Iterator[tuple[TargetPlace, str]]:
    for found in deciding:
        text = (
            f"{phrase(found.where)} decides{_condition(found)}: {listed(found.rejected)} "
            f"{_be(found.rejected)} rejected, {listed(found.accepted)} {_be(found.accepted)} accepted, "
            f"everything else equal ({counted(found.count, 'pair of requests')})"
        )
        yield found.place, text


def _condition(found: Deciding) -> str:
    if found.condition is not None:
        return f" where {holding(*found.condition)}"
    if found.elsewhere:
        return f" in some requests ({listed(found.elsewhere)} {_be(found.elsewhere)} accepted in others)"
    return ""


def _be(values: Sequence[str | None]) -> str:
    return "is" if len(values) == 1 else "are"


def _undecided(evidence: Evidence, deciding: Sequence[Deciding]) -> Iterator[tuple[TargetPlace, str]]:
    """Where no single difference is proven: what differs from the nearest request that passes."""
    decided = {found.place for found in deciding}
    open_ = [form for form in evidence.answered if not form.accepted and form.place not in decided]
    looked_at = open_[:_UNDECIDED_LOOKED_AT]
    nearest = nearest_in(evidence, looked_at)
    seen: dict[tuple[TargetPlace, tuple[str, ...]], None] = {}
    for form in looked_at:
        if form.digest in nearest:
            wheres = tuple(delta.where for delta in nearest[form.digest][1])
            # A body of another kind (JSON, not multipart) is a control, not a neighbour.
            if 1 < len(wheres) <= _AT_ONCE and "body" not in wheres:
                seen[form.place, wheres] = None
    for place, wheres in list(seen)[:_UNDECIDED_SHOWN]:
        differ = " and ".join((", ".join(map(phrase, wheres[:-1])), phrase(wheres[-1])))
        text = (
            "no single difference is proven: the nearest accepted request differs in "
            f"{len(wheres)} things at once, {differ}; vary them one at a time"
        )
        yield place, text


def _tables(effects: Sequence[TableEffect]) -> Iterator[tuple[TargetPlace, str]]:
    for effect in effects:
        told = ", ".join(map(_told, effect.results))
        yield (
            effect.place,
            (
                f"the same code sends something else under another mime table: {told} "
                f"({counted(effect.count, 'comparison')})"
            ),
        )


def _told(result: TableResult) -> str:
    guess = "no type" if result.guess is None else f"`{result.guess}`"
    return f"`{result.table}` guesses {guess} and is {'accepted' if result.accepted else 'rejected'}"


def _indifferent(indifferent: Sequence[Indifferent]) -> Iterator[tuple[TargetPlace, str]]:
    for found in indifferent:
        among = "" if found.among_accepted else ", as far as rejected requests show"
        yield (
            found.place,
            (
                f"{phrase(found.where)} does not matter here{among}: {listed(found.values)} "
                f"give the same answer ({counted(found.count, 'pair of requests')})"
            ),
        )


def _shared(evidence: Evidence) -> Iterator[tuple[TargetPlace, str]]:
    """Only of rejected forms: of accepted ones nobody asks who is to blame."""
    forms: dict[tuple[TargetPlace, tuple[str, ...], str], int] = {}
    wires = {form.digest: form.wire for form in evidence.answered}
    for shared in shared_forms(evidence):
        if not 200 <= (shared.outcome.status or 0) < 300:
            how = piecewise(wires[digest] for digest in shared.wires)
            key = shared.place, tuple(sorted(shared.clients)), how
            forms[key] = forms.get(key, 0) + 1
    for (place, clients, how), count in forms.items():
        yield (
            place,
            (
                f"{listed(clients)} sent the same request, {how}, and got the same rejection "
                f"({counted(count, 'request')}): the client is not to blame"
            ),
        )


def _controls(evidence: Evidence) -> Iterator[tuple[TargetPlace, str]]:
    models: dict[tuple[TargetPlace, str, bool], list[str]] = {}
    for control in controls(evidence):
        models.setdefault((control.place, control.operation, control.passes), []).append(control.model)
    for (place, operation, passes), names in models.items():
        same = f"with the same model ({listed(names)})"
        if passes:
            text = f"the control `{operation}` passes {same}, so model and account are in order"
        else:
            text = f"the control `{operation}` is rejected {same}: look at model and account first"
        yield place, text


def _wavering(evidence: Evidence) -> Iterator[tuple[TargetPlace, str]]:
    counts: dict[TargetPlace, int] = {}
    for place, _ in evidence.wavering:
        counts[place] = counts.get(place, 0) + 1
    for place, count in counts.items():
        yield (
            place,
            (
                f"{counted(count, 'wire form')} got both accepted and rejected: something that is not on the "
                "wire decides there, and no conclusion rests on it"
            ),
        )


def _disputed(evidence: Evidence) -> Iterator[tuple[TargetPlace, str]]:
    """What an emulated answer rests on is said; a conclusion is not drawn from both sides of a dispute."""
    for (place, says), count in Counter(evidence.disputed).items():
        yield place, f"the rejection of {counted(count, 'wire form')} is {says}; no conclusion rests on it"
