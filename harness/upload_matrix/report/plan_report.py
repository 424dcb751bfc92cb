"""What a sweep or a recording would do and ask for: in lines for a terminal, and a sweep's plan as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from upload_matrix.judge.bisect import Missing
from upload_matrix.judge.needs import NeededAnswer, Needs, Outlook, TargetNeeds
from upload_matrix.model import codec
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.plan import Plan, Sum
from upload_matrix.model.price import shown
from upload_matrix.report.json_report import Count
from upload_matrix.report.sweep_report import lacking_words
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import heading, plural

_NAMED = 5


def outlook_lines(outlook: Outlook) -> Iterator[str]:
    """What is known before anything is built."""
    halving = outlook.first < outlook.releases
    yield f"{plural(outlook.releases, 'release')} of {visible(outlook.distribution)}: " + (
        f"{outlook.first:,} measured first, further ones by halving where these differ"
        if halving
        else "every one measured"
    )
    if outlook.resume:
        yield f"{plural(outlook.resume, 'release')} measured already by an interrupted sweep"
    environments = (
        f"{plural(outlook.first, 'environment')} ({outlook.way}, {outlook.runtime} {outlook.python})"
    )
    if outlook.kept is not None:
        yield f"{environments}: {outlook.kept:,} kept, {outlook.first - outlook.kept:,} to build"
    else:
        yield f"{environments}: " + (
            "built on the cluster" if outlook.elsewhere else "each resolved anew today"
        )
    most = f" first, at most {outlook.most_cells:,}" if halving else ""
    yield f"{plural(outlook.variants, 'variant')}: {plural(outlook.cells, 'cell')}{most}"
    if outlook.new is not None:
        names = f" ({_some(outlook.new)})" if outlook.new else ""
        yield (
            f"the baseline has {outlook.known:,} of these releases; "
            f"{len(outlook.new):,} {'is' if len(outlook.new) == 1 else 'are'} new to it{names}"
        )


def needs_lines(needs: Needs, lacking: Missing | None = None) -> Iterator[str]:
    """What was captured and what of it has an answer, a line a target; first, what could not be captured."""
    if lacking:
        yield f"? this is not all: {lacking_words(lacking)}"
    unknown = ""
    if needs.unknown is not None:
        names = f" ({_some(needs.unknown)})" if needs.unknown else ""
        unknown = f", {len(needs.unknown):,} of them unknown to the baseline{names}"
    yield f"{plural(needs.forms, 'distinct wire form')}{unknown}"
    for each in needs.targets:
        yield _target_line(each)
    if not needs.targets:
        yield "answers needed: 0"


def _target_line(each: TargetNeeds) -> str:
    given = f", emulated {each.given:,}" if each.given else ""
    silent = each.needed - each.recorded - each.given - each.to_ask
    left = f", not to be asked for {silent:,}" if silent > 0 else ""
    kind = "free" if each.free else "live"
    return (
        f"answers needed: {each.needed:,}, recorded {each.recorded:,}{given}, to ask {each.to_ask:,}{left} "
        f"({kind} target {visible(each.target)})"
    )


def asked_line(wanted: NeededAnswer, outcome: Outcome) -> str:
    """One call: whom, with what, from which release, and what came of it."""
    return visible(
        f"{wanted.target} for wire form {wanted.wire} ({wanted.variant} of {wanted.release}): "
        f"{heading(outcome)}"
    )


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(visible, names[:_NAMED])) + more


# -- JSON --


@dataclass(frozen=True, slots=True)
class OutlookEntry:
    """What the sweep would do: measure ``first`` of the ``releases`` in question in any case, and further
    ones by halving, ``way`` being how environments come to their dependencies.

    ``kept`` environments need not be built, ``elsewhere`` says that they are built on a cluster. ``resume``
    releases were measured by an interrupted sweep; the baseline has ``known`` ones, and not the ``new``.
    """

    distribution: str
    python: str
    way: str
    releases: Count
    first: Count
    variants: Count
    kept: Count | None
    elsewhere: bool
    resume: Count
    known: Count | None
    new: tuple[str, ...] | None
    cells: Count
    most_cells: Count
    runtime: str = "Python"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """What a sweep would do, whom it would ask for what, and what could not be captured to tell."""

    format: Literal["upload-matrix sweep plan"] = "upload-matrix sweep plan"
    version: Literal[1] = 1
    outlook: OutlookEntry
    needs: Needs
    missing: Missing


def dump(outlook: Outlook, needs: Needs, lacking: Missing) -> str:
    """The plan as text."""
    entry = OutlookEntry(**asdict(outlook), cells=outlook.cells, most_cells=outlook.most_cells)
    return "".join(codec.chunks(PlanDocument(outlook=entry, needs=needs, missing=lacking)))


# -- the plan of a recording --


_SILENT_NAMED = 3


def plan_lines(plan: Plan, cases: int) -> Iterator[str]:
    """Cases, distinct requests, what is recorded and to be sent; the paid part by target, model, quality."""
    sending = plan.sending()
    yield (
        f"{plural(cases, 'case')}, {plural(len(plan.wanted), 'distinct request')}: "
        f"{plural(plan.recorded, 'answer')} recorded, {len(sending):,} to send"
    )
    stale = sum(len(wanted.stale) for wanted in plan.wanted)
    if stale:
        yield f"  of these, recordings that are too old and are asked for anew: {stale:,}"
    free = sum(item.wanted.free for item in sending)
    if free:
        yield f"  to the emulator, at no cost: {free:,}"
    for target, model, quality, each in plan.by_price():
        name = f"{visible(model or 'no model named')}, quality {visible(quality or 'auto')}"
        yield f"  {visible(target)}, {name}: {plural(each.calls, 'call')}, {money(each)}"
    total = plan.total()
    if total.calls:
        yield f"  together: {plural(total.calls, 'call')}, {money(total)}"
    yield from _notes(plan)
    if plan.silent:
        yield f"{plural(len(plan.silent), 'case')} with nothing to send:"
        for case, outcome in list(plan.silent.items())[:_SILENT_NAMED]:
            yield f"  {visible(case)}: {visible(outcome)}"
        if len(plan.silent) > _SILENT_NAMED:
            yield f"  and {len(plan.silent) - _SILENT_NAMED:,} more"


def money(each: Sum) -> str:
    """``about $0.04, at most $0.12``; what is not known is said, and never counted as nothing."""
    if each.worst.unknown == each.calls:
        return "price unknown"
    known = f"about {shown(each.expected.known)}, at most {shown(each.worst.known)}"
    if each.worst.unknown:
        known += f", and {plural(each.worst.unknown, 'call')} of unknown price"
    return known


def _notes(plan: Plan) -> Iterator[str]:
    """What the estimates assume, each once, for requests that would be sent."""
    notes = dict.fromkeys(
        note for wanted in plan.wanted if wanted.samples and not wanted.free for note in wanted.estimate.notes
    )
    for note in notes:
        yield f"  note: {visible(note)}"
