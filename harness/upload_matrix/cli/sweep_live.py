"""Nothing is asked without a plan: capture for free, say what would be asked, ask for a word, then ask.

Only targets that may cost something are asked for a word about; emulated and recorded answers never are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import click

from upload_matrix.answers.answering import Policy
from upload_matrix.cli.sweep_options import SweepOptions
from upload_matrix.cli.sweep_telling import Teller
from upload_matrix.judge.needs import Asking, Needs, needs
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import UNRESOLVED
from upload_matrix.model.sweep import Sweep
from upload_matrix.recordings import RecordMode
from upload_matrix.report import plan_text
from upload_matrix.run import asking
from upload_matrix.run.loading import Loaded
from upload_matrix.run.session import Settings
from upload_matrix.run.sweep import Progress, SweepPlan


def asking_of(plan: SweepPlan, loaded: Loaded, policy: Policy) -> Mapping[str, Asking]:
    """What each target of the sweep may be asked for.

    Raises ConfigurationError for a live target without recordings: every cell would be a call.
    """
    found = {}
    for target in dict.fromkeys(case.target for case in plan.variants):
        free = asking.is_free(target, loaded.targets)
        if not free and not policy.recording:
            raise ConfigurationError(
                f"--disable-recording with the target {target} would ask it once for every cell; leave it "
                "out, so that each distinct request is asked for once and its answer kept"
            )
        found[target] = Asking(asking.may_ask(target, policy), policy.mode.asks_anew, free)
    return found


def needs_word(asked: Mapping[str, Asking]) -> bool:
    """Whether any target may be asked that may cost something."""
    return any(each.may_ask and not each.free for each in asked.values())


def needs_of(
    progress: Progress,
    asked: Mapping[str, Asking],
    baseline: Sweep | None,
    already: frozenset[asking.Key] = frozenset(),
) -> Needs:
    """What was captured so far needs."""
    targets = {case.id: case.target for case in progress.plan.variants}
    return needs(progress.sweep(), targets, asked, asked=already, baseline=baseline)


def approved(options: SweepOptions, found: Needs, teller: Teller) -> bool:
    """Say what would be asked, and whether it may be.

    Raises ConfigurationError when a word is needed and nobody is there to give it.
    """
    for line in plan_text.needs_lines(found):
        teller.line(line)
    if not found.paid or options.yes:
        return True
    calls = sum(each.to_ask for each in found.paid)
    if not sys.stdin.isatty():
        names = ", ".join(each.target for each in found.paid)
        raise ConfigurationError(
            f"{calls} calls to {names} wait for a word, and nobody is here to give it. --yes asks; --plan "
            f"only looks; --record-mode {RecordMode.NONE} asks nothing and shows new forms as unrecorded"
        )
    return click.confirm(f"ask for {calls}?", default=False, err=True)


def ask_all(
    options: SweepOptions,
    settings: Settings,
    progress: Progress,
    asked: Mapping[str, Asking],
    baseline: Sweep | None,
    teller: Teller,
    measure: Callable[[bool], None],
) -> tuple[str, ...]:
    """Capture, ask, and read the answers, until nothing is wanted; gives sentences for the report.

    Halving may come to further releases once it knows the answers, and these send further forms: they are
    a plan of their own. ``measure`` is told whether to tell changes.
    """
    notes: list[str] = []
    already: set[asking.Key] = set()
    measure(False)
    while (found := needs_of(progress, asked, baseline, frozenset(already))).wanted:
        if not approved(options, found, teller):
            notes.append(f"{len(found.wanted)} answers were not asked for, as nobody wanted them")
            break
        done = asking.ask(
            settings,
            progress.plan.variants,
            progress.plan.python,
            found.wanted,
            lambda each: teller.line(f"  asked {plan_text.asked_line(each.wanted, each.outcome)}"),
        )
        already.update((each.wanted.wire, each.wanted.target) for each in done)
        notes += [
            f"asked in vain: {plan_text.asked_line(each.wanted, each.outcome)}"
            for each in done
            if each.outcome.kind in UNRESOLVED
        ]
        asking.take_answers(progress, done)
        measure(True)
    return tuple(notes)
