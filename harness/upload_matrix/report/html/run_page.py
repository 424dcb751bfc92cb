"""The page of a run: what decides, the matrix with its cases, clients, environments, cost and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from upload_matrix.judge.compare import compare
from upload_matrix.judge.conclusions import sentences
from upload_matrix.judge.evidence import Evidence, gather, last_wire
from upload_matrix.judge.proportions import repetitions
from upload_matrix.judge.surprises import Surprise
from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.report.html.page import Content, Page, mood_of, sentence, shown
from upload_matrix.report.html.page import emulated as is_emulated
from upload_matrix.report.html.plots import (
    HALVES,
    cost_content,
    costs_of_run,
    latencies_of_run,
    latency_content,
    share,
)
from upload_matrix.report.html.run_data import blocks, place_address
from upload_matrix.report.red import GREEN, TITLE, changed_since, red_groups
from upload_matrix.report.repeats import order, summed_up
from upload_matrix.report.wording import Counts, count, of_results, plural, result_line
from upload_matrix.vendors import known

_MOST_COSTS, _MOST_TIMES = 100, 60

_SUPPLIED = {
    Supply.RECORDED: "answers recorded",
    Supply.EMULATOR: "answers by the emulator",
    Supply.FORWARDED: "answers forwarded",
    Supply.SCRIPTED: "answers scripted",
    Supply.GATEWAY: "answers by a gateway itself",
}


def page(
    run: Run,
    *,
    title: str | None = None,
    facts: Sequence[CallRecord] = (),
    baseline: Run | None = None,
    root: str | None = None,
) -> Page:
    """The page; ``title`` is the matrices' names unless given, ``baseline`` the last green run.

    ``root`` is the way from the page to the folder that lines of matrices are named from.

    ``facts`` are the live calls of the run (``MachineFacts.calls``), which are measured and in no report by
    themselves: with them the page shows how long they took, and is another one each time.
    """
    counts, evidence = count(run), gather(run)
    return Page(
        kind="run",
        title=title or ", ".join(run.matrices) or "Upload matrix",
        headline=sentence(result_line(counts)),
        mood=mood_of(counts),
        answers=of_results(run.results),
        emulated=bool(counts.by_provenance.get(Provenance.EMULATED)),
        facts=tuple(_numbers(run, counts, baseline)),
        sections=shown(
            ("red", TITLE, _red(run, baseline, root)),
            ("conclusions", "Conclusions", _conclusions(run, evidence)),
            ("repetitions", "Repetitions", _repetitions(run)),
            ("explorer", "Matrix", _explorer(run, evidence, root)),
            ("latency", "Latency", latency_content(latencies_of_run(run, facts, _MOST_TIMES))),
            ("cost", "Cost", cost_content(costs_of_run(run, _MOST_COSTS))),
            ("clients", "Clients", clients(run)),
            ("environments", "Environments", _environments(run)),
            ("counts", "Counts", Content({"pairs": tuple(_counted(counts))})),
        ),
    )


def _numbers(run: Run, counts: Counts, baseline: Run | None) -> Iterator[tuple[str, str]]:
    """What a reader asks first: surprises, what works, what changed, and with which SDK."""
    yield f"{counts.red:,}", "unexpected"
    unresolved = counts.by_verdict.get(VerdictKind.UNRESOLVED, 0)
    if unresolved:
        yield f"{unresolved:,}", "unresolved"
    accepted = counts.by_outcome.get(OutcomeKind.ACCEPTED, 0)
    yield f"{accepted:,}", f"accepted of {plural(counts.cases, 'case')}"
    if baseline is not None:
        observed = sum(change.observed for change in compare(baseline, run).changed)
        yield f"{observed:,}", f"changed since {GREEN}"
    yield from _sdks(run)


_MOST_SDKS = 3


def _sdks(run: Run) -> Iterator[tuple[str, str]]:
    """The releases of the vendors' SDKs that the run's environments have; of many, how many."""
    names = {vendor.sdk for vendor in known() if vendor.sdk}
    releases: dict[str, dict[str, None]] = {}
    for environment in run.environments:
        for name, version in environment.clients.items():
            if name in names:
                releases.setdefault(name, {})[version] = None
    if len(releases) > _MOST_SDKS:
        yield f"{len(releases):,}", "SDKs"
        return
    for name, versions in releases.items():
        many = len(versions) > _MOST_SDKS
        yield (
            f"{len(versions):,}" if many else ", ".join(versions),
            f"{name}, {'releases' if many else 'the SDK'}",
        )


def _counted(counts: Counts) -> Iterator[tuple[str, str]]:
    """How many of what, for whoever keeps the matrix."""
    yield "cases", f"{counts.cases:,}"
    yield "wire forms", f"{counts.wire_forms:,}"
    yield from ((_SUPPLIED[Supply(supply)], f"{number:,}") for supply, number in counts.by_supply.items())
    # What was asked while this report was made; recordings were paid for when they were made.
    if counts.calls:
        yield "calls forwarded", f"{counts.calls:,}"


_MOST_RED = 50


def _red(run: Run, baseline: Run | None, root: str | None) -> Content | None:
    """The groups of what is not as expected; None where all is."""
    groups = red_groups(run, baseline)
    if not groups:
        return None
    rows = [
        {
            "group": group,
            "view": _view(run, group.surprise),
            "at": None if group.surprise.place is None else place_address(group.surprise.place, root),
        }
        for group in groups[:_MOST_RED]
    ]
    beside = None if baseline is None else changed_since(run, baseline)
    return Content({"rows": rows, "more": len(groups) - len(rows), "beside": beside})


def _view(run: Run, surprise: Surprise) -> str:
    """The address of the matrix with just these cases, as ``state.js`` reads it."""
    first = surprise.first
    chosen = [("m", first.matrix)] if len(run.matrices) > 1 else []
    chosen += [("o", first.outcome.kind.value), ("d", first.verdict.kind.value)]
    chosen += [(f"f.{axis}", value) for axis, values in surprise.selection for value in values]
    return urlencode(chosen, errors="replace")


def conclusions_of(run: Run, evidence: Evidence | None = None) -> tuple[tuple[str, ...], bool]:
    """The sentences, and whether a stand-in alone gave the answers: the list is then marked as a whole."""
    said = sentences(run, evidence)
    alone = set(count(run).by_provenance) == {Provenance.EMULATED}
    return tuple(each.replace(" (emulated).", ".") for each in said) if alone else said, alone


def _conclusions(run: Run, evidence: Evidence) -> Content | None:
    """The conclusions, the best proven first."""
    said, alone = conclusions_of(run, evidence)
    content = {"sentences": said, "notes": run.notes, "emulated": alone}
    return Content(content) if said or run.notes else None


_MOST_REPEATED = 100


def _repetitions(run: Run) -> Content | None:
    """What wavers first; None when nothing was repeated."""
    found = repetitions(run)
    if not found:
        return None
    ranked = sorted(found, key=order)
    rows = [
        {
            "badge": "control" if each.control else "",
            "name": each.variant,
            "rounds": each.rounds,
            "share": share(each),
        }
        for each in ranked[:_MOST_REPEATED]
    ]
    values = {"summary": summed_up(found), "rows": rows, "marks": HALVES, "more": len(found) - len(rows)}
    return Content(values, styles=("plots",))


SCRIPTS = (
    "blocks",
    "model",
    "state",
    "filter",
    "marks",
    "table",
    "matrix_view",
    "case_view",
    "wire_view",
    "request",
    "panel",
    "hop_view",
    "takeaway",
    "case_panel",
    "menus",
    "toolbar",
    "explorer",
)


def _explorer(run: Run, evidence: Evidence, root: str | None) -> Content | None:
    """All cases; None for a run without one."""
    return Content(blocks=blocks(run, evidence, root), scripts=SCRIPTS) if run.results else None


@dataclass(frozen=True, slots=True)
class ClientSummary:
    """A value of the axis ``client``: its cases by outcome, its distinct wire forms.

    ``own`` counts forms that no other client sent; ``agents`` are the User-Agent values it sent. Of its
    ``answered`` cases ``emulated`` had an answer by a stand-in.
    """

    name: str
    cases: int
    outcomes: Mapping[OutcomeKind, int]
    wires: int
    own: int
    agents: tuple[str, ...]
    answered: int = 0
    emulated: int = 0


def clients(run: Run) -> Content | None:
    """A row per client; None where the matrix has no such axis."""
    outcomes: dict[str, Counter[OutcomeKind]] = {}
    wires: dict[str, set[str]] = {}
    agents: dict[str, dict[str, None]] = {}
    answered: Counter[str] = Counter()
    emulated: Counter[str] = Counter()
    for result in run.results:
        client = result.axes.get("client", NOT_APPLICABLE)
        if client == NOT_APPLICABLE:
            continue
        outcomes.setdefault(client, Counter())[result.outcome.kind] += 1
        said = {is_emulated(attempt.source) for attempt in result.attempts if attempt.source is not None}
        answered[client] += bool(said)
        emulated[client] += True in said
        wire = last_wire(result)
        wires.setdefault(client, set()).update([wire] if wire else [])
        for attempt in result.attempts:
            names = (value for name, value in attempt.headers if name.lower() == "user-agent")
            agents.setdefault(client, {}).update(dict.fromkeys(names))
    if not outcomes:
        return None
    senders = Counter(wire for sent in wires.values() for wire in sent)
    rows = [
        ClientSummary(
            name=client,
            cases=sum(counter.values()),
            outcomes={kind: counter[kind] for kind in OutcomeKind if counter[kind]},
            wires=len(wires[client]),
            own=sum(senders[wire] == 1 for wire in wires[client]),
            agents=tuple(agents.get(client, ())),
            answered=answered[client],
            emulated=emulated[client],
        )
        for client, counter in outcomes.items()
    ]
    kinds = [kind for kind in OutcomeKind if any(kind in row.outcomes for row in rows)]
    return Content({"rows": rows, "kinds": kinds})


_MOST_ENVIRONMENTS = 60


def _environments(run: Run) -> Content | None:
    """The environments; the first ``_MOST_ENVIRONMENTS`` of very many."""
    if not run.environments:
        return None
    shown = run.environments[:_MOST_ENVIRONMENTS]
    libraries = dict.fromkeys(name for each in shown for name in each.clients)
    endings = dict.fromkeys(end for each in shown for end in each.guesses)
    return Content(
        {
            "environments": shown,
            "libraries": tuple(libraries),
            "endings": tuple(endings),
            "differing": {end for end in endings if len({each.guesses.get(end) for each in shown}) > 1},
            "more": len(run.environments) - len(shown),
        }
    )
