"""The plan of a sweep in lines for a terminal: what would be built and measured, and what would be asked."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.certainty import Missing
from upload_matrix.judge.needs import Needs, TargetNeeds, Wanted
from upload_matrix.judge.outlook import Outlook
from upload_matrix.model.outcome import Outcome
from upload_matrix.report.sweep_words import lacking_words
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
    environments = f"{plural(outlook.first, 'environment')} ({outlook.way}, Python {outlook.python})"
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


def asked_line(wanted: Wanted, outcome: Outcome) -> str:
    """One call: whom, with what, from which release, and what came of it."""
    return visible(
        f"{wanted.target} for wire form {wanted.wire} ({wanted.variant} of {wanted.release}): "
        f"{heading(outcome)}"
    )


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(visible, names[:_NAMED])) + more
