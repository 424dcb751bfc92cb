"""Overlays: releases installed alone, several at a time, each joined with the dependencies it declares."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from upload_matrix.environments.blueprint import Built, Way
from upload_matrix.environments.builders import compile_packages, install_alone
from upload_matrix.environments.errors import UnavailableError
from upload_matrix.environments.plans import Plan
from upload_matrix.environments.requirements import information_folder, requirements
from upload_matrix.environments.workshop import Workshop


def build_overlays(
    workshop: Workshop, plans: Sequence[Plan], *, thorough: bool
) -> dict[str, Built | UnavailableError]:
    """The overlays by their plan's name, built where missing; why, for those that cannot be."""
    results: dict[str, Built | UnavailableError] = {}
    missing = [plan for plan in plans if not workshop.is_usable(plan.name, thorough=thorough)]
    if missing:
        with workshop.vault.locked(plan.name for plan in missing):
            # Another process may have built some of them while this one waited.
            missing = [plan for plan in missing if not workshop.is_usable(plan.name, thorough=thorough)]
            results.update(_install(workshop, missing))
    for plan in plans:
        if plan.name not in results:
            try:
                results[plan.name] = _joined(workshop, plan, thorough=thorough)
            except UnavailableError as error:
                results[plan.name] = error
    return results


def _install(workshop: Workshop, plans: Sequence[Plan]) -> dict[str, UnavailableError]:
    """Install the releases alone, compile them together, publish them; those that could not be."""
    faults: dict[str, UnavailableError] = {}
    with ExitStack() as drafts:
        ready: list[tuple[Plan, Path]] = []
        for plan in plans:
            draft = drafts.enter_context(workshop.vault.draft(plan.name))
            try:
                install_alone(workshop.uv, plan.interpreter, plan.requirement, draft / "packages")
                ready.append((plan, draft))
            except UnavailableError as error:
                faults[plan.name] = error
        for interpreter in {plan.interpreter.identity: plan.interpreter for plan, _ in ready}.values():
            folders = [
                draft / "packages"
                for plan, draft in ready
                if plan.interpreter.identity == interpreter.identity
            ]
            compile_packages(interpreter, folders, workshop.pool)
        for plan, draft in ready:
            try:
                _publish(workshop, plan, draft)
            except UnavailableError as error:
                faults[plan.name] = error
    return faults


def _publish(workshop: Workshop, plan: Plan, draft: Path) -> None:
    information = information_folder(draft / "packages", plan.blueprint.distribution)
    note = {
        "what": plan.blueprint.what,
        "way": plan.blueprint.way,
        "key": plan.key,
        "python": plan.interpreter.version,
        "venv": False,
        "packages": "packages",
        "information": [information.name],
        "requires": requirements(information, plan.interpreter.markers),
    }
    workshop.vault.publish(draft, plan.name, note)


def _joined(workshop: Workshop, plan: Plan, *, thorough: bool) -> Built:
    marker = workshop.vault.marker(plan.name)
    if marker is None:
        raise UnavailableError("it was pruned while it was being built; run again")
    python = workshop.dependencies(plan.interpreter, tuple(marker["requires"]), thorough=thorough)
    workshop.vault.touch(plan.name)
    return Built(python, (workshop.vault.folder(plan.name) / "packages",), Way.OVERLAY, plan.key)
