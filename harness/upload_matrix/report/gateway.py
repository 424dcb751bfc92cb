"""A hop through a gateway in words, and as blocks of a report: what was forwarded, and who answered."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from upload_matrix.model.hop import Crossing, Effect, Forwarded, Hop, Speaker
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.report.document import Block, Code, Paragraph, Section, Table, blocks_for_terminal, cases
from upload_matrix.report.wording import plural

HEADER = ("what", "where", "sent", "forwarded")
"""Over the rows of ``rewriting_rows``."""

MEANING = {
    Effect.CORRUPTED: "the bytes differ",
    Effect.DROPPED: "something that was sent is not forwarded",
    Effect.MASKED: "a bad upload was repaired: without the gateway the fault is back",
    Effect.REWRITTEN: "it differs otherwise",
}

_SPEAKERS = {
    Speaker.TARGET: "the client got the target's answer",
    Speaker.REWORDED: "the client got the target's verdict in the gateway's words",
    Speaker.GATEWAY: "the answer is the gateway's own, not the target's",
    Speaker.NOBODY: "the client got no answer",
}


def headline(hop: Hop) -> str:
    """``masked and dropped``, ``unchanged``, ``not forwarded, answered by the gateway``: in a few words."""
    words = " and ".join(effect.value for effect in hop.effects)
    speakers = {crossing.speaker for crossing in hop.crossings}
    if not hop.forwarded:
        words = "not forwarded"
    parts = [words or "unchanged"]
    parts += ["answered by the gateway"] if Speaker.GATEWAY in speakers else []
    parts += ["without an answer"] if Speaker.NOBODY in speakers or not hop.crossings else []
    return ", ".join(parts)


def told(crossing: Crossing) -> str:
    """``forwarded twice, the target answered 500, then 200; the client got the target's answer``."""
    says = f" ({crossing.says})" if crossing.says else ""
    if not crossing.forwarded:
        return f"nothing was forwarded; {_SPEAKERS[crossing.speaker]}{says}"
    answers = ", then ".join(map(_answer, crossing.forwarded))
    times = _times(len(crossing.forwarded))
    return f"forwarded {times}, the target answered {answers}; {_SPEAKERS[crossing.speaker]}{says}"


def _answer(forwarded: Forwarded) -> str:
    return "nothing" if forwarded.status is None else str(forwarded.status)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def rewriting_rows(forwarded: Forwarded) -> tuple[tuple[str, str | None, str | None, str], ...]:
    """Each difference: where, as sent, as forwarded, and its effect."""
    return tuple((each.where, each.before, each.after, each.effect.value) for each in forwarded.rewritings)


def findings_line(forwarded: Forwarded) -> str | None:
    """Which findings went and came with the rewriting; None when none did."""
    parts = [
        f"{word}: {', '.join(codes)}"
        for word, codes in (("repaired", forwarded.repaired), ("introduced", forwarded.introduced))
        if codes
    ]
    return "; ".join(parts) or None


def distinct(forwarded: Sequence[Forwarded]) -> tuple[tuple[int, Forwarded], ...]:
    """Upstream attempts that forwarded something new, with their numbers: a plain retry repeats the first."""
    seen: dict[str, tuple[int, Forwarded]] = {}
    for number, each in enumerate(forwarded, 1):
        seen.setdefault(each.wire, (number, each))
    return tuple(seen.values())


# -- blocks --


_LONGEST_VALUE = 120


def hop_lines(hop: Hop, width: int) -> Iterator[str]:
    """Lines of at most ``width`` columns, the first one the hop in a few words."""
    yield from blocks_for_terminal([Paragraph(f"Gateway  {hop.gateway}: {headline(hop)}")], width)
    yield from blocks_for_terminal(hop_blocks(hop), width, "  ")


def hop_blocks(hop: Hop) -> Iterator[Block]:
    """Crossing after crossing: who answered, each difference of what was sent and what was forwarded."""
    for number, crossing in enumerate(hop.crossings, 1):
        words = told(crossing)
        numbered = f"Attempt {number}: {words}"
        opening = numbered if len(hop.crossings) > 1 else words[:1].upper() + words[1:]
        yield Paragraph(f"{opening}.")
        several = len(distinct(crossing.forwarded)) > 1
        for place, forwarded in distinct(crossing.forwarded):
            if several:
                yield Paragraph(f"Forwarded as number {place}:")
            yield from forwarded_blocks(forwarded)


def forwarded_blocks(forwarded: Forwarded) -> Iterator[Block]:
    """What was forwarded otherwise, and the findings that went and came."""
    cells = tuple(
        (what, Code(where), Code(sent, _LONGEST_VALUE), Code(new, _LONGEST_VALUE))
        for where, sent, new, what in rewriting_rows(forwarded)
    )
    if cells:
        yield Table(HEADER, cells)
    line = findings_line(forwarded)
    if line is not None:
        yield Paragraph(f"Findings {line}.")


def gateway_sections(run: Run) -> Iterator[Section]:
    """Sections for every gateway of a run; none for a run without."""
    results = [(result.hop, result) for result in run.results if result.hop is not None]
    for name in dict.fromkeys(hop.gateway for hop, _ in results):
        found = [(hop, result) for hop, result in results if hop.gateway == name]
        yield _overview(name, [hop for hop, _ in found])
        groups: dict[Hashable, list[tuple[Hop, CaseResult]]] = {}
        for hop, result in found:
            groups.setdefault(_kind(hop), []).append((hop, result))
        for group in sorted(groups.values(), key=lambda group: _gravity(group[0][0])):
            yield _section(group[0][0], [result for _, result in group])


def _kind(hop: Hop) -> Hashable:
    """What makes two hops read the same."""
    return tuple(
        (
            crossing.speaker,
            crossing.says,
            tuple(
                (each.status, each.rewritings, each.repaired, each.introduced) for each in crossing.forwarded
            ),
        )
        for crossing in hop.crossings
    )


def _gravity(hop: Hop) -> int:
    if hop.effects:
        return list(Effect).index(hop.effects[0])
    # An answer of the gateway's own is looked at first, what went through unchanged last.
    return len(Effect) if hop.faithful else -1


def _overview(name: str, hops: list[Hop]) -> Section:
    upstream = sum(len(hop.forwarded) for hop in hops)
    crossings = sum(len(hop.crossings) for hop in hops)
    rows = [
        (effect.value, f"{cases:,}", MEANING[effect])
        for effect in Effect
        if (cases := sum(effect in hop.effects for hop in hops))
    ]
    rows.append(
        ("passed on unchanged", f"{sum(hop.faithful for hop in hops):,}", "evidence about the upload")
    )
    way = (
        f"Every call went client, tap, gateway, second tap, target: {plural(crossings, 'call')} of the "
        f"clients, {plural(upstream, 'upstream attempt')}. A verdict holds for what was forwarded, not for "
        "what was sent."
    )
    blocks = (Paragraph(way), Table(("what", "cases", "meaning"), tuple(rows)))
    return Section(("Gateway ", Code(name)), blocks, name=f"Gateway {name}")


def _section(hop: Hop, results: list[CaseResult]) -> Section:
    title = f"{headline(hop)}: {plural(len(results), 'case')}"
    return Section(title, (cases(results), *hop_blocks(hop)), 3)
