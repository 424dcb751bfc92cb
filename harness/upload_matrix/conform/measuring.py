"""Many clients through all scenarios, side by side in threads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from upload_matrix.conform.certify import assets_of
from upload_matrix.conform.checks import checked
from upload_matrix.conform.client import ClientProgram
from upload_matrix.conform.packages import install
from upload_matrix.conform.run import ScenarioRun, file_parts
from upload_matrix.conform.scenario import ClientScenario
from upload_matrix.conform.trial import TestedProgram, try_scenario
from upload_matrix.conform.workplace import prepared, versions
from upload_matrix.model.client_table import ClientRun, MeasuredClient, MeasuredClients, SentPart
from upload_matrix.model.errors import UnavailableError
from upload_matrix.tap.server import Tap
from upload_matrix.wire.stable import without_per_run

_MOST_PARTS = 4
"""Of an attempt that are kept: Node's SDKs make a part of every byte of a Buffer."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Ready:
    client: ClientProgram
    versions: dict[str, str]
    program: TestedProgram | None
    unavailable: str = ""


def measured(
    wanted: Sequence[ClientProgram],
    scenarios: Sequence[ClientScenario],
    *,
    jobs: int,
    seconds: float,
    installs: bool = False,
    say: Say = lambda _: None,
) -> MeasuredClients:
    """What each client sends in each scenario; one that cannot be had here says why.

    A scenario that is for every container is run with each, another with the one that names a file best.
    ``say`` hears of packages that are installed and of clients that are done.
    """
    with Tap(assets_of(scenarios)) as tap, _pool(jobs) as pool:
        # One after the other: package managers lock, and compilers take all there is.
        ready = [_ready(client, seconds, installs=installs, say=say) for client in wanted]
        tasks = {
            each.client.name: [
                pool.submit(_run, each.program, scenario, container, tap)
                for scenario, container in _trials(each.client, scenarios)
            ]
            for each in ready
            if each.program is not None
        }
        done = []
        for place, each in enumerate(ready, 1):
            runs = tuple(task.result() for task in tasks.get(each.client.name, ()))
            done.append(_measured(each, runs))
            say(f"{place} of {len(ready)}: {each.client.name} {each.unavailable or 'measured'}")
    return MeasuredClients(
        versions={each.client.name: each.versions for each in ready if each.program is not None},
        clients=tuple(done),
    )


@contextmanager
def _pool(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Threads; whoever is interrupted does not wait for what has not begun."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ready(client: ClientProgram, seconds: float, *, installs: bool, say: Say) -> _Ready:
    try:
        if installs:
            install(client.needs, say)
        known = versions(client)
        return _Ready(client, known, prepared(client, known, seconds))
    except UnavailableError as error:
        return _Ready(client, {}, None, str(error).splitlines()[0])


def _trials(
    client: ClientProgram, scenarios: Sequence[ClientScenario]
) -> Iterator[tuple[ClientScenario, str]]:
    for scenario in scenarios:
        asked = replace(scenario.asked, call=client.call)
        about_text = scenario.prompts and "prompt" not in client.call.texts
        if about_text or (len(asked.files) > 1 and not client.call.several):
            continue
        for container in client.containers if scenario.everywhere else (client.naming,):
            yield replace(scenario, asked=asked), container


def _measured(each: _Ready, runs: tuple[ClientRun, ...]) -> MeasuredClient:
    return MeasuredClient(
        name=each.client.name,
        title=each.client.title,
        language=each.client.language,
        call=each.client.call.path,
        avoid=each.client.avoid,
        unavailable=each.unavailable,
        runs=runs,
    )


def _run(program: TestedProgram, scenario: ClientScenario, container: str, tap: Tap) -> ClientRun:
    found = try_scenario(program, scenario, container, tap)
    return ClientRun(
        scenario=scenario.name,
        container=container,
        checks=tuple(
            replace(check, says=_steady(check.says))
            for check in (checked(name, tier, found) for name, tier in scenario.checks)
        ),
        attempts=len(found.attempts),
        sent=tuple(_sent(found)),
        says=_steady(found.says) if found.status else "",
    )


def _sent(run: ScenarioRun) -> Iterator[SentPart]:
    for number, sent in enumerate(run.attempts, 1):
        for part in file_parts(sent, run.asked.call.field)[:_MOST_PARTS]:
            yield SentPart(
                attempt=number,
                field=part.name,
                filename=None if part.filename is None else _steady(part.filename),
                content_type=part.content_type,
                disposition=_steady(part.disposition),
                framing=sent.wire.framing.value,
            )


_MAIL_DATE = re.compile(r"\b[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|[A-Z]{3})")


def _steady(text: str) -> str:
    """A text without what a client writes anew each time: dates, addresses."""
    return _MAIL_DATE.sub("<time>", without_per_run(text) or "")
