"""A program put through scenarios, one after the other, and what that makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from upload_matrix.conform.checks import checked
from upload_matrix.conform.run import ScenarioRun
from upload_matrix.conform.scenario import ClientScenario
from upload_matrix.conform.trial import TestedProgram, try_scenario
from upload_matrix.files import hint, read_text
from upload_matrix.model.conformance import Conformance, ConformanceRun
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.tap.server import Tap
from upload_matrix.wire.form import WireForm


def certify(
    subject: str,
    program: TestedProgram,
    wanted: Sequence[ClientScenario],
    containers: Sequence[str] = ("",),
    told: Callable[[ConformanceRun], None] = lambda _: None,
) -> Conformance:
    """Every scenario with every container; ``told`` hears of each as it ends.

    Raises ConfigurationError where the program cannot be run.
    """
    wires: dict[str, WireForm] = {}
    runs = []
    with Tap(assets_of(wanted)) as tap:
        for container in containers:
            for scenario in wanted:
                measured = measure(try_scenario(program, scenario, container, tap), scenario, wires)
                runs.append(measured)
                told(measured)
    return Conformance(subject=subject, kind="client", runs=tuple(runs), wires=wires)


def assets_of(wanted: Iterable[ClientScenario]) -> Mapping[str, str]:
    """The files of scenarios by digest, named: another release of an encoder makes other bytes of them."""
    return {
        each.sha256: f"{scenario.name}:{each.name}"
        for scenario in reversed(tuple(wanted))
        for each in scenario.asked.files
        if each.data
    }


def measure(run: ScenarioRun, scenario: ClientScenario, wires: dict[str, WireForm]) -> ConformanceRun:
    """The checks of a scenario on what came; the wire forms of it are added to ``wires``."""
    forms = [sent.wire for sent in run.attempts]
    wires.update((form.digest, form) for form in forms)
    return ConformanceRun(
        scenario=scenario.name,
        checks=tuple(checked(name, tier, run) for name, tier in scenario.checks),
        container=run.container,
        attempts=tuple(form.digest for form in forms),
        status=run.status,
        says=run.says if run.status else "",
    )


def expected_failures(path: Path, known: Iterable[str]) -> tuple[str, ...]:
    """The ids of checks that a file lists, one a line; what follows ``#`` is for people.

    Raises ConfigurationError naming the line of one that is not ``known``, or is there twice.
    """
    ids = tuple(known)
    found: dict[str, int] = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        if name not in ids:
            way_out = hint(name, ids, "see the ids in --json")
            raise ConfigurationError(f"{path}:{number}: no check has the id {name!r}; {way_out}")
        if name in found:
            raise ConfigurationError(
                f"{path}:{number}: {name!r} is listed in line {found[name]} already; keep one"
            )
        found[name] = number
    return tuple(found)
