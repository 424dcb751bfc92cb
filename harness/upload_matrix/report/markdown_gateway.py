"""What a gateway made of the calls that took it: a section per kind of hop, the gravest first."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from upload_matrix.model.hop import Effect, Hop
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.report.gateway_words import (
    HEADER,
    MEANING,
    distinct,
    findings_line,
    headline,
    rewriting_rows,
    told,
)
from upload_matrix.report.markdown_escape import code, prose, table
from upload_matrix.report.markdown_groups import case_list
from upload_matrix.report.parts import NONE
from upload_matrix.report.sections import Section
from upload_matrix.report.visible import shorten
from upload_matrix.report.wording import plural

_LONGEST_VALUE = 120


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
        [effect.value, f"{cases:,}", MEANING[effect]]
        for effect in Effect
        if (cases := sum(effect in hop.effects for hop in hops))
    ]
    rows.append(
        ["passed on unchanged", f"{sum(hop.faithful for hop in hops):,}", "evidence about the upload"]
    )
    text = (
        f"## Gateway {code(name)}\n\n"
        f"Every call went client, tap, gateway, second tap, target: {plural(crossings, 'call')} of the "
        f"clients, {plural(upstream, 'upstream attempt')}. A verdict holds for what was forwarded, not for "
        f"what was sent.\n\n{table(('what', 'cases', 'meaning'), rows)}"
    )
    return Section(f"Gateway {name}", text)


def _section(hop: Hop, results: list[CaseResult]) -> Section:
    title = f"{headline(hop)}: {plural(len(results), 'case')}"
    pieces = [f"### {prose(title)}", case_list(results)]
    for number, crossing in enumerate(hop.crossings, 1):
        words = told(crossing)
        numbered = f"Attempt {number}: {words}"
        opening = numbered if len(hop.crossings) > 1 else words[:1].upper() + words[1:]
        pieces.append(prose(f"{opening}."))
        several = len(distinct(crossing.forwarded)) > 1
        for place, forwarded in distinct(crossing.forwarded):
            pieces += [f"Forwarded as number {place}:"] if several else []
            rows = [
                [prose(what), code(where), _value(sent), _value(new)]
                for where, sent, new, what in rewriting_rows(forwarded)
            ]
            pieces += [table(HEADER, rows)] if rows else []
            line = findings_line(forwarded)
            pieces += [prose(f"Findings {line}.")] if line is not None else []
    return Section(title, "\n\n".join(pieces))


def _value(value: str | None) -> str:
    return f"*{NONE}*" if value is None else code(shorten(value, _LONGEST_VALUE))
